//! AddPartitionsToTxn (key 24), versions 0 to 5: partitions enter a transaction.

use std::borrow::Cow;

use crate::error_code::ErrorCode;
use crate::table::api;

api! {
    /// Adds partitions to a transaction. From version 4 it is the batched form that brokers use among
    /// themselves.
    AddPartitionsToTxn { key 24, versions 0..=5, flexible 3 }

    request AddPartitionsToTxnRequest<'a> {
        transactions: Vec<AddPartitionsToTxnRequestTransaction<'a>> => 4..;
        v3_and_below_transactional_id: &'a str => 0..=3;
        v3_and_below_producer_id: i64 => 0..=3;
        v3_and_below_producer_epoch: i16 => 0..=3;
        v3_and_below_topics: Vec<AddPartitionsToTxnRequestTopic<'a>> => 0..=3;
    }

    response AddPartitionsToTxnResponse<'a> {
        /// How long the client should hold back, because it went over a quota.
        throttle_time_ms: i32 => 0..;
        error_code: ErrorCode => 4.., else ignore;
        results_by_transaction: Vec<AddPartitionsToTxnResponseTransaction<'a>> => 4..;
        results_by_topic_v3_and_below: Vec<AddPartitionsToTxnResponseTopic<'a>> => 0..=3;
    }

    struct AddPartitionsToTxnRequestTransaction<'a> {
        transactional_id: &'a str => 4..;
        producer_id: i64 => 4..;
        producer_epoch: i16 => 4..;
        /// Check that the partitions are there, add nothing.
        verify_only: bool => 4..;
        topics: Vec<AddPartitionsToTxnRequestTopic<'a>> => 4..;
    }

    struct AddPartitionsToTxnRequestTopic<'a> {
        name: &'a str => 0..;
        partitions: Vec<i32> => 0..;
    }

    struct AddPartitionsToTxnResponseTransaction<'a> {
        transactional_id: Cow<'a, str> => 4..;
        topic_results: Vec<AddPartitionsToTxnResponseTopic<'a>> => 4..;
    }

    struct AddPartitionsToTxnResponseTopic<'a> {
        name: Cow<'a, str> => 0..;
        results_by_partition: Vec<AddPartitionsToTxnResponsePartition> => 0..;
    }

    struct AddPartitionsToTxnResponsePartition {
        partition_index: i32 => 0..;
        partition_error_code: ErrorCode => 0..;
    }
}
