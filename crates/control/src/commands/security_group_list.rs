//! The account's security groups in a region.

use super::instance_list::matches;
use super::page_of;
use crate::Fault;
use crate::account::Caller;
use crate::ids::Region;
use crate::security_group::{SecurityGroup, SecurityGroupFilter};
use crate::shared::Shared;
use crate::store::{Scope, network_tags, security_groups};
use crate::topic::{Page, Paged};

pub(crate) async fn run(
    shared: &Shared,
    caller: &Caller,
    region: &Region,
    filter: &SecurityGroupFilter,
    page: Page,
) -> Result<Paged<SecurityGroup>, Fault> {
    let scope = Scope::of(caller, region);
    let (mut found, mut tags) = {
        let mut reader = shared.store.read().await?;
        let groups = security_groups::list(&mut reader, &scope).await?;
        (groups, network_tags::all(&mut reader, &scope).await?)
    };
    for group in &mut found {
        group.tags = tags.remove(group.id.as_str()).unwrap_or_default();
    }
    found.retain(|group| wanted(filter, group));
    Ok(page_of(found, page))
}

fn wanted(filter: &SecurityGroupFilter, group: &SecurityGroup) -> bool {
    let SecurityGroupFilter { ids, network, name, kind, resource_group, tags } = filter;
    (ids.is_empty() || ids.contains(&group.id))
        && network.as_ref().is_none_or(|id| group.network.as_ref() == Some(id))
        && name.as_ref().is_none_or(|name| *name == group.name)
        && kind.is_none_or(|kind| kind == group.kind)
        && resource_group.as_ref().is_none_or(|id| *id == group.resource_group)
        && tags.iter().all(|condition| matches(condition, &group.tags))
}
