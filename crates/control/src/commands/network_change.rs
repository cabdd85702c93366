//! Changes a network's name, description, addresses or resource group.

use std::sync::Arc;

use serde_json::json;

use super::audit_done;
use super::resource_group_find::resolve;
use crate::account::Caller;
use crate::fault::Conflict;
use crate::ids::{NetworkId, Region};
use crate::network::NetworkChange;
use crate::shared::Shared;
use crate::store::{Scope, networks, subnets};
use crate::{Committed, Fault};

pub(crate) async fn run(
    shared: &Arc<Shared>,
    caller: &Caller,
    region: &Region,
    id: &NetworkId,
    change: NetworkChange,
) -> Result<Committed<()>, Fault> {
    let (shared, caller, id, scope) = (shared.clone(), caller.clone(), id.clone(), Scope::of(caller, region));
    let store = shared.store.clone();
    store
        .write(move |tx| {
            Box::pin(async move {
                let mut network = networks::find(tx, &scope, &id).await?;
                let details = json!({
                    "name": change.name,
                    "cidr": change.cidr,
                    "resource_group": change.resource_group,
                });
                if let Some(cidr) = change.cidr {
                    if !cidr.suits_network() || network.cidrs_further.iter().any(|other| other.overlaps(cidr))
                    {
                        return Err(Conflict::CidrNotAllowed(cidr.to_string()).into());
                    }
                    network.cidr = cidr;
                    let subnets = subnets::list(tx, &scope, Some(&id)).await?;
                    if let Some(outside) = subnets.iter().find(|subnet| !network.contains(subnet.cidr)) {
                        return Err(Conflict::CidrOutside(outside.cidr.to_string()).into());
                    }
                }
                if let Some(named) = &change.resource_group {
                    network.resource_group = resolve(tx, &caller.account, Some(named)).await?;
                }
                network.name = change.name.unwrap_or(network.name);
                network.description = change.description.unwrap_or(network.description);
                network.host_names = change.host_names.unwrap_or(network.host_names);
                networks::update(tx, &scope, &network).await?;
                audit_done(&shared, tx, &caller, "network_change", id.to_string(), details).await
            })
        })
        .await
}
