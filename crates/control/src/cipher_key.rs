//! Keys that encrypt what their owners send, and never leave this server.
//!
//! A key belongs to its account and is found from every region; the one it was made in is only noted. Its material is
//! random, 256 bits, and lies sealed in the store. A key that is rotated gets new material and keeps the old, so that
//! what was encrypted with it can still be read. When a key's time has come all of its material is erased, and what
//! was encrypted with it is lost.

use std::collections::BTreeMap;

use machine::secret::Secret;

use crate::ids::{CipherKeyId, CipherKeyVersionId, Region};
use crate::tag::Tag;

/// Keys per account, those that wait for their deletion included.
pub const CIPHER_KEYS_MAX: u32 = 200;
/// The longest new key for its caller's own use, in bytes.
pub const DATA_KEY_MAX: u32 = 1_024;
/// The longest text that is encrypted in one piece, in bytes.
pub const PLAINTEXT_MAX: usize = 6 * 1_024;

/// What has to be given again to decrypt, beside the key: names and values.
pub type CipherContext = BTreeMap<String, String>;

/// Whether a key can be used.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CipherKeyState {
    /// It can.
    Enabled,
    /// It cannot, until its owner enables it.
    Disabled,
    /// It cannot, and is going.
    PendingDeletion,
}

/// A key as its owner sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CipherKey {
    /// Its id, for ever.
    pub id: CipherKeyId,
    /// Where it was made.
    pub region: Region,
    /// Its description; may be empty.
    pub description: String,
    /// Whether its owner has it enabled.
    pub enabled: bool,
    /// When it goes for good, in milliseconds since 1970; none unless that was asked for.
    pub deletion_ms: Option<i64>,
    /// Whether a deletion is refused.
    pub protected: bool,
    /// Why; may be empty.
    pub protection_note: String,
    /// How it rotates by itself.
    pub rotation: Rotation,
    /// When the interval under way began, in milliseconds since 1970.
    pub rotation_since_ms: i64,
    /// The version that encrypts.
    pub version: CipherKeyVersionId,
    /// How many versions there are.
    pub versions: u32,
    /// When that version was made, in milliseconds since 1970.
    pub rotated_ms: i64,
    /// When it was made, in milliseconds since 1970.
    pub created_ms: i64,
    /// Its tags, by key.
    pub tags: Vec<Tag>,
}

impl CipherKey {
    /// Whether it can be used.
    pub fn state(&self) -> CipherKeyState {
        match (self.deletion_ms, self.enabled) {
            (Some(_), _) => CipherKeyState::PendingDeletion,
            (None, true) => CipherKeyState::Enabled,
            (None, false) => CipherKeyState::Disabled,
        }
    }

    /// When it gets new material next, in milliseconds since 1970; none while it does not rotate.
    pub fn next_rotation_ms(&self) -> Option<i64> {
        let rotates = self.rotation.on && self.state() == CipherKeyState::Enabled;
        rotates.then(|| self.rotation_since_ms.saturating_add(self.rotation.every_ms))
    }
}

/// How a key rotates by itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rotation {
    /// Whether it does.
    pub on: bool,
    /// How often, in milliseconds; 0 when that was never said.
    pub every_ms: i64,
    /// The same as its owner wrote it; may be empty.
    pub every_text: String,
}

/// Makes a key.
#[derive(Clone, Debug)]
pub struct CipherKeyCreate {
    /// Where.
    pub region: Region,
    /// Its description.
    pub description: String,
    /// How it rotates by itself.
    pub rotation: Rotation,
    /// Its tags.
    pub tags: Vec<Tag>,
}

/// Changes a key.
#[derive(Clone, Debug)]
pub enum CipherKeyChange {
    /// Its description.
    Description(String),
    /// Whether it can be used.
    Enabled(bool),
    /// Whether a deletion is refused, and why.
    Protection(bool, String),
    /// How it rotates by itself. An interval begins now.
    Rotation(Rotation),
    /// Erases it after so many milliseconds. Until then it cannot be used, and can be kept.
    Delete(i64),
    /// Keeps it after all, and enables it.
    Keep,
}

/// Which keys to list; conditions are joined by AND.
#[derive(Clone, Debug, Default)]
pub struct CipherKeyFilter {
    /// In any of these states; empty means all.
    pub states: Vec<CipherKeyState>,
}

/// What encrypting has made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Encrypted {
    /// The key.
    pub key: CipherKeyId,
    /// The version of it.
    pub version: CipherKeyVersionId,
    /// The ciphertext: letters, digits and a few signs.
    pub ciphertext: String,
}

/// A new key for its caller's own use, and what it becomes encrypted.
#[derive(Debug)]
pub struct DataKey {
    /// Random bytes in Base64.
    pub plaintext: Secret<String>,
    /// The same encrypted, that is, the text in Base64.
    pub encrypted: Encrypted,
}

/// What decrypting has made.
#[derive(Debug)]
pub struct Decrypted {
    /// The key.
    pub key: CipherKeyId,
    /// The version of it.
    pub version: CipherKeyVersionId,
    /// The text, as it was given.
    pub plaintext: Secret<String>,
}
