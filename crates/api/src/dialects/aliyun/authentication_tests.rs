//! Times, keys, tokens, headers that decide, and bytes that change.

use bytes::Bytes;
use control::ids::AccountId;
use hyper::{HeaderMap, Method};
use signature::aliyun_acs3::{canonical_query, canonical_request, content_sha256, sign, string_to_sign};
use signature::aliyun_rpc::Signer;

use super::*;
use crate::request::Parameters;

const NOW_MS: i64 = 1_656_057_600_000;
const DATE_TEXT: &str = "2022-06-24T08:00:00Z";

fn key(token: Option<&str>, active: bool) -> Option<Key> {
    Some(Key {
        key: AccessKey {
            id: "testid".into(),
            secret: Secret::new("testsecret".into()),
            account: AccountId::new("a"),
            user: None,
            active,
        },
        token: token.map(|token| Secret::new(token.to_owned())),
    })
}

fn raw(method: Method, headers: HeaderMap, query: &str, body: &str) -> Raw {
    let mut parameters = Parameters::default();
    parameters.read_query(query.as_bytes()).unwrap();
    parameters.read_form(body.as_bytes()).unwrap();
    Raw { method, headers, parameters, body: Bytes::from(body.to_owned()), peer: [127, 0, 0, 1].into() }
}

fn code(result: Result<Verified, Refusal>) -> String {
    match result {
        Ok(_) => "OK".to_owned(),
        Err(refusal) => refusal.code.to_string(),
    }
}

fn verify(raw: Raw, key: Option<Key>) -> String {
    code(Claim::read(&raw, NOW_MS).and_then(|claim| claim.verify(raw, key)))
}

#[test]
fn timestamps() {
    assert_eq!(parse_timestamp("1970-01-01T00:00:00Z"), Some(0));
    assert_eq!(parse_timestamp(DATE_TEXT), Some(NOW_MS / 1_000));
    assert_eq!(parse_timestamp("2024-02-29T23:59:59Z"), Some(1_709_251_199));
    assert_eq!(parse_timestamp("9999-12-31T23:59:59Z"), Some(253_402_300_799));
    for text in [
        "",
        "2022-06-24T08:00:00",
        "2022-06-24T08:00:00z",
        "2022-06-24T08:00:00+00:00",
        "2022-06-24t08:00:00Z",
        "2022-6-24T08:00:00Z",
        " 2022-06-24T08:00:00Z",
        "2022-06-24T08:00:00.0Z",
        "2022-13-24T08:00:00Z",
        "2023-02-29T08:00:00Z",
        "2022-06-24T24:00:00Z",
        "2022-06-24T08:60:00Z",
        "2022-06-24T08:00:60Z",
        "２022-06-24T08:00:00Z",
        "2022-06-24T08%3A00%3A00Z",
    ] {
        assert_eq!(parse_timestamp(text), None, "{text}");
    }
}

#[test]
fn the_window_counts_whole_seconds() {
    let passes = |offset_ms| in_time(DATE_TEXT, NOW_MS + offset_ms).is_ok();
    assert!(passes(0) && passes(900_000) && passes(900_999) && passes(-900_000));
    assert!(!passes(901_000) && !passes(-900_001));
    assert_eq!(in_time(DATE_TEXT, NOW_MS).ok(), Some(NOW_MS / 1_000 + 900));
}

fn rpc(more: &[(&str, &str)]) -> Raw {
    let signer = Signer { access_key_id: "testid", secret: b"testsecret", nonce: "n", timestamp: DATE_TEXT };
    raw(Method::GET, HeaderMap::new(), &signer.signed_pairs("GET", more), "")
}

#[test]
fn keys_and_tokens() {
    assert_eq!(verify(rpc(&[]), key(None, true)), "OK");
    assert_eq!(verify(rpc(&[]), None), "InvalidAccessKeyId.NotFound");
    assert_eq!(verify(rpc(&[]), key(None, false)), "InvalidAccessKeyId.Inactive");
    let with = |token| rpc(&[("SecurityToken", token)]);
    assert_eq!(verify(with("t"), key(Some("t"), true)), "OK");
    assert_eq!(verify(rpc(&[]), key(Some("t"), true)), "MissingSecurityToken");
    assert_eq!(verify(with(""), key(Some("t"), true)), "MissingSecurityToken");
    let foreign = "InvalidSecurityToken.MismatchWithAccessKey";
    assert_eq!(verify(with("u"), key(Some("t"), true)), foreign);
    assert_eq!(verify(with("t"), key(None, true)), foreign);
}

/// An ACS3 request, signed over exactly these headers.
struct Acs3 {
    headers: Vec<(&'static str, String)>,
    signed: Vec<&'static str>,
    query: String,
    body: String,
}

impl Acs3 {
    fn new(body: &str) -> Self {
        let mut headers: Vec<(&'static str, String)> = vec![
            ("host", "127.0.0.1".into()),
            ("x-acs-action", "GetInstanceList".into()),
            ("x-acs-content-sha256", content_sha256(body.as_bytes())),
            ("x-acs-date", DATE_TEXT.into()),
            ("x-acs-signature-nonce", "n".into()),
            ("x-acs-version", "2019-09-16".into()),
        ];
        if !body.is_empty() {
            headers.insert(0, ("content-type", "application/x-www-form-urlencoded".into()));
        }
        let signed = headers.iter().map(|(name, _)| *name).collect();
        Self { headers, signed, query: "RegionId=cn-hangzhou&A=".into(), body: body.into() }
    }

    fn unsigned(mut self, name: &str) -> Self {
        self.signed.retain(|signed| *signed != name);
        self
    }

    fn without(mut self, name: &str) -> Self {
        self.headers.retain(|(header, _)| *header != name);
        self.unsigned(name)
    }

    fn plus(mut self, name: &'static str, value: &str) -> Self {
        self.headers.push((name, value.into()));
        self.signed.push(name);
        self
    }

    fn sign(&self) -> Raw {
        let mut map = HeaderMap::new();
        for (name, value) in &self.headers {
            map.append(*name, value.parse().unwrap());
        }
        let unsigned = raw(Method::POST, map.clone(), &self.query, &self.body);
        let signed = self.signed.join(";");
        let header = |name: &str| map.get(name).and_then(|value| value.to_str().ok());
        let canonical = canonical_request(
            "POST",
            &canonical_query(unsigned.parameters.query()),
            &signed,
            header,
            header("x-acs-content-sha256").unwrap_or_default(),
        );
        let signature = sign(b"testsecret", &string_to_sign(&canonical));
        let authorization =
            format!("ACS3-HMAC-SHA256 Credential=testid,SignedHeaders={signed},Signature={signature}");
        let mut request = unsigned;
        request.headers.insert(AUTHORIZATION, authorization.parse().unwrap());
        request
    }
}

#[test]
fn a_header_that_decides_must_be_signed() {
    assert_eq!(verify(Acs3::new("").sign(), key(None, true)), "OK");
    assert_eq!(verify(Acs3::new("Topic=a").sign(), key(None, true)), "OK");
    for name in
        ["x-acs-action", "x-acs-version", "x-acs-date", "x-acs-signature-nonce", "x-acs-content-sha256"]
    {
        let request = Acs3::new("").unsigned(name).sign();
        assert_eq!(verify(request, key(None, true)), "IncompleteSignature", "{name}");
    }
    let typed = Acs3::new("Topic=a").unsigned("content-type").sign();
    assert_eq!(verify(typed, key(None, true)), "IncompleteSignature");
    for (name, value) in [("x-acs-security-token", "t"), ("x-acs-accesskey-id", "testid")] {
        let request = Acs3::new("").plus(name, value).unsigned(name).sign();
        assert_eq!(verify(request, key(Some("t"), true)), "IncompleteSignature", "{name}");
    }
    // Signed, they count.
    let request = Acs3::new("").plus("x-acs-security-token", "t").plus("x-acs-accesskey-id", "testid");
    assert_eq!(verify(request.sign(), key(Some("t"), true)), "OK");
    let other = Acs3::new("").plus("x-acs-accesskey-id", "other").sign();
    assert_eq!(verify(other, key(None, true)), "IncompleteSignature");
}

#[test]
fn an_absent_header_is_missing_and_a_repeated_one_is_ambiguous() {
    for (name, expected) in [
        ("x-acs-date", "MissingTimestamp"),
        ("x-acs-signature-nonce", "MissingSignatureNonce"),
        ("x-acs-content-sha256", "IncompleteSignature"),
    ] {
        assert_eq!(verify(Acs3::new("").without(name).sign(), key(None, true)), expected, "{name}");
    }
    // Without an action there is a caller all the same; what is missing is told by the step that needs it.
    let claim =
        |request: Raw| Claim::read(&request, NOW_MS).and_then(|claim| claim.verify(request, key(None, true)));
    let verified = claim(Acs3::new("").without("x-acs-action").sign());
    assert!(verified.is_ok_and(|verified| verified.facts().action.is_none()));
    for name in ["x-acs-action", "x-acs-date", "x-acs-signature-nonce"] {
        let mut request = Acs3::new("").sign();
        request.headers.append(name, "x".parse().unwrap());
        assert_eq!(verify(request, key(None, true)), "IncompleteSignature", "{name}");
    }
}

#[test]
fn every_changed_byte_of_a_signed_request_is_noticed() {
    let original = || Acs3::new("Topic=orders").sign();
    let mut tried = 0;
    for name in ["host", "content-type", "x-acs-action", "x-acs-content-sha256", "x-acs-version"] {
        let value = original().headers[name].clone();
        for at in 0..value.len() {
            let mut bytes = value.as_bytes().to_vec();
            bytes[at] = if bytes[at] == b'0' { b'1' } else { b'0' };
            let mut request = original();
            request.headers.insert(name, hyper::header::HeaderValue::from_bytes(&bytes).unwrap());
            assert_eq!(verify(request, key(None, true)), "SignatureDoesNotMatch", "{name} byte {at}");
            tried += 1;
        }
        let mut request = original();
        request.headers.remove(name);
        assert_ne!(verify(request, key(None, true)), "OK", "without {name}");
    }
    for at in 0..original().body.len() {
        let mut request = original();
        let mut bytes = request.body.to_vec();
        bytes[at] ^= 1;
        request.body = Bytes::from(bytes);
        assert_eq!(verify(request, key(None, true)), "SignatureDoesNotMatch", "body byte {at}");
        tried += 1;
    }
    let mut request = original();
    request.parameters.read_query(b"Extra=1").unwrap();
    assert_eq!(verify(request, key(None, true)), "SignatureDoesNotMatch");
    let mut request = original();
    request.method = Method::GET;
    assert_eq!(verify(request, key(None, true)), "SignatureDoesNotMatch");
    assert!(tried > 140, "{tried}");
}

#[test]
fn the_mistakes_of_either_scheme_are_explained() {
    let advice = |request: Raw| {
        let refused = Claim::read(&request, NOW_MS).and_then(|claim| claim.verify(request, key(None, true)));
        refused.err().unwrap().recommend.unwrap()
    };
    let mut request = Acs3::new("").sign();
    request.headers.insert("host", "127.0.0.1:4680".parse().unwrap());
    assert!(advice(request).contains("without its port"));
    let mut request = Acs3::new("Topic=orders").sign();
    request.body = Bytes::from_static(b"Topic=others");
    assert!(advice(request).contains("not that of the body"));

    let mut request = rpc(&[("Remark", "a b")]);
    request.method = Method::POST;
    assert!(advice(request).contains("Another HTTP method"));
    // The form counts in this scheme; a client that signs the query alone forgets it.
    let mut request = rpc(&[]);
    request.parameters.read_form(b"Topic=orders").unwrap();
    assert!(advice(request).contains("in the body were left out"));
}
