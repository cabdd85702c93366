//! Mistakes in Tencent Cloud's `TC3-HMAC-SHA256`.

use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::search::{Deviation, joined, search};
use super::spelling::{MethodAs, Written, key, without_port};
use super::{BYTES_MAX, Mistake};
use crate::hex::hex;
use crate::tencent_hmac::Algorithm::Sha256 as HmacSha256;
use crate::tencent_tc3::{ALGORITHM, Authorization, Request, TERMINATOR, UNSIGNED_PAYLOAD, verify};

/// What stands where the digest of the payload belongs.
#[derive(Clone, Copy)]
enum Payload {
    Hashed,
    OfNothing,
    NotHashed,
    Missing,
}

/// How the query of a GET was written before it was signed.
#[derive(Clone, Copy)]
enum Query {
    AsSent,
    PlusForSpace,
    SpaceForPlus,
    EncodedTwice,
}

#[derive(Clone, Copy)]
enum Keys {
    Derived,
    AsText,
    Secret,
}

#[derive(Clone, Copy)]
struct Guess {
    method: MethodAs,
    query: Query,
    names_lower: bool,
    host_without_port: bool,
    has_empty_line: bool,
    payload: Payload,
    request_hashed: bool,
    prefix: &'static str,
    suffix: &'static str,
    keys: Keys,
    written: Written,
}

const RIGHT: Guess = Guess {
    method: MethodAs::Sent,
    query: Query::AsSent,
    names_lower: false,
    host_without_port: false,
    has_empty_line: true,
    payload: Payload::Hashed,
    request_hashed: true,
    prefix: "TC3",
    suffix: "",
    keys: Keys::Derived,
    written: Written::Hex,
};

const DEVIATIONS: &[Deviation<Guess>] = &[
    (Mistake::HostWithoutPort, |guess| guess.host_without_port = true),
    (Mistake::BodyNotHashed, |guess| guess.payload = Payload::NotHashed),
    (Mistake::BodyNotHashed, |guess| guess.payload = Payload::OfNothing),
    (Mistake::BodyNotHashed, |guess| guess.payload = Payload::Missing),
    (Mistake::SecretWithoutPrefix, |guess| guess.prefix = ""),
    (Mistake::KeyAsText, |guess| guess.keys = Keys::AsText),
    (Mistake::KeyNotDerived, |guess| (guess.keys, guess.prefix) = (Keys::Secret, "")),
    (Mistake::SecretWithAmpersand, |guess| guess.suffix = "&"),
    (Mistake::SecretWithLineFeed, |guess| guess.suffix = "\n"),
    (Mistake::PlusForSpace, |guess| guess.query = Query::PlusForSpace),
    (Mistake::PlusForSpace, |guess| guess.query = Query::SpaceForPlus),
    (Mistake::EncodedTwice, |guess| guess.query = Query::EncodedTwice),
    (Mistake::OtherMethod, |guess| guess.method = MethodAs::Other),
    (Mistake::LowerCaseMethod, |guess| guess.method = MethodAs::LowerCase),
    (Mistake::HeaderNameCase, |guess| guess.names_lower = true),
    (Mistake::NoEmptyLine, |guess| guess.has_empty_line = false),
    (Mistake::RequestNotHashed, |guess| guess.request_hashed = false),
    (Mistake::SignatureCase, |guess| guess.written = Written::HexUpper),
];

/// The mistakes behind an `Authorization` header; none if it is right, for the host it came to or one of
/// `aliases`. The time is not judged, but its format and its day are.
pub fn explain(secret: &[u8], header: &str, request: &Request<'_>, aliases: &[&str]) -> Vec<Mistake> {
    let of_headers: usize = request.headers.iter().map(|(name, value)| name.len() + value.len()).sum();
    if header.len() + request.query.len() + of_headers + request.body.len() > BYTES_MAX {
        return vec![Mistake::Unknown];
    }
    let Some(authorization) = read(header) else { return vec![Mistake::Malformed] };
    let mut apparent = Vec::new();
    let time = request.header("x-tc-timestamp");
    if !time.is_empty() && time.parse::<i64>().is_err() {
        apparent.push(Mistake::TimeNotSeconds);
    } else if !authorization.is_of_day(request.timestamp) {
        apparent.push(Mistake::OtherDay);
    }
    if !authorization.covers("host") && !authorization.covers("Host") {
        apparent.push(Mistake::HostNotListed);
    }
    if verify(secret, &authorization, request, aliases).is_ok() {
        return apparent;
    }
    joined(apparent, search(RIGHT, DEVIATIONS, |guess| guess.holds(secret, &authorization, request)))
}

/// Reads what [`Authorization::parse`] would refuse for its signature or its list, too.
fn read(header: &str) -> Option<Authorization<'_>> {
    let fields = header.trim().strip_prefix(ALGORITHM)?;
    let field = |name: &str| {
        let mut values = fields.split(',').filter_map(|field| field.trim().strip_prefix(name));
        values.next()?.strip_prefix('=')
    };
    let credential: Vec<_> = field("Credential")?.splitn(4, '/').collect();
    let &[secret_id, date, service, TERMINATOR] = credential.as_slice() else { return None };
    let (signed_headers, signature) = (field("SignedHeaders")?, field("Signature")?);
    Some(Authorization { secret_id, date, service, signed_headers, signature })
}

impl Guess {
    fn holds(&self, secret: &[u8], authorization: &Authorization<'_>, request: &Request<'_>) -> bool {
        let Authorization { date, service, signed_headers, signature, .. } = *authorization;
        let canonical = self.canonical_request(signed_headers, request);
        let digest = if self.request_hashed { hex(&Sha256::digest(canonical.as_bytes())) } else { canonical };
        let timestamp = request.timestamp;
        let string = format!("{ALGORITHM}\n{timestamp}\n{date}/{service}/{TERMINATOR}\n{digest}");
        let mut key = key(self.prefix, secret, self.suffix);
        let steps =
            if matches!(self.keys, Keys::Secret) { [].as_slice() } else { &[date, service, TERMINATOR] };
        for step in steps {
            let derived = Zeroizing::new(HmacSha256.mac(&key, step.as_bytes()));
            let is_text = matches!(self.keys, Keys::AsText);
            key = if is_text { Zeroizing::new(hex(&derived).into_bytes()) } else { derived };
        }
        self.written.is(&HmacSha256.mac(&key, string.as_bytes()), signature)
    }

    fn canonical_request(&self, listed: &str, request: &Request<'_>) -> String {
        let is_get = request.method == "GET";
        let query = if is_get { request.query } else { "" };
        let query = match self.query {
            Query::AsSent => query.to_owned(),
            Query::PlusForSpace => query.replace("%20", "+"),
            Query::SpaceForPlus => query.replace('+', "%20"),
            Query::EncodedTwice => query.replace('%', "%25"),
        };
        let listed = if self.names_lower { listed.to_ascii_lowercase() } else { listed.to_owned() };
        let mut canonical = format!("{}\n/\n{query}\n", self.method.write(request.method));
        for name in listed.split(';') {
            let value = request.header(name);
            let is_host = name.eq_ignore_ascii_case("host");
            let value = if self.host_without_port && is_host { without_port(value) } else { value };
            canonical.push_str(&format!("{name}:{value}\n"));
        }
        if self.has_empty_line {
            canonical.push('\n');
        }
        let is_unsigned = request.header("x-tc-content-sha256") == UNSIGNED_PAYLOAD;
        let sent = match request.body {
            _ if is_unsigned => UNSIGNED_PAYLOAD.as_bytes(),
            _ if is_get => b"",
            body => body,
        };
        let payload = match self.payload {
            Payload::Hashed => hex(&Sha256::digest(sent)),
            Payload::OfNothing => hex(&Sha256::digest(b"")),
            Payload::NotHashed => String::from_utf8_lossy(sent).into_owned(),
            Payload::Missing => String::new(),
        };
        format!("{canonical}{listed}\n{payload}")
    }
}
