//! Mistakes in Alibaba Cloud's RPC signature, version 1.0.

use super::coder::Coder;
use super::search::{Deviation, joined, search};
use super::spelling::{MethodAs, Written, key};
use super::{BYTES_MAX, Mistake};
use crate::aliyun_rpc::SIGNATURE;
use crate::percent;
use crate::tencent_hmac::Algorithm;
use crate::time::is_iso;

/// What a request carries that can be signed.
#[derive(Clone, Copy)]
pub struct Request<'a> {
    /// In upper case.
    pub method: &'a str,
    /// Decoded names and values of the query.
    pub query: &'a [(&'a str, &'a str)],
    /// Those of query and body together: what has to be signed.
    pub parameters: &'a [(&'a str, &'a str)],
}

#[derive(Clone, Copy)]
struct Guess {
    method: MethodAs,
    coder: Coder,
    /// How the canonical query is written into the string to sign.
    outer: Coder,
    query_only: bool,
    empty_left_out: bool,
    decoded_again: bool,
    sorted_ignoring_case: bool,
    suffix: &'static str,
    algorithm: Algorithm,
    written: Written,
}

const RIGHT: Guess = Guess {
    method: MethodAs::Sent,
    coder: Coder::Right,
    outer: Coder::Right,
    query_only: false,
    empty_left_out: false,
    decoded_again: false,
    sorted_ignoring_case: false,
    suffix: "&",
    algorithm: Algorithm::Sha1,
    written: Written::Base64,
};

/// A client has one function that encodes, so that its fault is in both places; or corrects one of them.
macro_rules! both {
    ($coder:ident) => {
        |guess| (guess.coder, guess.outer) = (Coder::$coder, Coder::$coder)
    };
}

const DEVIATIONS: &[Deviation<Guess>] = &[
    (Mistake::PlusForSpace, |guess| guess.coder = Coder::Plus),
    (Mistake::SecretWithoutAmpersand, |guess| guess.suffix = ""),
    (Mistake::OtherMethod, |guess| guess.method = MethodAs::Other),
    (Mistake::EncodedTwice, |guess| guess.coder = Coder::Twice),
    (Mistake::SentEncodedTwice, |guess| guess.decoded_again = true),
    (Mistake::StringNotEncoded, |guess| guess.outer = Coder::Raw),
    (Mistake::BodyParametersLeftOut, |guess| guess.query_only = true),
    (Mistake::EmptyValuesLeftOut, |guess| guess.empty_left_out = true),
    (Mistake::LowerCaseDigits, both!(LowerCase)),
    (Mistake::LowerCaseDigits, |guess| guess.coder = Coder::LowerCase),
    (Mistake::MarksNotEncoded, both!(Marks)),
    (Mistake::MarksNotEncoded, |guess| guess.coder = Coder::Marks),
    (Mistake::FormCoding, both!(Form)),
    (Mistake::FormCoding, |guess| guess.coder = Coder::Form),
    (Mistake::SlashNotEncoded, both!(Slash)),
    (Mistake::SlashNotEncoded, |guess| guess.coder = Coder::Slash),
    (Mistake::NotEncoded, |guess| guess.coder = Coder::Raw),
    (Mistake::SecretWithLineFeed, |guess| guess.suffix = "\n&"),
    (Mistake::SignatureNotEncoded, |guess| guess.written = Written::Base64WithSpaces),
    (Mistake::SignatureAsHexadecimal, |guess| guess.written = Written::Hex),
    (Mistake::SignatureAsHexadecimal, |guess| guess.written = Written::Base64OfHex),
    (Mistake::SignatureAlphabet, |guess| guess.written = Written::Base64Url),
    (Mistake::SignatureAlphabet, |guess| guess.written = Written::Base64Bare),
    (Mistake::OtherHash, |guess| guess.algorithm = Algorithm::Sha256),
    (Mistake::LowerCaseMethod, |guess| guess.method = MethodAs::LowerCase),
    (Mistake::SortedIgnoringCase, |guess| guess.sorted_ignoring_case = true),
];

/// The mistakes behind `received`; none if it is right.
pub fn explain(secret: &[u8], request: &Request<'_>, received: &str) -> Vec<Mistake> {
    let size: usize = request.parameters.iter().map(|(name, value)| name.len() + value.len()).sum();
    if size > BYTES_MAX {
        return vec![Mistake::Unknown];
    }
    let time = request.parameters.iter().find(|(name, _)| *name == "Timestamp");
    let apparent = match time {
        Some((_, time)) if !is_iso(time) => vec![apparent_in_time(time)],
        _ => Vec::new(),
    };
    joined(apparent, search(RIGHT, DEVIATIONS, |guess| guess.holds(secret, request, received)))
}

/// A time that is no time, unless it is one that was encoded once too often.
fn apparent_in_time(time: &str) -> Mistake {
    match percent::decode(time.as_bytes()) {
        Ok(decoded) if is_iso(&decoded) => Mistake::SentEncodedTwice,
        _ => Mistake::TimeNotIso,
    }
}

impl Guess {
    fn holds(&self, secret: &[u8], request: &Request<'_>, received: &str) -> bool {
        let string = self.string_to_sign(request);
        let signature = self.algorithm.mac(&key("", secret, self.suffix), string.as_bytes());
        self.written.is(&signature, received)
    }

    fn string_to_sign(&self, request: &Request<'_>) -> String {
        let pairs = if self.query_only { request.query } else { request.parameters };
        let once_more = |text: &str| match percent::decode(text.as_bytes()) {
            Ok(decoded) if self.decoded_again => decoded,
            _ => text.to_owned(),
        };
        let mut pairs: Vec<_> = pairs
            .iter()
            .filter(|(name, value)| *name != SIGNATURE && !(self.empty_left_out && value.is_empty()))
            .map(|(name, value)| (once_more(name), once_more(value)))
            .collect();
        pairs.sort_unstable();
        if self.sorted_ignoring_case {
            pairs.sort_by_key(|(name, _)| name.to_ascii_lowercase());
        }
        let written: Vec<_> = pairs
            .iter()
            .map(|(name, value)| {
                let write = |text: &str| self.coder.write(text.as_bytes(), b"");
                format!("{}={}", write(name), write(value))
            })
            .collect();
        let method = self.method.write(request.method);
        let slash = if self.outer == Coder::Raw { "%2F".to_owned() } else { self.outer.write(b"/", b"") };
        format!("{method}&{slash}&{}", self.outer.write(written.join("&").as_bytes(), b""))
    }
}
