//! Encrypts a text with the newest version of a cipher key. Nothing is stored.

use machine::secret::Secret;

use crate::Fault;
use crate::account::Caller;
use crate::cipher_key::{CipherContext, CipherKey, CipherKeyState, Encrypted};
use crate::ciphertext::Ciphertext;
use crate::fault::Conflict;
use crate::ids::CipherKeyId;
use crate::shared::Shared;
use crate::store::cipher_keys;

pub(crate) async fn run(
    shared: &Shared,
    caller: &Caller,
    id: &CipherKeyId,
    plaintext: &Secret<String>,
    context: &CipherContext,
) -> Result<Encrypted, Fault> {
    let account = &caller.account;
    let mut reader = shared.store.read().await?;
    let key = cipher_keys::find(&mut reader, account, id, shared.clock.now_ms()).await?;
    ensure_usable(&key)?;
    let material = cipher_keys::material(&mut reader, &shared.vault, account, &key.version).await?;
    let sealed = Ciphertext::seal(&material, &shared.random, &key.version, plaintext, context)?;
    Ok(Encrypted { key: key.id, version: key.version, ciphertext: sealed.to_string() })
}

/// Fails unless a key can be used.
pub(crate) fn ensure_usable(key: &CipherKey) -> Result<(), Fault> {
    match key.state() {
        CipherKeyState::Enabled => Ok(()),
        CipherKeyState::Disabled => Err(Conflict::CipherKeyDisabled.into()),
        CipherKeyState::PendingDeletion => Err(Conflict::CipherKeyGoing.into()),
    }
}
