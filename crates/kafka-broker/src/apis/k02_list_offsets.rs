//! ListOffsets (key 2), versions 1 to 10.
//!
//! Behaviour: a time gives the first record at or after it, to the record and not to the batch; -2 the first offset,
//! -1 the one after the last that a consumer can see (for one of committed data, that of the first open transaction),
//! -3 the record with the newest timestamp, -4 the same as -2 and -5 nothing, because there is no tiered storage. No
//! such record is offset -1 without an error. A partition named twice is refused both times.
//! Permission: Describe on the topic.
//! Version notes: 2 adds the isolation level, 4 leader epochs, 7 asks for -3, 8 for -4, 9 for -5.

use std::borrow::Cow;

use hashbrown::HashMap;
use kafka_wire::ErrorCode;
use kafka_wire::messages::{
    ListOffsetsRequest, ListOffsetsRequestPartition, ListOffsetsRequestTopic, ListOffsetsResponse,
    ListOffsetsResponsePartition, ListOffsetsResponseTopic,
};

use super::{Context, Entry, Handler, entry, k01_fetch, leader_epoch};
use crate::authority::Operation;
use crate::log::{PartitionLog, ReadBound};
use crate::log_records::{self, Found};

pub(super) const ENTRY: Entry = entry::<ListOffsets>(1, 10);

const LATEST: i64 = -1;
const EARLIEST: i64 = -2;
const MAX_TIMESTAMP: i64 = -3;
const EARLIEST_LOCAL: i64 = -4;
const LATEST_TIERED: i64 = -5;
const READ_COMMITTED: i8 = 1;

struct ListOffsets;

impl Handler for ListOffsets {
    type Request<'a> = ListOffsetsRequest<'a>;

    async fn handle<'a>(
        request: ListOffsetsRequest<'a>,
        context: &'a Context<'a>,
    ) -> ListOffsetsResponse<'a> {
        let bound = match request.isolation_level {
            READ_COMMITTED => ReadBound::LastStable,
            _ => ReadBound::HighWatermark,
        };
        let mut named = HashMap::<(&str, i32), usize>::new();
        for topic in &request.topics {
            for partition in &topic.partitions {
                *named.entry((topic.name, partition.partition_index)).or_default() += 1;
            }
        }
        let rights = context.rights();
        let answer = |topic: &ListOffsetsRequestTopic<'a>, partition: &ListOffsetsRequestPartition| {
            let permitted = rights.topic(Operation::Describe, topic.name);
            let found = match named[&(topic.name, partition.partition_index)] {
                1 => permitted.and_then(|()| find(topic.name, partition, bound, context)),
                _ => Err(ErrorCode::INVALID_REQUEST),
            };
            response(partition.partition_index, found, context.version)
        };
        let topics = request
            .topics
            .iter()
            .map(|topic| ListOffsetsResponseTopic {
                name: Cow::Borrowed(topic.name),
                partitions: topic.partitions.iter().map(|partition| answer(topic, partition)).collect(),
            })
            .collect();
        ListOffsetsResponse { topics, ..Default::default() }
    }
}

fn find(
    topic: &str,
    partition: &ListOffsetsRequestPartition,
    bound: ReadBound,
    context: &Context<'_>,
) -> Result<Option<Found>, ErrorCode> {
    let open = context.cluster.open_topics().named(topic);
    let log = open.as_ref().and_then(|open| open.partition(partition.partition_index));
    let log = log.ok_or(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION)?;
    leader_epoch::check(partition.current_leader_epoch, context)?;
    let end =
        |offset| Ok(Some(Found { offset, timestamp: -1, leader_epoch: epoch_at(log, offset, context) }));
    match partition.timestamp {
        LATEST => end(match bound {
            ReadBound::LastStable => log.last_stable(),
            _ => log.high_watermark(),
        }),
        EARLIEST => end(log.log_start()),
        MAX_TIMESTAMP if context.version >= 7 => {
            log_records::newest(log, bound).map_err(|error| k01_fetch::code(&error))
        }
        EARLIEST_LOCAL if context.version >= 8 => end(log.log_start()),
        LATEST_TIERED if context.version >= 9 => Ok(None),
        ..0 => Err(ErrorCode::UNSUPPORTED_VERSION),
        time => log_records::at_time(log, time, bound).map_err(|error| k01_fetch::code(&error)),
    }
}

/// The epoch of the record at `offset`, or of the one that would come there.
fn epoch_at(log: &PartitionLog, offset: i64, context: &Context<'_>) -> i32 {
    match log.batch_at(offset, ReadBound::LogEnd) {
        Ok(Some(batch)) => batch.info.leader_epoch,
        _ => context.cluster.leader_epoch(),
    }
}

fn response(
    partition_index: i32,
    found: Result<Option<Found>, ErrorCode>,
    version: i16,
) -> ListOffsetsResponsePartition {
    match found {
        Ok(Some(Found { offset, timestamp, leader_epoch })) => ListOffsetsResponsePartition {
            partition_index,
            timestamp,
            offset,
            leader_epoch: if version >= 4 { leader_epoch } else { -1 },
            ..Default::default()
        },
        Ok(None) => ListOffsetsResponsePartition { partition_index, ..Default::default() },
        Err(error_code) => ListOffsetsResponsePartition { partition_index, error_code, ..Default::default() },
    }
}
