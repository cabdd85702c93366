//! What a cipher key makes of a text.
//!
//! In bytes: 1 for the format, 16 of the key version's id, 12 of a random nonce, then AES-256-GCM's ciphertext and tag.
//! The format, the version and the context are bound to it: none can be exchanged. As text it is Base64.

use std::fmt;

use aes_gcm::aead::{Aead, KeyInit, Payload};
use aes_gcm::{Aes256Gcm, Key, Nonce};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use machine::random::Random;
use machine::secret::Secret;
use uuid::Uuid;

use crate::Fault;
use crate::cipher_key::CipherContext;
use crate::ids::CipherKeyVersionId;
use crate::store::text::to_json;

const FORMAT: u8 = 1;
/// Bytes of the random nonce. One version encrypts far fewer than 2^32 texts, which is what 96 random bits allow.
const NONCE_BYTES: usize = 12;
const VERSION_BYTES: usize = 16;

pub(crate) struct Ciphertext {
    version: Uuid,
    nonce: [u8; NONCE_BYTES],
    content: Vec<u8>,
}

impl Ciphertext {
    /// Encrypts.
    pub(crate) fn seal(
        material: &Secret<[u8; 32]>,
        random: &Random,
        version: &CipherKeyVersionId,
        plaintext: &Secret<String>,
        context: &CipherContext,
    ) -> Result<Self, Fault> {
        let version = Uuid::parse_str(version.as_str()).map_err(|_| Fault::bug("a key version has no id"))?;
        let mut nonce = [0; NONCE_BYTES];
        random.fill(&mut nonce);
        let payload = Payload { msg: plaintext.expose().as_bytes(), aad: &bound(version, context)? };
        let content = cipher(material)
            .encrypt(&Nonce::from(nonce), payload)
            .map_err(|_| Fault::bug("a text could not be encrypted"))?;
        Ok(Self { version, nonce, content })
    }

    /// Reads the text form; none when it is no ciphertext of this server's at all.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let bytes = BASE64.decode(text).ok()?;
        let (&FORMAT, rest) = bytes.split_first()? else { return None };
        let (version, rest) = rest.split_first_chunk::<VERSION_BYTES>()?;
        let (nonce, content) = rest.split_first_chunk::<NONCE_BYTES>()?;
        Some(Self { version: Uuid::from_bytes(*version), nonce: *nonce, content: content.to_vec() })
    }

    /// The version of a key that it names.
    pub(crate) fn version(&self) -> CipherKeyVersionId {
        CipherKeyVersionId::new(self.version.to_string())
    }

    /// Decrypts; none when anything differs from what was encrypted.
    pub(crate) fn open(
        &self,
        material: &Secret<[u8; 32]>,
        context: &CipherContext,
    ) -> Option<Secret<String>> {
        let aad = bound(self.version, context).ok()?;
        let payload = Payload { msg: &self.content, aad: &aad };
        let opened = cipher(material).decrypt(&Nonce::from(self.nonce), payload).ok()?;
        String::from_utf8(opened).ok().map(Secret::new)
    }
}

impl fmt::Display for Ciphertext {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let parts = [&[FORMAT][..], self.version.as_bytes(), &self.nonce, &self.content];
        f.write_str(&BASE64.encode(parts.concat()))
    }
}

fn cipher(material: &Secret<[u8; 32]>) -> Aes256Gcm {
    Aes256Gcm::new(&Key::<Aes256Gcm>::from(*material.expose()))
}

/// What is bound to a ciphertext. Names of the context are sorted, so that the order in which they came is no matter.
fn bound(version: Uuid, context: &CipherContext) -> Result<Vec<u8>, Fault> {
    let context = to_json(context)?;
    Ok([&[FORMAT][..], version.as_bytes(), context.as_bytes()].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sealed(context: &CipherContext) -> (Secret<[u8; 32]>, Ciphertext) {
        let (material, random) = (Secret::new([7; 32]), Random::seeded(1));
        let version = CipherKeyVersionId::new(random.uuid().to_string());
        let sealed =
            Ciphertext::seal(&material, &random, &version, &Secret::new("p\u{e4}ss".into()), context)
                .unwrap();
        (material, sealed)
    }

    #[test]
    fn it_opens_as_it_was_and_not_otherwise() {
        let context = CipherContext::from([("a".into(), "1".into()), ("b".into(), "2".into())]);
        let (material, sealed) = sealed(&context);
        let text = sealed.to_string();
        let opened = Ciphertext::parse(&text).unwrap().open(&material, &context).unwrap();
        assert_eq!(opened.expose(), "p\u{e4}ss");
        let other = CipherContext::from([("a".into(), "12".into()), ("b".into(), String::new())]);
        for context in [CipherContext::new(), other] {
            assert!(sealed.open(&material, &context).is_none(), "{context:?}");
        }
        assert!(sealed.open(&Secret::new([8; 32]), &context).is_none());
    }

    #[test]
    fn no_byte_can_be_changed() {
        let (material, sealed) = sealed(&CipherContext::new());
        let bytes = BASE64.decode(sealed.to_string()).unwrap();
        for position in 0..bytes.len() {
            let mut changed = bytes.clone();
            changed[position] ^= 1;
            let opened = Ciphertext::parse(&BASE64.encode(&changed))
                .and_then(|sealed| sealed.open(&material, &CipherContext::new()));
            assert!(opened.is_none(), "position {position}");
        }
        for text in ["", "AQ==", "AQ", "?", &BASE64.encode(&bytes[..28]), &BASE64.encode(&bytes[..30])] {
            let opened =
                Ciphertext::parse(text).and_then(|sealed| sealed.open(&material, &CipherContext::new()));
            assert!(opened.is_none(), "{text}");
        }
    }
}
