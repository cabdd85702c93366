//! The account's networks in a region, with what is in them.

use super::instance_list::matches;
use super::page_of;
use crate::Fault;
use crate::account::Caller;
use crate::ids::Region;
use crate::network::{Network, NetworkFilter};
use crate::shared::Shared;
use crate::store::{Scope, network_tags, networks, subnets};
use crate::topic::{Page, Paged};

pub(crate) async fn run(
    shared: &Shared,
    caller: &Caller,
    region: &Region,
    filter: &NetworkFilter,
    page: Page,
) -> Result<Paged<Network>, Fault> {
    let scope = Scope::of(caller, region);
    let (mut found, subnets, mut tags) = {
        let mut reader = shared.store.read().await?;
        let networks = networks::list(&mut reader, &scope).await?;
        let subnets = subnets::list(&mut reader, &scope, None).await?;
        (networks, subnets, network_tags::all(&mut reader, &scope).await?)
    };
    for network in &mut found {
        network.tags = tags.remove(network.id.as_str()).unwrap_or_default();
        let own = subnets.iter().filter(|subnet| subnet.network == network.id);
        network.subnets = own.map(|subnet| subnet.id.clone()).collect();
    }
    found.retain(|network| wanted(filter, network));
    Ok(page_of(found, page))
}

fn wanted(filter: &NetworkFilter, network: &Network) -> bool {
    let NetworkFilter { ids, route_table, router, name, resource_group, tags } = filter;
    (ids.is_empty() || ids.contains(&network.id))
        && route_table.as_ref().is_none_or(|id| *id == network.route_table.id)
        && router.as_ref().is_none_or(|id| *id == network.router)
        && name.as_ref().is_none_or(|name| *name == network.name)
        && resource_group.as_ref().is_none_or(|id| *id == network.resource_group)
        && tags.iter().all(|condition| matches(condition, &network.tags))
}
