//! The account's instances in a region.

use futures_util::future::join_all;

use super::instance_view::view;
use crate::Fault;
use crate::account::Caller;
use crate::ids::Region;
use crate::instance::{Instance, InstanceFilter};
use crate::shared::Shared;
use crate::store::{groups, instances, tags};
use crate::tag::{Tag, TagFilter};

pub(crate) async fn run(
    shared: &Shared,
    caller: &Caller,
    region: &Region,
    filter: &InstanceFilter,
) -> Result<Vec<Instance>, Fault> {
    let (rows, mut tags, groups) = {
        let mut reader = shared.store.read().await?;
        let account = &caller.account;
        // One id is the common case and an index lookup; several are picked out below.
        let only = if let [id] = filter.ids.as_slice() { Some(id) } else { None };
        let rows = instances::list(&mut reader, account, region, filter.order_id.as_ref(), only).await?;
        let tags = tags::of_instances(&mut reader, account, region).await?;
        let groups = groups::count_by_instance(&mut reader, account, region).await?;
        (rows, tags, groups)
    };
    let mut views = Vec::new();
    for row in rows {
        let id = row.key.id.as_str();
        let tags = tags.remove(id).unwrap_or_default();
        let wanted = filter.ids.is_empty() || filter.ids.contains(&row.key.id);
        if wanted && filter.tags.iter().all(|condition| matches(condition, &tags)) {
            let groups = groups.get(id).copied().unwrap_or(0);
            views.push(view(shared, row, tags, groups));
        }
    }
    Ok(join_all(views).await)
}

/// Whether a resource's tags meet a condition. One without a key and value is met by any, also by none.
pub(super) fn matches(condition: &TagFilter, tags: &[Tag]) -> bool {
    let any = condition.key.is_empty() && condition.value.is_none();
    any || tags.iter().any(|tag| {
        tag.key == condition.key && condition.value.as_ref().is_none_or(|value| tag.value == *value)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn conditions_on_tags() {
        let tags = [Tag { key: "env".into(), value: "prod".into() }];
        let met = |key: &str, value: Option<&str>| {
            matches(&TagFilter { key: key.into(), value: value.map(str::to_owned) }, &tags)
        };
        assert!(met("env", Some("prod")));
        assert!(met("env", None));
        assert!(met("", None));
        assert!(!met("env", Some("test")));
        assert!(!met("Env", None));
        assert!(!met("", Some("prod")));
    }
}
