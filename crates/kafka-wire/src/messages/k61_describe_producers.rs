//! DescribeProducers (key 61), version 0: who produces to a partition.

use std::borrow::Cow;

use crate::error_code::ErrorCode;
use crate::table::api;

api! {
    /// Lists the producers that a partition remembers.
    DescribeProducers { key 61, versions 0..=0, flexible 0 }

    request DescribeProducersRequest<'a> {
        topics: Vec<DescribeProducersRequestTopic<'a>> => 0..;
    }

    response DescribeProducersResponse<'a> {
        /// How long the client should hold back, because it went over a quota.
        throttle_time_ms: i32 => 0..;
        topics: Vec<DescribeProducersResponseTopic<'a>> => 0..;
    }

    struct DescribeProducersRequestTopic<'a> {
        name: &'a str => 0..;
        partition_indexes: Vec<i32> => 0..;
    }

    struct DescribeProducersResponseTopic<'a> {
        name: Cow<'a, str> => 0..;
        partitions: Vec<DescribeProducersResponsePartition<'a>> => 0..;
    }

    struct DescribeProducersResponsePartition<'a> {
        partition_index: i32 => 0..;
        error_code: ErrorCode => 0..;
        /// More about the error; null without one.
        error_message: Option<Cow<'a, str>> => 0..;
        /// The producers it remembers.
        active_producers: Vec<DescribeProducersResponseActiveProducer> => 0..;
    }

    struct DescribeProducersResponseActiveProducer {
        producer_id: i64 => 0..;
        producer_epoch: i32 => 0..;
        last_sequence: i32 = -1 => 0..;
        last_timestamp: i64 = -1 => 0..;
        coordinator_epoch: i32 => 0..;
        /// −1 without an open transaction.
        current_txn_start_offset: i64 = -1 => 0..;
    }
}
