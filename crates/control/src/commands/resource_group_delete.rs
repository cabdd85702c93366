//! Removes a resource group that nothing is in any more.

use std::sync::Arc;

use serde_json::Value;

use super::audit_done;
use super::resource_group_change::find_own;
use crate::account::Caller;
use crate::fault::Conflict;
use crate::ids::ResourceGroupId;
use crate::resource_group::ResourceGroup;
use crate::shared::Shared;
use crate::store::resource_groups;
use crate::{Committed, Fault};

pub(crate) async fn run(
    shared: &Arc<Shared>,
    caller: &Caller,
    id: &ResourceGroupId,
) -> Result<Committed<ResourceGroup>, Fault> {
    let (shared, caller, id) = (shared.clone(), caller.clone(), id.clone());
    let store = shared.store.clone();
    store
        .write(move |tx| {
            Box::pin(async move {
                let group = find_own(tx, &caller.account, &id).await?;
                if resource_groups::in_use(tx, &caller.account, &id).await? {
                    return Err(Conflict::ResourceGroupInUse.into());
                }
                resource_groups::delete(tx, &caller.account, &id).await?;
                let subject = id.to_string();
                audit_done(&shared, tx, &caller, "resource_group_delete", subject, Value::Null).await?;
                Ok(group)
            })
        })
        .await
}
