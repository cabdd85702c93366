//! TxnOffsetCommit (key 28), versions 0 to 5: offsets stored inside a transaction.

use std::borrow::Cow;

use crate::error_code::ErrorCode;
use crate::table::api;

api! {
    /// Stores offsets that become visible when the transaction commits.
    TxnOffsetCommit { key 28, versions 0..=5, flexible 3 }

    request TxnOffsetCommitRequest<'a> {
        transactional_id: &'a str => 0..;
        group_id: &'a str => 0..;
        producer_id: i64 => 0..;
        producer_epoch: i16 => 0..;
        /// −1 when the producer does not say for which member it commits.
        generation_id: i32 = -1 => 3..;
        member_id: &'a str => 3..;
        /// The name that a static member keeps across restarts; null for a dynamic one.
        group_instance_id: Option<&'a str> => 3..;
        topics: Vec<TxnOffsetCommitRequestTopic<'a>> => 0..;
    }

    response TxnOffsetCommitResponse<'a> {
        /// How long the client should hold back, because it went over a quota.
        throttle_time_ms: i32 => 0..;
        topics: Vec<TxnOffsetCommitResponseTopic<'a>> => 0..;
    }

    struct TxnOffsetCommitRequestTopic<'a> {
        name: &'a str => 0..;
        partitions: Vec<TxnOffsetCommitRequestPartition<'a>> => 0..;
    }

    struct TxnOffsetCommitRequestPartition<'a> {
        partition_index: i32 => 0..;
        committed_offset: i64 => 0..;
        /// The epoch of the last record read; −1 when unknown.
        committed_leader_epoch: i32 = -1 => 2.., else ignore;
        /// Whatever the client wants back with the offset.
        committed_metadata: Option<&'a str> => 0..;
    }

    struct TxnOffsetCommitResponseTopic<'a> {
        name: Cow<'a, str> => 0..;
        partitions: Vec<TxnOffsetCommitResponsePartition> => 0..;
    }

    struct TxnOffsetCommitResponsePartition {
        partition_index: i32 => 0..;
        error_code: ErrorCode => 0..;
    }
}
