//! Makes a network with its router and system route table.

use std::sync::Arc;

use serde_json::json;

use super::once::Once;
use super::resource_group_find::resolve;
use super::{audit_done, draw_id};
use crate::account::Caller;
use crate::fault::{Capacity, Conflict};
use crate::ids::{NetworkId, RouteTableId, RouterId};
use crate::network::{NETWORKS_MAX, Network, NetworkCreate, NetworkCreated, RouteTable, USER_CIDRS_MAX};
use crate::shared::Shared;
use crate::store::{Scope, network_tags, networks};
use crate::{Committed, Fault};

const COMMAND: &str = "network_create";

pub(crate) async fn run(
    shared: &Arc<Shared>,
    caller: &Caller,
    create: NetworkCreate,
) -> Result<Committed<NetworkCreated>, Fault> {
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
                if !create.cidr.suits_network() {
                    return Err(Conflict::CidrNotAllowed(create.cidr.to_string()).into());
                }
                if create.cidrs_user.len() > USER_CIDRS_MAX {
                    let limit = u32::try_from(USER_CIDRS_MAX).unwrap_or(u32::MAX);
                    return Err(Capacity::UserCidrs { limit }.into());
                }
                let resource_group = resolve(tx, &caller.account, create.resource_group.as_ref()).await?;
                if networks::list(tx, &scope).await?.len() >= NETWORKS_MAX as usize {
                    return Err(Capacity::Networks { limit: NETWORKS_MAX }.into());
                }
                let network = Network {
                    id: NetworkId::new(draw_id(&shared, create.id_prefix)),
                    name: create.name,
                    description: create.description,
                    cidr: create.cidr,
                    cidrs_further: Vec::new(),
                    cidrs_user: create.cidrs_user,
                    host_names: create.host_names,
                    resource_group,
                    router: RouterId::new(draw_id(&shared, create.router_prefix)),
                    route_table: RouteTable {
                        id: RouteTableId::new(draw_id(&shared, create.route_table_prefix)),
                        name: String::new(),
                        description: String::new(),
                        propagation: true,
                    },
                    created_ms: now_ms,
                    subnets: Vec::new(),
                    tags: Vec::new(),
                };
                networks::insert(tx, &scope, &network).await?;
                network_tags::put(tx, &scope, network.id.as_str(), &create.tags).await?;
                if create.dry_run {
                    // Nothing above is committed.
                    return Err(Conflict::DryRun.into());
                }
                let created = NetworkCreated {
                    id: network.id,
                    router: network.router,
                    route_table: network.route_table.id,
                    resource_group: network.resource_group,
                };
                once.keep(tx, &created).await?;
                let details = json!({ "region": scope.region, "cidr": network.cidr });
                audit_done(&shared, tx, &caller, COMMAND, created.id.to_string(), details).await?;
                Ok(created)
            })
        })
        .await
}
