//! DescribeAcls (key 29), versions 1 to 3: access rules, filtered.

use std::borrow::Cow;

use crate::error_code::ErrorCode;
use crate::table::api;

api! {
    /// Lists the access rules that match a filter.
    DescribeAcls { key 29, versions 1..=3, flexible 2 }

    request DescribeAclsRequest<'a> {
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

    response DescribeAclsResponse<'a> {
        /// How long the client should hold back, because it went over a quota.
        throttle_time_ms: i32 => 0..;
        error_code: ErrorCode => 0..;
        /// More about the error; null without one.
        error_message: Option<Cow<'a, str>> => 0..;
        resources: Vec<DescribeAclsResponseResource<'a>> => 0..;
    }

    struct DescribeAclsResponseResource<'a> {
        resource_type: i8 => 0..;
        resource_name: Cow<'a, str> => 0..;
        pattern_type: i8 = 3 => 1..;
        acls: Vec<DescribeAclsResponseAcl<'a>> => 0..;
    }

    struct DescribeAclsResponseAcl<'a> {
        principal: Cow<'a, str> => 0..;
        host: Cow<'a, str> => 0..;
        /// The operation as a code; 1 is any.
        operation: i8 => 0..;
        /// 1 any, 2 deny, 3 allow.
        permission_type: i8 => 0..;
    }
}
