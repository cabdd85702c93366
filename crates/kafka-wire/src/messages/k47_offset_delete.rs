//! OffsetDelete (key 47), version 0: stored offsets go.

use std::borrow::Cow;

use crate::error_code::ErrorCode;
use crate::table::api;

api! {
    /// Deletes offsets that a group has stored.
    OffsetDelete { key 47, versions 0..=0, flexible never }

    request OffsetDeleteRequest<'a> {
        group_id: &'a str => 0..;
        topics: Vec<OffsetDeleteRequestTopic<'a>> => 0..;
    }

    response OffsetDeleteResponse<'a> {
        error_code: ErrorCode => 0..;
        /// How long the client should hold back, because it went over a quota.
        throttle_time_ms: i32 => 0..;
        topics: Vec<OffsetDeleteResponseTopic<'a>> => 0..;
    }

    struct OffsetDeleteRequestTopic<'a> {
        name: &'a str => 0..;
        partitions: Vec<OffsetDeleteRequestPartition> => 0..;
    }

    struct OffsetDeleteRequestPartition {
        partition_index: i32 => 0..;
    }

    struct OffsetDeleteResponseTopic<'a> {
        name: Cow<'a, str> => 0..;
        partitions: Vec<OffsetDeleteResponsePartition> => 0..;
    }

    struct OffsetDeleteResponsePartition {
        partition_index: i32 => 0..;
        error_code: ErrorCode => 0..;
    }
}
