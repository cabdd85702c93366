//! The keys of a sealed folder: the newest seals, all of them open.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

use aes::Aes256;
use aes::cipher::{Block, BlockCipherEncrypt, InnerIvInit, KeyInit, StreamCipher, StreamCipherSeek};
use ctr::{Ctr128BE, CtrCore};
use parking_lot::RwLock;

use super::table::Epoch;
use crate::secret::Secret;

/// What a key makes of this tells it from others. As a counter it comes up in no file.
const CHECKED: [u8; 16] = *b"weir: which key?";

/// Keys by number, from 1. There is at least one.
pub struct KeyRing {
    keys: RwLock<BTreeMap<u32, Arc<DataKey>>>,
}

impl KeyRing {
    /// With one key.
    pub fn new(number: u32, key: &Secret<[u8; 32]>) -> Self {
        Self { keys: RwLock::new(BTreeMap::from([(number, Arc::new(DataKey::new(number, key)))])) }
    }

    /// Adds a key. One with a higher number than all others seals what is written from now on.
    pub fn add(&self, number: u32, key: &Secret<[u8; 32]>) {
        self.keys.write().entry(number).or_insert_with(|| Arc::new(DataKey::new(number, key)));
    }

    pub(super) fn newest(&self) -> Arc<DataKey> {
        let keys = self.keys.read();
        keys.last_key_value().map(|(_, key)| key.clone()).expect("a ring has a key from the start")
    }

    pub(super) fn find(&self, number: u32) -> Option<Arc<DataKey>> {
        self.keys.read().get(&number).cloned()
    }
}

impl fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyRing({:?})", self.keys.read().keys())
    }
}

/// One key. Its schedule is wiped when it is dropped.
pub(super) struct DataKey {
    pub(super) number: u32,
    /// Tells it from another of the same number.
    pub(super) check: [u8; 8],
    cipher: Aes256,
}

impl DataKey {
    fn new(number: u32, key: &Secret<[u8; 32]>) -> Self {
        let cipher = Aes256::new_from_slice(key.expose()).expect("the key has the length of one");
        let mut block = Block::<Aes256>::from(CHECKED);
        cipher.encrypt_block(&mut block);
        let mut check = [0; 8];
        check.copy_from_slice(&block[..8]);
        Self { number, check, cipher }
    }

    /// The keystream of an epoch from a position on. What it is applied to is sealed, or opened.
    pub(super) fn keystream(&self, epoch: &Epoch, position: u64) -> impl StreamCipher + use<> {
        let core = CtrCore::inner_iv_init(self.cipher.clone(), &epoch.nonce.into());
        let mut stream = Ctr128BE::<Aes256>::from_core(core);
        stream.seek(position);
        stream
    }
}
