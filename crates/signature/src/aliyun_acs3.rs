//! Alibaba Cloud `ACS3-HMAC-SHA256`, the default of the newer SDKs.
//!
//! Signed are the query, the listed headers and, through its digest, the body. What the client lists is what
//! is covered; that a server acts on nothing else is its own duty ([`Authorization::covers`]).

use hmac::{Hmac, KeyInit, Mac};
use sha2::{Digest, Sha256};

use crate::compare::{Mismatch, compare};
use crate::hex::hex;
use crate::percent;

/// The scheme's name, first word of the `Authorization` header.
pub const ALGORITHM: &str = "ACS3-HMAC-SHA256";

/// Why an `Authorization` header is not usable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unusable {
    /// Another algorithm of the same family.
    Algorithm,
    /// A field is missing, repeated, unknown or empty.
    Fields,
}

/// A parsed `Authorization` header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Authorization<'a> {
    /// The public half of the key.
    pub access_key_id: &'a str,
    /// Names of the signed headers as sent: lower case, separated by `;`.
    pub signed_headers: &'a str,
    /// The signature as sent, in hexadecimal.
    pub signature: &'a str,
}

impl<'a> Authorization<'a> {
    /// Reads `ACS3-HMAC-SHA256 Credential=…,SignedHeaders=…,Signature=…`; spaces after the commas are
    /// tolerated, everything else must be there exactly once.
    pub fn parse(header: &'a str) -> Result<Self, Unusable> {
        let (algorithm, fields) = header.split_once(' ').ok_or(Unusable::Fields)?;
        if algorithm != ALGORITHM {
            return Err(Unusable::Algorithm);
        }
        let (mut credential, mut signed_headers, mut signature) = (None, None, None);
        for field in fields.split(',') {
            let (name, value) = field.trim().split_once('=').ok_or(Unusable::Fields)?;
            let slot = match name {
                "Credential" => &mut credential,
                "SignedHeaders" => &mut signed_headers,
                "Signature" => &mut signature,
                _ => return Err(Unusable::Fields),
            };
            if value.is_empty() || slot.replace(value).is_some() {
                return Err(Unusable::Fields);
            }
        }
        match (credential, signed_headers, signature) {
            (Some(access_key_id), Some(signed_headers), Some(signature)) => {
                Ok(Self { access_key_id, signed_headers, signature })
            }
            _ => Err(Unusable::Fields),
        }
    }

    /// Whether the header of this name (lower case) is signed.
    pub fn covers(&self, header: &str) -> bool {
        self.signed_headers.split(';').any(|signed| signed == header)
    }
}

/// The digest of a body as `x-acs-content-sha256` writes it.
pub fn content_sha256(body: &[u8]) -> String {
    hex(&Sha256::digest(body))
}

/// Canonical form of decoded query parameters, not those of the body. Empty values stay.
pub fn canonical_query<'a>(query: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    percent::encode_sorted(query)
}

/// The canonical request. `header` gives the value of a header by its lower-case name; a listed header that
/// the request does not have counts as empty, so that its absence breaks the signature.
pub fn canonical_request<'h>(
    method: &str,
    canonical_query: &str,
    signed_headers: &str,
    header: impl Fn(&str) -> Option<&'h str>,
    content_sha256: &str,
) -> String {
    let mut canonical = format!("{method}\n/\n{canonical_query}\n");
    for name in signed_headers.split(';') {
        canonical.push_str(name);
        canonical.push(':');
        canonical.push_str(header(name).unwrap_or_default().trim());
        canonical.push('\n');
    }
    canonical.push('\n');
    canonical.push_str(signed_headers);
    canonical.push('\n');
    canonical.push_str(content_sha256);
    canonical
}

/// The string to sign.
pub fn string_to_sign(canonical_request: &str) -> String {
    format!("{ALGORITHM}\n{}", hex(&Sha256::digest(canonical_request.as_bytes())))
}

/// The signature of a string, as text.
pub fn sign(secret: &[u8], string_to_sign: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret).expect("HMAC takes keys of any length");
    mac.update(string_to_sign.as_bytes());
    hex(&mac.finalize().into_bytes())
}

/// Whether `received` is the signature of the string.
pub fn verify(secret: &[u8], string_to_sign: &str, received: &str) -> Result<(), Mismatch> {
    compare(&sign(secret, string_to_sign), received, string_to_sign)
}

/// Whether the signed digest is that of the body which came. The signature covers only the digest, so a
/// server checks both.
pub fn verify_content(body: &[u8], received: &str, string_to_sign: &str) -> Result<(), Mismatch> {
    compare(&content_sha256(body), received, string_to_sign)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn authorization_is_read_with_and_without_spaces() {
        let expected =
            Authorization { access_key_id: "id", signed_headers: "host;x-acs-date", signature: "00ff" };
        for header in [
            "ACS3-HMAC-SHA256 Credential=id,SignedHeaders=host;x-acs-date,Signature=00ff",
            "ACS3-HMAC-SHA256 Credential=id, SignedHeaders=host;x-acs-date, Signature=00ff",
            "ACS3-HMAC-SHA256 Signature=00ff,Credential=id,SignedHeaders=host;x-acs-date",
        ] {
            assert_eq!(Authorization::parse(header), Ok(expected), "{header}");
        }
        assert!(expected.covers("host") && !expected.covers("hos") && !expected.covers(""));
    }

    #[test]
    fn anything_else_is_unusable() {
        for header in [
            "",
            "ACS3-HMAC-SHA256",
            "ACS3-HMAC-SHA256 ",
            "ACS3-HMAC-SHA256 Credential=id,SignedHeaders=host",
            "ACS3-HMAC-SHA256 Credential=id,SignedHeaders=host,Signature=",
            "ACS3-HMAC-SHA256 Credential=id,Credential=id,SignedHeaders=host,Signature=00",
            "ACS3-HMAC-SHA256 Credential=id,SignedHeaders=host,Signature=00,Extra=1",
            "ACS3-HMAC-SHA256 Credential,SignedHeaders=host,Signature=00",
        ] {
            assert_eq!(Authorization::parse(header), Err(Unusable::Fields), "{header}");
        }
        for header in ["ACS3-HMAC-SM3 Credential=id", "ACS3-RSA-SHA256 x", "Bearer token"] {
            assert_eq!(Authorization::parse(header), Err(Unusable::Algorithm), "{header}");
        }
    }

    #[test]
    fn an_absent_listed_header_is_not_the_same_as_an_unlisted_one() {
        let with = canonical_request("GET", "", "host;x-acs-date", |_| None, "");
        let without = canonical_request("GET", "", "host", |_| None, "");
        assert_ne!(with, without);
    }

    #[test]
    fn the_digest_of_nothing() {
        assert_eq!(content_sha256(b""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    }
}
