//! Who signed this, and when: both schemes, in the order that the vendor's gateway checks.
//!
//! [`Claim::read`] takes what the request says about itself and judges all that needs no key;
//! [`Claim::verify`] takes the key and turns a [`Raw`] request into a [`Verified`] one. Nothing is believed in
//! between.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use control::AccessKey;
use hyper::header::{AUTHORIZATION, CONTENT_TYPE, HeaderName};
use jiff::civil::DateTime;
use machine::secret::Secret;
use md5::{Digest, Md5};
use signature::aliyun_acs3::{self, Authorization, Unusable};
use signature::explain::{self, Mistake};
use signature::{Mismatch, aliyun_rpc};
use subtle::ConstantTimeEq;

use super::gateway;
use crate::refusal::Refusal;
use crate::request::{Facts, Raw, Verified};

/// Seconds by which a timestamp may differ from the server's clock, either way, bounds included.
const WINDOW_SECONDS: i64 = 15 * 60;

static ACTION: HeaderName = HeaderName::from_static("x-acs-action");
static VERSION: HeaderName = HeaderName::from_static("x-acs-version");
static DATE: HeaderName = HeaderName::from_static("x-acs-date");
static NONCE: HeaderName = HeaderName::from_static("x-acs-signature-nonce");
static CONTENT_SHA256: HeaderName = HeaderName::from_static("x-acs-content-sha256");
static CONTENT_MD5: HeaderName = HeaderName::from_static("content-md5");
static TOKEN: HeaderName = HeaderName::from_static("x-acs-security-token");
static KEY_ID: HeaderName = HeaderName::from_static("x-acs-accesskey-id");

/// Whether a request is signed with ACS3 rather than with version 1.
pub(crate) fn is_acs3(headers: &hyper::HeaderMap) -> bool {
    headers.get(AUTHORIZATION).is_some_and(|value| value.as_bytes().starts_with(b"ACS3-"))
}

/// A key as the verifier needs it.
pub(crate) struct Key {
    pub(crate) key: AccessKey,
    /// A temporary key's token; a request with one must carry it, a request without one must not.
    pub(crate) token: Option<Secret<String>>,
}

/// What a request says about its signature; well formed and in time, but not yet checked.
pub(crate) struct Claim {
    access_key_id: String,
    scheme: Scheme,
    nonce: String,
    token: Option<String>,
    action: Option<String>,
    version: Option<String>,
    valid_until: i64,
}

enum Scheme {
    Rpc { signature: String },
    Acs3 { signed_headers: String, signature: String },
}

impl Claim {
    /// Steps 3 to 5 of the vendor's order: presence of the fields, their values, the time.
    pub(crate) fn read(raw: &Raw, now_ms: i64) -> Result<Self, Refusal> {
        let mut authorizations = raw.headers.get_all(AUTHORIZATION).iter();
        if authorizations.next().is_some() && authorizations.next().is_some() {
            return Err(gateway::incomplete_signature());
        }
        if is_acs3(&raw.headers) { Self::read_acs3(raw, now_ms) } else { Self::read_rpc(raw, now_ms) }
    }

    fn read_rpc(raw: &Raw, now_ms: i64) -> Result<Self, Refusal> {
        let field = |name| raw.parameters.filled(name).ok_or_else(|| gateway::missing(name));
        let access_key_id = field("AccessKeyId")?;
        let signature = field(aliyun_rpc::SIGNATURE)?;
        let method = field("SignatureMethod")?;
        let version = field("SignatureVersion")?;
        let nonce = field("SignatureNonce")?;
        let timestamp = field("Timestamp")?;
        if method != aliyun_rpc::METHOD {
            return Err(gateway::invalid_signature_method());
        }
        if version != aliyun_rpc::VERSION {
            return Err(gateway::invalid_signature_version());
        }
        let parameter = |name| raw.parameters.filled(name).map(str::to_owned);
        Ok(Self {
            access_key_id: access_key_id.to_owned(),
            scheme: Scheme::Rpc { signature: signature.to_owned() },
            nonce: nonce.to_owned(),
            token: parameter("SecurityToken"),
            action: parameter("Action"),
            version: parameter("Version"),
            valid_until: in_time(timestamp, now_ms)?,
        })
    }

    fn read_acs3(raw: &Raw, now_ms: i64) -> Result<Self, Refusal> {
        let header = |name: &HeaderName| match raw.header(name) {
            Ok(value) => Ok(value.map(str::trim).filter(|value| !value.is_empty())),
            Err(_) => Err(gateway::incomplete_signature()),
        };
        let authorization = header(&AUTHORIZATION)?.ok_or_else(gateway::incomplete_signature)?;
        let authorization = Authorization::parse(authorization).map_err(|unusable| match unusable {
            Unusable::Algorithm => gateway::invalid_signature_method(),
            Unusable::Fields => gateway::incomplete_signature(),
        })?;
        let date = header(&DATE)?.ok_or_else(|| gateway::missing("Timestamp"))?;
        let nonce = header(&NONCE)?.ok_or_else(|| gateway::missing("SignatureNonce"))?;
        header(&CONTENT_SHA256)?.ok_or_else(gateway::incomplete_signature)?;
        let (action, version, token) = (header(&ACTION)?, header(&VERSION)?, header(&TOKEN)?);
        // Whatever decides anything below must be signed. A header that is absent decides nothing.
        let decisive = [&DATE, &NONCE, &CONTENT_SHA256, &ACTION, &VERSION, &TOKEN, &KEY_ID];
        let body_decides = (!raw.body.is_empty()).then_some(&CONTENT_TYPE);
        for name in decisive.into_iter().chain(body_decides) {
            if raw.headers.contains_key(name) && !authorization.covers(name.as_str()) {
                return Err(gateway::incomplete_signature());
            }
        }
        if header(&KEY_ID)?.is_some_and(|key_id| key_id != authorization.access_key_id) {
            return Err(gateway::incomplete_signature());
        }
        Ok(Self {
            access_key_id: authorization.access_key_id.to_owned(),
            scheme: Scheme::Acs3 {
                signed_headers: authorization.signed_headers.to_owned(),
                signature: authorization.signature.to_owned(),
            },
            nonce: nonce.to_owned(),
            token: token.map(str::to_owned),
            action: action.map(str::to_owned),
            version: version.map(str::to_owned),
            valid_until: in_time(date, now_ms)?,
        })
    }

    /// Whose key has to be looked up.
    pub(crate) fn access_key_id(&self) -> &str {
        &self.access_key_id
    }

    /// Steps 6 and 7: the key, its token, the signature.
    pub(crate) fn verify(self, raw: Raw, key: Option<Key>) -> Result<Verified, Refusal> {
        let Key { key, token } = key.ok_or_else(gateway::unknown_key)?;
        if !key.active {
            return Err(gateway::inactive_key());
        }
        match (&token, &self.token) {
            (None, None) => {}
            (Some(_), None) => return Err(gateway::missing_token()),
            (Some(token), Some(sent)) if bool::from(token.expose().as_bytes().ct_eq(sent.as_bytes())) => {}
            _ => return Err(gateway::foreign_token()),
        }
        let secret = key.secret.expose().as_bytes();
        let checked = self.check_signature(&raw, secret);
        let mistakes = if checked.is_err() { self.explain(&raw, secret) } else { Vec::new() };
        let facts = Facts {
            access_key_id: self.access_key_id,
            account: key.account,
            user: key.user,
            action: self.action,
            version: self.version,
            nonce: self.nonce,
            valid_until: self.valid_until,
        };
        Verified::seal(raw, facts, checked)
            .map_err(|mismatch| gateway::signature_mismatch(&mismatch, &mistakes))
    }

    /// What the client did wrong.
    fn explain(&self, raw: &Raw, secret: &[u8]) -> Vec<Mistake> {
        let method = raw.method.as_str();
        let (query, parameters): (Vec<_>, Vec<_>) =
            (raw.parameters.query().collect(), raw.parameters.iter().collect());
        match &self.scheme {
            Scheme::Rpc { signature } => {
                let request = explain::aliyun_rpc::Request { method, query: &query, parameters: &parameters };
                explain::aliyun_rpc::explain(secret, &request, signature)
            }
            Scheme::Acs3 { signed_headers, signature } => {
                let headers: Vec<_> = (raw.headers.iter())
                    .filter_map(|(name, value)| {
                        Some((name.as_str(), std::str::from_utf8(value.as_bytes()).ok()?))
                    })
                    .collect();
                let request = explain::aliyun_acs3::Request {
                    method,
                    query: &query,
                    parameters: &parameters,
                    headers: &headers,
                    body: &raw.body,
                };
                let access_key_id = &self.access_key_id;
                let authorization = Authorization { access_key_id, signed_headers, signature };
                explain::aliyun_acs3::explain(secret, &authorization, &request)
            }
        }
    }

    fn check_signature(&self, raw: &Raw, secret: &[u8]) -> Result<(), Mismatch> {
        let method = raw.method.as_str();
        match &self.scheme {
            Scheme::Rpc { signature } => {
                let canonical = aliyun_rpc::canonical_query(raw.parameters.iter());
                aliyun_rpc::verify(secret, &aliyun_rpc::string_to_sign(method, &canonical), signature)
            }
            Scheme::Acs3 { signed_headers, signature } => {
                let header = |name: &str| std::str::from_utf8(raw.headers.get(name)?.as_bytes()).ok();
                let digest = header(CONTENT_SHA256.as_str()).unwrap_or_default();
                let canonical = aliyun_acs3::canonical_request(
                    method,
                    &aliyun_acs3::canonical_query(raw.parameters.query()),
                    signed_headers,
                    header,
                    digest,
                );
                let string = aliyun_acs3::string_to_sign(&canonical);
                aliyun_acs3::verify(secret, &string, signature)?;
                aliyun_acs3::verify_content(&raw.body, digest, &string)
            }
        }
    }
}

/// Digests of the body that no signature needs. One that was sent must be right all the same.
pub(crate) fn check_unsigned_digests(raw: &Raw) -> Result<(), Refusal> {
    let sent = |name: &HeaderName| raw.header(name).map_err(|_| gateway::incomplete_signature());
    let wrong = || gateway::unreadable("the body does not have the digest that came with it");
    if let Some(digest) = sent(&CONTENT_MD5)?
        && STANDARD.encode(Md5::digest(&raw.body)) != digest
    {
        return Err(wrong());
    }
    // Under ACS3 this digest is part of the signature, and judged with it.
    if let (false, Some(digest)) = (is_acs3(&raw.headers), sent(&CONTENT_SHA256)?)
        && aliyun_acs3::content_sha256(&raw.body) != digest
    {
        return Err(wrong());
    }
    Ok(())
}

/// The last second at which `timestamp` passes the window, if it passes now. Whole seconds are compared.
fn in_time(timestamp: &str, now_ms: i64) -> Result<i64, Refusal> {
    let signed_at = parse_timestamp(timestamp).ok_or_else(gateway::timestamp_format)?;
    let now = now_ms.div_euclid(1_000);
    if (signed_at - now).abs() > WINDOW_SECONDS {
        return Err(gateway::timestamp_expired());
    }
    Ok(signed_at + WINDOW_SECONDS)
}

/// Seconds since 1970 of `YYYY-MM-DDThh:mm:ssZ`, and of nothing else.
fn parse_timestamp(text: &str) -> Option<i64> {
    let pattern = b"dddd-dd-ddTdd:dd:ddZ";
    let fits = |(byte, expected): (u8, &u8)| match expected {
        b'd' => byte.is_ascii_digit(),
        literal => byte == *literal,
    };
    if text.len() != pattern.len() || !text.bytes().zip(pattern).all(fits) {
        return None;
    }
    let number = |from: usize, to: usize| text[from..to].parse::<i16>().ok();
    let small = |from: usize| i8::try_from(number(from, from + 2)?).ok();
    let at =
        DateTime::new(number(0, 4)?, small(5)?, small(8)?, small(11)?, small(14)?, small(17)?, 0).ok()?;
    // Civil arithmetic knows every date that can be written, up to the end of the year 9999.
    Some(at.duration_since(DateTime::constant(1970, 1, 1, 0, 0, 0, 0)).as_secs())
}

#[cfg(test)]
#[path = "authentication_tests.rs"]
mod tests;
