//! AlterConfigs (key 33), versions 0 to 2: settings are replaced.

use std::borrow::Cow;

use crate::error_code::ErrorCode;
use crate::table::api;

api! {
    /// Replaces all settings of a resource; what is not named falls back to its default.
    AlterConfigs { key 33, versions 0..=2, flexible 2 }

    request AlterConfigsRequest<'a> {
        resources: Vec<AlterConfigsRequestResource<'a>> => 0..;
        /// Check, but change nothing.
        validate_only: bool => 0..;
    }

    response AlterConfigsResponse<'a> {
        /// How long the client should hold back, because it went over a quota.
        throttle_time_ms: i32 => 0..;
        responses: Vec<AlterConfigsResponseResource<'a>> => 0..;
    }

    struct AlterConfigsRequestResource<'a> {
        /// 2 topic, 4 broker, 8 broker logger, 32 group.
        resource_type: i8 => 0..;
        resource_name: &'a str => 0..;
        configs: Vec<AlterConfigsRequestConfig<'a>> => 0..;
    }

    struct AlterConfigsRequestConfig<'a> {
        name: &'a str => 0..;
        value: Option<&'a str> => 0..;
    }

    struct AlterConfigsResponseResource<'a> {
        error_code: ErrorCode => 0..;
        /// More about the error; null without one.
        error_message: Option<Cow<'a, str>> => 0..;
        resource_type: i8 => 0..;
        resource_name: Cow<'a, str> => 0..;
    }
}
