//! Removes a policy of the account's own that is attached to nobody.

use std::sync::Arc;

use serde_json::json;

use super::audit_done;
use super::policy_find::absent;
use crate::account::Caller;
use crate::identity::IdentityConflict;
use crate::ids::PolicyName;
use crate::shared::Shared;
use crate::store::policies;
use crate::{Committed, Fault};

pub(crate) async fn run(
    shared: &Arc<Shared>,
    caller: &Caller,
    name: &PolicyName,
) -> Result<Committed<()>, Fault> {
    let (shared, caller, name) = (shared.clone(), caller.clone(), name.clone());
    let store = shared.store.clone();
    store
        .write(move |tx| {
            Box::pin(async move {
                let policy = policies::find(tx, &caller.account, &name).await?;
                if policy.ok_or_else(|| absent(&name))?.attachments > 0 {
                    return Err(IdentityConflict::PolicyAttached.into());
                }
                policies::delete(tx, &caller.account, &name).await?;
                audit_done(&shared, tx, &caller, "policy_delete", name.into_string(), json!({})).await
            })
        })
        .await
}
