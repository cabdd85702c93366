//! Makes a subnet of a network.

use std::sync::Arc;

use serde_json::json;

use super::once::Once;
use super::{audit_done, draw_id};
use crate::account::Caller;
use crate::fault::{Absent, Capacity, Conflict};
use crate::ids::SubnetId;
use crate::shared::Shared;
use crate::store::subnets::{self, SubnetRow};
use crate::store::{Scope, network_tags, networks};
use crate::subnet::{SUBNETS_MAX, SubnetCreate};
use crate::{Committed, Fault, zone};

const COMMAND: &str = "subnet_create";

pub(crate) async fn run(
    shared: &Arc<Shared>,
    caller: &Caller,
    create: SubnetCreate,
) -> Result<Committed<SubnetId>, Fault> {
    let (shared, caller) = (shared.clone(), caller.clone());
    let store = shared.store.clone();
    store
        .write(move |tx| {
            Box::pin(async move {
                let scope = Scope::of(&caller, &create.region);
                let now_ms = shared.clock.now_ms();
                let once = Once::new(&scope, COMMAND, create.token.clone(), &create, now_ms)?;
                if let Some(earlier) = once.earlier(tx).await? {
                    return Ok(earlier);
                }
                let network = networks::find(tx, &scope, &create.network).await.map_err(of_new)?;
                let zones = zone::of_region(&scope.region, shared.options.zones);
                if zones.iter().all(|zone| zone.id != create.zone) {
                    return Err(Absent::Zone(create.zone.into_string()).into());
                }
                if !create.cidr.suits_subnet() || !network.contains(create.cidr) {
                    return Err(Conflict::CidrOutside(create.cidr.to_string()).into());
                }
                let siblings = subnets::list(tx, &scope, Some(&network.id)).await?;
                if siblings.iter().any(|sibling| sibling.cidr.overlaps(create.cidr)) {
                    return Err(Conflict::CidrOverlaps(create.cidr.to_string()).into());
                }
                if siblings.len() >= SUBNETS_MAX as usize {
                    return Err(Capacity::Subnets { limit: SUBNETS_MAX }.into());
                }
                let row = SubnetRow {
                    id: SubnetId::new(draw_id(&shared, create.id_prefix)),
                    network: network.id,
                    zone: create.zone,
                    cidr: create.cidr,
                    name: create.name,
                    description: create.description,
                    created_ms: now_ms,
                };
                subnets::insert(tx, &scope, &row).await?;
                network_tags::put(tx, &scope, row.id.as_str(), &create.tags).await?;
                once.keep(tx, &row.id).await?;
                let details = json!({ "network": row.network, "zone": row.zone, "cidr": row.cidr });
                audit_done(&shared, tx, &caller, COMMAND, row.id.to_string(), details).await?;
                Ok(row.id)
            })
        })
        .await
}

/// Something cannot be made in a network that is not there; that the network itself is not found is another answer.
pub(super) fn of_new(fault: Fault) -> Fault {
    match fault {
        Fault::Absent(Absent::Network(id)) => Absent::NetworkOfNew(id).into(),
        fault => fault,
    }
}
