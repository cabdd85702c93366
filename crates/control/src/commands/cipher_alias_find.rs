//! The cipher key of a name.

use crate::Fault;
use crate::account::Caller;
use crate::fault::Absent;
use crate::ids::{CipherAliasName, CipherKeyId};
use crate::shared::Shared;
use crate::store::{cipher_aliases, cipher_keys};

pub(crate) async fn run(
    shared: &Shared,
    caller: &Caller,
    name: &CipherAliasName,
) -> Result<CipherKeyId, Fault> {
    let mut reader = shared.store.read().await?;
    let key = cipher_aliases::find(&mut reader, &caller.account, name).await?;
    // A name goes with its key when its time comes, whether or not both have been erased by now.
    match cipher_keys::find(&mut reader, &caller.account, &key, shared.clock.now_ms()).await {
        Ok(_) => Ok(key),
        Err(Fault::Absent(_)) => Err(Absent::CipherAlias(name.to_string()).into()),
        Err(fault) => Err(fault),
    }
}
