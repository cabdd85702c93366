//! The newest offset of each key, in bounded memory: keys are known by 16 bytes of their SHA-256.

use hashbrown::HashMap;
use sha2::{Digest, Sha256};

/// A table of 2²¹ places, some 50 MiB, holds these and those of one more batch. It takes half as much again while it grows.
pub(super) const KEYS_MAX: usize = (1 << 21) / 4 * 3;

pub(super) type KeyHash = [u8; 16];

/// The hash of a key that comes in pieces.
pub(super) fn hash_of(hasher: &mut Sha256) -> KeyHash {
    let whole = hasher.finalize_reset();
    let mut hash = KeyHash::default();
    hash.copy_from_slice(&whole[..16]);
    hash
}

#[derive(Debug)]
pub(super) struct Keys {
    newest: HashMap<KeyHash, i64>,
    max: usize,
}

impl Keys {
    pub(super) fn new(max: usize) -> Self {
        Self { newest: HashMap::new(), max }
    }

    pub(super) fn is_full(&self) -> bool {
        self.newest.len() >= self.max
    }

    pub(super) fn put(&mut self, key: KeyHash, offset: i64) {
        self.newest.insert(key, offset);
    }

    /// Whether a later record has taken this one's place.
    pub(super) fn is_outdated(&self, key: &KeyHash, offset: i64) -> bool {
        self.newest.get(key).is_some_and(|newest| *newest > offset)
    }
}
