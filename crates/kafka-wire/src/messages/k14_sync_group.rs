//! SyncGroup (key 14), versions 0 to 5: a member fetches its assignment.

use std::borrow::Cow;

use crate::error_code::ErrorCode;
use crate::table::api;

api! {
    /// Hands in the assignment (the leader) and fetches the own part of it (everyone).
    SyncGroup { key 14, versions 0..=5, flexible 4 }

    request SyncGroupRequest<'a> {
        group_id: &'a str => 0..;
        generation_id: i32 => 0..;
        member_id: &'a str => 0..;
        /// The name that a static member keeps across restarts; null for a dynamic one.
        group_instance_id: Option<&'a str> => 3..;
        protocol_type: Option<&'a str> => 5.., else ignore;
        protocol_name: Option<&'a str> => 5.., else ignore;
        /// What each member gets; empty unless the leader calls.
        assignments: Vec<SyncGroupRequestAssignment<'a>> => 0..;
    }

    response SyncGroupResponse<'a> {
        /// How long the client should hold back, because it went over a quota.
        throttle_time_ms: i32 => 1.., else ignore;
        error_code: ErrorCode => 0..;
        protocol_type: Option<Cow<'a, str>> => 5.., else ignore;
        protocol_name: Option<Cow<'a, str>> => 5.., else ignore;
        assignment: Cow<'a, [u8]> => 0..;
    }

    struct SyncGroupRequestAssignment<'a> {
        member_id: &'a str => 0..;
        assignment: &'a [u8] => 0..;
    }
}
