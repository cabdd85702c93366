//! Both Tencent schemes against the published vectors, as far as a signature decides them.

#![allow(clippy::unwrap_used, reason = "a test file; the lint's own exception misses its helper functions")]

use std::collections::BTreeMap;

use serde::Deserialize;
use serde::de::IgnoredAny;
use signature::tencent_hmac::{self, Algorithm, Spelling, Unusable};
use signature::tencent_tc3;

#[derive(Deserialize)]
struct Vectors {
    hmac_primitives: Vec<Primitive>,
    keypair_signatures: Vec<KeyPair>,
    keypair_decisions: Decisions,
    dates: Vec<Date>,
    tc3: Vec<Tc3>,
    app_signatures: Vec<IgnoredAny>,
    tc_v1: Vec<IgnoredAny>,
    api_matching: Vec<IgnoredAny>,
    backend_path: Vec<IgnoredAny>,
    environment_prefix: Vec<IgnoredAny>,
    limiter: Vec<IgnoredAny>,
    management_examples: Vec<IgnoredAny>,
    management_envelope: Vec<IgnoredAny>,
}

#[derive(Deserialize)]
struct Primitive {
    name: String,
    algorithm: String,
    key: String,
    data: String,
    base64: String,
}

#[derive(Deserialize)]
struct Http {
    method: String,
    target: String,
    headers: Vec<(String, String)>,
}

#[derive(Deserialize)]
struct KeyPair {
    name: String,
    secret_id: String,
    secret_key: String,
    algorithm: String,
    signed_headers: String,
    request: Http,
    string_to_sign: String,
    signature: String,
    authorization: String,
}

#[derive(Deserialize)]
struct Decisions {
    state: State,
    cases: Vec<Case>,
}

#[derive(Deserialize)]
struct State {
    keys: BTreeMap<String, Key>,
}

#[derive(Deserialize)]
struct Key {
    secret: String,
}

#[derive(Deserialize)]
struct Case {
    name: String,
    now_epoch: i64,
    request: Http,
    expect: Expect,
}

#[derive(Deserialize)]
struct Expect {
    authenticated: bool,
    body: Option<Message>,
}

#[derive(Deserialize)]
struct Message {
    message: String,
}

#[derive(Deserialize)]
struct Date {
    input: String,
    epoch: Option<i64>,
}

#[derive(Deserialize)]
struct Tc3 {
    name: String,
    secret_id: String,
    secret_key: String,
    timestamp: i64,
    date: String,
    service: String,
    method: String,
    query: String,
    headers: BTreeMap<String, String>,
    body: String,
    signed_headers: String,
    canonical_request: String,
    string_to_sign: String,
    signature: String,
    received_host: Option<String>,
}

impl Http {
    fn headers(&self) -> Vec<(&str, &[u8])> {
        self.headers.iter().map(|(name, value)| (name.as_str(), value.as_bytes())).collect()
    }

    fn request<'a>(&'a self, headers: &'a [(&'a str, &'a [u8])]) -> tencent_hmac::Request<'a> {
        let target = self.target.as_bytes();
        tencent_hmac::Request { method: &self.method, target, http_version: "1.1", headers }
    }

    fn authorizations(&self) -> Vec<&str> {
        let is_it = |(name, _): &&(String, String)| name.eq_ignore_ascii_case("authorization");
        self.headers.iter().filter(is_it).map(|(_, value)| value.as_str()).collect()
    }
}

fn vectors() -> Vectors {
    serde_json::from_str(include_str!("vectors/tencent.json")).unwrap()
}

#[test]
fn hmac_primitives() {
    let primitives = vectors().hmac_primitives;
    for Primitive { name, algorithm, key, data, base64 } in &primitives {
        let algorithm = Algorithm::parse(algorithm).unwrap();
        assert_eq!(&tencent_hmac::sign(key.as_bytes(), algorithm, data.as_bytes()), base64, "{name}");
    }
    assert_eq!(primitives.len(), 5);
}

#[test]
fn dates() {
    let dates = vectors().dates;
    for Date { input, epoch } in &dates {
        assert_eq!(tencent_hmac::parse_date(input), *epoch, "{input:?}");
    }
    assert_eq!(dates.len(), 17);
}

#[test]
fn key_pair_signatures() {
    let vectors = vectors().keypair_signatures;
    for vector in &vectors {
        let name = &vector.name;
        let authorization = tencent_hmac::Authorization::parse(&vector.authorization).unwrap();
        assert_eq!(authorization.id, vector.secret_id, "{name}");
        assert_eq!(Some(authorization.algorithm), Algorithm::parse(&vector.algorithm), "{name}");
        assert_eq!(authorization.names.join(" "), vector.signed_headers, "{name}");
        assert_eq!(authorization.signature, vector.signature, "{name}");

        let headers = vector.request.headers();
        let request = vector.request.request(&headers);
        let names_as_listed = name.ends_with("as-listed");
        let spelling = Spelling { names_as_listed, ..Spelling::default() };
        let text = tencent_hmac::string_to_sign(&authorization.names, &request, spelling);
        assert_eq!(String::from_utf8(text.clone()).unwrap(), vector.string_to_sign, "{name}");
        let secret = vector.secret_key.as_bytes();
        let signature = tencent_hmac::sign(secret, authorization.algorithm, &text);
        assert_eq!(signature, vector.signature, "{name}");
        assert_eq!(tencent_hmac::verify(secret, &authorization, &request), Ok(()), "{name}");
        assert!(tencent_hmac::verify(b"another", &authorization, &request).is_err(), "{name}");
    }
    assert_eq!(vectors.len(), 18);
}

/// The vendor's text for what this layer decides.
fn text(unusable: &Unusable) -> String {
    match unusable {
        Unusable::Format => "HMAC authorization format error".to_owned(),
        Unusable::IdOrSignature => "HMAC id or signature missing".to_owned(),
        Unusable::Headers => "HMAC authorization headers is invalidate".to_owned(),
        Unusable::Algorithm(name) => format!("HMAC algorithm {name} not supported"),
        Unusable::NoDate => {
            "HMAC signature cannot be verified, a valid date or x-date header is required".to_owned()
        }
        Unusable::Date => "HMAC signature cannot be verified, a valid x-date header is required for HMAC \
                           Authentication"
            .to_owned(),
        Unusable::OutOfTime => {
            "HMAC signature cannot be verified, the x-date header is out of date for HMAC \
                                Authentication"
                .to_owned()
        }
        Unusable::Absent(name) => {
            format!("HMAC signature cannot be verified, a valid {name} header is required")
        }
        Unusable::Repeated => "HMAC do not support multiple HTTP header".to_owned(),
    }
}

fn decide(case: &Case, keys: &BTreeMap<String, Key>) -> Result<(), String> {
    let headers = case.request.headers();
    let request = case.request.request(&headers);
    let header = case.request.authorizations()[0];
    let authorization = tencent_hmac::Authorization::parse(header).map_err(|unusable| text(&unusable))?;
    authorization.check(&request, case.now_epoch).map_err(|unusable| text(&unusable))?;
    let secret = keys[authorization.id].secret.as_bytes();
    tencent_hmac::verify(secret, &authorization, &request)
        .map_err(|_| "HMAC signature does not match".to_owned())
}

/// Decisions of other layers: how many `Authorization` fields a request has is read by the front, plans and keys
/// are known to the gateway's store.
const ELSEWHERE: [&str; 10] = [
    "no-authorization",
    "empty-authorization",
    "two-authorization-fields",
    "no-plan-bound-to-environment",
    "no-plan-bound-to-service",
    "unknown-id",
    "disabled-key",
    "key-not-in-any-bound-plan",
    "key-bound-to-another-api-of-the-service",
    "api-without-binding-in-api-level-service",
];

#[test]
fn key_pair_decisions() {
    let Decisions { state, cases } = vectors().keypair_decisions;
    let (mut accepted, mut refused) = (0, 0);
    for case in cases.iter().filter(|case| !ELSEWHERE.contains(&case.name.as_str())) {
        let expected = match &case.expect.body {
            Some(body) => Err(body.message.clone()),
            None => Ok(()),
        };
        assert_eq!(expected.is_ok(), case.expect.authenticated, "{}", case.name);
        assert_eq!(decide(case, &state.keys), expected, "{}", case.name);
        *(if expected.is_ok() { &mut accepted } else { &mut refused }) += 1;
    }
    assert_eq!((accepted, refused), (11, 20));
    assert_eq!(cases.len(), accepted + refused + ELSEWHERE.len());
}

#[test]
fn tc3() {
    let vectors = vectors().tc3;
    for vector in &vectors {
        let name = &vector.name;
        let authorization = tencent_tc3::Authorization::parse(&vector.headers["Authorization"]).unwrap();
        assert_eq!(authorization.secret_id, vector.secret_id, "{name}");
        assert_eq!(authorization.service, vector.service, "{name}");
        assert_eq!(authorization.date, vector.date, "{name}");
        assert_eq!(authorization.signed_headers, vector.signed_headers, "{name}");
        assert_eq!(authorization.signature, vector.signature, "{name}");
        assert!(authorization.is_of_day(vector.timestamp), "{name}");

        let signed: Vec<_> = vector.headers.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        let request = tencent_tc3::Request {
            method: &vector.method,
            query: &vector.query,
            headers: &signed,
            body: vector.body.as_bytes(),
            timestamp: vector.timestamp,
        };
        let spelling = tencent_tc3::Spelling { lower_case: name.ends_with("lowercased"), host: None };
        let canonical = tencent_tc3::canonical_request(&request, &vector.signed_headers, spelling);
        assert_eq!(canonical, vector.canonical_request, "{name}");
        let string = tencent_tc3::string_to_sign(vector.timestamp, &vector.date, &vector.service, &canonical);
        assert_eq!(string, vector.string_to_sign, "{name}");
        let secret = vector.secret_key.as_bytes();
        assert_eq!(
            tencent_tc3::sign(secret, &vector.date, &vector.service, &string),
            vector.signature,
            "{name}"
        );

        let host = vector.headers["Host"].as_str();
        let received: Vec<_> = signed
            .iter()
            .map(|&(n, v)| (n, if n == "Host" { vector.received_host.as_deref().unwrap_or(v) } else { v }))
            .collect();
        let received = tencent_tc3::Request { headers: &received, ..request };
        let aliases = [host];
        let verify = |request: &tencent_tc3::Request<'_>, aliases: &[&str]| {
            tencent_tc3::verify(secret, &authorization, request, aliases)
        };
        assert_eq!(verify(&received, &aliases), Ok(()), "{name}");
        // Without the alias only what came to the signed host is accepted.
        assert_eq!(verify(&received, &[]).is_ok(), vector.received_host.is_none(), "{name}");

        let other = |name: &str, value: &'static str| -> Vec<_> {
            signed.iter().map(|&(n, v)| (n, if n == name { value } else { v })).collect()
        };
        let to_another_host = other("Host", "other.example.com");
        let as_another_type = other("Content-Type", "text/plain");
        let another_body = format!("{}x", vector.body);
        let another_query = format!("{}x", vector.query);
        let is_unsigned = vector.headers.contains_key("X-TC-Content-SHA256");
        for (changed, accepted) in [
            (tencent_tc3::Request { headers: &to_another_host, ..request }, false),
            (tencent_tc3::Request { headers: &as_another_type, ..request }, false),
            (
                tencent_tc3::Request { body: another_body.as_bytes(), ..request },
                vector.method == "GET" || is_unsigned,
            ),
            (tencent_tc3::Request { query: &another_query, ..request }, vector.method == "POST"),
            (tencent_tc3::Request { timestamp: vector.timestamp + 1, ..request }, false),
        ] {
            assert_eq!(verify(&changed, &[]).is_ok(), accepted, "{name}");
        }
        assert!(tencent_tc3::is_in_time(vector.timestamp, vector.timestamp + 300), "{name}");
        assert!(!tencent_tc3::is_in_time(vector.timestamp, vector.timestamp + 301), "{name}");
    }
    assert_eq!(vectors.len(), 11);
}

#[test]
fn what_belongs_to_other_layers() {
    let vectors = vectors();
    // Two further schemes, which are not offered: application authentication and the older one of management
    // calls.
    assert_eq!([vectors.app_signatures.len(), vectors.tc_v1.len()], [3, 2]);
    // Routing, forwarding, limits and the management API, none of which is a signature.
    let others = [
        vectors.api_matching.len(),
        vectors.backend_path.len(),
        vectors.environment_prefix.len(),
        vectors.limiter.len(),
        vectors.management_examples.len(),
        vectors.management_envelope.len(),
    ];
    assert_eq!(others, [15, 7, 7, 4, 44, 1]);
}
