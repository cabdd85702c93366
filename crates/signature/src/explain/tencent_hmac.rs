//! Mistakes in the key pair signature of Tencent Cloud's API Gateway.
//!
//! A host signed without its port and names signed as listed are no mistakes here: the scheme's own clients do
//! so, and [`verify`] takes them.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use sha2::{Digest, Sha256};

use super::search::{Deviation, joined, search};
use super::spelling::{MethodAs, Written, key};
use super::{BYTES_MAX, Mistake};
use crate::tencent_hmac::{Algorithm, Authorization, REQUEST_LINE, Request, parse_date, verify};

/// How the target of the first line was written before it was signed.
#[derive(Clone, Copy)]
enum Target {
    AsSent,
    PlusForSpace,
    EncodedTwice,
}

#[derive(Clone, Copy)]
struct Guess {
    method: MethodAs,
    target: Target,
    separator: &'static str,
    sorted: bool,
    values_lower: bool,
    end: &'static str,
    suffix: &'static str,
    other_hash: bool,
    written: Written,
}

const RIGHT: Guess = Guess {
    method: MethodAs::Sent,
    target: Target::AsSent,
    separator: ": ",
    sorted: false,
    values_lower: false,
    end: "",
    suffix: "",
    other_hash: false,
    written: Written::Base64,
};

const DEVIATIONS: &[Deviation<Guess>] = &[
    (Mistake::NoSpaceAfterColon, |guess| guess.separator = ":"),
    (Mistake::LineFeedAtEnd, |guess| guess.end = "\n"),
    (Mistake::HeadersSorted, |guess| guess.sorted = true),
    (Mistake::HeaderValueCase, |guess| guess.values_lower = true),
    (Mistake::SecretWithAmpersand, |guess| guess.suffix = "&"),
    (Mistake::SecretWithLineFeed, |guess| guess.suffix = "\n"),
    (Mistake::SignatureAsHexadecimal, |guess| guess.written = Written::Hex),
    (Mistake::SignatureAsHexadecimal, |guess| guess.written = Written::Base64OfHex),
    (Mistake::SignatureNotEncoded, |guess| guess.written = Written::Base64WithSpaces),
    (Mistake::SignatureAlphabet, |guess| guess.written = Written::Base64Url),
    (Mistake::SignatureAlphabet, |guess| guess.written = Written::Base64Bare),
    (Mistake::OtherHash, |guess| guess.other_hash = true),
    (Mistake::PlusForSpace, |guess| guess.target = Target::PlusForSpace),
    (Mistake::EncodedTwice, |guess| guess.target = Target::EncodedTwice),
    (Mistake::OtherMethod, |guess| guess.method = MethodAs::Other),
    (Mistake::LowerCaseMethod, |guess| guess.method = MethodAs::LowerCase),
];

/// The mistakes behind the signature of `authorization`; none if it is right and a listed `Digest` is that of
/// the body. The time is not judged, but its format is.
pub fn explain(
    secret: &[u8],
    authorization: &Authorization<'_>,
    request: &Request<'_>,
    body: &[u8],
) -> Vec<Mistake> {
    let of_headers: usize = request.headers.iter().map(|(name, value)| name.len() + value.len()).sum();
    if request.target.len() + of_headers + body.len() > BYTES_MAX {
        return vec![Mistake::Unknown];
    }
    let text = |name| request.header(name).ok().flatten().map(String::from_utf8_lossy);
    let mut apparent = Vec::new();
    if text("x-date").is_some_and(|date| parse_date(&date).is_none()) {
        apparent.push(Mistake::TimeNotGmt);
    }
    if authorization.covers("digest")
        && let Some(sent) = text("digest")
    {
        let written = |body: &[u8]| format!("SHA-256={}", STANDARD.encode(Sha256::digest(body)));
        if sent == written(b"") && !body.is_empty() {
            apparent.push(Mistake::BodyNotHashed);
        } else if sent != written(body) {
            apparent.push(Mistake::BodyChanged);
        }
    }
    if verify(secret, authorization, request).is_ok() {
        return apparent;
    }
    joined(apparent, search(RIGHT, DEVIATIONS, |guess| guess.holds(secret, authorization, request)))
}

impl Guess {
    fn holds(&self, secret: &[u8], authorization: &Authorization<'_>, request: &Request<'_>) -> bool {
        let used = match authorization.algorithm {
            sent if !self.other_hash => sent,
            Algorithm::Sha1 => Algorithm::Sha256,
            _ => Algorithm::Sha1,
        };
        let text = self.text(&authorization.names, request);
        self.written.is(&used.mac(&key("", secret, self.suffix), &text), authorization.signature)
    }

    fn text(&self, names: &[&str], request: &Request<'_>) -> Vec<u8> {
        let mut names: Vec<_> = names.iter().map(|name| name.to_ascii_lowercase()).collect();
        if self.sorted {
            names.sort_unstable();
        }
        let lines: Vec<_> = names.iter().map(|name| self.line(name, request)).collect();
        [lines.join(&b'\n'), self.end.as_bytes().to_vec()].concat()
    }

    fn line(&self, name: &str, request: &Request<'_>) -> Vec<u8> {
        if name == REQUEST_LINE && !request.has(name) {
            let target = String::from_utf8_lossy(request.target);
            let target = match self.target {
                Target::AsSent => target.into_owned(),
                Target::PlusForSpace => target.replace("%20", "+"),
                Target::EncodedTwice => target.replace('%', "%25"),
            };
            let method = self.method.write(request.method);
            return format!("{method} {target} HTTP/{}", request.http_version).into_bytes();
        }
        let mut value = request.header(name).ok().flatten().unwrap_or_default().to_vec();
        if self.values_lower {
            value.make_ascii_lowercase();
        }
        [name.as_bytes(), self.separator.as_bytes(), &value].concat()
    }
}
