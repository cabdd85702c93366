//! Changes what a resource group is called where people read it.

use std::sync::Arc;

use serde_json::json;

use super::audit_done;
use super::resource_group_find::find;
use crate::account::Caller;
use crate::fault::Conflict;
use crate::ids::{AccountId, ResourceGroupId};
use crate::resource_group::ResourceGroup;
use crate::shared::Shared;
use crate::store::{Tx, resource_groups};
use crate::{Committed, Fault};

pub(crate) async fn run(
    shared: &Arc<Shared>,
    caller: &Caller,
    id: &ResourceGroupId,
    label: String,
) -> Result<Committed<ResourceGroup>, Fault> {
    let (shared, caller, id) = (shared.clone(), caller.clone(), id.clone());
    let store = shared.store.clone();
    store
        .write(move |tx| {
            Box::pin(async move {
                let mut group = find_own(tx, &caller.account, &id).await?;
                group.label = label;
                resource_groups::set_label(tx, &caller.account, &id, &group.label).await?;
                let details = json!({ "label": group.label });
                audit_done(&shared, tx, &caller, "resource_group_change", id.to_string(), details).await?;
                Ok(group)
            })
        })
        .await
}

/// A group that can be changed: not the one that the account has from the start.
pub(super) async fn find_own(
    tx: &mut Tx,
    account: &AccountId,
    id: &ResourceGroupId,
) -> Result<ResourceGroup, Fault> {
    let group = find(tx, account, id).await?;
    match group.id == ResourceGroupId::default_of(account) {
        true => Err(Conflict::ResourceGroupFixed.into()),
        false => Ok(group),
    }
}
