//! The broker's side of SCRAM (RFC 5802): two messages in, two out. Pure; without channel binding.

use std::borrow::Cow;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use machine::secret::Secret;
use subtle::ConstantTimeEq;

use super::mechanism::Hash;
use super::verifier::Verifier;

/// Bytes that a client's message may have. A login that is half-way keeps parts of the first one for as long as its
/// client likes, and no budget counts them.
const MESSAGE_BYTES_MAX: usize = 4_096;

/// The client's first message: who it is, and what it drew.
pub(super) struct ClientFirst<'a> {
    pub(super) name: Cow<'a, str>,
    nonce: &'a str,
    /// What stands before the part that is signed.
    binding: &'a str,
    /// The part that is signed.
    bare: &'a str,
}

impl<'a> ClientFirst<'a> {
    /// `n,[a=authzid],n=name,r=nonce[,extensions]`. Nobody may act for somebody else.
    pub(super) fn parse(token: &'a [u8]) -> Option<Self> {
        if token.len() > MESSAGE_BYTES_MAX {
            return None;
        }
        let text = std::str::from_utf8(token).ok()?;
        // The client that could bind the channel, or does, speaks to another broker.
        let rest = text.strip_prefix("n,")?;
        let (acts_for, bare) = rest.split_once(',')?;
        let binding = &text[..text.len() - bare.len()];
        let mut fields = bare.split(',');
        let name = unescaped(fields.next()?.strip_prefix("n=")?)?;
        let nonce = fields.next()?.strip_prefix("r=")?;
        let acts_for = match acts_for {
            "" => None,
            other => Some(unescaped(other.strip_prefix("a=")?)?),
        };
        let sound = !name.is_empty()
            && is_nonce(nonce)
            && acts_for.is_none_or(|acts_for| acts_for == name)
            // Extensions may be there, as long as they may also be passed over.
            && fields.all(|field| !field.starts_with("m="));
        sound.then_some(Self { name, nonce, binding, bare })
    }
}

/// A login half-way: the broker waits for the proof.
pub(super) struct Challenge {
    hash: Hash,
    verifier: Arc<Verifier>,
    /// Both nonces, one after the other.
    nonce: String,
    /// Bytes of the client's own.
    client_nonce_bytes: usize,
    /// What the client has to repeat of its first message.
    binding: String,
    /// What is signed, as far as it has been said.
    said: String,
}

impl Challenge {
    /// The challenge, and the broker's first message.
    pub(super) fn new(
        hash: Hash,
        verifier: Arc<Verifier>,
        first: &ClientFirst<'_>,
        drawn: &str,
    ) -> (Self, String) {
        let nonce = format!("{}{drawn}", first.nonce);
        let message = format!("r={nonce},s={},i={}", BASE64.encode(&verifier.salt), verifier.iterations);
        let said = format!("{},{message}", first.bare);
        let binding = BASE64.encode(first.binding);
        let client_nonce_bytes = first.nonce.len();
        (Self { hash, verifier, nonce, client_nonce_bytes, binding, said }, message)
    }

    /// The broker's last message, when the client's last one proves that it knows the password.
    pub(super) fn answer(&self, token: &[u8]) -> Option<String> {
        let text = std::str::from_utf8(token).ok()?;
        let (unproved, proof) = text.rsplit_once(",p=")?;
        let proof = Secret::new(BASE64.decode(proof).ok()?);
        let mut fields = unproved.split(',');
        let repeats = fields.next()?.strip_prefix("c=")? == self.binding
            && self.is_echoed(fields.next()?.strip_prefix("r=")?)
            && fields.all(|field| !field.starts_with("m="));
        if !repeats || proof.expose().len() != self.hash.len() {
            return None;
        }
        let signed: [&[u8]; 3] = [self.said.as_bytes(), b",", unproved.as_bytes()];
        let signature = self.hash.keyed(self.verifier.stored_key.expose(), &signed);
        let client_key = proof.expose().iter().zip(&signature).map(|(proof, mask)| proof ^ mask).collect();
        let client_key = Secret::<Vec<u8>>::new(client_key);
        let shown = self.hash.digest(client_key.expose());
        let proved: bool = shown.ct_eq(self.verifier.stored_key.expose()).into();
        let signature = || self.hash.keyed(self.verifier.server_key.expose(), &signed);
        proved.then(|| format!("v={}", BASE64.encode(signature())))
    }
}

impl Challenge {
    /// Whether this is the nonce that was sent. Before version 2.6.1 librdkafka puts its own in front of it once
    /// more; Kafka looks at the end only, and what is there is what keeps an answer from serving twice.
    fn is_echoed(&self, echoed: &str) -> bool {
        let own = &self.nonce[..self.client_nonce_bytes];
        echoed == self.nonce || echoed.strip_prefix(own) == Some(&self.nonce)
    }
}

/// A name with its commas and equals signs as they are; none when it was not escaped as it must be.
fn unescaped(text: &str) -> Option<Cow<'_, str>> {
    let mut pieces = text.split('=');
    let first = pieces.next()?;
    let mut name = Cow::Borrowed(first);
    for piece in pieces {
        let (sign, rest) = match piece.get(..2)? {
            "2C" => (',', &piece[2..]),
            "3D" => ('=', &piece[2..]),
            _ => return None,
        };
        let name = name.to_mut();
        name.push(sign);
        name.push_str(rest);
    }
    Some(name)
}

/// Something printable without a comma.
fn is_nonce(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic() && byte != b',')
}

#[cfg(test)]
#[path = "scram_tests.rs"]
mod tests;
