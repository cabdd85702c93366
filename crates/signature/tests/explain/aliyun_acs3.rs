//! Alibaba Cloud, ACS3.

use proptest::prelude::*;
use signature::aliyun_acs3::Authorization;
use signature::explain::Mistake;
use signature::explain::aliyun_acs3::{Request, explain};

use crate::client::*;

const BODY: &str = "Remark=x%20y";
const LISTED: &str = "Host;content-type;x-acs-content-sha256;x-acs-date";

/// A client, every part of which can be wrong.
#[derive(Clone)]
struct Client {
    method: &'static str,
    encode: fn(&str) -> String,
    more: Vec<(&'static str, &'static str)>,
    host: &'static str,
    lower_values: bool,
    listed: String,
    after_headers: &'static str,
    digest: String,
    hash: fn(&str) -> String,
    key: &'static [u8],
    write: fn(&[u8], &str) -> String,
}

impl Client {
    fn right() -> Self {
        Self {
            method: "POST",
            encode: right,
            more: vec![],
            host: "Api.example.com:4680",
            lower_values: false,
            listed: LISTED.into(),
            after_headers: "\n",
            digest: sha256(BODY.as_bytes()),
            hash: |canonical| sha256(canonical.as_bytes()),
            key: b"testsecret",
            write: |key, text| hex(&hmac_sha256(key, text)),
        }
    }

    fn sign(&self, query: &[(&str, &str)]) -> String {
        let mut query: Vec<_> = query.iter().chain(&self.more).copied().collect();
        query.sort_unstable();
        let encode = self.encode;
        let query: Vec<_> =
            query.iter().map(|(name, value)| format!("{}={}", encode(name), encode(value))).collect();
        let values = [self.host, "application/x-www-form-urlencoded", &sha256(BODY.as_bytes()), DATE];
        let mut headers = String::new();
        for (name, value) in self.listed.split(';').zip(values) {
            let value = if self.lower_values { value.to_lowercase() } else { value.to_owned() };
            headers += &format!("{name}:{value}\n");
        }
        let canonical = format!(
            "{}\n/\n{}\n{headers}{}{}\n{}",
            self.method,
            query.join("&"),
            self.after_headers,
            self.listed,
            self.digest
        );
        (self.write)(self.key, &format!("ACS3-HMAC-SHA256\n{}", (self.hash)(&canonical)))
    }
}

const DATE: &str = "2026-01-31T08:00:00Z";

fn explained(query: &[(&str, &str)], digest: &str, date: &str, body: &str, signature: &str) -> Vec<Mistake> {
    let headers = [
        ("host", "Api.example.com:4680"),
        ("Content-Type", " application/x-www-form-urlencoded "),
        ("X-Acs-Content-Sha256", digest),
        ("x-acs-date", date),
        ("user-agent", "of no concern"),
    ];
    let parameters: Vec<_> = query.iter().copied().chain([("Remark", "x y")]).collect();
    let request =
        Request { method: "POST", query, parameters: &parameters, headers: &headers, body: body.as_bytes() };
    let authorization = Authorization { access_key_id: "testid", signed_headers: LISTED, signature };
    explain(b"testsecret", &authorization, &request)
}

fn clients() -> Vec<(Mistake, Client)> {
    let of = |change: fn(&mut Client)| {
        let mut client = Client::right();
        change(&mut client);
        client
    };
    vec![
        (Mistake::PlusForSpace, of(|client| client.encode = quote_plus)),
        (Mistake::FormCoding, of(|client| client.encode = url_encoder)),
        (Mistake::MarksNotEncoded, of(|client| client.encode = encode_uri_component)),
        (Mistake::SlashNotEncoded, of(|client| client.encode = quote)),
        (Mistake::LowerCaseDigits, of(|client| client.encode = lower_case)),
        (Mistake::EncodedTwice, of(|client| client.encode = twice)),
        (Mistake::NotEncoded, of(|client| client.encode = not_at_all)),
        (Mistake::HostWithoutPort, of(|client| client.host = "Api.example.com")),
        (Mistake::HeaderValueCase, of(|client| client.lower_values = true)),
        (Mistake::HeaderNameCase, of(|client| client.listed = LISTED.to_lowercase())),
        (Mistake::BodyParametersSigned, of(|client| client.more = vec![("Remark", "x y")])),
        (Mistake::BodyNotHashed, of(|client| client.digest = sha256(b""))),
        (Mistake::BodyNotHashed, of(|client| client.digest = BODY.into())),
        (Mistake::BodyNotHashed, of(|client| client.digest = String::new())),
        (Mistake::NoEmptyLine, of(|client| client.after_headers = "")),
        (Mistake::RequestNotHashed, of(|client| client.hash = not_at_all)),
        (Mistake::SecretWithAmpersand, of(|client| client.key = b"testsecret&")),
        (Mistake::SecretWithLineFeed, of(|client| client.key = b"testsecret\n")),
        (Mistake::OtherMethod, of(|client| client.method = "GET")),
        (Mistake::LowerCaseMethod, of(|client| client.method = "post")),
        (Mistake::SignatureCase, of(|c| c.write = |key, text| hex(&hmac_sha256(key, text)).to_uppercase())),
        (Mistake::SignatureAsBase64, of(|c| c.write = |key, text| base64(&hmac_sha256(key, text)))),
        (Mistake::OtherHash, of(|c| c.write = |key, text| hex(&hmac_sha1(key, text)))),
        (Mistake::Unknown, of(|client| client.key = b"other")),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn each_mistake_is_named_and_a_right_request_has_none(text in "[ -~]{0,12}") {
        let query = [("Text", text.as_str()), ("Topic", "a b*c~d/e(f)\u{4e2d}")];
        let digest = sha256(BODY.as_bytes());
        let right = Client::right().sign(&query);
        prop_assert_eq!(explained(&query, &digest, DATE, BODY, &right), &[] as &[Mistake]);
        for (mistake, client) in clients() {
            prop_assert_eq!(explained(&query, &digest, DATE, BODY, &client.sign(&query)), [mistake]);
        }
        // What shows without the secret.
        prop_assert_eq!(explained(&query, &digest, DATE, "Remark=z", &right), [Mistake::BodyChanged]);
        let of_nothing = sha256(b"");
        prop_assert_eq!(explained(&query, &of_nothing, DATE, BODY, &right), [Mistake::BodyNotHashed]);
        let gmt = explained(&query, &digest, "Sat, 31 Jan 2026 08:00:00 GMT", BODY, &right);
        prop_assert_eq!(gmt, [Mistake::TimeNotIso]);
    }
}
