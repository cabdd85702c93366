//! Names a cipher key.

use std::sync::Arc;

use serde_json::json;

use super::audit_done;
use crate::account::Caller;
use crate::cipher_alias::{CIPHER_ALIASES_MAX, CipherAlias};
use crate::cipher_key::CipherKeyState;
use crate::fault::{Capacity, Conflict};
use crate::ids::CipherKeyId;
use crate::shared::Shared;
use crate::store::{Tx, cipher_aliases, cipher_keys};
use crate::{Committed, Fault};

pub(crate) async fn run(
    shared: &Arc<Shared>,
    caller: &Caller,
    alias: CipherAlias,
) -> Result<Committed<()>, Fault> {
    let (shared, caller) = (shared.clone(), caller.clone());
    let store = shared.store.clone();
    store
        .write(move |tx| {
            Box::pin(async move {
                let now_ms = shared.clock.now_ms();
                ensure_stays(tx, &caller, &alias.key, now_ms).await?;
                let there = cipher_aliases::list(tx, &caller.account).await?;
                if there.iter().any(|other| other.name == alias.name) {
                    return Err(Conflict::CipherAliasTaken(alias.name.to_string()).into());
                }
                if there.len() >= CIPHER_ALIASES_MAX as usize {
                    return Err(Capacity::CipherAliases { limit: CIPHER_ALIASES_MAX }.into());
                }
                cipher_aliases::insert(tx, &caller.account, &alias, now_ms).await?;
                let (subject, details) = (alias.name.to_string(), json!({ "key": alias.key }));
                audit_done(&shared, tx, &caller, "cipher_alias_create", subject, details).await
            })
        })
        .await
}

/// Fails unless the account has this key and it is not going: it is no use to name one that is.
pub(super) async fn ensure_stays(
    tx: &mut Tx,
    caller: &Caller,
    id: &CipherKeyId,
    now_ms: i64,
) -> Result<(), Fault> {
    let key = cipher_keys::find(tx, &caller.account, id, now_ms).await?;
    match key.state() {
        CipherKeyState::Enabled | CipherKeyState::Disabled => Ok(()),
        CipherKeyState::PendingDeletion => Err(Conflict::CipherKeyGoing.into()),
    }
}
