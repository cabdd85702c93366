//! What the clients have in common: hashes, and the encoders that their languages come with.

use std::fmt::Write;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use sha2::{Digest, Sha256};

pub(crate) fn base64(octets: &[u8]) -> String {
    STANDARD.encode(octets)
}

pub(crate) fn hex(octets: &[u8]) -> String {
    octets.iter().fold(String::new(), |mut text, octet| {
        write!(text, "{octet:02x}").unwrap();
        text
    })
}

pub(crate) fn sha256(octets: &[u8]) -> String {
    hex(&Sha256::digest(octets))
}

pub(crate) fn hmac_sha1(key: &[u8], text: &str) -> Vec<u8> {
    let mut mac = Hmac::<Sha1>::new_from_slice(key).unwrap();
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

pub(crate) fn hmac_sha256(key: &[u8], text: &str) -> Vec<u8> {
    let mut mac = Hmac::<Sha256>::new_from_slice(key).unwrap();
    mac.update(text.as_bytes());
    mac.finalize().into_bytes().to_vec()
}

/// Encodes all octets but letters, digits and those given.
fn encoded(text: &str, kept: &str) -> String {
    text.bytes().fold(String::new(), |mut encoded, octet| {
        if octet.is_ascii_alphanumeric() || kept.as_bytes().contains(&octet) {
            encoded.push(char::from(octet));
        } else {
            write!(encoded, "%{octet:02X}").unwrap();
        }
        encoded
    })
}

/// As the schemes want it.
pub(crate) fn right(text: &str) -> String {
    encoded(text, "-_.~")
}

/// Python's `quote_plus`.
pub(crate) fn quote_plus(text: &str) -> String {
    encoded(text, "-_.~ ").replace(' ', "+")
}

/// Python's `quote`.
pub(crate) fn quote(text: &str) -> String {
    encoded(text, "-_.~/")
}

/// Java's `URLEncoder`.
pub(crate) fn url_encoder(text: &str) -> String {
    encoded(text, "-_.* ").replace(' ', "+")
}

/// JavaScript's `encodeURIComponent`.
pub(crate) fn encode_uri_component(text: &str) -> String {
    encoded(text, "-_.~!'()*")
}

/// Some languages' own encoders.
pub(crate) fn lower_case(text: &str) -> String {
    let mut lower = String::new();
    for octet in text.bytes() {
        if octet.is_ascii_alphanumeric() || b"-_.~".contains(&octet) {
            lower.push(char::from(octet));
        } else {
            write!(lower, "%{octet:02x}").unwrap();
        }
    }
    lower
}

pub(crate) fn twice(text: &str) -> String {
    right(&right(text))
}

pub(crate) fn not_at_all(text: &str) -> String {
    text.to_owned()
}
