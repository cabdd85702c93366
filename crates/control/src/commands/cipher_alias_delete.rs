//! Takes a name of a cipher key away; the key stays.

use std::sync::Arc;

use serde_json::json;

use super::audit_done;
use crate::account::Caller;
use crate::ids::CipherAliasName;
use crate::shared::Shared;
use crate::store::cipher_aliases;
use crate::{Committed, Fault};

pub(crate) async fn run(
    shared: &Arc<Shared>,
    caller: &Caller,
    name: &CipherAliasName,
) -> Result<Committed<()>, Fault> {
    let (shared, caller, name) = (shared.clone(), caller.clone(), name.clone());
    let store = shared.store.clone();
    store
        .write(move |tx| {
            Box::pin(async move {
                let key = cipher_aliases::find(tx, &caller.account, &name).await?;
                cipher_aliases::delete(tx, &caller.account, &name).await?;
                let (subject, details) = (name.to_string(), json!({ "key": key }));
                audit_done(&shared, tx, &caller, "cipher_alias_delete", subject, details).await
            })
        })
        .await
}
