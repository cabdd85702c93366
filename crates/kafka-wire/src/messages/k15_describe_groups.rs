//! DescribeGroups (key 15), versions 0 to 6: the members of classic groups.

use std::borrow::Cow;

use crate::error_code::ErrorCode;
use crate::table::api;

api! {
    /// Describes groups and their members.
    DescribeGroups { key 15, versions 0..=6, flexible 5 }

    request DescribeGroupsRequest<'a> {
        groups: Vec<&'a str> => 0..;
        include_authorized_operations: bool => 3..;
    }

    response DescribeGroupsResponse<'a> {
        /// How long the client should hold back, because it went over a quota.
        throttle_time_ms: i32 => 1.., else ignore;
        groups: Vec<DescribeGroupsResponseGroup<'a>> => 0..;
    }

    struct DescribeGroupsResponseGroup<'a> {
        error_code: ErrorCode => 0..;
        /// More about the error; null without one.
        error_message: Option<Cow<'a, str>> => 6..;
        group_id: Cow<'a, str> => 0..;
        /// `Empty`, `PreparingRebalance`, `CompletingRebalance`, `Stable` or `Dead`.
        group_state: Cow<'a, str> => 0..;
        /// `consumer` for consumers.
        protocol_type: Cow<'a, str> => 0..;
        /// The assignor in use; empty unless the group is stable.
        protocol_data: Cow<'a, str> => 0..;
        members: Vec<DescribeGroupsResponseMember<'a>> => 0..;
        /// A bit for each operation the caller may do; `i32::MIN` when not asked for.
        authorized_operations: i32 = i32::MIN => 3..;
    }

    struct DescribeGroupsResponseMember<'a> {
        member_id: Cow<'a, str> => 0..;
        /// The name that a static member keeps across restarts; null for a dynamic one.
        group_instance_id: Option<Cow<'a, str>> => 4.., else ignore;
        client_id: Cow<'a, str> => 0..;
        /// The address, after a slash.
        client_host: Cow<'a, str> => 0..;
        member_metadata: Cow<'a, [u8]> => 0..;
        member_assignment: Cow<'a, [u8]> => 0..;
    }
}
