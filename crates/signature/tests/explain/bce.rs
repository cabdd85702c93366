//! Baidu AI Cloud.

use proptest::prelude::*;
use signature::bce_v1::Request;
use signature::explain::Mistake;
use signature::explain::bce_v1::explain;

use crate::client::*;

const DATE: &str = "2026-01-31T08:00:00Z";
const META: &str = "u v:w*(x)";

/// A client, every part of which can be wrong.
#[derive(Clone)]
struct Client {
    method: &'static str,
    encode: fn(&str) -> String,
    encode_value: fn(&str) -> String,
    slash: &'static str,
    host: &'static str,
    names: [&'static str; 2],
    secret: &'static [u8],
    derive: fn(&[u8], &str) -> Vec<u8>,
    write: fn(&[u8], &str) -> String,
}

impl Client {
    fn right() -> Self {
        Self {
            method: "PUT",
            encode: right,
            encode_value: right,
            slash: "/",
            host: "redis.example.com:4680",
            names: ["host", "x-bce-meta"],
            secret: b"secret",
            derive: |secret, scope| hex(&hmac_sha256(secret, scope)).into_bytes(),
            write: |key, text| hex(&hmac_sha256(key, text)),
        }
    }

    /// The authentication string for a request of this one path segment.
    fn sign(&self, segment: &str, date: &str, listed: &str) -> String {
        let scope = format!("bce-auth-v1/key/{date}/1800");
        let (encode, value) = (self.encode, self.encode_value);
        let query = format!("marker={}", encode("m n/o"));
        let canonical = format!(
            "{}\n{slash}v1{slash}{}\n{query}\n{}:{}\n{}:{}",
            self.method,
            encode(segment),
            self.names[0],
            value(self.host),
            self.names[1],
            value(META),
            slash = self.slash,
        );
        let key = (self.derive)(self.secret, &scope);
        format!("{scope}/{listed}/{}", (self.write)(&key, &canonical))
    }
}

fn explained(segment: &str, authorization: &str, date: &str) -> Vec<Mistake> {
    let target = format!("/v1/{}?marker={}", right(segment), right("m n/o"));
    let headers = [
        ("Host", b"redis.example.com:4680".as_slice()),
        ("x-bce-date", date.as_bytes()),
        ("X-Bce-Meta", META.as_bytes()),
        ("Authorization", authorization.as_bytes()),
    ];
    explain(b"secret", &Request { method: "PUT", target: target.as_bytes(), headers: &headers })
}

fn clients() -> Vec<(Mistake, Client)> {
    let of = |change: fn(&mut Client)| {
        let mut client = Client::right();
        change(&mut client);
        client
    };
    vec![
        (Mistake::PlusForSpace, of(|client| client.encode = quote_plus)),
        (Mistake::EncodedTwice, of(|client| client.encode = twice)),
        (Mistake::MarksNotEncoded, of(|client| client.encode = encode_uri_component)),
        (
            Mistake::MarksNotEncoded,
            of(|c| (c.encode, c.encode_value) = (encode_uri_component, encode_uri_component)),
        ),
        (Mistake::SlashNotEncoded, of(|client| client.encode = quote)),
        (Mistake::LowerCaseDigits, of(|client| client.encode = lower_case)),
        (Mistake::LowerCaseDigits, of(|c| (c.encode, c.encode_value) = (lower_case, lower_case))),
        (Mistake::FormCoding, of(|c| (c.encode, c.encode_value) = (url_encoder, url_encoder))),
        (Mistake::NotEncoded, of(|client| client.encode = not_at_all)),
        (Mistake::HeaderValuesNotEncoded, of(|client| client.encode_value = not_at_all)),
        (Mistake::SlashEncoded, of(|client| client.slash = "%2F")),
        (Mistake::HostWithoutPort, of(|client| client.host = "redis.example.com")),
        (Mistake::HeaderNameCase, of(|client| client.names = ["Host", "X-Bce-Meta"])),
        (Mistake::OtherMethod, of(|client| client.method = "POST")),
        (Mistake::LowerCaseMethod, of(|client| client.method = "put")),
        (Mistake::KeyAsOctets, of(|client| client.derive = hmac_sha256)),
        (Mistake::KeyNotDerived, of(|client| client.derive = |secret, _| secret.to_vec())),
        (Mistake::SecretWithLineFeed, of(|client| client.secret = b"secret\n")),
        (Mistake::SecretWithAmpersand, of(|client| client.secret = b"secret&")),
        (Mistake::SignatureCase, of(|c| c.write = |key, text| hex(&hmac_sha256(key, text)).to_uppercase())),
        (Mistake::SignatureAsBase64, of(|c| c.write = |key, text| base64(&hmac_sha256(key, text)))),
        (Mistake::Unknown, of(|client| client.secret = b"other")),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn each_mistake_is_named_and_a_right_request_has_none(text in "[ -.0-~]{0,12}") {
        let segment = format!("a b*c~(d)\u{4e2d}{text}/");
        let listed = "host;x-bce-meta";
        // The canonical path keeps the slash at its end, as sent it would be encoded: so none is sent.
        let segment = segment.trim_end_matches('/');
        prop_assert_eq!(explained(segment, &Client::right().sign(segment, DATE, listed), DATE), &[] as &[Mistake]);
        for (mistake, client) in clients() {
            prop_assert_eq!(explained(segment, &client.sign(segment, DATE, listed), DATE), [mistake]);
        }
        let gmt = "Sat, 31 Jan 2026 08:00:00 GMT";
        let right = Client::right().sign(segment, gmt, listed);
        prop_assert_eq!(explained(segment, &right, DATE), [Mistake::TimeNotIso]);
        let right = Client::right().sign(segment, DATE, listed);
        prop_assert_eq!(explained(segment, &right, gmt), [Mistake::TimeNotIso]);
        let right = Client::right().sign(segment, DATE, "Host;X-Bce-Meta");
        prop_assert_eq!(explained(segment, &right, DATE), [Mistake::HeaderNameCase]);
    }
}

#[test]
fn other_forms() {
    for text in ["", "bce-auth-v2/a/b/c/d/e", "bce-auth-v1/a/b", "HMAC x"] {
        assert_eq!(explained("a", text, DATE), [Mistake::Malformed], "{text}");
    }
    let headers = [("x-bce-meta", b"1".as_slice()), ("Host", b"h")];
    let canonical = "GET\n/\n\nx-bce-meta:1";
    let scope = format!("bce-auth-v1/key/{DATE}/1800");
    let key = hex(&hmac_sha256(b"secret", &scope));
    let signature = hex(&hmac_sha256(key.as_bytes(), canonical));
    let target = format!("/?authorization={scope}/x-bce-meta/{signature}");
    let request = Request { method: "GET", target: target.as_bytes(), headers: &headers };
    assert_eq!(explain(b"secret", &request), [Mistake::HostNotListed]);
}
