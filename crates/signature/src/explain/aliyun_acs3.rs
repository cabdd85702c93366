//! Mistakes in Alibaba Cloud's `ACS3-HMAC-SHA256`.

use sha2::{Digest, Sha256};

use super::coder::Coder;
use super::search::{Deviation, joined, search};
use super::spelling::{MethodAs, Written, key, without_port};
use super::{BYTES_MAX, Mistake};
use crate::aliyun_acs3::{ALGORITHM, Authorization, content_sha256};
use crate::hex::hex;
use crate::tencent_hmac::Algorithm;
use crate::time::is_iso;

/// What a request carries that can be signed.
#[derive(Clone, Copy)]
pub struct Request<'a> {
    /// In upper case.
    pub method: &'a str,
    /// Decoded names and values of the query: what has to be signed of the parameters.
    pub query: &'a [(&'a str, &'a str)],
    /// Those of query and body together.
    pub parameters: &'a [(&'a str, &'a str)],
    /// Names in any case; values as received.
    pub headers: &'a [(&'a str, &'a str)],
    /// As received.
    pub body: &'a [u8],
}

impl<'a> Request<'a> {
    fn header(&self, name: &str) -> &'a str {
        let found = self.headers.iter().find(|(header, _)| header.eq_ignore_ascii_case(name));
        found.map_or("", |(_, value)| value.trim())
    }

    fn size(&self) -> usize {
        let of = |pairs: &[(&str, &str)]| -> usize { pairs.iter().map(|(a, b)| a.len() + b.len()).sum() };
        of(self.parameters) + of(self.headers) + self.body.len()
    }
}

/// Which digest of a body is signed.
#[derive(Clone, Copy)]
enum Hashed {
    Sent,
    OfBody,
    OfNothing,
    NotAtAll,
    Missing,
}

#[derive(Clone, Copy)]
struct Guess {
    method: MethodAs,
    coder: Coder,
    body_in_query: bool,
    names_as_listed: bool,
    values_lower: bool,
    host_without_port: bool,
    has_empty_line: bool,
    body: Hashed,
    request_hashed: bool,
    suffix: &'static str,
    algorithm: Algorithm,
    written: Written,
}

const RIGHT: Guess = Guess {
    method: MethodAs::Sent,
    coder: Coder::Right,
    body_in_query: false,
    names_as_listed: true,
    values_lower: false,
    host_without_port: false,
    has_empty_line: true,
    body: Hashed::Sent,
    request_hashed: true,
    suffix: "",
    algorithm: Algorithm::Sha256,
    written: Written::Hex,
};

const DEVIATIONS: &[Deviation<Guess>] = &[
    (Mistake::PlusForSpace, |guess| guess.coder = Coder::Plus),
    (Mistake::HostWithoutPort, |guess| guess.host_without_port = true),
    (Mistake::SecretWithAmpersand, |guess| guess.suffix = "&"),
    (Mistake::EncodedTwice, |guess| guess.coder = Coder::Twice),
    (Mistake::BodyNotHashed, |guess| guess.body = Hashed::OfNothing),
    (Mistake::BodyNotHashed, |guess| guess.body = Hashed::NotAtAll),
    (Mistake::BodyNotHashed, |guess| guess.body = Hashed::Missing),
    (Mistake::BodyChanged, |guess| guess.body = Hashed::OfBody),
    (Mistake::BodyParametersSigned, |guess| guess.body_in_query = true),
    (Mistake::OtherMethod, |guess| guess.method = MethodAs::Other),
    (Mistake::HeaderNameCase, |guess| guess.names_as_listed = false),
    (Mistake::HeaderValueCase, |guess| guess.values_lower = true),
    (Mistake::LowerCaseMethod, |guess| guess.method = MethodAs::LowerCase),
    (Mistake::NoEmptyLine, |guess| guess.has_empty_line = false),
    (Mistake::RequestNotHashed, |guess| guess.request_hashed = false),
    (Mistake::LowerCaseDigits, |guess| guess.coder = Coder::LowerCase),
    (Mistake::MarksNotEncoded, |guess| guess.coder = Coder::Marks),
    (Mistake::FormCoding, |guess| guess.coder = Coder::Form),
    (Mistake::SlashNotEncoded, |guess| guess.coder = Coder::Slash),
    (Mistake::NotEncoded, |guess| guess.coder = Coder::Raw),
    (Mistake::SecretWithLineFeed, |guess| guess.suffix = "\n"),
    (Mistake::SignatureCase, |guess| guess.written = Written::HexUpper),
    (Mistake::SignatureAsBase64, |guess| guess.written = Written::Base64),
    (Mistake::OtherHash, |guess| guess.algorithm = Algorithm::Sha1),
];

/// The mistakes behind the signature of `authorization`; none if it is right and the body has its digest.
pub fn explain(secret: &[u8], authorization: &Authorization<'_>, request: &Request<'_>) -> Vec<Mistake> {
    if request.size() > BYTES_MAX {
        return vec![Mistake::Unknown];
    }
    let mut apparent = Vec::new();
    if !is_iso(request.header("x-acs-date")) {
        apparent.push(Mistake::TimeNotIso);
    }
    let sent = request.header("x-acs-content-sha256");
    let of_body = content_sha256(request.body);
    if sent != of_body {
        let is_of_nothing = sent.eq_ignore_ascii_case(&content_sha256(b"")) || sent.is_empty();
        apparent.push(if is_of_nothing { Mistake::BodyNotHashed } else { Mistake::BodyChanged });
    }
    let found = search(RIGHT, DEVIATIONS, |guess| guess.holds(secret, authorization, request));
    joined(apparent, found)
}

impl Guess {
    fn holds(&self, secret: &[u8], authorization: &Authorization<'_>, request: &Request<'_>) -> bool {
        let canonical = self.canonical_request(authorization.signed_headers, request);
        let string = if self.request_hashed {
            format!("{ALGORITHM}\n{}", hex(&Sha256::digest(canonical.as_bytes())))
        } else {
            format!("{ALGORITHM}\n{canonical}")
        };
        let signature = self.algorithm.mac(&key("", secret, self.suffix), string.as_bytes());
        self.written.is(&signature, authorization.signature)
    }

    fn canonical_request(&self, listed: &str, request: &Request<'_>) -> String {
        let mut pairs = if self.body_in_query { request.parameters } else { request.query }.to_vec();
        pairs.sort_unstable();
        let write = |text: &str| self.coder.write(text.as_bytes(), b"");
        let query: Vec<_> =
            pairs.iter().map(|(name, value)| format!("{}={}", write(name), write(value))).collect();
        let named = if self.names_as_listed { listed.to_owned() } else { listed.to_ascii_lowercase() };
        let mut canonical = format!("{}\n/\n{}\n", self.method.write(request.method), query.join("&"));
        for name in named.split(';') {
            let value = request.header(name);
            let is_host = name.eq_ignore_ascii_case("host");
            let value = if self.host_without_port && is_host { without_port(value) } else { value };
            let value = if self.values_lower { value.to_lowercase() } else { value.to_owned() };
            canonical.push_str(&format!("{name}:{value}\n"));
        }
        if self.has_empty_line {
            canonical.push('\n');
        }
        let body = match self.body {
            Hashed::Sent => request.header("x-acs-content-sha256").to_owned(),
            Hashed::OfBody => content_sha256(request.body),
            Hashed::OfNothing => content_sha256(b""),
            Hashed::NotAtAll => String::from_utf8_lossy(request.body).into_owned(),
            Hashed::Missing => String::new(),
        };
        format!("{canonical}{named}\n{body}")
    }
}
