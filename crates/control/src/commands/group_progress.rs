//! How far a group has come: the engine's commits beside the engine's ends.

use super::find_serving;
use crate::Fault;
use crate::account::Caller;
use crate::fault::Absent;
use crate::group::{GroupProgress, PartitionProgress, TopicProgress};
use crate::ids::{GroupName, InstanceId, Region};
use crate::shared::Shared;
use crate::store::groups;
use crate::store::instances::InstanceKey;

pub(crate) async fn run(
    shared: &Shared,
    caller: &Caller,
    region: &Region,
    instance: &InstanceId,
    group: &GroupName,
) -> Result<GroupProgress, Fault> {
    let key = find_serving(shared, caller, Some(region), instance).await?.key;
    let commits = shared.engine.group_commits(&key.id, group).await?;
    if commits.is_empty() {
        ensure_known(shared, &key, group).await?;
    }
    let activity = shared.engine.group_activity(&key.id, group).await?;
    let mut topics: Vec<TopicProgress> = Vec::new();
    for commit in commits {
        let partition = PartitionProgress {
            partition: commit.partition,
            log_end: commit.end,
            committed: commit.committed,
            consumed_ms: commit.consumed_ms,
        };
        match topics.last_mut() {
            // They come by topic and partition.
            Some(topic) if topic.topic == commit.topic => topic.partitions.push(partition),
            _ => topics.push(TopicProgress { topic: commit.topic, partitions: vec![partition] }),
        }
    }
    Ok(GroupProgress { activity, topics })
}

/// Fails unless the group is registered or known to the engine.
pub(super) async fn ensure_known(shared: &Shared, key: &InstanceKey, group: &GroupName) -> Result<(), Fault> {
    let registered = {
        let mut reader = shared.store.read().await?;
        groups::find(&mut reader, key, group).await?.is_some()
    };
    // One with members and no commit yet is known to the engine alone.
    match registered || shared.engine.group_list(&key.id).await?.contains(group) {
        true => Ok(()),
        false => Err(Absent::Group(group.to_string()).into()),
    }
}
