//! CreatePartitions (key 37), versions 0 to 3: topics get more partitions.

use std::borrow::Cow;

use crate::error_code::ErrorCode;
use crate::table::api;

api! {
    /// Raises the number of partitions of topics.
    CreatePartitions { key 37, versions 0..=3, flexible 2 }

    request CreatePartitionsRequest<'a> {
        topics: Vec<CreatePartitionsRequestTopic<'a>> => 0..;
        timeout_ms: i32 => 0..;
        /// Check, but change nothing.
        validate_only: bool => 0..;
    }

    response CreatePartitionsResponse<'a> {
        /// How long the client should hold back, because it went over a quota.
        throttle_time_ms: i32 => 0..;
        results: Vec<CreatePartitionsResponseResult<'a>> => 0..;
    }

    struct CreatePartitionsRequestTopic<'a> {
        name: &'a str => 0..;
        /// How many there are to be, not how many to add.
        count: i32 => 0..;
        /// Null to let the broker choose.
        assignments: Option<Vec<CreatePartitionsRequestAssignment>> => 0..;
    }

    struct CreatePartitionsRequestAssignment {
        broker_ids: Vec<i32> => 0..;
    }

    struct CreatePartitionsResponseResult<'a> {
        name: Cow<'a, str> => 0..;
        error_code: ErrorCode => 0..;
        /// More about the error; null without one.
        error_message: Option<Cow<'a, str>> => 0..;
    }
}
