//! DeleteRecords (key 21), versions 0 to 2: records before an offset go.

use std::borrow::Cow;

use crate::error_code::ErrorCode;
use crate::table::api;

api! {
    /// Moves the start of partitions forward.
    DeleteRecords { key 21, versions 0..=2, flexible 2 }

    request DeleteRecordsRequest<'a> {
        topics: Vec<DeleteRecordsRequestTopic<'a>> => 0..;
        timeout_ms: i32 => 0..;
    }

    response DeleteRecordsResponse<'a> {
        /// How long the client should hold back, because it went over a quota.
        throttle_time_ms: i32 => 0..;
        topics: Vec<DeleteRecordsResponseTopic<'a>> => 0..;
    }

    struct DeleteRecordsRequestTopic<'a> {
        name: &'a str => 0..;
        partitions: Vec<DeleteRecordsRequestPartition> => 0..;
    }

    struct DeleteRecordsRequestPartition {
        partition_index: i32 => 0..;
        /// The first record to keep; −1 for the high watermark.
        offset: i64 => 0..;
    }

    struct DeleteRecordsResponseTopic<'a> {
        name: Cow<'a, str> => 0..;
        partitions: Vec<DeleteRecordsResponsePartition> => 0..;
    }

    struct DeleteRecordsResponsePartition {
        partition_index: i32 => 0..;
        /// The first offset there is now.
        low_watermark: i64 => 0..;
        error_code: ErrorCode => 0..;
    }
}
