//! CreateTopics (key 19), versions 2 to 7: topics are made.

use std::borrow::Cow;

use uuid::Uuid;

use crate::error_code::ErrorCode;
use crate::table::api;

api! {
    /// Creates topics.
    CreateTopics { key 19, versions 2..=7, flexible 5 }

    request CreateTopicsRequest<'a> {
        topics: Vec<CreateTopicsRequestTopic<'a>> => 0..;
        timeout_ms: i32 = 60000 => 0..;
        /// Check, but change nothing.
        validate_only: bool => 1..;
    }

    response CreateTopicsResponse<'a> {
        /// How long the client should hold back, because it went over a quota.
        throttle_time_ms: i32 => 2..;
        topics: Vec<CreateTopicsResponseTopic<'a>> => 0..;
    }

    struct CreateTopicsRequestTopic<'a> {
        name: &'a str => 0..;
        /// −1 for the broker's default, or with `assignments`.
        num_partitions: i32 => 0..;
        /// −1 for the broker's default, or with `assignments`.
        replication_factor: i16 => 0..;
        /// Empty to let the broker choose.
        assignments: Vec<CreateTopicsRequestAssignment> => 0..;
        configs: Vec<CreateTopicsRequestConfig<'a>> => 0..;
    }

    struct CreateTopicsRequestAssignment {
        partition_index: i32 => 0..;
        broker_ids: Vec<i32> => 0..;
    }

    struct CreateTopicsRequestConfig<'a> {
        name: &'a str => 0..;
        value: Option<&'a str> => 0..;
    }

    struct CreateTopicsResponseTopic<'a> {
        name: Cow<'a, str> => 0..;
        topic_id: Uuid => 7.., else ignore;
        error_code: ErrorCode => 0..;
        /// More about the error; null without one.
        error_message: Option<Cow<'a, str>> => 1..;
        /// Why the settings are not told.
        topic_config_error_code: ErrorCode => 5.., tag 0, else ignore;
        num_partitions: i32 = -1 => 5.., else ignore;
        replication_factor: i16 = -1 => 5.., else ignore;
        /// Null when the caller may not see them.
        configs: Option<Vec<CreateTopicsResponseConfig<'a>>> => 5.., else ignore;
    }

    struct CreateTopicsResponseConfig<'a> {
        name: Cow<'a, str> => 5..;
        value: Option<Cow<'a, str>> => 5..;
        read_only: bool => 5..;
        config_source: i8 = -1 => 5.., else ignore;
        is_sensitive: bool => 5..;
    }
}
