//! The names of the account's cipher keys.

use crate::Fault;
use crate::account::Caller;
use crate::cipher_alias::CipherAlias;
use crate::cipher_key::CipherKey;
use crate::ids::CipherKeyId;
use crate::shared::Shared;
use crate::store::{cipher_aliases, cipher_keys};

pub(crate) async fn run(
    shared: &Shared,
    caller: &Caller,
    of: Option<&CipherKeyId>,
) -> Result<Vec<(CipherAlias, CipherKey)>, Fault> {
    let now_ms = shared.clock.now_ms();
    let (aliases, keys) = {
        let mut reader = shared.store.read().await?;
        if let Some(id) = of {
            cipher_keys::find(&mut reader, &caller.account, id, now_ms).await?;
        }
        let keys = cipher_keys::list(&mut reader, &caller.account, now_ms).await?;
        (cipher_aliases::list(&mut reader, &caller.account).await?, keys)
    };
    // Names of a key whose time has come have gone with it, though they may not have been erased yet.
    let with_key = |alias: CipherAlias| {
        let key = keys.iter().find(|key| key.id == alias.key)?;
        Some((alias, key.clone()))
    };
    let wanted = |alias: &CipherAlias| of.is_none_or(|id| alias.key == *id);
    Ok(aliases.into_iter().filter(wanted).filter_map(with_key).collect())
}
