//! Alibaba Cloud RPC signature, version 1.0 (HMAC-SHA1).
//!
//! Everything that is signed is a parameter: of the query, of a form body, or of both. Headers, host and path
//! are not covered; that is the scheme's design, and the reason to offer TLS.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use zeroize::Zeroizing;

use crate::compare::{Mismatch, compare};
use crate::percent;

/// The value of `SignatureMethod`.
pub const METHOD: &str = "HMAC-SHA1";
/// The value of `SignatureVersion`.
pub const VERSION: &str = "1.0";
/// The parameter that carries the signature, and the only one that is not signed.
pub const SIGNATURE: &str = "Signature";

/// Canonical form of decoded parameters: sorted by name, encoded, without the signature. Empty values stay.
pub fn canonical_query<'a>(parameters: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    percent::encode_sorted(parameters.into_iter().filter(|(name, _)| *name != SIGNATURE))
}

/// The string to sign; `method` is the HTTP method in upper case.
pub fn string_to_sign(method: &str, canonical_query: &str) -> String {
    format!("{method}&%2F&{}", percent::encode(canonical_query))
}

/// The signature of a string, as text.
pub fn sign(secret: &[u8], string_to_sign: &str) -> String {
    // The scheme's key is the secret followed by an ampersand.
    let key = Zeroizing::new([secret, b"&"].concat());
    let mut mac = Hmac::<Sha1>::new_from_slice(&key).expect("HMAC takes keys of any length");
    mac.update(string_to_sign.as_bytes());
    STANDARD.encode(mac.finalize().into_bytes())
}

/// Whether `received` is the signature of the string.
pub fn verify(secret: &[u8], string_to_sign: &str, received: &str) -> Result<(), Mismatch> {
    compare(&sign(secret, string_to_sign), received, string_to_sign)
}

/// Everything a client says about itself and the moment.
#[derive(Clone, Copy)]
pub struct Signer<'a> {
    /// The public half of the key.
    pub access_key_id: &'a str,
    /// The secret half of the key.
    pub secret: &'a [u8],
    /// Never used before with this key.
    pub nonce: &'a str,
    /// `YYYY-MM-DDThh:mm:ssZ`, in UTC.
    pub timestamp: &'a str,
}

impl Signer<'_> {
    /// Adds the scheme's own parameters to those given (which name action and version), signs, and writes
    /// all of it as a query or form.
    pub fn signed_pairs(&self, method: &str, parameters: &[(&str, &str)]) -> String {
        let mut pairs = parameters.to_vec();
        pairs.extend([
            ("AccessKeyId", self.access_key_id),
            ("SignatureMethod", METHOD),
            ("SignatureNonce", self.nonce),
            ("SignatureVersion", VERSION),
            ("Timestamp", self.timestamp),
        ]);
        let canonical = canonical_query(pairs);
        let signature = sign(self.secret, &string_to_sign(method, &canonical));
        // The canonical form is a valid query already; only the signature is missing.
        format!("{canonical}&{SIGNATURE}={}", percent::encode(&signature))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SIGNER: Signer<'_> = Signer {
        access_key_id: "testid",
        secret: b"testsecret",
        nonce: "n-1",
        timestamp: "2022-06-24T08:00:00Z",
    };

    fn verify_query(secret: &[u8], method: &str, query: &str) -> Result<(), Mismatch> {
        let pairs: Vec<_> = percent::decode_pairs(query.as_bytes()).map(Result::unwrap).collect();
        let received = pairs.iter().find(|(name, _)| name == SIGNATURE).unwrap().1.clone();
        let canonical = canonical_query(pairs.iter().map(|(n, v)| (n.as_str(), v.as_str())));
        verify(secret, &string_to_sign(method, &canonical), &received)
    }

    #[test]
    fn what_a_client_signs_a_server_accepts() {
        let query = SIGNER.signed_pairs("POST", &[("Action", "CreateTopic"), ("Remark", "a+b c*~中")]);
        assert_eq!(verify_query(b"testsecret", "POST", &query), Ok(()));
        assert!(verify_query(b"testsecret", "GET", &query).is_err());
        assert!(verify_query(b"other", "POST", &query).is_err());
    }

    #[test]
    fn every_changed_byte_is_noticed() {
        let query = SIGNER.signed_pairs("GET", &[("Action", "GetTopicList"), ("Topic", "orders")]);
        for at in 0..query.len() {
            let mut bytes = query.clone().into_bytes();
            bytes[at] = if bytes[at] == b'x' { b'y' } else { b'x' };
            let Ok(changed) = String::from_utf8(bytes) else { continue };
            let pairs: Result<Vec<_>, _> = percent::decode_pairs(changed.as_bytes()).collect();
            // A broken escape never reaches the verifier.
            let Ok(pairs) = pairs else { continue };
            let Some((_, received)) = pairs.iter().find(|(name, _)| name == SIGNATURE) else { continue };
            let canonical = canonical_query(pairs.iter().map(|(n, v)| (n.as_str(), v.as_str())));
            let string = string_to_sign("GET", &canonical);
            assert!(verify(b"testsecret", &string, received).is_err(), "byte {at}: {changed}");
        }
    }
}
