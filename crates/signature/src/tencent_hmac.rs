//! Tencent Cloud API Gateway, key pair authentication (`Authorization: hmac …`).
//!
//! Nothing is signed but the headers that the client lists: neither method nor path nor body, unless it lists
//! `request-line` or `digest`. One signature therefore fits every request until its `X-Date` runs out; that is
//! the scheme's design, and the reason to offer TLS.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use jiff::civil::{Date, DateTime, Time};
use jiff::tz::TimeZone;
use sha1::Sha1;
use sha2::{Sha256, Sha384, Sha512};
use subtle::ConstantTimeEq;

use crate::compare::Mismatch;

/// Seconds by which `X-Date` may differ from the server's clock, either way, bounds included.
pub const TOLERANCE_SECONDS: u64 = 900;
/// Longest `Authorization` value, in bytes.
pub const HEADER_BYTES_MAX: usize = 8 * 1024;
/// Most names in `headers`.
pub const NAMES_MAX: usize = 32;

/// A listed name that stands for the request's first line instead of a header.
pub(crate) const REQUEST_LINE: &str = "request-line";

/// Why a request cannot be judged, in the order of the checks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unusable {
    /// Not the scheme's form, or over its bounds.
    Format,
    /// `id` or `signature` is missing or empty.
    IdOrSignature,
    /// `algorithm` or `headers` is missing or empty, or a name is listed twice.
    Headers,
    /// None of the four algorithms; as sent.
    Algorithm(String),
    /// Neither date is present, or neither is listed.
    NoDate,
    /// `X-Date` is listed but absent, or is no date.
    Date,
    /// `X-Date` is too far from the server's clock.
    OutOfTime,
    /// A listed header is absent; its name in lower case.
    Absent(String),
    /// A header that decides came more than once.
    Repeated,
}

/// Which hash is under the HMAC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Algorithm {
    /// `hmac-sha1`, which every sample of the vendor uses.
    Sha1,
    /// `hmac-sha256`.
    Sha256,
    /// `hmac-sha384`.
    Sha384,
    /// `hmac-sha512`.
    Sha512,
}

impl Algorithm {
    /// The name, in any case.
    pub fn parse(name: &str) -> Option<Self> {
        match name.to_ascii_lowercase().as_str() {
            "hmac-sha1" => Some(Self::Sha1),
            "hmac-sha256" => Some(Self::Sha256),
            "hmac-sha384" => Some(Self::Sha384),
            "hmac-sha512" => Some(Self::Sha512),
            _ => None,
        }
    }

    /// The raw HMAC of a text.
    pub fn mac(self, secret: &[u8], text: &[u8]) -> Vec<u8> {
        fn mac<M: Mac + KeyInit>(secret: &[u8], text: &[u8]) -> Vec<u8> {
            let mut mac = <M as KeyInit>::new_from_slice(secret).expect("HMAC takes keys of any length");
            mac.update(text);
            mac.finalize().into_bytes().to_vec()
        }
        match self {
            Self::Sha1 => mac::<Hmac<Sha1>>(secret, text),
            Self::Sha256 => mac::<Hmac<Sha256>>(secret, text),
            Self::Sha384 => mac::<Hmac<Sha384>>(secret, text),
            Self::Sha512 => mac::<Hmac<Sha512>>(secret, text),
        }
    }
}

/// What of a request can be signed, as it came.
#[derive(Clone, Copy)]
pub struct Request<'a> {
    /// In upper case.
    pub method: &'a str,
    /// Path and query as received.
    pub target: &'a [u8],
    /// `1.0`, `1.1` or `2`, for the first line.
    pub http_version: &'a str,
    /// Names in any case; values untouched, octets of any encoding.
    pub headers: &'a [(&'a str, &'a [u8])],
}

impl<'a> Request<'a> {
    /// The value of the header of this name, in any case, if there is exactly one.
    pub(crate) fn header(&self, name: &str) -> Result<Option<&'a [u8]>, Unusable> {
        let mut values = self.headers.iter().filter(|(header, _)| header.eq_ignore_ascii_case(name));
        let value = values.next().map(|(_, value)| trim(value));
        if values.next().is_some() { Err(Unusable::Repeated) } else { Ok(value) }
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.headers.iter().any(|(header, _)| header.eq_ignore_ascii_case(name))
    }
}

/// A parsed `Authorization` header.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Authorization<'a> {
    /// The public half of the key.
    pub id: &'a str,
    /// Which hash the client used.
    pub algorithm: Algorithm,
    /// The signed names, in the client's order and spelling.
    pub names: Vec<&'a str>,
    /// The signature as sent, in base64.
    pub signature: &'a str,
}

impl<'a> Authorization<'a> {
    /// Reads `hmac id="…", algorithm="…", headers="…", signature="…"`: scheme and parameter names in any case,
    /// parameters in any order, unknown ones ignored.
    pub fn parse(header: &'a str) -> Result<Self, Unusable> {
        if header.len() > HEADER_BYTES_MAX {
            return Err(Unusable::Format);
        }
        let (scheme, rest) = header.trim().split_once([' ', '\t']).ok_or(Unusable::Format)?;
        if !scheme.eq_ignore_ascii_case("hmac") {
            return Err(Unusable::Format);
        }
        let mut seen = Vec::new();
        let (mut id, mut algorithm, mut headers, mut signature) = ("", "", "", "");
        for (name, value) in parameters(rest)? {
            let name = name.to_ascii_lowercase();
            match name.as_str() {
                "id" => id = value,
                "algorithm" => algorithm = value,
                "headers" => headers = value,
                "signature" => signature = value,
                _ => {}
            }
            if seen.contains(&name) || seen.len() == NAMES_MAX {
                return Err(Unusable::Format);
            }
            seen.push(name);
        }
        let names: Vec<_> = headers.split(' ').filter(|name| !name.is_empty()).collect();
        if names.len() > NAMES_MAX {
            return Err(Unusable::Format);
        }
        if id.is_empty() || signature.is_empty() {
            return Err(Unusable::IdOrSignature);
        }
        let is_repeated =
            |(at, name): (usize, &&str)| names[..at].iter().any(|n| n.eq_ignore_ascii_case(name));
        if algorithm.is_empty() || names.is_empty() || names.iter().enumerate().any(is_repeated) {
            return Err(Unusable::Headers);
        }
        let algorithm =
            Algorithm::parse(algorithm).ok_or_else(|| Unusable::Algorithm(algorithm.to_owned()))?;
        Ok(Self { id, algorithm, names, signature })
    }

    /// Whether the header of this name is signed.
    pub fn covers(&self, header: &str) -> bool {
        self.names.iter().any(|name| name.eq_ignore_ascii_case(header))
    }

    /// Whether the request has what the scheme asks for, and its `X-Date` is near `now` (seconds since 1970).
    /// A `Date` is never read: any text passes.
    pub fn check(&self, request: &Request<'_>, now: i64) -> Result<(), Unusable> {
        let lists_moment = self.covers("x-date");
        if !(request.has("date") || request.has("x-date") || lists_moment)
            || !(self.covers("date") || lists_moment)
        {
            return Err(Unusable::NoDate);
        }
        if lists_moment || request.has("x-date") {
            let text = request.header("x-date")?.and_then(|value| std::str::from_utf8(value).ok());
            let moment = text.and_then(parse_date).ok_or(Unusable::Date)?;
            if now.abs_diff(moment) > TOLERANCE_SECONDS {
                return Err(Unusable::OutOfTime);
            }
        }
        for name in &self.names {
            if request.header(name)?.is_none() && !name.eq_ignore_ascii_case(REQUEST_LINE) {
                return Err(Unusable::Absent(name.to_ascii_lowercase()));
            }
        }
        Ok(())
    }
}

/// The parameters after the scheme's name, in order.
fn parameters(text: &str) -> Result<Vec<(&str, &str)>, Unusable> {
    let blank = [' ', '\t'];
    let mut found = Vec::new();
    let mut rest = text;
    loop {
        let (name, after) = rest.split_once('=').ok_or(Unusable::Format)?;
        let name = name.trim_matches(blank);
        let quoted = after.trim_start_matches(blank).strip_prefix('"').ok_or(Unusable::Format)?;
        let (value, after) = quoted.split_once('"').ok_or(Unusable::Format)?;
        if name.is_empty() || name.contains(|c: char| !c.is_ascii_alphanumeric() && c != '-' && c != '_') {
            return Err(Unusable::Format);
        }
        found.push((name, value));
        let after = after.trim_matches(blank);
        if after.is_empty() {
            return Ok(found);
        }
        rest = after.strip_prefix(',').ok_or(Unusable::Format)?;
    }
}

/// Seconds since 1970 of a date as the scheme's clients write it: an optional weekday, which is not looked at,
/// day, month by name, year, time, and a zone that is UTC.
pub fn parse_date(text: &str) -> Option<i64> {
    const MONTHS: [&str; 12] =
        ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"];
    let mut words = text.trim().split([' ', '-', ',']).filter(|word| !word.is_empty()).peekable();
    let is_word = |word: &&str| word.bytes().all(|octet| octet.is_ascii_alphabetic());
    words.next_if(is_word);
    let day = digits(words.next()?, 1..=2)?;
    let month = words.next().filter(is_word)?.get(..3)?.to_ascii_lowercase();
    let month = i8::try_from(MONTHS.iter().position(|name| *name == month)? + 1).ok()?;
    let year = digits(words.next()?, 4..=4)?;
    let mut clock = words.next()?.split(':').map(|part| digits(part, 2..=2)?.try_into().ok());
    let (hour, minute, second) = (clock.next()??, clock.next()??, clock.next()??);
    let zone = words.next()?.to_ascii_uppercase();
    let is_utc = matches!(zone.as_str(), "GMT" | "UTC" | "Z" | "+0000");
    if !is_utc || clock.next().is_some() || words.next().is_some() {
        return None;
    }
    let date = Date::new(year, month, i8::try_from(day).ok()?).ok()?;
    let moment = DateTime::from_parts(date, Time::new(hour, minute, second, 0).ok()?);
    Some(moment.to_zoned(TimeZone::UTC).ok()?.timestamp().as_second())
}

fn digits(text: &str, length: std::ops::RangeInclusive<usize>) -> Option<i16> {
    let all = length.contains(&text.len()) && text.bytes().all(|octet| octet.is_ascii_digit());
    if all { text.parse().ok() } else { None }
}

/// How the text is written, where the vendor's documents and clients differ.
#[derive(Clone, Copy, Debug, Default)]
pub struct Spelling {
    /// Names as listed instead of in lower case.
    pub names_as_listed: bool,
    /// The host without its port.
    pub host_without_port: bool,
}

/// The text to sign, as octets: values need not be UTF-8. A listed header that is absent leaves an empty value.
pub fn string_to_sign(names: &[&str], request: &Request<'_>, spelling: Spelling) -> Vec<u8> {
    let mut text = Vec::new();
    for (at, name) in names.iter().enumerate() {
        if at > 0 {
            text.push(b'\n');
        }
        if name.eq_ignore_ascii_case(REQUEST_LINE) && !request.has(name) {
            text.extend([request.method.as_bytes(), b" ", request.target, b" HTTP/"].concat());
            text.extend(request.http_version.as_bytes());
            continue;
        }
        let mut value = request.header(name).ok().flatten().unwrap_or_default();
        if spelling.host_without_port && name.eq_ignore_ascii_case("host") {
            value = without_port(value);
        }
        let lower = name.to_ascii_lowercase();
        text.extend(if spelling.names_as_listed { name.as_bytes() } else { lower.as_bytes() });
        text.extend(b": ");
        text.extend(value);
    }
    text
}

fn without_port(host: &[u8]) -> &[u8] {
    match host.iter().rposition(|octet| *octet == b':') {
        Some(at) if at + 1 < host.len() && host[at + 1..].iter().all(u8::is_ascii_digit) => &host[..at],
        _ => host,
    }
}

/// Spaces and tabs alone, at both ends.
fn trim(value: &[u8]) -> &[u8] {
    let is_blank = |octet: &u8| matches!(octet, b' ' | b'\t');
    let start = value.iter().position(|octet| !is_blank(octet)).unwrap_or(value.len());
    let end = value.iter().rposition(|octet| !is_blank(octet)).map_or(start, |at| at + 1);
    &value[start..end]
}

/// The signature of a text, in base64.
pub fn sign(secret: &[u8], algorithm: Algorithm, text: &[u8]) -> String {
    STANDARD.encode(algorithm.mac(secret, text))
}

/// Whether the listed headers are signed: with names in lower case, then as listed, each with the host as it
/// came and then without its port. The mismatch holds the first of these texts.
pub fn verify(
    secret: &[u8],
    authorization: &Authorization<'_>,
    request: &Request<'_>,
) -> Result<(), Mismatch> {
    // A signature that is no base64 is compared too, as nothing, so that its answer takes as long.
    let received = STANDARD.decode(authorization.signature).unwrap_or_default();
    let mut first = None;
    let mut candidates: Vec<Vec<u8>> = Vec::new();
    for names_as_listed in [false, true] {
        for host_without_port in [false, true] {
            let spelling = Spelling { names_as_listed, host_without_port };
            let text = string_to_sign(&authorization.names, request, spelling);
            if candidates.contains(&text) {
                continue;
            }
            let computed = authorization.algorithm.mac(secret, &text);
            if bool::from(computed.ct_eq(&received)) {
                return Ok(());
            }
            first.get_or_insert_with(|| String::from_utf8_lossy(&text).into_owned());
            candidates.push(text);
        }
    }
    Err(Mismatch::of(first.unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const NOW: i64 = 1_521_461_320;
    const DATE: &[u8] = b"Mon, 19 Mar 2018 12:08:40 GMT";

    #[test]
    fn bounds_of_the_header() {
        let with = |names: &str| {
            format!("hmac id=\"a\", algorithm=\"hmac-sha1\", headers=\"{names}\", signature=\"AA==\"")
        };
        let names: Vec<_> = (0..=NAMES_MAX).map(|at| format!("n{at}")).collect();
        assert!(Authorization::parse(&with(&names[..NAMES_MAX].join(" "))).is_ok());
        assert_eq!(Authorization::parse(&with(&names.join(" "))), Err(Unusable::Format));
        let rest = HEADER_BYTES_MAX - with("").len();
        assert!(Authorization::parse(&with(&"n".repeat(rest))).is_ok());
        assert_eq!(Authorization::parse(&with(&"n".repeat(rest + 1))), Err(Unusable::Format));
        assert_eq!(Authorization::parse(&with("date Date")), Err(Unusable::Headers));
    }

    #[test]
    fn a_port_is_left_out_only_where_there_is_one() {
        for (host, expected) in
            [("h:1", "h"), ("h", "h"), ("h:", "h:"), ("[::1]:80", "[::1]"), ("[::1]", "[::1]")]
        {
            assert_eq!(without_port(host.as_bytes()), expected.as_bytes());
        }
    }

    #[test]
    fn a_host_signed_without_its_port_is_accepted() {
        let headers = [("Host", b"gw.example.com:8443".as_slice()), ("X-Date", DATE)];
        let request = Request { method: "GET", target: b"/", http_version: "1.1", headers: &headers };
        let text = string_to_sign(
            &["x-date", "host"],
            &request,
            Spelling { host_without_port: true, ..Spelling::default() },
        );
        assert!(text.ends_with(b"host: gw.example.com"));
        let signature = sign(b"s", Algorithm::Sha1, &text);
        let authorization = Authorization {
            id: "a",
            algorithm: Algorithm::Sha1,
            names: vec!["x-date", "host"],
            signature: &signature,
        };
        assert_eq!(verify(b"s", &authorization, &request), Ok(()));
        let others = [("Host", b"gw.example.org:8443".as_slice()), headers[1]];
        assert!(verify(b"s", &authorization, &Request { headers: &others, ..request }).is_err());
    }

    proptest! {
        #[test]
        fn what_is_signed_is_accepted_and_any_changed_octet_is_not(
            value in prop::collection::vec(any::<u8>(), 1..40), at in any::<prop::sample::Index>(),
            algorithm in prop::sample::select(vec!["hmac-sha1", "hmac-sha256", "HMAC-SHA384", "hmac-sha512"]),
        ) {
            let headers = [("X-Date", DATE), ("Source", value.as_slice())];
            let request = Request { method: "GET", target: b"/a?b=c", http_version: "1.1", headers: &headers };
            let names = ["X-Date", "source", "request-line"];
            let text = string_to_sign(&names, &request, Spelling::default());
            let signature = sign(b"secret", Algorithm::parse(algorithm).unwrap(), &text);
            let header = format!(
                "hmac id=\"id\", algorithm=\"{algorithm}\", headers=\"{}\", signature=\"{signature}\"",
                names.join(" "),
            );
            let authorization = Authorization::parse(&header).unwrap();
            prop_assert_eq!(authorization.check(&request, NOW), Ok(()));
            prop_assert_eq!(verify(b"secret", &authorization, &request), Ok(()));
            prop_assert!(verify(b"Secret", &authorization, &request).is_err());
            let other = Request { target: b"/a?b=d", ..request };
            prop_assert!(verify(b"secret", &authorization, &other).is_err());

            let mut changed = value.clone();
            let at = at.index(value.len());
            changed[at] ^= 1;
            let changed = [headers[0], ("Source", changed.as_slice())];
            // Blanks at the ends do not count, so only what still differs is another request.
            if trim(changed[1].1) != trim(&value) {
                let other = Request { headers: &changed, ..request };
                prop_assert!(verify(b"secret", &authorization, &other).is_err());
            }
        }

        #[test]
        fn any_text_is_judged(text in any::<String>(), value in prop::collection::vec(any::<u8>(), 0..40), now in any::<i64>()) {
            let _ = parse_date(&text);
            let _ = Authorization::parse(&text);
            let _ = Authorization::parse(&format!("hmac {text}"));
            let header = format!("hmac id=\"{text}\", algorithm=\"hmac-sha1\", headers=\"x-date {text}\", signature=\"{text}\"");
            let headers = [("X-Date", value.as_slice()), ("Source", value.as_slice())];
            let request = Request { method: "GET", target: &value, http_version: "1.1", headers: &headers };
            if let Ok(authorization) = Authorization::parse(&header) {
                let _ = authorization.check(&request, now);
                prop_assert!(verify(b"secret", &authorization, &request).is_err());
            }
        }
    }
}
