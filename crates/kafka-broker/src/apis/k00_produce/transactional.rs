//! Batches of transactions: their producer is admitted to its transaction once for the request, and each is appended
//! only while that is open and the partition is in it.

use std::sync::Arc;

use kafka_wire::ErrorCode;
use kafka_wire::messages::{ProduceRequest, ProduceRequestPartition};

use super::{Refused, refused};
use crate::apis::{Context, transaction_error};
use crate::log::{Appended, BatchInfo, Origin, PartitionLog};
use crate::topics::OpenTopic;
use crate::transaction::{Admission, Claim, Refusal, TransactionError, Wanted};

const ABORTABLE_FROM: i16 = 11;
/// Since then, partitions enter a transaction by being written to.
const ENTERS_FROM: i16 = 12;

/// The batch of a partition, if it is one of a transaction.
fn transactional(partition: &ProduceRequestPartition<'_>) -> Option<BatchInfo> {
    BatchInfo::read(partition.records?).filter(BatchInfo::is_transactional)
}

/// Whether the request has a batch of a transaction.
pub(super) fn is_transactional(request: &ProduceRequest<'_>) -> bool {
    let mut partitions = request.topic_data.iter().flat_map(|topic| &topic.partition_data);
    partitions.any(|partition| transactional(partition).is_some())
}

/// Has the request's producer admitted to its transaction, with all partitions that it writes to in one; none when
/// there are none.
pub(super) async fn admit(
    request: &ProduceRequest<'_>,
    topics: &[Result<Arc<OpenTopic>, ErrorCode>],
    context: &Context<'_>,
) -> Option<Result<Admission, ErrorCode>> {
    let id = request.transactional_id?;
    let mut claim = None;
    let mut partitions = Vec::new();
    for (topic, open) in request.topic_data.iter().zip(topics) {
        let Ok(open) = open else { continue };
        for partition in &topic.partition_data {
            let Some(info) = transactional(partition) else { continue };
            claim.get_or_insert(Claim { id: info.producer_id, epoch: info.producer_epoch });
            if open.partition(partition.index).is_some() {
                partitions.push((open.facts.id, partition.index));
            }
        }
    }
    let coordinator = context.cluster.transactions();
    let enters = context.version >= ENTERS_FROM;
    let admitted = coordinator.admit(id, claim?, Wanted::Partitions(&partitions), enters).await;
    Some(admitted.map_err(|error| not_admitted(error, context.version)))
}

/// Clients know few of the coordinator's refusals from this answer.
fn not_admitted(error: TransactionError, version: i16) -> ErrorCode {
    match error {
        TransactionError::Fenced => ErrorCode::INVALID_PRODUCER_EPOCH,
        // Every client tries again after this one, and does not look for another leader.
        TransactionError::Concurrent | TransactionError::NotAvailable => ErrorCode::NOT_ENOUGH_REPLICAS,
        TransactionError::NotEntered if version < ABORTABLE_FROM => ErrorCode::INVALID_TXN_STATE,
        other => transaction_error::code(other, version, 0),
    }
}

/// Appends a batch of a transaction.
pub(super) fn append(
    log: &Arc<PartitionLog>,
    batch: &[u8],
    admission: Option<&Result<Admission, ErrorCode>>,
    context: &Context<'_>,
) -> Result<Appended, Refused> {
    let admission = match admission {
        Some(Ok(admission)) => admission,
        Some(Err(code)) => return Err((*code).into()),
        None => return Err(ErrorCode::INVALID_TXN_STATE.into()),
    };
    let origin = if context.version >= ENTERS_FROM { Origin::RenewingClient } else { Origin::Client };
    let partition = (log.topic_id(), log.partition());
    admission.append(partition, batch, || log.append(batch, origin)).map_err(|refusal| match refusal {
        Refusal::Transaction(error) => not_admitted(error, context.version).into(),
        Refusal::Append(error) => refused(error),
    })
}
