//! Heartbeat (key 12), versions 0 to 4: a member says it lives.

use crate::error_code::ErrorCode;
use crate::table::api;

api! {
    /// Keeps a membership alive, and learns that a rebalance has begun.
    Heartbeat { key 12, versions 0..=4, flexible 4 }

    request HeartbeatRequest<'a> {
        group_id: &'a str => 0..;
        generation_id: i32 => 0..;
        member_id: &'a str => 0..;
        /// The name that a static member keeps across restarts; null for a dynamic one.
        group_instance_id: Option<&'a str> => 3..;
    }

    response HeartbeatResponse {
        /// How long the client should hold back, because it went over a quota.
        throttle_time_ms: i32 => 1.., else ignore;
        error_code: ErrorCode => 0..;
    }
}
