//! Tencent Cloud's API Gateway.

use proptest::prelude::*;
use signature::explain::Mistake;
use signature::explain::tencent_hmac::explain;
use signature::tencent_hmac::{Authorization, Request};

use crate::client::*;

const DATE: &str = "Mon, 19 Mar 2018 12:08:40 GMT";

/// A client, every part of which can be wrong.
#[derive(Clone)]
struct Client {
    names: Vec<&'static str>,
    first_line: &'static str,
    separator: &'static str,
    host: &'static str,
    end: &'static str,
    lower_values: bool,
    key: &'static [u8],
    write: fn(&[u8], &str) -> String,
}

const FIRST_LINE: &str = "GET /a%20b?c=d HTTP/1.1";

impl Client {
    fn right() -> Self {
        Self {
            names: vec!["x-date", "host", "source", "request-line"],
            first_line: FIRST_LINE,
            separator: ": ",
            host: "gw.example.com:4681",
            end: "",
            lower_values: false,
            key: b"secret",
            write: |key, text| base64(&hmac_sha1(key, text)),
        }
    }

    fn sign(&self, date: &str, source: &str) -> String {
        let lines: Vec<_> = self
            .names
            .iter()
            .map(|name| {
                let value = match *name {
                    "request-line" => return self.first_line.to_owned(),
                    "x-date" => date,
                    "host" => self.host,
                    _ => source,
                };
                let value = if self.lower_values { value.to_ascii_lowercase() } else { value.to_owned() };
                format!("{name}{}{value}", self.separator)
            })
            .collect();
        (self.write)(self.key, &(lines.join("\n") + self.end))
    }
}

fn explained(date: &str, source: &str, signature: &str) -> Vec<Mistake> {
    let headers = [
        ("Host", b"gw.example.com:4681".as_slice()),
        ("X-Date", date.as_bytes()),
        ("Source", source.as_bytes()),
    ];
    let request = Request { method: "GET", target: b"/a%20b?c=d", http_version: "1.1", headers: &headers };
    let header = format!(
        "hmac id=\"id\", algorithm=\"hmac-sha1\", headers=\"x-date host source request-line\", signature=\"{signature}\""
    );
    explain(b"secret", &Authorization::parse(&header).unwrap(), &request, b"")
}

fn clients() -> Vec<(Mistake, Client)> {
    let of = |change: fn(&mut Client)| {
        let mut client = Client::right();
        change(&mut client);
        client
    };
    vec![
        (Mistake::NoSpaceAfterColon, of(|client| client.separator = ":")),
        (Mistake::LineFeedAtEnd, of(|client| client.end = "\n")),
        (Mistake::HeadersSorted, of(|client| client.names.sort_unstable())),
        (Mistake::HeaderValueCase, of(|client| client.lower_values = true)),
        (Mistake::SecretWithAmpersand, of(|client| client.key = b"secret&")),
        (Mistake::SecretWithLineFeed, of(|client| client.key = b"secret\n")),
        (Mistake::PlusForSpace, of(|client| client.first_line = "GET /a+b?c=d HTTP/1.1")),
        (Mistake::EncodedTwice, of(|client| client.first_line = "GET /a%2520b?c=d HTTP/1.1")),
        (Mistake::OtherMethod, of(|client| client.first_line = "POST /a%20b?c=d HTTP/1.1")),
        (Mistake::LowerCaseMethod, of(|client| client.first_line = "get /a%20b?c=d HTTP/1.1")),
        (Mistake::OtherHash, of(|c| c.write = |key, text| base64(&hmac_sha256(key, text)))),
        (Mistake::SignatureAsHexadecimal, of(|c| c.write = |key, text| hex(&hmac_sha1(key, text)))),
        (
            Mistake::SignatureAlphabet,
            of(|c| c.write = |key, text| base64(&hmac_sha1(key, text)).trim_end_matches('=').to_owned()),
        ),
        (Mistake::Unknown, of(|client| client.key = b"other")),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn each_mistake_is_named_and_a_right_request_has_none(source in "[A-Z][!-~]{0,12}") {
        prop_assert_eq!(explained(DATE, &source, &Client::right().sign(DATE, &source)), &[] as &[Mistake]);
        for (mistake, client) in clients() {
            prop_assert_eq!(explained(DATE, &source, &client.sign(DATE, &source)), [mistake]);
        }
        let iso = "2018-03-19T12:08:40Z";
        prop_assert_eq!(explained(iso, &source, &Client::right().sign(iso, &source)), [Mistake::TimeNotGmt]);
    }
}

#[test]
fn a_host_without_its_port_is_the_clients_right() {
    let client = Client { host: "gw.example.com", ..Client::right() };
    assert_eq!(explained(DATE, "S", &client.sign(DATE, "S")), &[] as &[Mistake]);
}

#[test]
fn digests_of_bodies() {
    let explained = |digest: &str, body: &[u8]| {
        let headers = [("X-Date", DATE.as_bytes()), ("Digest", digest.as_bytes())];
        let request = Request { method: "POST", target: b"/", http_version: "1.1", headers: &headers };
        let text = format!("x-date: {DATE}\ndigest: {digest}");
        let signature = base64(&hmac_sha1(b"secret", &text));
        let header = format!(
            "hmac id=\"id\", algorithm=\"hmac-sha1\", headers=\"x-date digest\", signature=\"{signature}\""
        );
        explain(b"secret", &Authorization::parse(&header).unwrap(), &request, body)
    };
    let of_nothing = "SHA-256=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=";
    assert_eq!(explained(of_nothing, b""), &[] as &[Mistake]);
    assert_eq!(explained(of_nothing, b"body"), [Mistake::BodyNotHashed]);
    assert_eq!(explained("SHA-256=x", b"body"), [Mistake::BodyChanged]);
}
