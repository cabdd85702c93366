//! Baidu AI Cloud `bce-auth-v1` (HMAC-SHA256, twice).
//!
//! Signed are the method, the path, the query and the listed headers; a body only through those of its headers
//! that are listed. Everything is canonicalised from the octets of the request as it came: a path that was
//! normalised before no longer tells what the client signed.

use hmac::{Hmac, KeyInit, Mac};
use jiff::fmt::rfc2822;
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::compare::{Mismatch, compare};
use crate::hex::{hex, is_hex};
use crate::percent::{Malformed, decode_octets, encode_octets_into};
use crate::time::iso_seconds;

/// The scheme's name and version, first field of the authentication string.
pub const PREFIX: &str = "bce-auth-v1";
/// The query parameter that carries the authentication string of a pre-signed address, in any case.
pub const QUERY_PARAMETER: &str = "authorization";
/// Seconds by which a client's clock may differ from the server's, either way, bounds included.
pub const TOLERANCE_SECONDS: i64 = 1800;

const SIGNATURE_BYTES: usize = 32;
/// Names that begin so belong to the cloud, and are signed when no list says otherwise.
const OWN_HEADERS: &str = "x-bce-";
/// What else is signed then, if the request has it.
const DEFAULT_HEADERS: [&str; 4] = ["host", "content-length", "content-type", "content-md5"];
/// The one header that an intermediary may add after signing.
const REQUEST_ID: &str = "x-bce-request-id";

/// Why an authentication string or a request cannot be judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unusable {
    /// Not six well-formed fields of version 1, or `host` is not in the list.
    Authentication,
    /// A `%` without two hexadecimal digits in the path or query.
    Target,
    /// A signed header came twice.
    RepeatedHeader,
    /// The date header is no date.
    Date,
}

impl From<Malformed> for Unusable {
    fn from(_: Malformed) -> Self {
        Self::Target
    }
}

/// What verification ends in if not in success.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refused {
    /// The request has no canonical form.
    Unusable(Unusable),
    /// The signature is another one. Holds the string of the first attempt.
    Mismatch(Mismatch),
}

impl From<Unusable> for Refused {
    fn from(unusable: Unusable) -> Self {
        Self::Unusable(unusable)
    }
}

/// What of a request is signed, as it came.
#[derive(Clone, Copy)]
pub struct Request<'a> {
    /// In upper case.
    pub method: &'a str,
    /// Path and query, neither decoded nor normalised.
    pub target: &'a [u8],
    /// Names in any case; values untouched.
    pub headers: &'a [(&'a str, &'a [u8])],
}

impl<'a> Request<'a> {
    pub(crate) fn path_and_query(&self) -> (&'a [u8], &'a [u8]) {
        match self.target.iter().position(|octet| *octet == b'?') {
            Some(at) => (&self.target[..at], &self.target[at + 1..]),
            None => (self.target, b""),
        }
    }

    pub(crate) fn header(&self, name: &str) -> Option<&'a [u8]> {
        self.headers.iter().find(|(header, _)| header.eq_ignore_ascii_case(name)).map(|(_, value)| *value)
    }
}

/// A parsed authentication string.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Authentication<'a> {
    /// The public half of the key.
    pub access_key_id: &'a str,
    /// Names of the signed headers as sent, separated by `;`. Empty for the default ones.
    pub signed_headers: &'a str,
    /// The signature as sent, 64 hexadecimal digits.
    pub signature: &'a str,
    /// The first four fields with their slashes: what the signing key is derived from.
    pub(crate) scope: &'a str,
    signed_at: i64,
    valid_seconds: i64,
}

impl<'a> Authentication<'a> {
    /// Reads `bce-auth-v1/{access key}/{timestamp}/{seconds}/{signed headers}/{signature}`.
    pub fn parse(text: &'a str) -> Result<Self, Unusable> {
        let fields: Vec<_> = text.splitn(7, '/').collect();
        let &[PREFIX, access_key_id, timestamp, expiration, signed_headers, signature] = fields.as_slice()
        else {
            return Err(Unusable::Authentication);
        };
        // A sign would be taken by the parser of numbers, and is none of this scheme's.
        let digits = expiration.bytes().all(|digit| digit.is_ascii_digit());
        let valid_seconds = expiration.parse().ok().filter(|seconds: &i64| digits && *seconds > 0);
        let (Some(signed_at), Some(valid_seconds)) = (iso_seconds(timestamp), valid_seconds) else {
            return Err(Unusable::Authentication);
        };
        let lists_host = signed_headers.is_empty() || signed_headers.split(';').any(|name| name == "host");
        if access_key_id.is_empty() || !lists_host || !is_hex(signature, SIGNATURE_BYTES) {
            return Err(Unusable::Authentication);
        }
        let scope = &text[..text.len() - signature.len() - signed_headers.len() - 2];
        Ok(Self { access_key_id, signed_headers, signature, scope, signed_at, valid_seconds })
    }

    /// Whether the signature is in force at `now` (seconds since 1970) and the request's own date is near it.
    /// `x-bce-date` must be a date; a `Date` that is none counts as absent, and is not asked for beside the
    /// other.
    pub fn is_in_time(&self, request: &Request<'_>, now: i64) -> Result<bool, Unusable> {
        let text = |name| request.header(name).map(|value| String::from_utf8_lossy(value.trim_ascii()));
        let date = match text("x-bce-date") {
            Some(date) => Some(iso_seconds(&date).ok_or(Unusable::Date)?),
            None => {
                text("date").and_then(|date| rfc2822::parse(&date).ok()).map(|d| d.timestamp().as_second())
            }
        };
        let is_near = |date: i64| now.abs_diff(date) <= TOLERANCE_SECONDS.unsigned_abs();
        Ok(now <= self.signed_at.saturating_add(self.valid_seconds)
            && self.signed_at <= now.saturating_add(TOLERANCE_SECONDS)
            && date.is_none_or(is_near))
    }
}

/// The authentication string of a request: that of the header if there is one, else that of the query.
pub fn find(request: &Request<'_>) -> Result<Option<String>, Unusable> {
    let octets = match request.header("authorization") {
        Some(value) => value.trim_ascii().to_vec(),
        None => match pairs(request.path_and_query().1).find(|(name, _)| is_authorization(name)) {
            Some((_, value)) => decode_octets(value, b'+')?,
            None => return Ok(None),
        },
    };
    String::from_utf8(octets).map(Some).map_err(|_| Unusable::Authentication)
}

/// Canonical form of a path: decoded once and written again, slashes kept, nothing resolved. Empty is `/`.
pub fn canonical_path(path: &[u8]) -> Result<String, Malformed> {
    if path.is_empty() {
        return Ok("/".to_owned());
    }
    let mut canonical = String::with_capacity(path.len());
    encode_octets_into(&decode_octets(path, b'+')?, b"/", &mut canonical);
    Ok(canonical)
}

/// Canonical form of a raw query: a `+` is a plus, pairs are sorted as they are written, repeated ones stay.
pub fn canonical_query(query: &[u8]) -> Result<String, Malformed> {
    let mut written = Vec::new();
    for (name, value) in pairs(query) {
        let name = decode_octets(name, b'+')?;
        if name.eq_ignore_ascii_case(QUERY_PARAMETER.as_bytes()) {
            continue;
        }
        let mut pair = String::new();
        encode_octets_into(&name, b"", &mut pair);
        pair.push('=');
        encode_octets_into(&decode_octets(value, b'+')?, b"", &mut pair);
        written.push(pair);
    }
    written.sort_unstable();
    Ok(written.join("&"))
}

pub(crate) fn pairs(query: &[u8]) -> impl Iterator<Item = (&[u8], &[u8])> {
    query.split(|octet| *octet == b'&').filter(|piece| !piece.is_empty()).map(|piece| {
        match piece.iter().position(|octet| *octet == b'=') {
            Some(at) => (&piece[..at], &piece[at + 1..]),
            None => (piece, b"".as_slice()),
        }
    })
}

pub(crate) fn is_authorization(name: &[u8]) -> bool {
    decode_octets(name, b'+').is_ok_and(|name| name.eq_ignore_ascii_case(QUERY_PARAMETER.as_bytes()))
}

/// Which headers count as signed. Clients differ from their own lists in known ways; each of these signs more
/// than the list says, or leaves out what an intermediary adds, so that trying them weakens nothing.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Selection<'a> {
    /// Exactly those listed; the default ones if the list is empty.
    Listed(&'a str),
    /// Those listed and every one of the cloud's own.
    ListedAndOwn(&'a str),
    /// The default ones without the request id.
    DefaultWithoutRequestId,
}

impl Selection<'_> {
    pub(crate) fn takes(self, name: &str) -> bool {
        let own = name.starts_with(OWN_HEADERS);
        let by_default = own || DEFAULT_HEADERS.contains(&name);
        match self {
            Self::Listed("") => by_default,
            Self::Listed(list) => list.split(';').any(|listed| listed == name),
            Self::ListedAndOwn(list) => own || list.split(';').any(|listed| listed == name),
            Self::DefaultWithoutRequestId => by_default && name != REQUEST_ID,
        }
    }
}

/// Canonical form of the selected headers: a line each, sorted as written. Empty values leave no line, and a
/// listed header that the request does not have leaves none either.
pub fn canonical_headers(headers: &[(&str, &[u8])], selection: Selection<'_>) -> Result<String, Unusable> {
    let mut names = Vec::new();
    let mut lines = Vec::new();
    for (name, value) in headers {
        let name = name.to_ascii_lowercase();
        if name == "authorization" || !selection.takes(&name) {
            continue;
        }
        if names.contains(&name) {
            return Err(Unusable::RepeatedHeader);
        }
        let value = value.trim_ascii();
        if !value.is_empty() {
            let mut line = String::new();
            encode_octets_into(name.as_bytes(), b"", &mut line);
            line.push(':');
            encode_octets_into(value, b"", &mut line);
            lines.push(line);
        }
        names.push(name);
    }
    lines.sort_unstable();
    Ok(lines.join("\n"))
}

/// The string to sign.
pub fn canonical_request(request: &Request<'_>, selection: Selection<'_>) -> Result<String, Unusable> {
    let (path, query) = request.path_and_query();
    Ok([
        request.method,
        &canonical_path(path)?,
        &canonical_query(query)?,
        &canonical_headers(request.headers, selection)?,
    ]
    .join("\n"))
}

/// The key for one client, moment and time of validity. `scope` is
/// `bce-auth-v1/{access key}/{timestamp}/{seconds}`.
pub fn signing_key(secret: &[u8], scope: &str) -> Zeroizing<String> {
    Zeroizing::new(hmac_hex(secret, scope))
}

/// The signature of a canonical request, as text. The second key is the text of the first result, not its
/// octets.
pub fn sign(secret: &[u8], scope: &str, canonical_request: &str) -> String {
    hmac_hex(signing_key(secret, scope).as_bytes(), canonical_request)
}

/// Whether the request is signed as its authentication says: exactly, or in one of the two known deviations.
pub fn verify(
    secret: &[u8],
    authentication: &Authentication<'_>,
    request: &Request<'_>,
) -> Result<(), Refused> {
    let list = authentication.signed_headers;
    let deviation =
        if list.is_empty() { Selection::DefaultWithoutRequestId } else { Selection::ListedAndOwn(list) };
    let check = |selection| -> Result<(), Refused> {
        let canonical = canonical_request(request, selection)?;
        let computed = sign(secret, authentication.scope, &canonical);
        compare(&computed, authentication.signature, &canonical).map_err(Refused::Mismatch)
    };
    check(Selection::Listed(list)).or_else(|refused| match refused {
        Refused::Mismatch(_) => check(deviation).map_err(|_| refused),
        Refused::Unusable(_) => Err(refused),
    })
}

fn hmac_hex(key: &[u8], message: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).expect("HMAC takes keys of any length");
    mac.update(message.as_bytes());
    hex(&mac.finalize().into_bytes())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const SCOPE: &str = "bce-auth-v1/key/2026-01-15T08:00:00Z/1800";

    fn signed(secret: &[u8], request: &Request<'_>, list: &str) -> String {
        let canonical = canonical_request(request, Selection::Listed(list)).unwrap();
        format!("{SCOPE}/{list}/{}", sign(secret, SCOPE, &canonical))
    }

    #[test]
    fn a_signed_header_that_comes_twice_is_no_request() {
        let headers = [("Host", b"a".as_slice()), ("host", b"b"), ("Accept", b"c"), ("accept", b"d")];
        assert_eq!(canonical_headers(&headers, Selection::Listed("host")), Err(Unusable::RepeatedHeader));
        assert_eq!(canonical_headers(&headers[1..], Selection::Listed("host")).unwrap(), "host:b");
    }

    #[test]
    fn the_header_wins_over_the_query() {
        let target = b"/?AUTHORIZATION=from%2Fquery";
        let bare = Request { method: "GET", target, headers: &[] };
        assert_eq!(find(&bare).unwrap().unwrap(), "from/query");
        let both = Request { headers: &[("Authorization", b" from/header ")], ..bare };
        assert_eq!(find(&both).unwrap().unwrap(), "from/header");
        assert_eq!(find(&Request { target: b"/?a=1", ..bare }), Ok(None));
    }

    #[test]
    fn a_request_id_added_on_the_way_is_forgiven_and_nothing_else_is() {
        let before = [("Host", b"h".as_slice()), ("x-bce-date", b"2026-01-15T08:00:00Z")];
        let request = Request { method: "GET", target: b"/", headers: &before };
        let text = signed(b"s", &request, "");
        let authentication = Authentication::parse(&text).unwrap();
        for (name, accepted) in [("x-bce-request-id", true), ("x-bce-account", false)] {
            let after = [before[0], before[1], (name, b"1".as_slice())];
            let verified = verify(b"s", &authentication, &Request { headers: &after, ..request });
            assert_eq!(verified.is_ok(), accepted, "{name}");
        }
    }

    #[test]
    fn dates_that_are_none() {
        for (name, value, expected) in [
            ("x-bce-date", "yesterday", Err(Unusable::Date)),
            ("Date", "yesterday", Ok(true)),
            ("Date", "Thu, 15 Jan 2026 16:00:00 +0800", Ok(true)),
            ("Date", "Thu, 15 Jan 2026 16:00:00 +0000", Ok(false)),
        ] {
            let text = format!("{SCOPE}//{}", "0".repeat(64));
            let headers = [(name, value.as_bytes())];
            let request = Request { method: "GET", target: b"/", headers: &headers };
            let at = iso_seconds("2026-01-15T08:00:00Z").unwrap();
            assert_eq!(Authentication::parse(&text).unwrap().is_in_time(&request, at), expected, "{value}");
        }
    }

    proptest! {
        #[test]
        fn what_is_signed_is_accepted_and_any_changed_octet_is_not(
            path in "/[a-z0-9/%+ ]{0,20}", query in "[a-z=&+]{0,20}", value in "[ -~]{0,20}",
            list in prop::sample::select(vec!["", "host", "host;x-bce-meta"]), at in any::<prop::sample::Index>(),
        ) {
            let target = format!("{}?{query}", path.replace('%', "%25")).into_bytes();
            let headers = [("Host", b"h:1".as_slice()), ("X-Bce-Meta", value.as_bytes())];
            let request = Request { method: "PUT", target: &target, headers: &headers };
            let text = signed(b"secret", &request, list);
            let authentication = Authentication::parse(&text).unwrap();
            prop_assert_eq!(verify(b"secret", &authentication, &request), Ok(()));
            prop_assert!(verify(b"secres", &authentication, &request).is_err());

            // `!` stands nowhere in the request, so whatever it replaces is another request.
            let mut changed = target.clone();
            let at = at.index(path.replace('%', "%25").len());
            changed[at] = b'!';
            let other = Request { target: &changed, ..request };
            prop_assert!(verify(b"secret", &authentication, &other).is_err());

            let mut digits = authentication.signature.to_owned().into_bytes();
            digits[at] = if digits[at] == b'0' { b'1' } else { b'0' };
            let digits = String::from_utf8(digits).unwrap();
            let forged = Authentication { signature: &digits, ..authentication };
            prop_assert!(verify(b"secret", &forged, &request).is_err());
        }

        #[test]
        fn any_text_is_judged(
            text in any::<String>(), fields in "bce-auth-v1/[^/]{0,5}/[^/]{0,20}/[0-9]{0,20}/[a-z;]{0,9}/[0-9a-f]{63,65}",
            target in prop::collection::vec(any::<u8>(), 0..60), name in any::<String>(), now in any::<i64>(),
        ) {
            let headers = [(name.as_str(), text.as_bytes()), ("x-bce-date", text.as_bytes())];
            let request = Request { method: "GET", target: &target, headers: &headers };
            let _ = find(&request);
            for text in [&text, &fields, &format!("{SCOPE}/host/{}", "0".repeat(64))] {
                if let Ok(authentication) = Authentication::parse(text) {
                    let _ = authentication.is_in_time(&request, now);
                    prop_assert!(verify(b"secret", &authentication, &request).is_err());
                }
            }
        }
    }
}
