//! A cluster's groups, as its host asks about them.

use std::sync::Arc;

use super::Cluster;
use crate::error::ClusterError;
use crate::group::ListFilter;
use crate::log_records;

/// A group's commit in a partition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupCommit {
    /// The topic's name.
    pub topic: String,
    /// The partition.
    pub partition: u32,
    /// The next offset the group will read.
    pub committed: i64,
    /// One past the last offset that consumers can see.
    pub end: i64,
    /// Timestamp of the record before the commit; 0 when there is none or it is gone.
    pub consumed_ms: i64,
}

impl Cluster {
    /// Groups with members or commits, by name.
    pub fn group_names(&self) -> Vec<String> {
        let groups = self.groups.list(&ListFilter::default());
        groups.into_iter().map(|group| group.name.to_string()).collect()
    }

    /// All commits of a group, by topic name and partition; none when it is not there.
    pub fn group_commits(&self, group: &str) -> Result<Vec<GroupCommit>, ClusterError> {
        let mut commits = Vec::new();
        for fetched in self.groups.fetch(group, None) {
            // A topic may have been deleted since, and its commits with it.
            let (Some(offset), Some(topic)) = (fetched.offset, self.topics.of_id(fetched.topic)) else {
                continue;
            };
            let Some(log) = topic.partition(fetched.partition) else { continue };
            commits.push(GroupCommit {
                topic: topic.facts.name.to_string(),
                partition: u32::try_from(fetched.partition).unwrap_or_default(),
                committed: offset.offset,
                end: log.high_watermark(),
                consumed_ms: log_records::timestamp_at(log, offset.offset - 1).unwrap_or_default(),
            });
        }
        commits.sort_unstable_by(|a, b| (&a.topic, a.partition).cmp(&(&b.topic, b.partition)));
        Ok(commits)
    }

    /// Removes a group's commits; refused while it has members. One that is not there is left as it is.
    pub async fn group_delete(&self, group: &str) -> Result<(), ClusterError> {
        match self.groups.delete(&Arc::from(group)).await {
            Err(crate::group::GroupError::GroupIdNotFound) => Ok(()),
            outcome => Ok(outcome?),
        }
    }
}
