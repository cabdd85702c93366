//! Names of cipher keys, of their owners' choice. A name is one key's; a key may have several, and they go with it.

use crate::ids::{CipherAliasName, CipherKeyId};

/// Names per account.
pub const CIPHER_ALIASES_MAX: u32 = 1_000;

/// A name and its key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CipherAlias {
    /// The name.
    pub name: CipherAliasName,
    /// The key.
    pub key: CipherKeyId,
}
