//! FindCoordinator (key 10), versions 0 to 6: which broker looks after a group or a transaction.

use std::borrow::Cow;

use crate::error_code::ErrorCode;
use crate::table::api;

api! {
    /// Finds the coordinator: of one key up to version 3, of several from version 4.
    FindCoordinator { key 10, versions 0..=6, flexible 3 }

    request FindCoordinatorRequest<'a> {
        /// A group or a transactional id.
        key: &'a str => 0..=3;
        /// 0 groups, 1 transactions, 2 share groups.
        key_type: i8 => 1..;
        coordinator_keys: Vec<&'a str> => 4..;
    }

    response FindCoordinatorResponse<'a> {
        /// How long the client should hold back, because it went over a quota.
        throttle_time_ms: i32 => 1.., else ignore;
        error_code: ErrorCode => 0..=3;
        /// More about the error; null without one.
        error_message: Option<Cow<'a, str>> => 1..=3, else ignore;
        node_id: i32 => 0..=3;
        host: Cow<'a, str> => 0..=3;
        port: i32 => 0..=3;
        coordinators: Vec<FindCoordinatorResponseCoordinator<'a>> => 4..;
    }

    struct FindCoordinatorResponseCoordinator<'a> {
        key: Cow<'a, str> => 4..;
        node_id: i32 => 4..;
        host: Cow<'a, str> => 4..;
        port: i32 => 4..;
        error_code: ErrorCode => 4..;
        /// More about the error; null without one.
        error_message: Option<Cow<'a, str>> => 4.., else ignore;
    }
}
