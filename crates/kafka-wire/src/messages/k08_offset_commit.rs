//! OffsetCommit (key 8), versions 2 to 10: how far a group has read.

use std::borrow::Cow;

use uuid::Uuid;

use crate::error_code::ErrorCode;
use crate::table::api;

api! {
    /// Stores offsets for a group. Version 10 names topics by id.
    OffsetCommit { key 8, versions 2..=10, flexible 8 }

    request OffsetCommitRequest<'a> {
        group_id: &'a str => 0..;
        /// −1 when no member commits, but an outsider.
        generation_id_or_member_epoch: i32 = -1 => 1..;
        member_id: &'a str => 1..;
        /// The name that a static member keeps across restarts; null for a dynamic one.
        group_instance_id: Option<&'a str> => 7..;
        /// How long to keep the offsets; −1 for the broker's own rule.
        retention_time_ms: i64 = -1 => 2..=4, else ignore;
        topics: Vec<OffsetCommitRequestTopic<'a>> => 0..;
    }

    response OffsetCommitResponse<'a> {
        /// How long the client should hold back, because it went over a quota.
        throttle_time_ms: i32 => 3.., else ignore;
        topics: Vec<OffsetCommitResponseTopic<'a>> => 0..;
    }

    struct OffsetCommitRequestTopic<'a> {
        name: &'a str => 0..=9, else ignore;
        topic_id: Uuid => 10.., else ignore;
        partitions: Vec<OffsetCommitRequestPartition<'a>> => 0..;
    }

    struct OffsetCommitRequestPartition<'a> {
        partition_index: i32 => 0..;
        committed_offset: i64 => 0..;
        /// The epoch of the last record read; −1 when unknown.
        committed_leader_epoch: i32 = -1 => 6.., else ignore;
        /// Whatever the client wants back with the offset.
        committed_metadata: Option<&'a str> => 0..;
    }

    struct OffsetCommitResponseTopic<'a> {
        name: Cow<'a, str> => 0..=9, else ignore;
        topic_id: Uuid => 10.., else ignore;
        partitions: Vec<OffsetCommitResponsePartition> => 0..;
    }

    struct OffsetCommitResponsePartition {
        partition_index: i32 => 0..;
        error_code: ErrorCode => 0..;
    }
}
