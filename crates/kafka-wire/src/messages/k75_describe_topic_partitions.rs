//! DescribeTopicPartitions (key 75), version 0: topics and partitions, page by page.

use std::borrow::Cow;

use uuid::Uuid;

use crate::error_code::ErrorCode;
use crate::table::api;

api! {
    /// Describes the partitions of topics, a page at a time.
    DescribeTopicPartitions { key 75, versions 0..=0, flexible 0 }

    request DescribeTopicPartitionsRequest<'a> {
        topics: Vec<DescribeTopicPartitionsRequestTopic<'a>> => 0..;
        response_partition_limit: i32 = 2000 => 0..;
        /// Null for the first page.
        cursor: Option<DescribeTopicPartitionsRequestCursor<'a>> => 0..;
    }

    response DescribeTopicPartitionsResponse<'a> {
        /// How long the client should hold back, because it went over a quota.
        throttle_time_ms: i32 => 0..;
        topics: Vec<DescribeTopicPartitionsResponseTopic<'a>> => 0..;
        /// Null after the last page.
        next_cursor: Option<DescribeTopicPartitionsResponseCursor<'a>> => 0..;
    }

    struct DescribeTopicPartitionsRequestTopic<'a> {
        name: &'a str => 0..;
    }

    /// Where the page begins.
    struct DescribeTopicPartitionsRequestCursor<'a> {
        topic_name: &'a str => 0..;
        partition_index: i32 => 0..;
    }

    struct DescribeTopicPartitionsResponseTopic<'a> {
        error_code: ErrorCode => 0..;
        name: Option<Cow<'a, str>> => 0..;
        topic_id: Uuid => 0..;
        is_internal: bool => 0..;
        partitions: Vec<DescribeTopicPartitionsResponsePartition> => 0..;
        /// A bit for each operation the caller may do; `i32::MIN` when not asked for.
        topic_authorized_operations: i32 = i32::MIN => 0..;
    }

    struct DescribeTopicPartitionsResponsePartition {
        error_code: ErrorCode => 0..;
        partition_index: i32 => 0..;
        leader_id: i32 => 0..;
        leader_epoch: i32 = -1 => 0..;
        replica_nodes: Vec<i32> => 0..;
        isr_nodes: Vec<i32> => 0..;
        /// Replicas that may lead although they are not in sync.
        eligible_leader_replicas: Option<Vec<i32>> => 0..;
        /// The last of those that were known.
        last_known_elr: Option<Vec<i32>> => 0..;
        offline_replicas: Vec<i32> => 0..;
    }

    /// Where the next page begins.
    struct DescribeTopicPartitionsResponseCursor<'a> {
        topic_name: Cow<'a, str> => 0..;
        partition_index: i32 => 0..;
    }
}
