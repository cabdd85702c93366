//! OffsetCommit (key 8), versions 2 to 10.
//!
//! Behaviour: a commit is answered when it is durable. Each partition answers for itself; what a stale member
//! commits is refused: in groups of the newer protocol by its epoch.
//! Permission: Read on the group, without which every partition is refused; Read on the topic.
//! Version notes: 2 to 4 say how long to keep the offset, 6 adds the leader epoch, 7 static members,
//! 9 the member's epoch, without which no member of the newer protocol can commit, 10 names topics by id.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use kafka_wire::ErrorCode;
use kafka_wire::messages::{
    OffsetCommitRequest, OffsetCommitRequestTopic, OffsetCommitResponse, OffsetCommitResponsePartition,
    OffsetCommitResponseTopic,
};
use uuid::Uuid;

use super::{Context, Entry, Handler, entry, group_error, topic_lookup};
use crate::authority::Operation;
use crate::fetch_sessions::TopicName;
use crate::group::{Claim, Commit, GroupError};

pub(super) const ENTRY: Entry = entry::<OffsetCommit>(2, 10);

/// The first version whose generation may be a member's epoch.
const EPOCHS_FROM: i16 = 9;
/// The first version that names topics by id.
const IDS_FROM: i16 = 10;

struct OffsetCommit;

impl Handler for OffsetCommit {
    type Request<'a> = OffsetCommitRequest<'a>;

    async fn handle<'a>(
        request: OffsetCommitRequest<'a>,
        context: &'a Context<'a>,
    ) -> OffsetCommitResponse<'a> {
        let retention = u64::try_from(request.retention_time_ms).ok().map(Duration::from_millis);
        let rights = context.rights();
        let of_group = rights.group(Operation::Read, request.group_id);
        let by_id = context.version >= IDS_FROM;
        let find = |topic: &OffsetCommitRequestTopic<'_>| {
            of_group?;
            let name = TopicName { name: topic.name, id: topic.topic_id };
            topic_lookup::find(name, by_id, Operation::Read, &rights, context).map(|open| open.facts.id)
        };
        let found: Vec<Result<Uuid, ErrorCode>> = request.topics.iter().map(find).collect();
        let mut commits = Vec::new();
        for (topic, found) in request.topics.iter().zip(&found) {
            let Ok(id) = found else { continue };
            commits.extend(topic.partitions.iter().map(|partition| Commit {
                topic: *id,
                partition: partition.partition_index,
                offset: partition.committed_offset,
                leader_epoch: partition.committed_leader_epoch,
                metadata: partition.committed_metadata.map(Arc::from),
                retention,
            }));
        }
        let claim = Claim {
            member: request.member_id,
            instance: request.group_instance_id,
            generation: request.generation_id_or_member_epoch,
        };
        let outcomes = match of_group {
            Ok(()) => {
                context.note_group(request.group_id);
                let groups = context.cluster.groups();
                let is_without_epoch = context.version < EPOCHS_FROM && claim.generation >= 0;
                match is_without_epoch && groups.is_consumer_group(request.group_id) {
                    true => vec![Err(GroupError::UnsupportedVersion); commits.len()],
                    false => groups.commit(&request.group_id.into(), claim, commits).await,
                }
            }
            Err(_) => Vec::new(),
        };
        let mut codes = outcomes.into_iter().map(group_error::code);
        let topics = request
            .topics
            .iter()
            .zip(found)
            .map(|(topic, found)| OffsetCommitResponseTopic {
                name: Cow::Borrowed(topic.name),
                topic_id: topic.topic_id,
                partitions: topic
                    .partitions
                    .iter()
                    .map(|partition| OffsetCommitResponsePartition {
                        partition_index: partition.partition_index,
                        error_code: match found {
                            Ok(_) => codes.next().unwrap_or(ErrorCode::UNKNOWN_SERVER_ERROR),
                            Err(code) => code,
                        },
                    })
                    .collect(),
            })
            .collect();
        OffsetCommitResponse { topics, ..Default::default() }
    }
}
