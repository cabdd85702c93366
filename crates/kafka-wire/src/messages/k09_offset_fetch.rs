//! OffsetFetch (key 9), versions 1 to 10: how far a group has read, asked back.

use std::borrow::Cow;

use uuid::Uuid;

use crate::error_code::ErrorCode;
use crate::table::api;

api! {
    /// Returns stored offsets: of one group up to version 7, of several from version 8. Version 10 names
    /// topics by id.
    OffsetFetch { key 9, versions 1..=10, flexible 6 }

    request OffsetFetchRequest<'a> {
        group_id: &'a str => 0..=7;
        /// Null asks for all of them.
        topics: Option<Vec<OffsetFetchRequestTopic<'a>>> => 0..=7, null 2..=7;
        /// One or more groups, in place of `group_id` and `topics`.
        groups: Vec<OffsetFetchRequestGroup<'a>> => 8..;
        /// Refuse where a transaction may still change the offset.
        require_stable: bool => 7..;
    }

    response OffsetFetchResponse<'a> {
        /// How long the client should hold back, because it went over a quota.
        throttle_time_ms: i32 => 3.., else ignore;
        topics: Vec<OffsetFetchResponseTopic<'a>> => 0..=7;
        error_code: ErrorCode => 2..=7, else ignore;
        groups: Vec<OffsetFetchResponseGroup<'a>> => 8..;
    }

    struct OffsetFetchRequestTopic<'a> {
        name: &'a str => 0..=7;
        partition_indexes: Vec<i32> => 0..=7;
    }

    struct OffsetFetchRequestGroup<'a> {
        group_id: &'a str => 8..;
        member_id: Option<&'a str> => 9.., else ignore;
        /// −1 when no member of a KIP-848 group asks.
        member_epoch: i32 = -1 => 9.., else ignore;
        /// Null asks for all of them.
        topics: Option<Vec<OffsetFetchRequestGroupTopic<'a>>> => 8..;
    }

    struct OffsetFetchRequestGroupTopic<'a> {
        name: &'a str => 8..=9, else ignore;
        topic_id: Uuid => 10.., else ignore;
        partition_indexes: Vec<i32> => 8..;
    }

    struct OffsetFetchResponseTopic<'a> {
        name: Cow<'a, str> => 0..=7;
        partitions: Vec<OffsetFetchResponsePartition<'a>> => 0..=7;
    }

    struct OffsetFetchResponsePartition<'a> {
        partition_index: i32 => 0..=7;
        /// −1 when there is none.
        committed_offset: i64 => 0..=7;
        /// The epoch of the last record read; −1 when unknown.
        committed_leader_epoch: i32 = -1 => 5..=7, else ignore;
        metadata: Option<Cow<'a, str>> => 0..=7;
        error_code: ErrorCode => 0..=7;
    }

    struct OffsetFetchResponseGroup<'a> {
        group_id: Cow<'a, str> => 8..;
        topics: Vec<OffsetFetchResponseGroupTopic<'a>> => 8..;
        error_code: ErrorCode => 8..;
    }

    struct OffsetFetchResponseGroupTopic<'a> {
        name: Cow<'a, str> => 8..=9, else ignore;
        topic_id: Uuid => 10.., else ignore;
        partitions: Vec<OffsetFetchResponseGroupPartition<'a>> => 8..;
    }

    struct OffsetFetchResponseGroupPartition<'a> {
        partition_index: i32 => 8..;
        /// −1 when there is none.
        committed_offset: i64 => 8..;
        /// The epoch of the last record read; −1 when unknown.
        committed_leader_epoch: i32 = -1 => 8.., else ignore;
        metadata: Option<Cow<'a, str>> => 8..;
        error_code: ErrorCode => 8..;
    }
}
