//! The account's subnets in a region.

use std::collections::HashMap;

use super::instance_list::matches;
use super::page_of;
use crate::Fault;
use crate::account::Caller;
use crate::ids::Region;
use crate::shared::Shared;
use crate::store::{Scope, network_tags, networks, placements, subnets};
use crate::subnet::{ADDRESSES_RESERVED, Subnet, SubnetFilter};
use crate::topic::{Page, Paged};

pub(crate) async fn run(
    shared: &Shared,
    caller: &Caller,
    region: &Region,
    filter: &SubnetFilter,
    page: Page,
) -> Result<Paged<Subnet>, Fault> {
    let scope = Scope::of(caller, region);
    let (rows, networks, mut tags, brokers) = {
        let mut reader = shared.store.read().await?;
        let rows = subnets::list(&mut reader, &scope, filter.network.as_ref()).await?;
        let networks = networks::list(&mut reader, &scope).await?;
        let tags = network_tags::all(&mut reader, &scope).await?;
        (rows, networks, tags, placements::count_brokers(&mut reader, &scope).await?)
    };
    let networks: HashMap<_, _> = networks.into_iter().map(|network| (network.id.clone(), network)).collect();
    let mut found = Vec::with_capacity(rows.len());
    for row in rows {
        // Read a moment after the subnets, it may have gone with them.
        let Some(network) = networks.get(&row.network) else { continue };
        let taken = ADDRESSES_RESERVED + brokers.get(row.id.as_str()).copied().unwrap_or(0);
        let subnet = Subnet {
            tags: tags.remove(row.id.as_str()).unwrap_or_default(),
            id: row.id,
            network: row.network,
            zone: row.zone,
            cidr: row.cidr,
            name: row.name,
            description: row.description,
            created_ms: row.created_ms,
            resource_group: network.resource_group.clone(),
            route_table: network.route_table.id.clone(),
            addresses_free: row.cidr.addresses().saturating_sub(taken),
        };
        if wanted(filter, &subnet) {
            found.push(subnet);
        }
    }
    Ok(page_of(found, page))
}

fn wanted(filter: &SubnetFilter, subnet: &Subnet) -> bool {
    let SubnetFilter { ids, network, zone, name, resource_group, route_table, tags } = filter;
    (ids.is_empty() || ids.contains(&subnet.id))
        && network.as_ref().is_none_or(|id| *id == subnet.network)
        && zone.as_ref().is_none_or(|id| *id == subnet.zone)
        && name.as_ref().is_none_or(|name| *name == subnet.name)
        && resource_group.as_ref().is_none_or(|id| *id == subnet.resource_group)
        && route_table.as_ref().is_none_or(|id| *id == subnet.route_table)
        && tags.iter().all(|condition| matches(condition, &subnet.tags))
}
