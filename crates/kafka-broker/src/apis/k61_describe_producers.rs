//! DescribeProducers (key 61), version 0.
//!
//! Behaviour: the producers that a partition remembers, idempotent and transactional, with where the open transaction
//! of each begins: how tools find one that holds readers of committed data back.
//! Permission: Read on the topic.
//! Version notes: none.
//! Not modelled: nothing.

use std::borrow::Cow;

use kafka_wire::ErrorCode;
use kafka_wire::messages::{
    DescribeProducersRequest, DescribeProducersRequestTopic, DescribeProducersResponse,
    DescribeProducersResponseActiveProducer, DescribeProducersResponsePartition,
    DescribeProducersResponseTopic,
};

use super::{Context, Entry, Handler, entry};
use crate::authority::Operation;
use crate::log::Producer;

pub(super) const ENTRY: Entry = entry::<DescribeProducers>(0, 0);

struct DescribeProducers;

impl Handler for DescribeProducers {
    type Request<'a> = DescribeProducersRequest<'a>;

    async fn handle<'a>(
        request: DescribeProducersRequest<'a>,
        context: &'a Context<'a>,
    ) -> DescribeProducersResponse<'a> {
        let topics = request.topics.iter().map(|topic| describe(topic, context)).collect();
        DescribeProducersResponse { topics, ..Default::default() }
    }
}

fn describe<'a>(
    topic: &DescribeProducersRequestTopic<'a>,
    context: &Context<'_>,
) -> DescribeProducersResponseTopic<'a> {
    let permitted = context.rights().topic(Operation::Read, topic.name);
    let open = permitted.map(|()| context.cluster.open_topics().named(topic.name));
    let partition = |number: &i32| {
        let log = match &open {
            Ok(open) => {
                let log = open.as_ref().and_then(|open| open.partition(*number));
                log.ok_or(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION)
            }
            Err(code) => Err(*code),
        };
        let (error_code, active_producers) = match log {
            Ok(log) => {
                let mut producers = log.producers();
                producers.sort_unstable_by_key(|(id, _)| *id);
                (ErrorCode::NONE, producers.iter().map(|(id, producer)| told(*id, producer)).collect())
            }
            Err(code) => (code, Vec::new()),
        };
        DescribeProducersResponsePartition {
            partition_index: *number,
            error_code,
            active_producers,
            ..Default::default()
        }
    };
    DescribeProducersResponseTopic {
        name: Cow::Borrowed(topic.name),
        partitions: topic.partition_indexes.iter().map(partition).collect(),
    }
}

fn told(producer_id: i64, producer: &Producer) -> DescribeProducersResponseActiveProducer {
    DescribeProducersResponseActiveProducer {
        producer_id,
        producer_epoch: i32::from(producer.epoch()),
        last_sequence: producer.last_sequence(),
        last_timestamp: producer.seen_ms(),
        coordinator_epoch: producer.coordinator_epoch(),
        current_txn_start_offset: producer.transaction_start().unwrap_or(-1),
    }
}
