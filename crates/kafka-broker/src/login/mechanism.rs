//! The ways of logging in that are offered.

use hmac::digest::KeyInit;
use hmac::{Hmac, Mac};
use machine::secret::Secret;
use sha2::{Digest, Sha256, Sha512};

/// How a user logs in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mechanism {
    /// The password itself (RFC 4616).
    Plain,
    /// Proof of knowing the password, over SHA-256 (RFC 5802, RFC 7677).
    ScramSha256,
    /// The same over SHA-512.
    ScramSha512,
}

impl Mechanism {
    pub(crate) const ALL: [Self; 3] = [Self::Plain, Self::ScramSha256, Self::ScramSha512];

    /// As SASL calls it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Plain => "PLAIN",
            Self::ScramSha256 => "SCRAM-SHA-256",
            Self::ScramSha512 => "SCRAM-SHA-512",
        }
    }

    /// The mechanism of this name, spelt exactly so.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|mechanism| mechanism.name() == name)
    }

    /// What its verifiers are made with. Nobody sees which that is for passwords sent as they are.
    pub(super) fn hash(self) -> Hash {
        match self {
            Self::Plain | Self::ScramSha256 => Hash::Sha256,
            Self::ScramSha512 => Hash::Sha512,
        }
    }
}

/// The functions of RFC 5802, over one of two hashes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Hash {
    Sha256,
    Sha512,
}

impl Hash {
    /// Bytes of what it gives.
    pub(super) fn len(self) -> usize {
        match self {
            Self::Sha256 => 32,
            Self::Sha512 => 64,
        }
    }

    /// `H`.
    pub(super) fn digest(self, bytes: &[u8]) -> Vec<u8> {
        match self {
            Self::Sha256 => Sha256::digest(bytes).to_vec(),
            Self::Sha512 => Sha512::digest(bytes).to_vec(),
        }
    }

    /// `HMAC`, over the parts one after the other.
    pub(super) fn keyed(self, key: &[u8], parts: &[&[u8]]) -> Vec<u8> {
        fn over<M: Mac + KeyInit>(key: &[u8], parts: &[&[u8]]) -> Vec<u8> {
            let mut mac = <M as KeyInit>::new_from_slice(key).expect("a key may have any length");
            parts.iter().for_each(|part| mac.update(part));
            mac.finalize().into_bytes().to_vec()
        }
        match self {
            Self::Sha256 => over::<Hmac<Sha256>>(key, parts),
            Self::Sha512 => over::<Hmac<Sha512>>(key, parts),
        }
    }

    /// `Hi`: milliseconds of work, which is the point of it.
    pub(super) fn stretched(self, password: &str, salt: &[u8], iterations: u32) -> Secret<Vec<u8>> {
        let mut stretched = vec![0; self.len()];
        let password = password.as_bytes();
        match self {
            Self::Sha256 => pbkdf2::pbkdf2_hmac::<Sha256>(password, salt, iterations, &mut stretched),
            Self::Sha512 => pbkdf2::pbkdf2_hmac::<Sha512>(password, salt, iterations, &mut stretched),
        }
        Secret::new(stretched)
    }
}
