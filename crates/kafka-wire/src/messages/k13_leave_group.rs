//! LeaveGroup (key 13), versions 0 to 5: members go.

use std::borrow::Cow;

use crate::error_code::ErrorCode;
use crate::table::api;

api! {
    /// Leaves a group: one member up to version 2, several from version 3.
    LeaveGroup { key 13, versions 0..=5, flexible 4 }

    request LeaveGroupRequest<'a> {
        group_id: &'a str => 0..;
        member_id: &'a str => 0..=2;
        members: Vec<LeaveGroupRequestMember<'a>> => 3..;
    }

    response LeaveGroupResponse<'a> {
        /// How long the client should hold back, because it went over a quota.
        throttle_time_ms: i32 => 1.., else ignore;
        error_code: ErrorCode => 0..;
        /// What became of each.
        members: Vec<LeaveGroupResponseMember<'a>> => 3..;
    }

    struct LeaveGroupRequestMember<'a> {
        member_id: &'a str => 3..;
        /// The name that a static member keeps across restarts; null for a dynamic one.
        group_instance_id: Option<&'a str> => 3..;
        reason: Option<&'a str> => 5.., else ignore;
    }

    struct LeaveGroupResponseMember<'a> {
        member_id: Cow<'a, str> => 3..;
        /// The name that a static member keeps across restarts; null for a dynamic one.
        group_instance_id: Option<Cow<'a, str>> => 3..;
        error_code: ErrorCode => 3..;
    }
}
