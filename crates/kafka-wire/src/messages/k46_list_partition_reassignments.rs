//! ListPartitionReassignments (key 46), version 0: partitions on the move.

use std::borrow::Cow;

use crate::error_code::ErrorCode;
use crate::table::api;

api! {
    /// Lists partitions whose replicas are being moved.
    ListPartitionReassignments { key 46, versions 0..=0, flexible 0 }

    request ListPartitionReassignmentsRequest<'a> {
        timeout_ms: i32 = 60000 => 0..;
        topics: Option<Vec<ListPartitionReassignmentsRequestTopic<'a>>> => 0..;
    }

    response ListPartitionReassignmentsResponse<'a> {
        /// How long the client should hold back, because it went over a quota.
        throttle_time_ms: i32 => 0..;
        error_code: ErrorCode => 0..;
        /// More about the error; null without one.
        error_message: Option<Cow<'a, str>> => 0..;
        topics: Vec<ListPartitionReassignmentsResponseTopic<'a>> => 0..;
    }

    struct ListPartitionReassignmentsRequestTopic<'a> {
        name: &'a str => 0..;
        partition_indexes: Vec<i32> => 0..;
    }

    struct ListPartitionReassignmentsResponseTopic<'a> {
        name: Cow<'a, str> => 0..;
        partitions: Vec<ListPartitionReassignmentsResponsePartition> => 0..;
    }

    struct ListPartitionReassignmentsResponsePartition {
        partition_index: i32 => 0..;
        replicas: Vec<i32> => 0..;
        adding_replicas: Vec<i32> => 0..;
        removing_replicas: Vec<i32> => 0..;
    }
}
