//! DeleteGroups (key 42), versions 0 to 2: groups go.

use std::borrow::Cow;

use crate::error_code::ErrorCode;
use crate::table::api;

api! {
    /// Deletes groups that have no members.
    DeleteGroups { key 42, versions 0..=2, flexible 2 }

    request DeleteGroupsRequest<'a> {
        groups_names: Vec<&'a str> => 0..;
    }

    response DeleteGroupsResponse<'a> {
        /// How long the client should hold back, because it went over a quota.
        throttle_time_ms: i32 => 0..;
        results: Vec<DeleteGroupsResponseResult<'a>> => 0..;
    }

    struct DeleteGroupsResponseResult<'a> {
        group_id: Cow<'a, str> => 0..;
        error_code: ErrorCode => 0..;
    }
}
