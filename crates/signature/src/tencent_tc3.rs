//! Tencent Cloud `TC3-HMAC-SHA256`, what the vendor's SDKs sign management calls with.
//!
//! Signed are the query of a GET, the listed headers and the digest of a body. The key is derived for one day
//! and one service.

use hmac::{Hmac, KeyInit, Mac};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::compare::{Mismatch, compare};
use crate::hex::{hex, is_hex};

/// The scheme's name, first word of the `Authorization` header.
pub const ALGORITHM: &str = "TC3-HMAC-SHA256";
/// What stands for the digest of a body that is not signed.
pub const UNSIGNED_PAYLOAD: &str = "UNSIGNED-PAYLOAD";
/// Seconds by which `X-TC-Timestamp` may differ from the server's clock, either way, bounds included.
pub const TOLERANCE_SECONDS: u64 = 300;

pub(crate) const TERMINATOR: &str = "tc3_request";
const SIGNATURE_BYTES: usize = 32;
/// Without these two a request could be meant for another server, or its body be read as another kind.
const MUST_SIGN: [&str; 2] = ["content-type", "host"];

/// Why an `Authorization` header is not usable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unusable {
    /// Another algorithm.
    Algorithm,
    /// A field is missing, repeated, unknown or malformed, or a header that must be signed is not listed.
    Fields,
}

/// A parsed `Authorization` header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Authorization<'a> {
    /// The public half of the key.
    pub secret_id: &'a str,
    /// The day of the signing key, `YYYY-MM-DD`.
    pub date: &'a str,
    /// The service of the signing key.
    pub service: &'a str,
    /// Names of the signed headers as sent: lower case, separated by `;`.
    pub signed_headers: &'a str,
    /// The signature as sent, 64 hexadecimal digits.
    pub signature: &'a str,
}

impl<'a> Authorization<'a> {
    /// Reads `TC3-HMAC-SHA256 Credential={id}/{date}/{service}/tc3_request, SignedHeaders=…, Signature=…`;
    /// spaces after the commas may be missing.
    pub fn parse(header: &'a str) -> Result<Self, Unusable> {
        let (algorithm, fields) = header.trim().split_once(' ').ok_or(Unusable::Fields)?;
        if algorithm != ALGORITHM {
            return Err(Unusable::Algorithm);
        }
        let (mut credential, mut signed_headers, mut signature) = (None, None, None);
        for field in fields.split(',') {
            let (name, value) = field.trim().split_once('=').ok_or(Unusable::Fields)?;
            let slot = match name {
                "Credential" => &mut credential,
                "SignedHeaders" => &mut signed_headers,
                "Signature" => &mut signature,
                _ => return Err(Unusable::Fields),
            };
            if value.is_empty() || slot.replace(value).is_some() {
                return Err(Unusable::Fields);
            }
        }
        let (Some(credential), Some(signed_headers), Some(signature)) =
            (credential, signed_headers, signature)
        else {
            return Err(Unusable::Fields);
        };
        let fields: Vec<_> = credential.splitn(5, '/').collect();
        let &[secret_id, date, service, TERMINATOR] = fields.as_slice() else {
            return Err(Unusable::Fields);
        };
        let parsed = Self { secret_id, date, service, signed_headers, signature };
        let is_complete = ![secret_id, date, service].contains(&"");
        if is_complete
            && MUST_SIGN.iter().all(|name| parsed.covers(name))
            && is_hex(signature, SIGNATURE_BYTES)
        {
            Ok(parsed)
        } else {
            Err(Unusable::Fields)
        }
    }

    /// Whether the header of this name (lower case) is signed.
    pub fn covers(&self, header: &str) -> bool {
        self.signed_headers.split(';').any(|signed| signed == header)
    }

    /// Whether the key's day is that of the timestamp (seconds since 1970), in UTC.
    pub fn is_of_day(&self, timestamp: i64) -> bool {
        let moment = Timestamp::from_second(timestamp).map(|moment| moment.to_zoned(TimeZone::UTC));
        moment.is_ok_and(|moment| moment.date().to_string() == self.date)
    }
}

/// Whether a timestamp is near `now`, both in seconds since 1970.
pub fn is_in_time(timestamp: i64, now: i64) -> bool {
    now.abs_diff(timestamp) <= TOLERANCE_SECONDS
}

/// What of a request is signed, as it came.
#[derive(Clone, Copy)]
pub struct Request<'a> {
    /// In upper case.
    pub method: &'a str,
    /// The query exactly as received; counts in a GET alone.
    pub query: &'a str,
    /// Names in any case; values untouched.
    pub headers: &'a [(&'a str, &'a str)],
    /// The body as received; counts in anything but a GET.
    pub body: &'a [u8],
    /// `X-TC-Timestamp`, seconds since 1970.
    pub timestamp: i64,
}

impl<'a> Request<'a> {
    pub(crate) fn header(&self, name: &str) -> &'a str {
        let found = self.headers.iter().find(|(header, _)| header.eq_ignore_ascii_case(name));
        found.map_or("", |(_, value)| value.trim())
    }
}

/// How header values are written, where the vendor's documents and SDKs differ.
#[derive(Clone, Copy, Debug, Default)]
pub struct Spelling<'a> {
    /// Values in lower case: the documents' rule. SDKs sign them as they send them.
    pub lower_case: bool,
    /// Another host than the one received.
    pub host: Option<&'a str>,
}

/// The canonical request. A listed header that the request does not have counts as empty.
pub fn canonical_request(request: &Request<'_>, signed_headers: &str, spelling: Spelling<'_>) -> String {
    let is_get = request.method == "GET";
    let mut canonical = format!("{}\n/\n{}\n", request.method, if is_get { request.query } else { "" });
    for name in signed_headers.split(';') {
        let value = match spelling.host {
            Some(host) if name == "host" => host,
            _ => request.header(name),
        };
        canonical.push_str(name);
        canonical.push(':');
        if spelling.lower_case {
            canonical.push_str(&value.to_lowercase());
        } else {
            canonical.push_str(value);
        }
        canonical.push('\n');
    }
    let payload = if request.header("x-tc-content-sha256") == UNSIGNED_PAYLOAD {
        UNSIGNED_PAYLOAD.as_bytes()
    } else if is_get {
        b""
    } else {
        request.body
    };
    canonical.push('\n');
    canonical.push_str(signed_headers);
    canonical.push('\n');
    canonical.push_str(&hex(&Sha256::digest(payload)));
    canonical
}

/// The string to sign, for the day and the service of the key.
pub fn string_to_sign(timestamp: i64, date: &str, service: &str, canonical_request: &str) -> String {
    let digest = hex(&Sha256::digest(canonical_request.as_bytes()));
    format!("{ALGORITHM}\n{timestamp}\n{date}/{service}/{TERMINATOR}\n{digest}")
}

/// The signature of a string, as text.
pub fn sign(secret: &[u8], date: &str, service: &str, string_to_sign: &str) -> String {
    let start = Zeroizing::new([b"TC3", secret].concat());
    let day = Zeroizing::new(hmac(&start, date));
    let service = Zeroizing::new(hmac(&*day, service));
    let key = Zeroizing::new(hmac(&*service, TERMINATOR));
    hex(&hmac(&*key, string_to_sign))
}

fn hmac(key: &[u8], text: &str) -> [u8; 32] {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().into()
}

/// Whether the request is signed, for the host it came to or one of `aliases` (one SDK signs for the vendor's
/// name and then sends another), with values as sent or in lower case. The mismatch holds the first string.
pub fn verify(
    secret: &[u8],
    authorization: &Authorization<'_>,
    request: &Request<'_>,
    aliases: &[&str],
) -> Result<(), Mismatch> {
    let Authorization { date, service, signed_headers, signature, .. } = *authorization;
    let check = |spelling| {
        let canonical = canonical_request(request, signed_headers, spelling);
        let string = string_to_sign(request.timestamp, date, service, &canonical);
        compare(&sign(secret, date, service, &string), signature, &string)
    };
    let first = check(Spelling::default());
    if first.is_ok() {
        return first;
    }
    let hosts = std::iter::once(None).chain(aliases.iter().copied().map(Some));
    for host in hosts {
        for lower_case in [false, true] {
            if check(Spelling { lower_case, host }).is_ok() {
                return Ok(());
            }
        }
    }
    first
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const AT: i64 = 1_751_328_000;
    const HEADERS: [(&str, &str); 3] =
        [("Host", "h:1"), ("Content-Type", "application/json"), ("X-TC-Action", "CreateService")];
    const LIST: &str = "content-type;host;x-tc-action";

    fn header(request: &Request<'_>) -> String {
        let canonical = canonical_request(request, LIST, Spelling::default());
        let string = string_to_sign(AT, "2025-07-01", "apigateway", &canonical);
        let signature = sign(b"secret", "2025-07-01", "apigateway", &string);
        format!(
            "{ALGORITHM} Credential=id/2025-07-01/apigateway/tc3_request, SignedHeaders={LIST}, Signature={signature}"
        )
    }

    #[test]
    fn anything_else_is_unusable() {
        let zeros = "0".repeat(64);
        let with = |credential: &str, list: &str, signature: &str| {
            let header =
                format!("{ALGORITHM} Credential={credential},SignedHeaders={list},Signature={signature}");
            Authorization::parse(&header).map(|_| ())
        };
        assert_eq!(with("a/2025-07-01/s/tc3_request", "content-type;host", &zeros), Ok(()));
        for (credential, list, signature) in [
            ("a/2025-07-01/s/aws4_request", "content-type;host", zeros.as_str()),
            ("a/2025-07-01/s/tc3_request/b", "content-type;host", &zeros),
            ("a/2025-07-01//tc3_request", "content-type;host", &zeros),
            ("a", "content-type;host", &zeros),
            ("a/2025-07-01/s/tc3_request", "content-type", &zeros),
            ("a/2025-07-01/s/tc3_request", "host", &zeros),
            ("a/2025-07-01/s/tc3_request", "content-type;host", &zeros[1..]),
            ("a/2025-07-01/s/tc3_request", "content-type;host", "AA=="),
        ] {
            assert_eq!(with(credential, list, signature), Err(Unusable::Fields), "{credential} {list}");
        }
        assert_eq!(Authorization::parse("TC3-HMAC-SM3 x").unwrap_err(), Unusable::Algorithm);
    }

    #[test]
    fn days_and_minutes() {
        let header =
            header(&Request { method: "POST", query: "", headers: &HEADERS, body: b"", timestamp: AT });
        let authorization = Authorization::parse(&header).unwrap();
        for (timestamp, expected) in
            [(AT, true), (AT + 86_399, true), (AT - 1, false), (AT + 86_400, false), (i64::MAX, false)]
        {
            assert_eq!(authorization.is_of_day(timestamp), expected, "{timestamp}");
        }
        for (now, expected) in
            [(AT + 300, true), (AT - 300, true), (AT + 301, false), (AT - 301, false), (i64::MIN, false)]
        {
            assert_eq!(is_in_time(AT, now), expected, "{now}");
        }
    }

    proptest! {
        #[test]
        fn what_is_signed_is_accepted_and_any_changed_octet_is_not(
            body in prop::collection::vec(any::<u8>(), 1..60), query in "[a-z=&%+]{1,30}", is_get in any::<bool>(),
            at in any::<prop::sample::Index>(),
        ) {
            let method = if is_get { "GET" } else { "POST" };
            let request = Request { method, query: &query, headers: &HEADERS, body: &body, timestamp: AT };
            let header = header(&request);
            let authorization = Authorization::parse(&header).unwrap();
            prop_assert_eq!(verify(b"secret", &authorization, &request, &[]), Ok(()));
            prop_assert!(verify(b"secreT", &authorization, &request, &["other"]).is_err());

            let (mut other_body, mut other_query) = (body.clone(), query.clone().into_bytes());
            other_body[at.index(body.len())] ^= 1;
            other_query[at.index(query.len())] = b'!';
            let other_query = String::from_utf8(other_query).unwrap();
            let other = if is_get { Request { query: &other_query, ..request } } else { Request { body: &other_body, ..request } };
            prop_assert!(verify(b"secret", &authorization, &other, &[]).is_err());
            for changed in 0..HEADERS.len() {
                let mut headers = HEADERS;
                headers[changed].1 = "other";
                let other = Request { headers: &headers, ..request };
                prop_assert!(verify(b"secret", &authorization, &other, &[]).is_err());
            }
            let later = Request { timestamp: AT + 1, ..request };
            prop_assert!(verify(b"secret", &authorization, &later, &[]).is_err());
        }

        #[test]
        fn any_text_is_judged(text in any::<String>(), timestamp in any::<i64>()) {
            let _ = Authorization::parse(&text);
            let header = format!("{ALGORITHM} Credential={text}/{text}/{text}/tc3_request,SignedHeaders=host;content-type;{text},Signature={}", "0".repeat(64));
            let headers = [("Host", text.as_str()), (text.as_str(), "")];
            let request = Request { method: "GET", query: &text, headers: &headers, body: text.as_bytes(), timestamp };
            if let Ok(authorization) = Authorization::parse(&header) {
                let _ = authorization.is_of_day(timestamp);
                prop_assert!(verify(b"secret", &authorization, &request, &[&text]).is_err());
            }
        }
    }
}
