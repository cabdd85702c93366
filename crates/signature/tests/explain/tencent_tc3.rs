//! Tencent Cloud's management calls.

use proptest::prelude::*;
use signature::explain::Mistake;
use signature::explain::tencent_tc3::explain;
use signature::tencent_tc3::Request;

use crate::client::*;

const AT: i64 = 1_751_328_000;
const LISTED: &str = "content-type;Host;x-tc-action";
const QUERY: &str = "A=b%20c&D=e+f";

/// A client, every part of which can be wrong.
#[derive(Clone)]
struct Client {
    method: &'static str,
    query: &'static str,
    host: &'static str,
    listed: String,
    after_headers: &'static str,
    payload: fn(&str) -> String,
    hash: fn(&str) -> String,
    prefix: &'static str,
    secret: &'static str,
    step: fn(&[u8], &str) -> Vec<u8>,
    write: fn(&[u8]) -> String,
}

impl Client {
    fn right(method: &'static str) -> Self {
        Self {
            method,
            query: if method == "GET" { QUERY } else { "" },
            host: "api.example.com:4680",
            listed: LISTED.into(),
            after_headers: "\n",
            payload: |body| sha256(body.as_bytes()),
            hash: |canonical| sha256(canonical.as_bytes()),
            prefix: "TC3",
            secret: "secret",
            step: hmac_sha256,
            write: hex,
        }
    }

    fn header(&self, body: &str, date: &str) -> String {
        let values = ["application/json", self.host, "CreateService"];
        let headers: String =
            self.listed.split(';').zip(values).map(|(name, value)| format!("{name}:{value}\n")).collect();
        let canonical = format!(
            "{}\n/\n{}\n{headers}{}{}\n{}",
            self.method,
            self.query,
            self.after_headers,
            self.listed,
            (self.payload)(body)
        );
        let string =
            format!("TC3-HMAC-SHA256\n{AT}\n{date}/apigateway/tc3_request\n{}", (self.hash)(&canonical));
        let mut key = [self.prefix.as_bytes(), self.secret.as_bytes()].concat();
        for step in [date, "apigateway", "tc3_request"] {
            key = (self.step)(&key, step);
        }
        let signature = (self.write)(&hmac_sha256(&key, &string));
        format!(
            "TC3-HMAC-SHA256 Credential=id/{date}/apigateway/tc3_request, SignedHeaders={LISTED}, Signature={signature}"
        )
    }
}

fn explained(method: &str, body: &str, timestamp: &str, header: &str) -> Vec<Mistake> {
    let headers = [
        ("Host", "api.example.com:4680"),
        ("Content-Type", "application/json"),
        ("X-TC-Action", "CreateService"),
        ("X-TC-Timestamp", timestamp),
    ];
    let request = Request { method, query: QUERY, headers: &headers, body: body.as_bytes(), timestamp: AT };
    explain(b"secret", header, &request, &[])
}

fn clients() -> Vec<(Mistake, Client)> {
    let of = |method, change: fn(&mut Client)| {
        let mut client = Client::right(method);
        change(&mut client);
        client
    };
    let post = |change: fn(&mut Client)| of("POST", change);
    let get = |change: fn(&mut Client)| of("GET", change);
    vec![
        (Mistake::HostWithoutPort, post(|client| client.host = "api.example.com")),
        (Mistake::BodyNotHashed, post(|client| client.payload = not_at_all)),
        (Mistake::BodyNotHashed, post(|client| client.payload = |_| sha256(b""))),
        (Mistake::BodyNotHashed, post(|client| client.payload = |_| String::new())),
        (Mistake::SecretWithoutPrefix, post(|client| client.prefix = "")),
        (Mistake::SecretWithAmpersand, post(|client| client.secret = "secret&")),
        (Mistake::SecretWithLineFeed, post(|client| client.secret = "secret\n")),
        (Mistake::KeyAsText, post(|c| c.step = |key, text| hex(&hmac_sha256(key, text)).into_bytes())),
        (Mistake::KeyNotDerived, post(|c| (c.prefix, c.step) = ("", |key: &[u8], _: &str| key.to_vec()))),
        (Mistake::NoEmptyLine, post(|client| client.after_headers = "")),
        (Mistake::RequestNotHashed, post(|client| client.hash = not_at_all)),
        (Mistake::HeaderNameCase, post(|client| client.listed = LISTED.to_lowercase())),
        (Mistake::LowerCaseMethod, post(|client| client.method = "post")),
        (Mistake::OtherMethod, post(|client| client.method = "GET")),
        (Mistake::SignatureCase, post(|client| client.write = |mac| hex(mac).to_uppercase())),
        (Mistake::PlusForSpace, get(|client| client.query = "A=b+c&D=e+f")),
        (Mistake::PlusForSpace, get(|client| client.query = "A=b%20c&D=e%20f")),
        (Mistake::EncodedTwice, get(|client| client.query = "A=b%2520c&D=e+f")),
        (Mistake::Unknown, get(|client| client.secret = "other")),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn each_mistake_is_named_and_a_right_request_has_none(body in "\\{[ -~]{0,20}\\}") {
        let (day, at) = ("2025-07-01", AT.to_string());
        for method in ["GET", "POST"] {
            let sent = if method == "GET" { "" } else { &body };
            prop_assert_eq!(explained(method, sent, &at, &Client::right(method).header(sent, day)), &[] as &[Mistake]);
            for (mistake, client) in clients() {
                let planted_for = if client.query.is_empty() { "POST" } else { "GET" };
                if planted_for == method {
                    let header = client.header(sent, day);
                    prop_assert_eq!(explained(method, sent, &at, &header), [mistake]);
                }
            }
        }
        let right = Client::right("POST").header(&body, day);
        prop_assert_eq!(explained("POST", &body, "2025-07-01T00:00:00Z", &right), [Mistake::TimeNotSeconds]);
        let other = Client::right("POST").header(&body, "2025-07-02");
        prop_assert_eq!(explained("POST", &body, &at, &other), [Mistake::OtherDay]);
    }
}

#[test]
fn other_forms() {
    for header in [
        "",
        "TC3-HMAC-SHA256",
        "TC3-HMAC-SHA256 Credential=a/b/c/aws4_request, SignedHeaders=host, Signature=0",
    ] {
        assert_eq!(explained("GET", "", "1", header), [Mistake::Malformed], "{header}");
    }
}
