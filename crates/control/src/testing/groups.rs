//! Groups: they hold what tests say they hold.

use async_trait::async_trait;

use super::{FakeEngine, Group};
use crate::engine::{EngineCommit, EngineError, EngineOffset, Groups};
use crate::group::GroupActivity;
use crate::ids::{GroupName, InstanceId, TopicName};

#[async_trait]
impl Groups for FakeEngine {
    async fn group_list(&self, cluster: &InstanceId) -> Result<Vec<GroupName>, EngineError> {
        self.call("group_list", |state| Ok(state.open(cluster)?.groups.keys().cloned().collect())).await
    }

    async fn topic_groups(
        &self,
        cluster: &InstanceId,
        topic: &TopicName,
    ) -> Result<Vec<GroupName>, EngineError> {
        self.call("topic_groups", |state| {
            state.topic(cluster, topic)?;
            let groups = state.open(cluster)?.groups.iter();
            let uses = |group: &Group| group.commits.keys().any(|(committed, _)| committed == topic);
            Ok(groups.filter(|(_, group)| uses(group)).map(|(name, _)| name.clone()).collect())
        })
        .await
    }

    async fn group_activity(
        &self,
        cluster: &InstanceId,
        group: &GroupName,
    ) -> Result<GroupActivity, EngineError> {
        self.call("group_activity", |state| {
            let group = state.open(cluster)?.groups.get(group);
            Ok(group.map(|group| group.activity.clone()).unwrap_or_default())
        })
        .await
    }

    async fn group_commits(
        &self,
        cluster: &InstanceId,
        group: &GroupName,
    ) -> Result<Vec<EngineCommit>, EngineError> {
        self.call("group_commits", |state| {
            let cluster = state.open(cluster)?;
            let Some(group) = cluster.groups.get(group) else { return Ok(Vec::new()) };
            let commits = group.commits.iter().map(|((topic, partition), &(committed, consumed_ms))| {
                let end = cluster.topics.get(topic).map_or(0, |topic| topic.ends[*partition as usize].0);
                EngineCommit { topic: topic.clone(), partition: *partition, committed, end, consumed_ms }
            });
            Ok(commits.collect())
        })
        .await
    }

    async fn group_reset(
        &self,
        cluster: &InstanceId,
        group: &GroupName,
        offsets: &[EngineOffset],
    ) -> Result<(), EngineError> {
        self.call("group_reset", |state| {
            for EngineOffset { topic, partition, .. } in offsets {
                if state.topic(cluster, topic)?.topic.partitions <= *partition {
                    return Err(EngineError::Absent(format!("partition {partition}")));
                }
            }
            let group = state.open(cluster)?.groups.entry(group.clone()).or_default();
            if group.members > 0 {
                return Err(EngineError::InUse("the group".to_owned()));
            }
            for EngineOffset { topic, partition, offset } in offsets {
                group.commits.insert((topic.clone(), *partition), (*offset, 0));
            }
            Ok(())
        })
        .await
    }

    async fn group_delete(&self, cluster: &InstanceId, group: &GroupName) -> Result<(), EngineError> {
        self.call("group_delete", |state| {
            let cluster = state.open(cluster)?;
            match cluster.groups.get(group) {
                Some(there) if there.members > 0 => Err(EngineError::InUse(format!("group {group}"))),
                _ => {
                    cluster.groups.remove(group);
                    Ok(())
                }
            }
        })
        .await
    }
}
