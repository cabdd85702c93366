//! Decrypts what a cipher key of the account has encrypted.

use super::cipher_key_encrypt::ensure_usable;
use crate::Fault;
use crate::account::Caller;
use crate::cipher_key::{CipherContext, Decrypted};
use crate::ciphertext::Ciphertext;
use crate::fault::{Absent, Conflict};
use crate::shared::Shared;
use crate::store::cipher_keys;

pub(crate) async fn run(
    shared: &Shared,
    caller: &Caller,
    ciphertext: &str,
    context: &CipherContext,
) -> Result<Decrypted, Fault> {
    let foreign = || Fault::from(Conflict::CiphertextForeign);
    let sealed = Ciphertext::parse(ciphertext).ok_or_else(foreign)?;
    let (account, version) = (&caller.account, sealed.version());
    let mut reader = shared.store.read().await?;
    let key = cipher_keys::key_of_version(&mut reader, account, &version).await?.ok_or_else(foreign)?;
    let key = match cipher_keys::find(&mut reader, account, &key, shared.clock.now_ms()).await {
        // Its time has come, and it is as good as erased.
        Err(Fault::Absent(Absent::CipherKey(_))) => return Err(foreign()),
        found => found?,
    };
    ensure_usable(&key)?;
    let material = cipher_keys::material(&mut reader, &shared.vault, account, &version).await?;
    let plaintext = sealed.open(&material, context).ok_or_else(foreign)?;
    Ok(Decrypted { key: key.id, version, plaintext })
}
