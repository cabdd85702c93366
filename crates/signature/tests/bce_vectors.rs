//! Baidu's scheme against the published vectors: canonical forms, signing key, signature and time.

#![allow(clippy::unwrap_used, reason = "a test file; the lint's own exception misses its helper functions")]

use std::collections::BTreeMap;

use serde::Deserialize;
use signature::bce_v1::{self, Authentication, Refused, Request, Selection, Unusable};

#[derive(Deserialize)]
struct Vectors {
    signature_vectors: Vec<Positive>,
    negative_signature_vectors: Vec<Negative>,
    password_vectors: Vec<serde::de::IgnoredAny>,
    negative_password_vectors: Vec<serde::de::IgnoredAny>,
    idempotency_scenarios: Vec<serde::de::IgnoredAny>,
}

#[derive(Clone, Deserialize)]
struct Http {
    method: String,
    target: String,
    headers: Vec<(String, String)>,
}

#[derive(Deserialize)]
struct Positive {
    id: String,
    access_key_id: String,
    secret_access_key: String,
    request: Http,
    authorization: String,
    go_sdk_authorization: Option<String>,
    authorization_in: String,
    timestamp: String,
    expiration_seconds: u32,
    signed_headers: String,
    signing_key: String,
    canonical_uri: String,
    canonical_query: String,
    canonical_headers: Vec<String>,
    canonical_request: String,
    signature: String,
    verify_mode: String,
    verify_at: Vec<At>,
}

#[derive(Deserialize)]
struct At {
    now: String,
    expect: String,
}

#[derive(Deserialize)]
struct Negative {
    id: String,
    base: String,
    authorization: Option<String>,
    expect_code: String,
    now: String,
    #[serde(default)]
    request_changes: Changes,
}

#[derive(Default, Deserialize)]
struct Changes {
    method: Option<String>,
    target: Option<String>,
    header: Option<(String, String)>,
}

impl Http {
    fn headers(&self) -> Vec<(&str, &[u8])> {
        self.headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes())).collect()
    }

    fn request<'a>(&'a self, headers: &'a [(&'a str, &'a [u8])]) -> Request<'a> {
        Request { method: &self.method, target: self.target.as_bytes(), headers }
    }

    fn with_header(&self, name: &str, value: &str) -> Self {
        let mut changed = self.clone();
        changed.headers.retain(|(header, _)| !header.eq_ignore_ascii_case(name));
        changed.headers.push((name.to_owned(), value.to_owned()));
        changed
    }
}

fn vectors() -> Vectors {
    serde_json::from_str(include_str!("vectors/baidu.json")).unwrap()
}

fn seconds(text: &str) -> i64 {
    text.parse::<jiff::Timestamp>().unwrap().as_second()
}

/// What the vendor would call the outcome, as far as it is decided without knowing any key.
fn outcome(http: &Http, secret: &str, now: i64) -> &'static str {
    let headers = http.headers();
    let request = http.request(&headers);
    let Some(text) = bce_v1::find(&request).unwrap() else { return "AccessDenied" };
    let Ok(authentication) = Authentication::parse(&text) else { return "InvalidHTTPAuthHeader" };
    match authentication.is_in_time(&request, now) {
        Ok(true) => {}
        Ok(false) => return "RequestExpired",
        Err(_) => return "InvalidHTTPRequest",
    }
    match bce_v1::verify(secret.as_bytes(), &authentication, &request) {
        Ok(()) => "accept",
        Err(Refused::Mismatch(_)) => "SignatureDoesNotMatch",
        Err(Refused::Unusable(Unusable::Authentication)) => "InvalidHTTPAuthHeader",
        Err(Refused::Unusable(_)) => "InvalidHTTPRequest",
    }
}

#[test]
fn positive() {
    let (mut seen, mut moments) = (0, 0);
    for vector in vectors().signature_vectors {
        let id = &vector.id;
        let headers = vector.request.headers();
        let request = vector.request.request(&headers);
        let (path, query) = vector.request.target.split_once('?').unwrap_or((&vector.request.target, ""));
        assert_eq!(bce_v1::canonical_path(path.as_bytes()).unwrap(), vector.canonical_uri, "{id}");
        assert_eq!(bce_v1::canonical_query(query.as_bytes()).unwrap(), vector.canonical_query, "{id}");
        let selection = match vector.verify_mode.as_str() {
            "exact" => Selection::Listed(&vector.signed_headers),
            "fallback-xbce" => Selection::ListedAndOwn(&vector.signed_headers),
            other => panic!("{id}: unknown mode {other}"),
        };
        let lines = bce_v1::canonical_headers(&headers, selection).unwrap();
        assert_eq!(lines, vector.canonical_headers.join("\n"), "{id}");
        let canonical = bce_v1::canonical_request(&request, selection).unwrap();
        assert_eq!(canonical, vector.canonical_request, "{id}");

        let scope = format!(
            "{}/{}/{}/{}",
            bce_v1::PREFIX,
            vector.access_key_id,
            vector.timestamp,
            vector.expiration_seconds
        );
        let secret = vector.secret_access_key.as_bytes();
        assert_eq!(*bce_v1::signing_key(secret, &scope), vector.signing_key, "{id}");
        assert_eq!(bce_v1::sign(secret, &scope, &canonical), vector.signature, "{id}");

        let in_header = vector.request.with_header("Authorization", &vector.authorization);
        let sent = match vector.authorization_in.as_str() {
            "header" => in_header,
            "query" => {
                let mut sent = vector.request.clone();
                let written = signature::percent::encode(&vector.authorization);
                let already = sent.target.to_ascii_lowercase().contains("authorization=");
                if !already {
                    let mark = if sent.target.contains('?') { '&' } else { '?' };
                    sent.target = format!("{}{mark}authorization={written}", sent.target);
                }
                sent
            }
            other => panic!("{id}: unknown place {other}"),
        };
        for At { now, expect } in &vector.verify_at {
            assert_eq!(outcome(&sent, &vector.secret_access_key, seconds(now)), expect, "{id} at {now}");
            moments += 1;
        }
        if let Some(other) = &vector.go_sdk_authorization {
            let sent = vector.request.with_header("Authorization", other);
            let now = vector.verify_at.iter().find(|at| at.expect == "accept").unwrap();
            assert_eq!(outcome(&sent, &vector.secret_access_key, seconds(&now.now)), "accept", "{id}, Go");
        }
        seen += 1;
    }
    assert_eq!(seen, 28);
    assert_eq!(moments, MOMENTS);
}

/// How often the positive vectors are verified, each at its bounds of time.
const MOMENTS: usize = 170;

#[test]
fn negative() {
    let vectors = vectors();
    let bases: BTreeMap<_, _> = vectors.signature_vectors.iter().map(|v| (v.id.as_str(), v)).collect();
    let mut seen = 0;
    let mut elsewhere = Vec::new();
    for vector in &vectors.negative_signature_vectors {
        let base = bases[vector.base.as_str()];
        let mut http = base.request.clone();
        if let Some(authorization) = &vector.authorization {
            http = http.with_header("Authorization", authorization);
        }
        if let Some((name, value)) = &vector.request_changes.header {
            http = http.with_header(name, value);
        }
        http.method = vector.request_changes.method.clone().unwrap_or(http.method);
        http.target = vector.request_changes.target.clone().unwrap_or(http.target);
        if vector.expect_code == "InvalidAccessKeyId" {
            elsewhere.push(vector.id.as_str());
            continue;
        }
        let outcome = outcome(&http, &base.secret_access_key, seconds(&vector.now));
        assert_eq!(outcome, vector.expect_code, "{}", vector.id);
        seen += 1;
    }
    assert_eq!(seen, 16);
    // Which keys exist is known to the server, not to a scheme.
    assert_eq!(elsewhere, ["neg-09"]);
}

#[test]
fn what_belongs_to_other_layers() {
    let vectors = vectors();
    // Passwords are encrypted parameters of one product, and repeated calls are recognised by what the product
    // stored: neither is part of a signature.
    let others = [
        vectors.password_vectors.len(),
        vectors.negative_password_vectors.len(),
        vectors.idempotency_scenarios.len(),
    ];
    assert_eq!(others, [9, 4, 1]);
}
