//! JoinGroup (key 11), versions 0 to 9: a member enters a rebalance.

use std::borrow::Cow;

use crate::error_code::ErrorCode;
use crate::table::api;

api! {
    /// Enters a group; answered to all members together, once they have all come or time is up.
    JoinGroup { key 11, versions 0..=9, flexible 6 }

    request JoinGroupRequest<'a> {
        group_id: &'a str => 0..;
        /// How long a silent member is kept.
        session_timeout_ms: i32 => 0..;
        /// How long members get to come back; in version 0 the session timeout.
        rebalance_timeout_ms: i32 = -1 => 1.., else ignore;
        /// Empty for a newcomer.
        member_id: &'a str => 0..;
        /// The name that a static member keeps across restarts; null for a dynamic one.
        group_instance_id: Option<&'a str> => 5..;
        protocol_type: &'a str => 0..;
        /// The assignors the member can use, most wanted first.
        protocols: Vec<JoinGroupRequestProtocol<'a>> => 0..;
        /// Why the member (re)joins.
        reason: Option<&'a str> => 8.., else ignore;
    }

    response JoinGroupResponse<'a> {
        /// How long the client should hold back, because it went over a quota.
        throttle_time_ms: i32 => 2.., else ignore;
        error_code: ErrorCode => 0..;
        generation_id: i32 = -1 => 0..;
        protocol_type: Option<Cow<'a, str>> => 7.., else ignore;
        /// The assignor chosen.
        protocol_name: Option<Cow<'a, str>> => 0.., null 7..;
        /// The member that assigns.
        leader: Cow<'a, str> => 0..;
        /// Set when the leader keeps the assignment there is.
        skip_assignment: bool => 9..;
        member_id: Cow<'a, str> => 0..;
        /// All members, told to the leader only.
        members: Vec<JoinGroupResponseMember<'a>> => 0..;
    }

    struct JoinGroupRequestProtocol<'a> {
        name: &'a str => 0..;
        /// What the assignor needs to know; see [`crate::consumer_protocol`].
        metadata: &'a [u8] => 0..;
    }

    struct JoinGroupResponseMember<'a> {
        member_id: Cow<'a, str> => 0..;
        /// The name that a static member keeps across restarts; null for a dynamic one.
        group_instance_id: Option<Cow<'a, str>> => 5.., else ignore;
        metadata: Cow<'a, [u8]> => 0..;
    }
}
