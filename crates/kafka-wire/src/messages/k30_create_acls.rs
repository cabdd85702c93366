//! CreateAcls (key 30), versions 1 to 3: access rules are added.

use std::borrow::Cow;

use crate::error_code::ErrorCode;
use crate::table::api;

api! {
    /// Adds access rules.
    CreateAcls { key 30, versions 1..=3, flexible 2 }

    request CreateAclsRequest<'a> {
        creations: Vec<CreateAclsRequestCreation<'a>> => 0..;
    }

    response CreateAclsResponse<'a> {
        /// How long the client should hold back, because it went over a quota.
        throttle_time_ms: i32 => 0..;
        results: Vec<CreateAclsResponseResult<'a>> => 0..;
    }

    struct CreateAclsRequestCreation<'a> {
        /// 2 topic, 3 group, 4 cluster, 5 transactional id.
        resource_type: i8 => 0..;
        resource_name: &'a str => 0..;
        /// 3 literal, 4 prefixed.
        resource_pattern_type: i8 = 3 => 1..;
        /// `User:` and a name.
        principal: &'a str => 0..;
        /// An address, or `*`.
        host: &'a str => 0..;
        /// The operation as a code; 1 is any.
        operation: i8 => 0..;
        /// 1 any, 2 deny, 3 allow.
        permission_type: i8 => 0..;
    }

    struct CreateAclsResponseResult<'a> {
        error_code: ErrorCode => 0..;
        /// More about the error; null without one.
        error_message: Option<Cow<'a, str>> => 0..;
    }
}
