//! DeleteRecords (key 21), versions 0 to 2.
//!
//! Behaviour: a partition begins at the offset that is named, -1 for the end of what consumers can see, durably before
//! the answer, which says where it begins now. One that begins later already is left as it is. An offset beyond the end
//! is error 1, a topic whose old data is not deleted 44, one of the broker's own 17, a partition named twice 42. Each
//! partition answers for itself.
//! Permission: Delete on the topic.
//! Version notes: none that show.
//! Not modelled: the time limit; the answer comes when the disk has it.

use std::borrow::Cow;
use std::sync::Arc;

use kafka_wire::ErrorCode;
use kafka_wire::messages::{
    DeleteRecordsRequest, DeleteRecordsRequestPartition, DeleteRecordsResponse,
    DeleteRecordsResponsePartition, DeleteRecordsResponseTopic,
};
use tokio::task::JoinSet;

use super::repeats::Named;
use super::{Context, Entry, Handler, entry};
use crate::authority::Operation;
use crate::log::{LogError, PartitionLog};
use crate::topics::OpenTopic;

pub(super) const ENTRY: Entry = entry::<DeleteRecords>(0, 2);

/// What is told in place of the first offset of a partition in which nothing was deleted.
const NO_OFFSET: i64 = -1;

struct DeleteRecords;

impl Handler for DeleteRecords {
    type Request<'a> = DeleteRecordsRequest<'a>;

    async fn handle<'a>(
        request: DeleteRecordsRequest<'a>,
        context: &'a Context<'a>,
    ) -> DeleteRecordsResponse<'a> {
        let rights = context.rights();
        let named = Named::new(request.topics.iter().flat_map(|topic| {
            topic.partitions.iter().map(|partition| (topic.name, partition.partition_index))
        }));
        let mut topics = Vec::with_capacity(request.topics.len());
        // Together, they share their syncs; and they go on when the client goes away.
        let mut deleting = JoinSet::new();
        for asked in &request.topics {
            let open =
                rights.topic(Operation::Delete, asked.name).and_then(|()| deletable(asked.name, context));
            let mut partitions = Vec::with_capacity(asked.partitions.len());
            for partition in &asked.partitions {
                let log = match named.repeats(&(asked.name, partition.partition_index)) {
                    true => Err(ErrorCode::INVALID_REQUEST),
                    false => open.as_ref().map_err(|code| *code).and_then(|open| log(open, partition)),
                };
                let place = (topics.len(), partitions.len());
                partitions.push(answer(
                    partition.partition_index,
                    log.as_ref().map_or_else(|code| Err(*code), |_| Ok(NO_OFFSET)),
                ));
                if let Ok(log) = log {
                    let offset = partition.offset;
                    deleting.spawn(async move { (place, log.delete_records_before(offset).await) });
                }
            }
            topics.push(DeleteRecordsResponseTopic { name: Cow::Borrowed(asked.name), partitions });
        }
        for ((topic, partition), outcome) in deleting.join_all().await {
            let told = &mut topics[topic].partitions[partition];
            *told = answer(told.partition_index, outcome.map_err(|error| code(&error)));
        }
        DeleteRecordsResponse { topics, ..Default::default() }
    }
}

fn deletable(name: &str, context: &Context<'_>) -> Result<Arc<OpenTopic>, ErrorCode> {
    let open = context.cluster.open_topics().named(name).ok_or(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION)?;
    match () {
        () if open.facts.internal => Err(ErrorCode::INVALID_TOPIC_EXCEPTION),
        () if !open.rules.log.delete => Err(ErrorCode::POLICY_VIOLATION),
        () => Ok(open),
    }
}

fn log(open: &OpenTopic, partition: &DeleteRecordsRequestPartition) -> Result<Arc<PartitionLog>, ErrorCode> {
    open.partition(partition.partition_index).cloned().ok_or(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION)
}

fn code(error: &LogError) -> ErrorCode {
    match error {
        LogError::OutOfRange { .. } => ErrorCode::OFFSET_OUT_OF_RANGE,
        LogError::Closed => ErrorCode::UNKNOWN_TOPIC_OR_PARTITION,
        LogError::Io { .. } | LogError::Ledger(_) | LogError::Compaction(_) | LogError::SyncFailed(_) => {
            ErrorCode::KAFKA_STORAGE_ERROR
        }
    }
}

fn answer(partition_index: i32, outcome: Result<i64, ErrorCode>) -> DeleteRecordsResponsePartition {
    match outcome {
        Ok(low_watermark) => {
            DeleteRecordsResponsePartition { partition_index, low_watermark, ..Default::default() }
        }
        Err(error_code) => {
            DeleteRecordsResponsePartition { partition_index, low_watermark: NO_OFFSET, error_code }
        }
    }
}
