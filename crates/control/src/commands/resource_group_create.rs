//! Makes a resource group.

use std::sync::Arc;

use serde_json::json;

use super::resource_group_list::all;
use super::{audit_done, draw_id};
use crate::account::Caller;
use crate::fault::{Capacity, Conflict};
use crate::ids::ResourceGroupId;
use crate::resource_group::{RESOURCE_GROUPS_MAX, ResourceGroup, ResourceGroupCreate};
use crate::shared::Shared;
use crate::store::resource_groups;
use crate::{Committed, Fault};

pub(crate) async fn run(
    shared: &Arc<Shared>,
    caller: &Caller,
    create: ResourceGroupCreate,
) -> Result<Committed<ResourceGroup>, Fault> {
    let (shared, caller) = (shared.clone(), caller.clone());
    let store = shared.store.clone();
    store
        .write(move |tx| {
            Box::pin(async move {
                let there = all(tx, &caller.account).await?;
                if there.iter().any(|group| group.name == create.name) {
                    return Err(Conflict::ResourceGroupNameTaken(create.name).into());
                }
                if there.len() > RESOURCE_GROUPS_MAX as usize {
                    return Err(Capacity::ResourceGroups { limit: RESOURCE_GROUPS_MAX }.into());
                }
                let group = ResourceGroup {
                    id: ResourceGroupId::new(draw_id(&shared, create.id_prefix)),
                    name: create.name,
                    label: create.label,
                    created_ms: shared.clock.now_ms(),
                };
                resource_groups::insert(tx, &caller.account, &group).await?;
                let (subject, details) = (group.id.to_string(), json!({ "name": group.name }));
                audit_done(&shared, tx, &caller, "resource_group_create", subject, details).await?;
                Ok(group)
            })
        })
        .await
}
