//! Signed HTTP requests: percent codes, canonical forms, parsing of credentials, verification, and the explanation of
//! what is wrong.
//!
//! The first byte chooses the scheme. What follows is a request in lines: method, target, headers as `name:value`, and
//! behind an empty line the body.

use signature::{aliyun_acs3, aliyun_rpc, bce_v1, explain, percent, tencent_hmac, tencent_tc3};

use crate::Target;
use crate::memory::Budget;

pub(crate) const TARGET: Target = Target { name: "signatures", feed, seeds, mutations: 4_000 };

/// Canonical forms write a byte as three, and as nine when they are encoded again; an explanation tries many.
const BUDGET: Budget = Budget { per_byte: 256, free: 256 * 1024 };
const SECRET: &[u8] = b"secret";
/// 2023-11-14, as all signatures of the seeds.
const NOW: i64 = 1_700_000_000;

/// A request taken apart.
struct Parts<'a> {
    method: &'a str,
    target: &'a [u8],
    headers: Vec<(&'a str, &'a [u8])>,
    body: &'a [u8],
}

impl<'a> Parts<'a> {
    fn of(bytes: &'a [u8]) -> Self {
        let mut rest = bytes;
        let mut line = || match rest.iter().position(|byte| *byte == b'\n') {
            Some(at) => {
                let line = &rest[..at];
                rest = &rest[at + 1..];
                line
            }
            None => std::mem::take(&mut rest),
        };
        let method = std::str::from_utf8(line()).unwrap_or("GET");
        let target = line();
        let mut headers = Vec::new();
        loop {
            let line = line();
            let Some(at) = line.iter().position(|byte| *byte == b':') else { break };
            // Names are ASCII before they come here.
            let name = std::str::from_utf8(&line[..at]).ok().filter(|name| name.is_ascii());
            headers.push((name.unwrap_or("x"), &line[at + 1..]));
        }
        Self { method, target, headers, body: rest }
    }

    fn header(&self, name: &str) -> &'a [u8] {
        let found = self.headers.iter().find(|(header, _)| header.eq_ignore_ascii_case(name));
        found.map_or(b"", |(_, value)| value)
    }

    /// Headers whose values are text.
    fn texts(&self) -> Vec<(&'a str, &'a str)> {
        let text = |&(name, value): &(&'a str, &'a [u8])| Some((name, std::str::from_utf8(value).ok()?));
        self.headers.iter().filter_map(text).collect()
    }

    fn query(&self) -> &'a [u8] {
        self.target.iter().position(|byte| *byte == b'?').map_or(b"", |at| &self.target[at + 1..])
    }
}

fn feed(bytes: &[u8]) {
    let Some((scheme, bytes)) = bytes.split_first() else { return };
    BUDGET.hold(bytes.len(), || {
        let parts = Parts::of(bytes);
        match scheme % 5 {
            0 => rpc(&parts),
            1 => acs3(&parts),
            2 => bce(&parts),
            3 => hmac(&parts),
            _ => tc3(&parts),
        }
    });
}

/// Names and values of a query, if it is one; written again they are the same.
fn pairs(query: &[u8]) -> Vec<(String, String)> {
    let Ok(pairs) = percent::decode_pairs(query).collect::<Result<Vec<_>, _>>() else { return Vec::new() };
    let written = percent::encode_pairs(borrowed(&pairs));
    let again: Result<Vec<_>, _> = percent::decode_pairs(written.as_bytes()).collect();
    assert_eq!(again.as_ref(), Ok(&pairs));
    pairs
}

fn borrowed(pairs: &[(String, String)]) -> Vec<(&str, &str)> {
    pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect()
}

/// Nobody signs by chance, and what is explained has a mistake.
fn refused<E>(verified: Result<(), E>, mistakes: &[explain::Mistake]) {
    assert!(verified.is_err() && !mistakes.is_empty());
    explain::sentences(mistakes);
}

fn rpc(parts: &Parts<'_>) {
    let (query, form) = (pairs(parts.query()), pairs(parts.body));
    let query = borrowed(&query);
    let parameters = [query.clone(), borrowed(&form)].concat();
    let canonical = aliyun_rpc::canonical_query(parameters.iter().copied());
    let string = aliyun_rpc::string_to_sign(parts.method, &canonical);
    let signed = parameters.iter().find(|(name, _)| *name == aliyun_rpc::SIGNATURE);
    let received = signed.map_or("", |(_, value)| value);
    let request =
        explain::aliyun_rpc::Request { method: parts.method, query: &query, parameters: &parameters };
    let mistakes = explain::aliyun_rpc::explain(SECRET, &request, received);
    refused(aliyun_rpc::verify(SECRET, &string, received), &mistakes);
}

fn acs3(parts: &Parts<'_>) {
    let Ok(header) = std::str::from_utf8(parts.header("authorization")) else { return };
    let Ok(authorization) = aliyun_acs3::Authorization::parse(header) else { return };
    let query = pairs(parts.query());
    let query = borrowed(&query);
    let headers = parts.texts();
    let found = |name: &str| headers.iter().find(|(header, _)| *header == name).map(|(_, value)| *value);
    let canonical = aliyun_acs3::canonical_request(
        parts.method,
        &aliyun_acs3::canonical_query(query.iter().copied()),
        authorization.signed_headers,
        found,
        &aliyun_acs3::content_sha256(parts.body),
    );
    let string = aliyun_acs3::string_to_sign(&canonical);
    let request = explain::aliyun_acs3::Request {
        method: parts.method,
        query: &query,
        parameters: &query,
        headers: &headers,
        body: parts.body,
    };
    let mistakes = explain::aliyun_acs3::explain(SECRET, &authorization, &request);
    refused(aliyun_acs3::verify(SECRET, &string, authorization.signature), &mistakes);
}

fn bce(parts: &Parts<'_>) {
    let request = bce_v1::Request { method: parts.method, target: parts.target, headers: &parts.headers };
    if let Ok(path) = bce_v1::canonical_path(parts.target) {
        assert_eq!(bce_v1::canonical_path(path.as_bytes()), Ok(path), "a canonical form is its own");
    }
    let Ok(Some(text)) = bce_v1::find(&request) else { return };
    let Ok(authentication) = bce_v1::Authentication::parse(&text) else { return };
    let _ = authentication.is_in_time(&request, NOW);
    refused(bce_v1::verify(SECRET, &authentication, &request), &explain::bce_v1::explain(SECRET, &request));
}

fn hmac(parts: &Parts<'_>) {
    let Ok(header) = std::str::from_utf8(parts.header("authorization")) else { return };
    let Ok(authorization) = tencent_hmac::Authorization::parse(header) else { return };
    let (method, target, headers) = (parts.method, parts.target, &parts.headers[..]);
    let request = tencent_hmac::Request { method, target, http_version: "1.1", headers };
    let _ = authorization.check(&request, NOW);
    let mistakes = explain::tencent_hmac::explain(SECRET, &authorization, &request, parts.body);
    refused(tencent_hmac::verify(SECRET, &authorization, &request), &mistakes);
}

fn tc3(parts: &Parts<'_>) {
    let headers = parts.texts();
    let Ok(header) = std::str::from_utf8(parts.header("authorization")) else { return };
    let Ok(authorization) = tencent_tc3::Authorization::parse(header) else { return };
    let timestamp = std::str::from_utf8(parts.header("x-tc-timestamp")).unwrap_or_default();
    let timestamp = timestamp.trim().parse().unwrap_or(NOW);
    let _ = (authorization.is_of_day(timestamp), tencent_tc3::is_in_time(timestamp, NOW));
    let query = std::str::from_utf8(parts.query()).unwrap_or_default();
    let (method, body) = (parts.method, parts.body);
    let request = tencent_tc3::Request { method, query, headers: &headers, body, timestamp };
    let aliases = ["kafka.tencentcloudapi.com"];
    let mistakes = explain::tencent_tc3::explain(SECRET, header, &request, &aliases);
    refused(tencent_tc3::verify(SECRET, &authorization, &request, &aliases), &mistakes);
}

/// Requests of each scheme as its clients write them, but for signatures that nobody made.
fn seeds() -> Vec<Vec<u8>> {
    let digits = "0123456789abcdef".repeat(4);
    let acs3 = format!(
        "POST\n/?Action=CreateTopic&Topic=orders%20of%2Btoday\n\
         authorization:ACS3-HMAC-SHA256 Credential=id,SignedHeaders=host;x-acs-action;x-acs-date,Signature={digits}\n\
         host:alikafka.cn-hangzhou.aliyuncs.com\nx-acs-action:CreateTopic\nx-acs-date:2023-11-14T22:13:20Z\n\n{{}}"
    );
    let bce = format!(
        "GET\n/v1/cluster/a%2Fb?list=&order=desc%20\n\
         Authorization:bce-auth-v1/id/2023-11-14T22:13:20Z/1800/host;x-bce-date/{digits}\n\
         Host:kafka.bj.baidubce.com\nx-bce-date:2023-11-14T22:13:20Z\n\n"
    );
    let hmac = "GET\n/release/a?b=1\n\
         Authorization:hmac id=\"id\", algorithm=\"hmac-sha256\", headers=\"x-date source\", signature=\"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=\"\n\
         X-Date:Tue, 14 Nov 2023 22:13:20 GMT\nSource:test\nHost:service:8080\n\n";
    let tc3 = format!(
        "POST\n/\n\
         Authorization:TC3-HMAC-SHA256 Credential=id/2023-11-14/ckafka/tc3_request, SignedHeaders=content-type;host, Signature={digits}\n\
         content-type:application/json; charset=utf-8\nhost:ckafka.tencentcloudapi.com\n\
         x-tc-timestamp:1700000000\n\n{{\"Limit\": 1}}"
    );
    let rpc = "POST\n/?AccessKeyId=id&Action=CreateTopic&Topic=a%2Bb%E4%B8%AD+c&Signature=x%3D\n\nRemark=hello&Empty=";
    [rpc.to_owned(), acs3, bce, hmac.to_owned(), tc3]
        .into_iter()
        .zip(0_u8..)
        .map(|(request, scheme)| [&[scheme], request.as_bytes()].concat())
        .collect()
}
