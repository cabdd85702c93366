//! OffsetForLeaderEpoch (key 23), versions 2 to 4.
//!
//! Behaviour: where the newest epoch that is not newer than the one asked for ends. The current epoch ends at the
//! log's end. An epoch the log never had, beyond the newest, is -1 and -1. That is how a client notices that records
//! it has read were lost (KIP-320).
//! Permission: Describe on the topic.
//! Version notes: 3 adds the replica's id.
//! Not modelled: nothing.

use std::borrow::Cow;

use kafka_wire::ErrorCode;
use kafka_wire::messages::{
    OffsetForLeaderEpochRequest, OffsetForLeaderEpochRequestPartition, OffsetForLeaderEpochResponse,
    OffsetForLeaderEpochResponsePartition, OffsetForLeaderEpochResponseTopic,
};

use super::{Context, Entry, Handler, entry, leader_epoch};
use crate::authority::Operation;

pub(super) const ENTRY: Entry = entry::<OffsetForLeaderEpoch>(2, 4);

struct OffsetForLeaderEpoch;

impl Handler for OffsetForLeaderEpoch {
    type Request<'a> = OffsetForLeaderEpochRequest<'a>;

    async fn handle<'a>(
        request: OffsetForLeaderEpochRequest<'a>,
        context: &'a Context<'a>,
    ) -> OffsetForLeaderEpochResponse<'a> {
        let rights = context.rights();
        let topics = request
            .topics
            .iter()
            .map(|topic| OffsetForLeaderEpochResponseTopic {
                topic: Cow::Borrowed(topic.topic),
                partitions: topic
                    .partitions
                    .iter()
                    .map(|partition| match rights.topic(Operation::Describe, topic.topic) {
                        Ok(()) => answer(topic.topic, partition, context),
                        Err(error_code) => OffsetForLeaderEpochResponsePartition {
                            partition: partition.partition,
                            error_code,
                            ..Default::default()
                        },
                    })
                    .collect(),
            })
            .collect();
        OffsetForLeaderEpochResponse { topics, ..Default::default() }
    }
}

fn answer(
    topic: &str,
    asked: &OffsetForLeaderEpochRequestPartition,
    context: &Context<'_>,
) -> OffsetForLeaderEpochResponsePartition {
    let mut response =
        OffsetForLeaderEpochResponsePartition { partition: asked.partition, ..Default::default() };
    let open = context.cluster.open_topics().named(topic);
    match open.as_ref().and_then(|open| open.partition(asked.partition)) {
        None => response.error_code = ErrorCode::UNKNOWN_TOPIC_OR_PARTITION,
        Some(log) => match leader_epoch::check(asked.current_leader_epoch, context) {
            Err(code) => response.error_code = code,
            Ok(()) => {
                (response.leader_epoch, response.end_offset) =
                    log.epoch_end_offset(asked.leader_epoch).unwrap_or((-1, -1));
            }
        },
    }
    response
}
