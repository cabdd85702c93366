//! Gives the name of a cipher key to another one.

use std::sync::Arc;

use serde_json::json;

use super::audit_done;
use super::cipher_alias_create::ensure_stays;
use crate::account::Caller;
use crate::cipher_alias::CipherAlias;
use crate::shared::Shared;
use crate::store::cipher_aliases;
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
                cipher_aliases::find(tx, &caller.account, &alias.name).await?;
                ensure_stays(tx, &caller, &alias.key, shared.clock.now_ms()).await?;
                cipher_aliases::update(tx, &caller.account, &alias.name, &alias.key).await?;
                let (subject, details) = (alias.name.to_string(), json!({ "key": alias.key }));
                audit_done(&shared, tx, &caller, "cipher_alias_change", subject, details).await
            })
        })
        .await
}
