//! A cluster's groups, as its host asks about them.

use std::sync::Arc;

use kafka_wire::consumer_protocol::ConsumerAssignment;

use super::Cluster;
use crate::error::ClusterError;
use crate::group::{
    Claim, Commit, ConsumerMemberDescription, GroupError, GroupPhase, ListFilter, MemberDescription,
    Rebalance,
};
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

/// Where a group is to go on in a partition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupOffset {
    /// The topic's name.
    pub topic: String,
    /// The partition.
    pub partition: u32,
    /// The next offset that it will read.
    pub offset: i64,
}

/// What a group is doing.
#[derive(Clone, Debug)]
pub struct GroupActivity {
    /// Where it stands.
    pub phase: GroupPhase,
    /// Its members.
    pub members: Vec<GroupMember>,
    /// Its last rebalances since the process began, the newest first.
    pub rebalances: Vec<Rebalance>,
}

/// A member of a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupMember {
    /// Its id.
    pub id: String,
    /// The client's name for itself.
    pub client_id: String,
    /// From where it is connected.
    pub address: String,
    /// Topics and partitions that it is to read, while that is settled.
    pub assigned: Vec<(String, u32)>,
}

impl Cluster {
    /// What a group is doing; one that is not there has no members.
    pub fn group_activity(&self, group: &str) -> GroupActivity {
        let rebalances = self.groups.rebalances(group);
        if let Some(described) = self.groups.consumer_describe(group) {
            let members = described.members.into_iter().map(|member| self.consumer_member(member)).collect();
            return GroupActivity { phase: described.phase, members, rebalances };
        }
        let described = self.groups.describe(group);
        GroupActivity {
            phase: described.as_ref().map_or(GroupPhase::Empty, |described| described.phase),
            members: described.into_iter().flat_map(|group| group.members).map(GroupMember::new).collect(),
            rebalances,
        }
    }

    fn consumer_member(&self, member: ConsumerMemberDescription) -> GroupMember {
        let mut assigned = Vec::new();
        for of_topic in member.assigned {
            // It may have been deleted since.
            let Some(topic) = self.topics.of_id(of_topic.topic) else { continue };
            let numbers = of_topic.partitions.into_iter().filter_map(|number| u32::try_from(number).ok());
            assigned.extend(numbers.map(|number| (topic.facts.name.to_string(), number)));
        }
        assigned.sort_unstable();
        GroupMember {
            id: member.member.to_string(),
            client_id: member.client_id.to_string(),
            address: member.client_host.to_string(),
            assigned,
        }
    }

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

    /// Has a group go on elsewhere, durably, in all of these partitions or in none; refused while it has members.
    /// A group that is not there is made.
    pub async fn group_reset(&self, group: &str, offsets: &[GroupOffset]) -> Result<(), ClusterError> {
        let in_use = || ClusterError::InUse("the group".into());
        if !self.group_activity(group).members.is_empty() {
            return Err(in_use());
        }
        let mut commits = Vec::with_capacity(offsets.len());
        for GroupOffset { topic, partition, offset } in offsets {
            let absent = || ClusterError::Absent(format!("partition {partition} of topic {topic}"));
            let open = self.topics.named(topic).ok_or_else(absent)?;
            let number = i32::try_from(*partition).ok().filter(|number| open.partition(*number).is_some());
            commits.push(Commit {
                topic: open.facts.id,
                partition: number.ok_or_else(absent)?,
                offset: *offset,
                leader_epoch: -1,
                metadata: None,
                retention: None,
            });
        }
        let nobody = Claim { member: "", generation: -1, instance: None };
        for answer in self.groups.commit(&Arc::from(group), nobody, commits).await {
            match answer {
                Ok(()) => {}
                // Somebody has joined meanwhile.
                Err(GroupError::UnknownMemberId | GroupError::RebalanceInProgress) => return Err(in_use()),
                Err(GroupError::UnknownTopicOrPartition) => {
                    return Err(ClusterError::Absent("the topic".into()));
                }
                Err(error) => return Err(error.into()),
            }
        }
        Ok(())
    }

    /// Groups with a commit in a topic, or with members that read it, by name.
    pub fn topic_groups(&self, topic: &str) -> Result<Vec<String>, ClusterError> {
        let topic = self.topics.named(topic).ok_or_else(|| ClusterError::Absent(format!("topic {topic}")))?;
        Ok(self.groups.of_topic(&topic.facts))
    }

    /// Removes a group's commits; refused while it has members. One that is not there is left as it is.
    pub async fn group_delete(&self, group: &str) -> Result<(), ClusterError> {
        match self.groups.delete(&Arc::from(group)).await {
            Err(crate::group::GroupError::GroupIdNotFound) => Ok(()),
            outcome => Ok(outcome?),
        }
    }
}

impl GroupMember {
    fn new(member: MemberDescription) -> Self {
        // Members of other kinds than consumers have something else there.
        let assignment = ConsumerAssignment::decode(&member.assignment).unwrap_or_default();
        let assigned = assignment.assigned_partitions.iter().flat_map(|topic| {
            let partitions = topic.partitions.iter().filter_map(|number| u32::try_from(*number).ok());
            partitions.map(|number| (topic.topic.to_string(), number))
        });
        Self {
            assigned: assigned.collect(),
            id: member.member.to_string(),
            client_id: member.client_id.to_string(),
            address: member.client_host.to_string(),
        }
    }
}
