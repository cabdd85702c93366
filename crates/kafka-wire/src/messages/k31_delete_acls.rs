//! DeleteAcls (key 31), versions 1 to 3: access rules go.

use std::borrow::Cow;

use crate::error_code::ErrorCode;
use crate::table::api;

api! {
    /// Deletes the access rules that match filters, and says which.
    DeleteAcls { key 31, versions 1..=3, flexible 2 }

    request DeleteAclsRequest<'a> {
        filters: Vec<DeleteAclsRequestFilter<'a>> => 0..;
    }

    response DeleteAclsResponse<'a> {
        /// How long the client should hold back, because it went over a quota.
        throttle_time_ms: i32 => 0..;
        filter_results: Vec<DeleteAclsResponseFilterResult<'a>> => 0..;
    }

    struct DeleteAclsRequestFilter<'a> {
        /// 1 any, 2 topic, 3 group, 4 cluster, 5 transactional id.
        resource_type_filter: i8 => 0..;
        /// Null for any.
        resource_name_filter: Option<&'a str> => 0..;
        /// 1 any, 2 match, 3 literal, 4 prefixed.
        pattern_type_filter: i8 = 3 => 1..;
        /// Null for any.
        principal_filter: Option<&'a str> => 0..;
        /// Null for any.
        host_filter: Option<&'a str> => 0..;
        /// The operation as a code; 1 is any.
        operation: i8 => 0..;
        /// 1 any, 2 deny, 3 allow.
        permission_type: i8 => 0..;
    }

    struct DeleteAclsResponseFilterResult<'a> {
        error_code: ErrorCode => 0..;
        /// More about the error; null without one.
        error_message: Option<Cow<'a, str>> => 0..;
        matching_acls: Vec<DeleteAclsResponseMatchingAcl<'a>> => 0..;
    }

    struct DeleteAclsResponseMatchingAcl<'a> {
        error_code: ErrorCode => 0..;
        /// More about the error; null without one.
        error_message: Option<Cow<'a, str>> => 0..;
        resource_type: i8 => 0..;
        resource_name: Cow<'a, str> => 0..;
        pattern_type: i8 = 3 => 1..;
        principal: Cow<'a, str> => 0..;
        host: Cow<'a, str> => 0..;
        /// The operation as a code; 1 is any.
        operation: i8 => 0..;
        /// 1 any, 2 deny, 3 allow.
        permission_type: i8 => 0..;
    }
}
