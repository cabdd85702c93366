//! Mistakes in Baidu AI Cloud's `bce-auth-v1`.

use zeroize::Zeroizing;

use super::coder::Coder;
use super::search::{Deviation, joined, search};
use super::spelling::{MethodAs, Written, key, without_port};
use super::{BYTES_MAX, Mistake};
use crate::bce_v1::{PREFIX, Request, Selection, find, is_authorization, pairs};
use crate::hex::hex;
use crate::percent::decode_octets;
use crate::tencent_hmac::Algorithm;
use crate::time::is_iso;

#[derive(Clone, Copy)]
enum Key {
    Text,
    Octets,
    Secret,
}

#[derive(Clone, Copy)]
struct Guess {
    method: MethodAs,
    /// Of path and query.
    coder: Coder,
    /// Of header values.
    header_coder: Coder,
    path_kept: &'static [u8],
    /// What a `+` in path and query is read as.
    plus: u8,
    decoded: bool,
    names_as_sent: bool,
    host_without_port: bool,
    key: Key,
    suffix: &'static str,
    algorithm: Algorithm,
    written: Written,
}

const RIGHT: Guess = Guess {
    method: MethodAs::Sent,
    coder: Coder::Right,
    header_coder: Coder::Right,
    path_kept: b"/",
    plus: b'+',
    decoded: true,
    names_as_sent: false,
    host_without_port: false,
    key: Key::Text,
    suffix: "",
    algorithm: Algorithm::Sha256,
    written: Written::Hex,
};

const DEVIATIONS: &[Deviation<Guess>] = &[
    (Mistake::HostWithoutPort, |guess| guess.host_without_port = true),
    (Mistake::PlusForSpace, |guess| guess.coder = Coder::Plus),
    // The client means a space, and its HTTP library sends a `+`.
    (Mistake::PlusForSpace, |guess| guess.plus = b' '),
    (Mistake::EncodedTwice, |guess| guess.decoded = false),
    (Mistake::HeaderValuesNotEncoded, |guess| guess.header_coder = Coder::Raw),
    (Mistake::KeyAsOctets, |guess| guess.key = Key::Octets),
    (Mistake::KeyNotDerived, |guess| guess.key = Key::Secret),
    (Mistake::SecretWithLineFeed, |guess| guess.suffix = "\n"),
    (Mistake::SecretWithAmpersand, |guess| guess.suffix = "&"),
    (Mistake::OtherMethod, |guess| guess.method = MethodAs::Other),
    (Mistake::LowerCaseMethod, |guess| guess.method = MethodAs::LowerCase),
    (Mistake::HeaderNameCase, |guess| guess.names_as_sent = true),
    (Mistake::SlashEncoded, |guess| guess.path_kept = b""),
    (Mistake::SlashNotEncoded, |guess| guess.coder = Coder::Slash),
    (Mistake::SlashNotEncoded, |guess| {
        (guess.coder, guess.header_coder) = (Coder::Slash, Coder::Slash);
    }),
    (Mistake::LowerCaseDigits, |guess| {
        (guess.coder, guess.header_coder) = (Coder::LowerCase, Coder::LowerCase);
    }),
    (Mistake::LowerCaseDigits, |guess| guess.coder = Coder::LowerCase),
    (Mistake::MarksNotEncoded, |guess| {
        (guess.coder, guess.header_coder) = (Coder::Marks, Coder::Marks);
    }),
    (Mistake::MarksNotEncoded, |guess| guess.coder = Coder::Marks),
    (Mistake::FormCoding, |guess| (guess.coder, guess.header_coder) = (Coder::Form, Coder::Form)),
    (Mistake::NotEncoded, |guess| guess.coder = Coder::Raw),
    (Mistake::OtherHash, |guess| guess.algorithm = Algorithm::Sha1),
    (Mistake::SignatureCase, |guess| guess.written = Written::HexUpper),
    (Mistake::SignatureAsBase64, |guess| guess.written = Written::Base64),
];

/// The fields of an authentication string, whether or not they are usable.
struct Fields<'a> {
    scope: String,
    signed_headers: &'a str,
    signature: &'a str,
}

/// The mistakes behind the authentication of a request; none if it is right. The time is not judged, but its
/// format is.
pub fn explain(secret: &[u8], request: &Request<'_>) -> Vec<Mistake> {
    let of_headers: usize = request.headers.iter().map(|(name, value)| name.len() + value.len()).sum();
    if request.target.len() + of_headers > BYTES_MAX {
        return vec![Mistake::Unknown];
    }
    let Ok(Some(text)) = find(request) else { return vec![Mistake::Malformed] };
    // Base64 has slashes too, so the last field takes what is left.
    let fields: Vec<_> = text.splitn(6, '/').collect();
    let &[PREFIX, access_key_id, time, seconds, signed_headers, signature] = fields.as_slice() else {
        return vec![Mistake::Malformed];
    };
    let mut apparent = Vec::new();
    let date = request.header("x-bce-date").map(|date| String::from_utf8_lossy(date.trim_ascii()));
    if !is_iso(time) || date.is_some_and(|date| !is_iso(&date)) {
        apparent.push(Mistake::TimeNotIso);
    }
    let lower = signed_headers.to_ascii_lowercase();
    if !lower.is_empty() && !lower.split(';').any(|name| name == "host") {
        apparent.push(Mistake::HostNotListed);
    }
    if lower != signed_headers {
        apparent.push(Mistake::HeaderNameCase);
    }
    let scope = [PREFIX, access_key_id, time, seconds].join("/");
    let fields = Fields { scope, signed_headers: &lower, signature };
    joined(apparent, search(RIGHT, DEVIATIONS, |guess| guess.holds(secret, &fields, request)))
}

impl Guess {
    fn holds(&self, secret: &[u8], fields: &Fields<'_>, request: &Request<'_>) -> bool {
        let canonical = self.canonical_request(fields.signed_headers, request);
        let secret = key("", secret, self.suffix);
        let derived = Zeroizing::new(self.algorithm.mac(&secret, fields.scope.as_bytes()));
        let key = match self.key {
            Key::Text => Zeroizing::new(hex(&derived).into_bytes()),
            Key::Octets => derived,
            Key::Secret => secret,
        };
        self.written.is(&self.algorithm.mac(&key, canonical.as_bytes()), fields.signature)
    }

    fn canonical_request(&self, listed: &str, request: &Request<'_>) -> String {
        let (path, query) = request.path_and_query();
        let write = |octets: &[u8], kept: &[u8]| {
            let decoded = if self.decoded { decode_octets(octets, self.plus).ok() } else { None };
            self.coder.write(decoded.as_deref().unwrap_or(octets), kept)
        };
        let path = if path.is_empty() { "/".to_owned() } else { write(path, self.path_kept) };
        let mut query: Vec<_> = pairs(query)
            .filter(|(name, _)| !is_authorization(name))
            .map(|(name, value)| format!("{}={}", write(name, b""), write(value, b"")))
            .collect();
        query.sort_unstable();
        let method = self.method.write(request.method);
        [method, path, query.join("&"), self.canonical_headers(listed, request)].join("\n")
    }

    fn canonical_headers(&self, listed: &str, request: &Request<'_>) -> String {
        let mut lines = Vec::new();
        for (sent, value) in request.headers {
            let name = sent.to_ascii_lowercase();
            let is_taken = name != "authorization" && Selection::Listed(listed).takes(&name);
            let value = value.trim_ascii();
            if !is_taken || value.is_empty() {
                continue;
            }
            let text = String::from_utf8_lossy(value);
            let value =
                if self.host_without_port && name == "host" { without_port(&text).as_bytes() } else { value };
            let name = if self.names_as_sent { (*sent).to_owned() } else { name };
            let name = Coder::Right.write(name.as_bytes(), b"");
            lines.push(format!("{name}:{}", self.header_coder.write(value, b"")));
        }
        lines.sort_unstable();
        lines.join("\n")
    }
}
