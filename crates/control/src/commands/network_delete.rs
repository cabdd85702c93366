//! Removes a network that nothing is in any more.

use std::sync::Arc;

use serde_json::Value;

use super::audit_done;
use crate::account::Caller;
use crate::fault::{Conflict, Dependant};
use crate::ids::{NetworkId, Region};
use crate::shared::Shared;
use crate::store::{Scope, network_tags, networks, security_groups, subnets};
use crate::{Committed, Fault};

pub(crate) async fn run(
    shared: &Arc<Shared>,
    caller: &Caller,
    region: &Region,
    id: &NetworkId,
    dry_run: bool,
) -> Result<Committed<()>, Fault> {
    let (shared, caller, id, scope) = (shared.clone(), caller.clone(), id.clone(), Scope::of(caller, region));
    let store = shared.store.clone();
    store
        .write(move |tx| {
            Box::pin(async move {
                networks::find(tx, &scope, &id).await?;
                if !subnets::list(tx, &scope, Some(&id)).await?.is_empty() {
                    return Err(Conflict::InUse(Dependant::Subnet).into());
                }
                let groups = security_groups::list(tx, &scope).await?;
                if groups.iter().any(|group| group.network.as_ref() == Some(&id)) {
                    return Err(Conflict::InUse(Dependant::SecurityGroup).into());
                }
                if dry_run {
                    return Err(Conflict::DryRun.into());
                }
                network_tags::delete(tx, &scope, id.as_str()).await?;
                networks::delete(tx, &scope, &id).await?;
                audit_done(&shared, tx, &caller, "network_delete", id.to_string(), Value::Null).await
            })
        })
        .await
}
