//! Changes a security group's name, description, inner access or resource group.

use std::sync::Arc;

use serde_json::json;

use super::audit_done;
use super::resource_group_find::resolve;
use crate::account::Caller;
use crate::fault::Conflict;
use crate::ids::{Region, SecurityGroupId};
use crate::security_group::{SecurityGroupChange, SecurityGroupKind};
use crate::shared::Shared;
use crate::store::{Scope, security_groups};
use crate::{Committed, Fault};

pub(crate) async fn run(
    shared: &Arc<Shared>,
    caller: &Caller,
    region: &Region,
    id: &SecurityGroupId,
    change: SecurityGroupChange,
) -> Result<Committed<()>, Fault> {
    let (shared, caller, id, scope) = (shared.clone(), caller.clone(), id.clone(), Scope::of(caller, region));
    let store = shared.store.clone();
    store
        .write(move |tx| {
            Box::pin(async move {
                let mut group = security_groups::find(tx, &scope, &id).await?;
                let details = json!({
                    "name": change.name,
                    "inner_access": change.inner_access,
                    "resource_group": change.resource_group,
                });
                if let Some(named) = &change.resource_group {
                    group.resource_group = resolve(tx, &caller.account, Some(named)).await?;
                }
                group.name = change.name.unwrap_or(group.name);
                group.description = change.description.unwrap_or(group.description);
                group.inner_access = change.inner_access.unwrap_or(group.inner_access);
                if group.kind == SecurityGroupKind::Enterprise && group.inner_access {
                    return Err(Conflict::InnerAccessFixed.into());
                }
                security_groups::update(tx, &scope, &group).await?;
                audit_done(&shared, tx, &caller, "security_group_change", id.to_string(), details).await
            })
        })
        .await
}
