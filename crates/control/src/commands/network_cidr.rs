//! Adds further addresses to a network, or takes them away.

use std::sync::Arc;

use serde_json::json;

use super::audit_done;
use crate::account::Caller;
use crate::fault::{Conflict, Dependant};
use crate::ids::{NetworkId, Region};
use crate::network::FurtherCidr;
use crate::shared::Shared;
use crate::store::{Scope, networks, subnets};
use crate::{Committed, Fault};

pub(crate) async fn run(
    shared: &Arc<Shared>,
    caller: &Caller,
    region: &Region,
    id: &NetworkId,
    change: FurtherCidr,
) -> Result<Committed<()>, Fault> {
    let (shared, caller, id, scope) = (shared.clone(), caller.clone(), id.clone(), Scope::of(caller, region));
    let store = shared.store.clone();
    store
        .write(move |tx| {
            Box::pin(async move {
                let mut network = networks::find(tx, &scope, &id).await?;
                let details = match change {
                    FurtherCidr::Add(cidr) => {
                        if !network.cidrs_further.contains(&cidr) {
                            if !cidr.suits_network() {
                                return Err(Conflict::CidrNotAllowed(cidr.to_string()).into());
                            }
                            let mut own = std::iter::once(&network.cidr).chain(&network.cidrs_further);
                            if own.any(|own| own.overlaps(cidr)) {
                                return Err(Conflict::CidrOverlaps(cidr.to_string()).into());
                            }
                            network.cidrs_further.push(cidr);
                        }
                        json!({ "added": cidr })
                    }
                    FurtherCidr::Remove(cidr) => {
                        if !network.cidrs_further.contains(&cidr) {
                            return Err(Conflict::CidrOutside(cidr.to_string()).into());
                        }
                        let subnets = subnets::list(tx, &scope, Some(&id)).await?;
                        if subnets.iter().any(|subnet| cidr.contains(subnet.cidr)) {
                            return Err(Conflict::InUse(Dependant::Subnet).into());
                        }
                        network.cidrs_further.retain(|own| *own != cidr);
                        json!({ "removed": cidr })
                    }
                };
                networks::update(tx, &scope, &network).await?;
                audit_done(&shared, tx, &caller, "network_cidr", id.to_string(), details).await
            })
        })
        .await
}
