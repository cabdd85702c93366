//! Removes a security group that no instance names any more.

use std::sync::Arc;

use serde_json::Value;

use super::audit_done;
use crate::account::Caller;
use crate::fault::{Conflict, Dependant};
use crate::ids::{Region, SecurityGroupId};
use crate::shared::Shared;
use crate::store::{Scope, network_tags, placements, security_groups};
use crate::{Committed, Fault};

pub(crate) async fn run(
    shared: &Arc<Shared>,
    caller: &Caller,
    region: &Region,
    id: &SecurityGroupId,
) -> Result<Committed<()>, Fault> {
    let (shared, caller, id, scope) = (shared.clone(), caller.clone(), id.clone(), Scope::of(caller, region));
    let store = shared.store.clone();
    store
        .write(move |tx| {
            Box::pin(async move {
                security_groups::find(tx, &scope, &id).await?;
                if placements::has_instance(tx, &scope, id.as_str()).await? {
                    return Err(Conflict::InUse(Dependant::Instance).into());
                }
                network_tags::delete(tx, &scope, id.as_str()).await?;
                security_groups::delete(tx, &scope, &id).await?;
                audit_done(&shared, tx, &caller, "security_group_delete", id.to_string(), Value::Null).await
            })
        })
        .await
}
