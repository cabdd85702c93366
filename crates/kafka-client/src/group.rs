//! A member of a consumer group, by the classic protocol.
//!
//! The member leads when told to and shares partitions out in ranges, as Kafka's `range` assignor does.

use kafka_wire::ErrorCode;
use kafka_wire::consumer_protocol::{ConsumerAssignment, ConsumerPartitions, ConsumerSubscription};
use kafka_wire::messages::{
    HeartbeatRequest, JoinGroupRequest, JoinGroupRequestProtocol, LeaveGroupRequest, LeaveGroupRequestMember,
    OffsetCommitRequest, OffsetCommitRequestPartition, OffsetCommitRequestTopic, OffsetFetchRequest,
    OffsetFetchRequestTopic, SyncGroupRequest, SyncGroupRequestAssignment,
};

use crate::{ClientError, Connection, check};

const PROTOCOL_TYPE: &str = "consumer";
const PROTOCOL: &str = "range";
const CONSUMER_PROTOCOL_VERSION: i16 = 0;
const SESSION_TIMEOUT_MS: i32 = 45_000;
const REBALANCE_TIMEOUT_MS: i32 = 60_000;

/// A member of a group that reads one topic.
#[derive(Debug)]
pub struct GroupMember {
    group: String,
    topic: String,
    member_id: String,
    generation: i32,
}

/// What a rebalance gave this member.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Assigned {
    /// The partitions of the topic that are this member's, ascending.
    pub partitions: Vec<i32>,
}

impl GroupMember {
    /// Joins `group` to read `topic`, which has `partition_count` partitions; waits for the rebalance.
    pub async fn join(
        connection: &mut Connection,
        group: &str,
        topic: &str,
        partition_count: i32,
    ) -> Result<(Self, Assigned), ClientError> {
        let mut member = Self {
            group: group.to_owned(),
            topic: topic.to_owned(),
            member_id: String::new(),
            generation: -1,
        };
        let assigned = member.rejoin(connection, partition_count).await?;
        Ok((member, assigned))
    }

    /// Joins again, after a rebalance began.
    pub async fn rejoin(
        &mut self,
        connection: &mut Connection,
        partition_count: i32,
    ) -> Result<Assigned, ClientError> {
        let subscription = ConsumerSubscription { topics: vec![(&self.topic).into()], ..Default::default() };
        let subscription = subscription.encode(CONSUMER_PROTOCOL_VERSION)?;
        let assignments = loop {
            let request = JoinGroupRequest {
                group_id: &self.group,
                session_timeout_ms: SESSION_TIMEOUT_MS,
                rebalance_timeout_ms: REBALANCE_TIMEOUT_MS,
                member_id: &self.member_id,
                protocol_type: PROTOCOL_TYPE,
                protocols: vec![JoinGroupRequestProtocol { name: PROTOCOL, metadata: &subscription }],
                ..Default::default()
            };
            let answer = connection.ask(&request).await?;
            let joined = answer.read::<JoinGroupRequest<'_>>()?;
            if joined.error_code == ErrorCode::MEMBER_ID_REQUIRED {
                self.member_id = joined.member_id.into_owned();
                continue;
            }
            check("JoinGroup", joined.error_code)?;
            self.member_id = joined.member_id.clone().into_owned();
            self.generation = joined.generation_id;
            let members: Vec<String> =
                joined.members.iter().map(|member| member.member_id.clone().into_owned()).collect();
            // Only the leader is told the members, and only the leader assigns.
            break share_out(members, &self.topic, partition_count)?;
        };
        let request = SyncGroupRequest {
            group_id: &self.group,
            generation_id: self.generation,
            member_id: &self.member_id,
            protocol_type: Some(PROTOCOL_TYPE),
            protocol_name: Some(PROTOCOL),
            assignments: assignments
                .iter()
                .map(|(member_id, assignment)| SyncGroupRequestAssignment { member_id, assignment })
                .collect(),
            ..Default::default()
        };
        let answer = connection.ask(&request).await?;
        let synced = answer.read::<SyncGroupRequest<'_>>()?;
        check("SyncGroup", synced.error_code)?;
        Ok(Assigned { partitions: partitions(&synced.assignment, &self.topic)? })
    }

    /// Says that this member lives. False when it has to join again.
    pub async fn heartbeat(&self, connection: &mut Connection) -> Result<bool, ClientError> {
        let request = HeartbeatRequest {
            group_id: &self.group,
            generation_id: self.generation,
            member_id: &self.member_id,
            ..Default::default()
        };
        let code = connection.ask(&request).await?.read::<HeartbeatRequest<'_>>()?.error_code;
        if code == ErrorCode::REBALANCE_IN_PROGRESS {
            return Ok(false);
        }
        check("Heartbeat", code).map(|()| true)
    }

    /// Commits the next offset to read, per partition.
    pub async fn commit(
        &self,
        connection: &mut Connection,
        offsets: &[(i32, i64)],
    ) -> Result<(), ClientError> {
        let partitions = offsets
            .iter()
            .map(|&(partition_index, committed_offset)| OffsetCommitRequestPartition {
                partition_index,
                committed_offset,
                committed_metadata: Some(""),
                ..Default::default()
            })
            .collect();
        let request = OffsetCommitRequest {
            group_id: &self.group,
            generation_id_or_member_epoch: self.generation,
            member_id: &self.member_id,
            topics: vec![OffsetCommitRequestTopic { name: &self.topic, partitions, ..Default::default() }],
            ..Default::default()
        };
        // Version 10 names topics by id only, which this member does not keep.
        let answer = connection.ask_up_to(9, &request).await?;
        for topic in answer.read::<OffsetCommitRequest<'_>>()?.topics {
            for partition in topic.partitions {
                check("OffsetCommit", partition.error_code)?;
            }
        }
        Ok(())
    }

    /// The next offset to read, for those of `partitions` in which the group has committed.
    pub async fn committed(
        &self,
        connection: &mut Connection,
        partitions: &[i32],
    ) -> Result<Vec<(i32, i64)>, ClientError> {
        let topic = OffsetFetchRequestTopic { name: &self.topic, partition_indexes: partitions.to_vec() };
        let request =
            OffsetFetchRequest { group_id: &self.group, topics: Some(vec![topic]), ..Default::default() };
        // Version 8 begins to ask for several groups at once, in another place of the request.
        let answer = connection.ask_up_to(7, &request).await?;
        let fetched = answer.read::<OffsetFetchRequest<'_>>()?;
        check("OffsetFetch", fetched.error_code)?;
        let mut committed = Vec::new();
        for partition in fetched.topics.into_iter().flat_map(|topic| topic.partitions) {
            check("OffsetFetch", partition.error_code)?;
            if partition.committed_offset >= 0 {
                committed.push((partition.partition_index, partition.committed_offset));
            }
        }
        Ok(committed)
    }

    /// Leaves, so that the others need not wait for the session to end.
    pub async fn leave(self, connection: &mut Connection) -> Result<(), ClientError> {
        let request = LeaveGroupRequest {
            group_id: &self.group,
            members: vec![LeaveGroupRequestMember { member_id: &self.member_id, ..Default::default() }],
            ..Default::default()
        };
        let answer = connection.ask(&request).await?;
        check("LeaveGroup", answer.read::<LeaveGroupRequest<'_>>()?.error_code)
    }
}

/// Ranges of partitions for the members in order of their ids; the first ones get one more.
fn share_out(
    mut members: Vec<String>,
    topic: &str,
    partition_count: i32,
) -> Result<Vec<(String, Vec<u8>)>, ClientError> {
    members.sort();
    let Ok(member_count) = i32::try_from(members.len()) else { return Ok(Vec::new()) };
    let mut next = 0;
    let mut assignments = Vec::with_capacity(members.len());
    for (place, member) in (0..).zip(members) {
        let share = partition_count / member_count + i32::from(place < partition_count % member_count);
        let partitions =
            ConsumerPartitions { topic: topic.into(), partitions: (next..next + share).collect() };
        next += share;
        let assignment = ConsumerAssignment { assigned_partitions: vec![partitions], ..Default::default() };
        assignments.push((member, assignment.encode(CONSUMER_PROTOCOL_VERSION)?));
    }
    Ok(assignments)
}

/// The partitions of `topic` in an assignment.
fn partitions(assignment: &[u8], topic: &str) -> Result<Vec<i32>, ClientError> {
    let assigned = ConsumerAssignment::decode(assignment)?.assigned_partitions;
    let ours = assigned.into_iter().filter(|assigned| assigned.topic == topic);
    Ok(ours.flat_map(|assigned| assigned.partitions).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranges_cover_every_partition_once() {
        let members = ["c", "a", "b"].map(str::to_owned).to_vec();
        let shares: Vec<_> = share_out(members, "orders", 8)
            .unwrap()
            .into_iter()
            .map(|(member, assignment)| (member, partitions(&assignment, "orders").unwrap()))
            .collect();
        let expected = [("a", vec![0, 1, 2]), ("b", vec![3, 4, 5]), ("c", vec![6, 7])];
        assert_eq!(shares, expected.map(|(member, share)| (member.to_owned(), share)));
    }

    #[test]
    fn only_the_own_topic_counts() {
        let whole = share_out(vec!["a".into()], "orders", 2).unwrap().remove(0).1;
        assert_eq!(partitions(&whole, "refunds").unwrap(), [0; 0]);
    }
}
