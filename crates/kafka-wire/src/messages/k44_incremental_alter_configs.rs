//! IncrementalAlterConfigs (key 44), versions 0 to 1: settings are changed one by one.

use std::borrow::Cow;

use crate::error_code::ErrorCode;
use crate::table::api;

api! {
    /// Changes single settings of a resource and leaves the others alone.
    IncrementalAlterConfigs { key 44, versions 0..=1, flexible 1 }

    request IncrementalAlterConfigsRequest<'a> {
        resources: Vec<IncrementalAlterConfigsRequestResource<'a>> => 0..;
        /// Check, but change nothing.
        validate_only: bool => 0..;
    }

    response IncrementalAlterConfigsResponse<'a> {
        /// How long the client should hold back, because it went over a quota.
        throttle_time_ms: i32 => 0..;
        responses: Vec<IncrementalAlterConfigsResponseResource<'a>> => 0..;
    }

    struct IncrementalAlterConfigsRequestResource<'a> {
        /// 2 topic, 4 broker, 8 broker logger, 32 group.
        resource_type: i8 => 0..;
        resource_name: &'a str => 0..;
        configs: Vec<IncrementalAlterConfigsRequestConfig<'a>> => 0..;
    }

    struct IncrementalAlterConfigsRequestConfig<'a> {
        name: &'a str => 0..;
        /// 0 set, 1 delete, 2 append, 3 subtract.
        config_operation: i8 => 0..;
        value: Option<&'a str> => 0..;
    }

    struct IncrementalAlterConfigsResponseResource<'a> {
        error_code: ErrorCode => 0..;
        /// More about the error; null without one.
        error_message: Option<Cow<'a, str>> => 0..;
        resource_type: i8 => 0..;
        resource_name: Cow<'a, str> => 0..;
    }
}
