//! ListOffsets (key 2), versions 1 to 10: where a partition begins, ends, or reaches a time.

use std::borrow::Cow;

use crate::error_code::ErrorCode;
use crate::table::api;

api! {
    /// Finds offsets by time, or by the negative numbers that mean a place.
    ListOffsets { key 2, versions 1..=10, flexible 6 }

    request ListOffsetsRequest<'a> {
        /// A broker that replicates; −1 is a client.
        replica_id: i32 = -1 => 0..;
        /// 0 reads everything, 1 only what is committed.
        isolation_level: i8 => 2..;
        topics: Vec<ListOffsetsRequestTopic<'a>> => 0..;
        /// How long to wait for an answer from remote storage.
        timeout_ms: i32 => 10.., else ignore;
    }

    response ListOffsetsResponse<'a> {
        /// How long the client should hold back, because it went over a quota.
        throttle_time_ms: i32 => 2.., else ignore;
        topics: Vec<ListOffsetsResponseTopic<'a>> => 0..;
    }

    struct ListOffsetsRequestTopic<'a> {
        name: &'a str => 0..;
        partitions: Vec<ListOffsetsRequestPartition> => 0..;
    }

    struct ListOffsetsRequestPartition {
        partition_index: i32 => 0..;
        /// The epoch the client believes in; −1 skips the check.
        current_leader_epoch: i32 = -1 => 4.., else ignore;
        /// A time in milliseconds, or −1 the end, −2 the start, −3 the largest time stamp, −4 the local
        /// start, −5 the end of what is tiered.
        timestamp: i64 => 0..;
    }

    struct ListOffsetsResponseTopic<'a> {
        name: Cow<'a, str> => 0..;
        partitions: Vec<ListOffsetsResponsePartition> => 0..;
    }

    struct ListOffsetsResponsePartition {
        partition_index: i32 => 0..;
        error_code: ErrorCode => 0..;
        /// The time stamp at `offset`; −1 when there is none to tell.
        timestamp: i64 = -1 => 1..;
        /// −1 when nothing was found.
        offset: i64 = -1 => 1..;
        leader_epoch: i32 = -1 => 4..;
    }
}
