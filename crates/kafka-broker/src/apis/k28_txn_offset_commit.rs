//! TxnOffsetCommit (key 28), versions 0 to 5.
//!
//! Behaviour: offsets that come to count when the producer's transaction does, durable before the answer. Until it has
//! ended, those who ask for stable offsets are told to wait. A member that says who it is must be current.
//! Permission: Write on the transactional id and Read on the group, without which every partition is refused; Read on
//! the topic.
//! Version notes: 2 adds the leader epoch, 3 the member, 4 an error that only the transaction dies of (120, before it
//! 48), 5 has the group enter the transaction by itself.
//! Not modelled: nothing.

use std::borrow::Cow;
use std::sync::Arc;

use kafka_wire::ErrorCode;
use kafka_wire::messages::{
    TxnOffsetCommitRequest, TxnOffsetCommitRequestTopic, TxnOffsetCommitResponse,
    TxnOffsetCommitResponsePartition, TxnOffsetCommitResponseTopic,
};
use uuid::Uuid;

use super::permission::RightsAsked;
use super::{Context, Entry, Handler, entry, group_error, transaction_error};
use crate::authority::Operation;
use crate::group::{Commit, GroupError};
use crate::transaction::{Claim, TransactionError, Wanted};

pub(super) const ENTRY: Entry = entry::<TxnOffsetCommit>(0, 5);

const ABORTABLE_FROM: i16 = 4;
/// Since then, the group enters the transaction with its first offset.
const ENTERS_FROM: i16 = 5;

struct TxnOffsetCommit;

impl Handler for TxnOffsetCommit {
    type Request<'a> = TxnOffsetCommitRequest<'a>;

    async fn handle<'a>(
        request: TxnOffsetCommitRequest<'a>,
        context: &'a Context<'a>,
    ) -> TxnOffsetCommitResponse<'a> {
        let rights = context.rights();
        let of_all = rights
            .transactional_id(Operation::Write, request.transactional_id)
            .and_then(|()| rights.group(Operation::Read, request.group_id));
        let permitted: Vec<Result<Uuid, ErrorCode>> = request
            .topics
            .iter()
            .map(|topic| of_all.and_then(|()| topic_id(topic, &rights, context)))
            .collect();
        let commits: Vec<_> = request
            .topics
            .iter()
            .zip(&permitted)
            .filter_map(|(topic, permitted)| Some((topic, (*permitted).ok()?)))
            .flat_map(|(topic, id)| commits(topic, id))
            .collect();
        let count = commits.len();
        let outcomes = match of_all {
            Ok(()) if count > 0 => commit(&request, commits, context).await,
            _ => Ok(Vec::new()),
        };
        let outcomes = outcomes.unwrap_or_else(|code| vec![Err(code); count]);
        let mut codes = outcomes.into_iter().map(|outcome| outcome.err().unwrap_or_default());
        let topics = request
            .topics
            .iter()
            .zip(permitted)
            .map(|(topic, permitted)| TxnOffsetCommitResponseTopic {
                name: Cow::Borrowed(topic.name),
                partitions: topic
                    .partitions
                    .iter()
                    .map(|partition| TxnOffsetCommitResponsePartition {
                        partition_index: partition.partition_index,
                        error_code: match permitted {
                            Ok(_) => codes.next().unwrap_or(ErrorCode::UNKNOWN_SERVER_ERROR),
                            Err(code) => code,
                        },
                    })
                    .collect(),
            })
            .collect();
        TxnOffsetCommitResponse { topics, ..Default::default() }
    }
}

/// Keeps the offsets; one answer each, in order, or one for all.
async fn commit(
    request: &TxnOffsetCommitRequest<'_>,
    commits: Vec<Commit>,
    context: &Context<'_>,
) -> Result<Vec<Result<(), ErrorCode>>, ErrorCode> {
    context.note_group(request.group_id);
    let group: Arc<str> = request.group_id.into();
    let coordinator = context.cluster.transactions();
    let producer = Claim { id: request.producer_id, epoch: request.producer_epoch };
    let member = crate::group::Claim {
        member: request.member_id,
        instance: request.group_instance_id,
        generation: request.generation_id,
    };
    let enters = context.version >= ENTERS_FROM;
    let admitted = coordinator.admit(request.transactional_id, producer, Wanted::Group(&group), enters).await;
    let admission = admitted.map_err(|error| code(error, context.version))?;
    let keep = |commits| {
        let kept = coordinator.offsets_append(&admission, &group, commits);
        kept.map_err(Refused::ByTransaction)
    };
    let outcomes = context.cluster.groups().commit_with(&group, member, commits, keep).await;
    let named = |outcome: Result<(), Refused>| match outcome {
        Ok(()) => Ok(()),
        Err(Refused::ByGroup(error)) => Err(group_error::named(error)),
        Err(Refused::ByTransaction(error)) => Err(code(error, context.version)),
    };
    Ok(outcomes.into_iter().map(named).collect())
}

/// Who did not take an offset.
#[derive(Clone, Copy)]
enum Refused {
    ByGroup(GroupError),
    ByTransaction(TransactionError),
}

impl From<GroupError> for Refused {
    fn from(error: GroupError) -> Self {
        Self::ByGroup(error)
    }
}

/// Clients know few of the coordinator's refusals from this answer.
fn code(error: TransactionError, version: i16) -> ErrorCode {
    match error {
        TransactionError::Fenced => ErrorCode::INVALID_PRODUCER_EPOCH,
        TransactionError::Concurrent => ErrorCode::COORDINATOR_LOAD_IN_PROGRESS,
        TransactionError::NotEntered if version < ABORTABLE_FROM => ErrorCode::INVALID_TXN_STATE,
        other => transaction_error::code(other, version, 0),
    }
}

fn topic_id(
    topic: &TxnOffsetCommitRequestTopic<'_>,
    rights: &RightsAsked<'_>,
    context: &Context<'_>,
) -> Result<Uuid, ErrorCode> {
    rights.topic(Operation::Read, topic.name)?;
    // The nil id belongs to no topic, so an unknown name is refused like an unknown id.
    Ok(context.cluster.open_topics().named(topic.name).map_or(Uuid::nil(), |open| open.facts.id))
}

fn commits(topic: &TxnOffsetCommitRequestTopic<'_>, id: Uuid) -> Vec<Commit> {
    let partitions = topic.partitions.iter();
    partitions
        .map(|partition| Commit {
            topic: id,
            partition: partition.partition_index,
            offset: partition.committed_offset,
            leader_epoch: partition.committed_leader_epoch,
            metadata: partition.committed_metadata.map(Arc::from),
            retention: None,
        })
        .collect()
}
