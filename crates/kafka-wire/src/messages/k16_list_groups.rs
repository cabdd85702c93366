//! ListGroups (key 16), versions 0 to 5: all groups.

use std::borrow::Cow;

use crate::error_code::ErrorCode;
use crate::table::api;

api! {
    /// Lists the groups of this broker.
    ListGroups { key 16, versions 0..=5, flexible 3 }

    request ListGroupsRequest<'a> {
        /// Empty for all.
        states_filter: Vec<&'a str> => 4..;
        /// Empty for all.
        types_filter: Vec<&'a str> => 5..;
    }

    response ListGroupsResponse<'a> {
        /// How long the client should hold back, because it went over a quota.
        throttle_time_ms: i32 => 1.., else ignore;
        error_code: ErrorCode => 0..;
        groups: Vec<ListGroupsResponseGroup<'a>> => 0..;
    }

    struct ListGroupsResponseGroup<'a> {
        group_id: Cow<'a, str> => 0..;
        protocol_type: Cow<'a, str> => 0..;
        group_state: Cow<'a, str> => 4.., else ignore;
        /// `classic` or `consumer`.
        group_type: Cow<'a, str> => 5.., else ignore;
    }
}
