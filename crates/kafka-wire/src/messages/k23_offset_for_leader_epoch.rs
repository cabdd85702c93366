//! OffsetForLeaderEpoch (key 23), versions 2 to 4: where a leader epoch ends.

use std::borrow::Cow;

use crate::error_code::ErrorCode;
use crate::table::api;

api! {
    /// Says where an epoch ends, so that a client can tell that what it has read was cut off.
    OffsetForLeaderEpoch { key 23, versions 2..=4, flexible 4 }

    request OffsetForLeaderEpochRequest<'a> {
        /// A broker that replicates; −1 is a client, −2 one that debugs.
        replica_id: i32 = -2 => 3.., else ignore;
        topics: Vec<OffsetForLeaderEpochRequestTopic<'a>> => 0..;
    }

    response OffsetForLeaderEpochResponse<'a> {
        /// How long the client should hold back, because it went over a quota.
        throttle_time_ms: i32 => 2..;
        topics: Vec<OffsetForLeaderEpochResponseTopic<'a>> => 0..;
    }

    struct OffsetForLeaderEpochRequestTopic<'a> {
        topic: &'a str => 0..;
        partitions: Vec<OffsetForLeaderEpochRequestPartition> => 0..;
    }

    struct OffsetForLeaderEpochRequestPartition {
        partition: i32 => 0..;
        /// The epoch the client believes in; −1 skips the check.
        current_leader_epoch: i32 = -1 => 2..;
        /// The epoch asked about.
        leader_epoch: i32 => 0..;
    }

    struct OffsetForLeaderEpochResponseTopic<'a> {
        topic: Cow<'a, str> => 0..;
        partitions: Vec<OffsetForLeaderEpochResponsePartition> => 0..;
    }

    struct OffsetForLeaderEpochResponsePartition {
        error_code: ErrorCode => 0..;
        partition: i32 => 0..;
        /// The largest known epoch that is not above the one asked about.
        leader_epoch: i32 = -1 => 1..;
        /// The first offset after it.
        end_offset: i64 = -1 => 0..;
    }
}
