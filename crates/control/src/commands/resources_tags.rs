//! The tags of resources of one kind.

use super::instance_list::matches;
use crate::Fault;
use crate::account::Caller;
use crate::ids::Region;
use crate::shared::Shared;
use crate::store::tags;
use crate::tag::{Resource, TagQuery, TaggedResource};

pub(crate) async fn run(
    shared: &Shared,
    caller: &Caller,
    region: &Region,
    query: &TagQuery,
) -> Result<Vec<TaggedResource>, Fault> {
    let mut reader = shared.store.read().await?;
    let mut found = tags::of_kind(&mut reader, &caller.account, region, query.kind).await?;
    let wanted = |resource: &Resource| query.resources.is_empty() || query.resources.contains(resource);
    found.retain(|tagged| {
        wanted(&tagged.resource) && query.tags.iter().all(|condition| matches(condition, &tagged.tags))
    });
    Ok(found)
}
