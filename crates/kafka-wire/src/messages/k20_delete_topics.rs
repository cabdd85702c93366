//! DeleteTopics (key 20), versions 1 to 6: topics go.

use std::borrow::Cow;

use uuid::Uuid;

use crate::error_code::ErrorCode;
use crate::table::api;

api! {
    /// Deletes topics: by name up to version 5, by name or id from version 6.
    DeleteTopics { key 20, versions 1..=6, flexible 4 }

    request DeleteTopicsRequest<'a> {
        topics: Vec<DeleteTopicsRequestTopic<'a>> => 6..;
        topic_names: Vec<&'a str> => 0..=5, else ignore;
        timeout_ms: i32 => 0..;
    }

    response DeleteTopicsResponse<'a> {
        /// How long the client should hold back, because it went over a quota.
        throttle_time_ms: i32 => 1..;
        responses: Vec<DeleteTopicsResponseTopic<'a>> => 0..;
    }

    struct DeleteTopicsRequestTopic<'a> {
        /// Null when the topic is given by id.
        name: Option<&'a str> => 6..;
        /// Nil when the topic is named.
        topic_id: Uuid => 6..;
    }

    struct DeleteTopicsResponseTopic<'a> {
        /// Null when the caller named an id and may not know the name.
        name: Option<Cow<'a, str>> => 0.., null 6..;
        topic_id: Uuid => 6.., else ignore;
        error_code: ErrorCode => 0..;
        /// More about the error; null without one.
        error_message: Option<Cow<'a, str>> => 5.., else ignore;
    }
}
