//! Both Alibaba schemes against the published vectors: positive ones in three asserts (canonical form,
//! string to sign, signature), negative ones as far as signatures decide them. What a vector is answered
//! with is tested where answers are made, in crate `api`.

#![allow(clippy::unwrap_used, reason = "a test file; the lint's own exception misses its helper functions")]

use std::collections::BTreeMap;

use serde::Deserialize;
use signature::{aliyun_acs3, aliyun_rpc, percent};

#[derive(Deserialize)]
struct Vectors {
    percent_encoding: Vec<Coding>,
    positive: Vec<Vector>,
    negative: Vec<Vector>,
    seed_example: SeedExample,
}

#[derive(Deserialize)]
struct Coding {
    raw: String,
    encoded: String,
}

#[derive(Deserialize)]
struct Vector {
    id: String,
    scheme: String,
    secret: String,
    http: Http,
    #[serde(default)]
    decoded_params: BTreeMap<String, String>,
    canonical_query: Option<String>,
    canonical_request: Option<String>,
    string_to_sign: Option<String>,
    signature: Option<String>,
    expect: Expect,
}

#[derive(Deserialize)]
struct Http {
    method: String,
    raw_query: String,
    headers: Vec<(String, String)>,
    body: String,
}

#[derive(Deserialize)]
struct Expect {
    code: Option<String>,
    server_string_to_sign: Option<String>,
}

#[derive(Deserialize)]
struct SeedExample {
    access_key_secret: String,
    published_signature: String,
    variants: Vec<Variant>,
}

#[derive(Deserialize)]
struct Variant {
    method: String,
    params: BTreeMap<String, String>,
    string_to_sign: String,
    signature: String,
    equals_published: bool,
}

impl Vector {
    fn is_rpc(&self) -> bool {
        match self.scheme.as_str() {
            "RPC-HMAC-SHA1" => true,
            "ACS3-HMAC-SHA256" => false,
            other => panic!("{}: unknown scheme {other}", self.id),
        }
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.http.headers.iter().find(|(header, _)| header == name).map(|(_, value)| value.as_str())
    }

    fn query(&self) -> BTreeMap<String, String> {
        percent::decode_pairs(self.http.raw_query.as_bytes()).map(Result::unwrap).collect()
    }

    /// Query and form as a server merges them: the body wins.
    fn parameters(&self) -> BTreeMap<String, String> {
        let mut parameters = self.query();
        if self.header("content-type").is_some_and(|kind| kind.starts_with("application/x-www-form")) {
            parameters.extend(percent::decode_pairs(self.http.body.as_bytes()).map(Result::unwrap));
        }
        parameters
    }

    fn acs3(&self) -> (aliyun_acs3::Authorization<'_>, String) {
        let authorization = aliyun_acs3::Authorization::parse(self.header("authorization").unwrap()).unwrap();
        let canonical = aliyun_acs3::canonical_request(
            &self.http.method,
            &aliyun_acs3::canonical_query(text(&self.query())),
            authorization.signed_headers,
            |name| self.header(name),
            self.header("x-acs-content-sha256").unwrap(),
        );
        (authorization, canonical)
    }

    fn verify(&self) -> Result<(), signature::Mismatch> {
        let secret = self.secret.as_bytes();
        if self.is_rpc() {
            let parameters = self.parameters();
            let received = parameters.get(aliyun_rpc::SIGNATURE).map_or("", String::as_str);
            let canonical = aliyun_rpc::canonical_query(text(&parameters));
            aliyun_rpc::verify(secret, &aliyun_rpc::string_to_sign(&self.http.method, &canonical), received)
        } else {
            let (authorization, canonical) = self.acs3();
            let string = aliyun_acs3::string_to_sign(&canonical);
            aliyun_acs3::verify(secret, &string, authorization.signature)?;
            let digest = self.header("x-acs-content-sha256").unwrap();
            aliyun_acs3::verify_content(self.http.body.as_bytes(), digest, &string)
        }
    }
}

fn text(pairs: &BTreeMap<String, String>) -> impl Iterator<Item = (&str, &str)> {
    pairs.iter().map(|(name, value)| (name.as_str(), value.as_str()))
}

fn vectors() -> Vectors {
    serde_json::from_str(include_str!("vectors/aliyun.json")).unwrap()
}

#[test]
fn percent_encoding() {
    for Coding { raw, encoded } in vectors().percent_encoding {
        assert_eq!(percent::encode(&raw), encoded, "{raw:?}");
        assert_eq!(percent::decode(encoded.as_bytes()), Ok(raw));
    }
}

#[test]
fn positive_rpc() {
    let mut seen = 0;
    for vector in vectors().positive.iter().filter(|vector| vector.is_rpc()) {
        let id = &vector.id;
        let parameters = vector.parameters();
        let mut unsigned = parameters.clone();
        let received = unsigned.remove(aliyun_rpc::SIGNATURE).unwrap();
        assert_eq!(unsigned, vector.decoded_params, "{id}");

        let canonical = aliyun_rpc::canonical_query(text(&parameters));
        assert_eq!(Some(&canonical), vector.canonical_query.as_ref(), "{id}");
        let string = aliyun_rpc::string_to_sign(&vector.http.method, &canonical);
        assert_eq!(Some(&string), vector.string_to_sign.as_ref(), "{id}");
        let signature = aliyun_rpc::sign(vector.secret.as_bytes(), &string);
        assert_eq!(Some(&signature), vector.signature.as_ref(), "{id}");
        assert_eq!(signature, received, "{id}");
        assert_eq!(vector.verify(), Ok(()), "{id}");
        seen += 1;
    }
    assert_eq!(seen, 16);
}

#[test]
fn positive_acs3() {
    let mut seen = 0;
    for vector in vectors().positive.iter().filter(|vector| !vector.is_rpc()) {
        let id = &vector.id;
        let canonical_query = aliyun_acs3::canonical_query(text(&vector.query()));
        assert_eq!(Some(&canonical_query), vector.canonical_query.as_ref(), "{id}");
        let (authorization, canonical) = vector.acs3();
        assert_eq!(Some(&canonical), vector.canonical_request.as_ref(), "{id}");
        let string = aliyun_acs3::string_to_sign(&canonical);
        assert_eq!(Some(&string), vector.string_to_sign.as_ref(), "{id}");
        let signature = aliyun_acs3::sign(vector.secret.as_bytes(), &string);
        assert_eq!(Some(&signature), vector.signature.as_ref(), "{id}");
        assert_eq!(signature, authorization.signature, "{id}");
        assert_eq!(vector.verify(), Ok(()), "{id}");
        seen += 1;
    }
    assert_eq!(seen, 10);
}

#[test]
fn negative_signatures_do_not_match() {
    let mut seen = 0;
    for vector in &vectors().negative {
        if vector.expect.code.as_deref() != Some("SignatureDoesNotMatch") {
            continue;
        }
        seen += 1;
        let id = &vector.id;
        let mismatch = vector.verify().expect_err(id);
        if let Some(expected) = &vector.expect.server_string_to_sign {
            assert_eq!(mismatch.string_to_sign(), expected, "{id}");
        }
    }
    assert_eq!(seen, 10);
}

#[test]
fn an_unsigned_mandatory_header_is_visible() {
    let vectors = vectors();
    let vector = vectors.negative.iter().find(|v| v.id == "neg-acs3-required-header-unsigned").unwrap();
    let (authorization, _) = vector.acs3();
    assert!(!authorization.covers("x-acs-action"));
    assert_eq!(vector.verify(), Ok(()), "only the list of headers tells");
}

#[test]
fn the_example_of_the_seed_document() {
    let example = vectors().seed_example;
    for Variant { method, params, string_to_sign, signature, equals_published } in &example.variants {
        let string = aliyun_rpc::string_to_sign(method, &aliyun_rpc::canonical_query(text(params)));
        assert_eq!(&string, string_to_sign);
        let computed = aliyun_rpc::sign(example.access_key_secret.as_bytes(), &string);
        assert_eq!(&computed, signature);
        assert_eq!(computed == example.published_signature, *equals_published);
    }
}
