//! Keys, methods, hosts and signatures as clients get them wrong.

use base64::Engine;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD, URL_SAFE};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::hex::hex;

/// How a signature is written as text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Written {
    /// Lower-case hexadecimal.
    Hex,
    /// Upper-case hexadecimal.
    HexUpper,
    /// Base64, standard alphabet, padded.
    Base64,
    /// The same, its `+` read as spaces.
    Base64WithSpaces,
    /// The alphabet for addresses.
    Base64Url,
    /// Without padding.
    Base64Bare,
    /// Base64 of the hexadecimal text.
    Base64OfHex,
}

impl Written {
    /// Whether `received` is this signature, written so. Takes a time that depends on the lengths alone.
    pub(crate) fn is(self, signature: &[u8], received: &str) -> bool {
        let text = match self {
            Self::Hex => hex(signature),
            Self::HexUpper => hex(signature).to_ascii_uppercase(),
            Self::Base64 => STANDARD.encode(signature),
            Self::Base64WithSpaces => STANDARD.encode(signature).replace('+', " "),
            Self::Base64Url => URL_SAFE.encode(signature),
            Self::Base64Bare => STANDARD_NO_PAD.encode(signature),
            Self::Base64OfHex => STANDARD.encode(hex(signature)),
        };
        text.as_bytes().ct_eq(received.as_bytes()).into()
    }
}

/// How the method is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum MethodAs {
    /// As it was sent.
    Sent,
    /// GET for POST, POST for all others.
    Other,
    /// In lower case.
    LowerCase,
}

impl MethodAs {
    pub(crate) fn write(self, sent: &str) -> String {
        match self {
            Self::Sent => sent.to_owned(),
            Self::Other => if sent == "POST" { "GET" } else { "POST" }.to_owned(),
            Self::LowerCase => sent.to_ascii_lowercase(),
        }
    }
}

/// A key of an HMAC made of a secret and what stands around it.
pub(crate) fn key(prefix: &str, secret: &[u8], suffix: &str) -> Zeroizing<Vec<u8>> {
    Zeroizing::new([prefix.as_bytes(), secret, suffix.as_bytes()].concat())
}

/// A host without its port, if it has one.
pub(crate) fn without_port(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if !port.is_empty() && port.bytes().all(|octet| octet.is_ascii_digit()) => name,
        _ => host,
    }
}
