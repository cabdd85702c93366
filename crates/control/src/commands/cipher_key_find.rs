//! One cipher key.

use crate::Fault;
use crate::account::Caller;
use crate::cipher_key::CipherKey;
use crate::ids::CipherKeyId;
use crate::shared::Shared;
use crate::store::cipher_keys;

pub(crate) async fn run(shared: &Shared, caller: &Caller, id: &CipherKeyId) -> Result<CipherKey, Fault> {
    let mut reader = shared.store.read().await?;
    cipher_keys::find(&mut reader, &caller.account, id, shared.clock.now_ms()).await
}
