//! DescribeLogDirs (key 35), versions 1 to 4: what lies on disk.

use std::borrow::Cow;

use crate::error_code::ErrorCode;
use crate::table::api;

api! {
    /// Describes log directories and the size of what lies in them.
    DescribeLogDirs { key 35, versions 1..=4, flexible 2 }

    request DescribeLogDirsRequest<'a> {
        /// Null for all.
        topics: Option<Vec<DescribeLogDirsRequestTopic<'a>>> => 0..;
    }

    response DescribeLogDirsResponse<'a> {
        /// How long the client should hold back, because it went over a quota.
        throttle_time_ms: i32 => 0..;
        error_code: ErrorCode => 3.., else ignore;
        results: Vec<DescribeLogDirsResponseResult<'a>> => 0..;
    }

    struct DescribeLogDirsRequestTopic<'a> {
        topic: &'a str => 0..;
        partitions: Vec<i32> => 0..;
    }

    struct DescribeLogDirsResponseResult<'a> {
        error_code: ErrorCode => 0..;
        log_dir: Cow<'a, str> => 0..;
        topics: Vec<DescribeLogDirsResponseTopic<'a>> => 0..;
        /// The size of the volume; −1 when unknown.
        total_bytes: i64 = -1 => 4.., else ignore;
        /// What is left of it; −1 when unknown.
        usable_bytes: i64 = -1 => 4.., else ignore;
    }

    struct DescribeLogDirsResponseTopic<'a> {
        name: Cow<'a, str> => 0..;
        partitions: Vec<DescribeLogDirsResponsePartition> => 0..;
    }

    struct DescribeLogDirsResponsePartition {
        partition_index: i32 => 0..;
        partition_size: i64 => 0..;
        /// How far a replica being moved is behind.
        offset_lag: i64 => 0..;
        /// Whether it is a replica being moved.
        is_future_key: bool => 0..;
    }
}
