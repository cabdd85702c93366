//! The groups of an instance: the registered ones, and those that only consumers have made, where its owner or the
//! operator ([`Options::automatic_groups`]) wants them.
//!
//! [`Options::automatic_groups`]: crate::config::Options::automatic_groups

use std::collections::HashSet;

use super::find_running;
use crate::Fault;
use crate::account::Caller;
use crate::group::Group;
use crate::ids::{GroupName, InstanceId, Region};
use crate::shared::Shared;
use crate::store::groups;
use crate::store::tags::{self, Tagged};

pub(crate) async fn run(
    shared: &Shared,
    caller: &Caller,
    region: &Region,
    instance: &InstanceId,
    name: Option<&GroupName>,
) -> Result<Vec<Group>, Fault> {
    let row = find_running(shared, caller, Some(region), instance).await?;
    let (key, automatic_groups) = (row.key, row.settings.automatic_groups);
    let (rows, mut tags) = {
        let mut reader = shared.store.read().await?;
        let rows = match name {
            Some(name) => groups::find(&mut reader, &key, name).await?.into_iter().collect(),
            None => groups::list(&mut reader, &key).await?,
        };
        let only = name.map(GroupName::as_str);
        (rows, tags::of_resources(&mut reader, &key, Tagged::Group, only).await?)
    };
    let mut listed: Vec<Group> = rows
        .into_iter()
        .map(|row| Group {
            tags: tags.remove(row.name.as_str()).unwrap_or_default(),
            name: row.name,
            remark: row.remark,
            created_ms: row.created_ms,
            automatic: false,
        })
        .collect();
    if automatic_groups || shared.options.automatic_groups {
        shared.clusters.ensure_serving(&key.id)?;
        let registered: HashSet<GroupName> = listed.iter().map(|group| group.name.clone()).collect();
        let made_by_consumers = shared
            .engine
            .group_list(&key.id)
            .await?
            .into_iter()
            .filter(|group| !registered.contains(group) && name.is_none_or(|name| group == name));
        // Nobody knows when they were made, so they come first, by id.
        let automatic = made_by_consumers.map(|name| Group {
            name,
            remark: String::new(),
            created_ms: 0,
            tags: Vec::new(),
            automatic: true,
        });
        listed.splice(0..0, automatic);
    }
    Ok(listed)
}
