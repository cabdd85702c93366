//! DescribeConfigs (key 32), versions 1 to 4: settings of topics and brokers.

use std::borrow::Cow;

use crate::error_code::ErrorCode;
use crate::table::api;

api! {
    /// Describes settings, where each value comes from, and what it means.
    DescribeConfigs { key 32, versions 1..=4, flexible 4 }

    request DescribeConfigsRequest<'a> {
        resources: Vec<DescribeConfigsRequestResource<'a>> => 0..;
        include_synonyms: bool => 1..;
        include_documentation: bool => 3..;
    }

    response DescribeConfigsResponse<'a> {
        /// How long the client should hold back, because it went over a quota.
        throttle_time_ms: i32 => 0..;
        results: Vec<DescribeConfigsResponseResult<'a>> => 0..;
    }

    struct DescribeConfigsRequestResource<'a> {
        /// 2 topic, 4 broker, 8 broker logger, 32 group.
        resource_type: i8 => 0..;
        resource_name: &'a str => 0..;
        /// Null for all.
        configuration_keys: Option<Vec<&'a str>> => 0..;
    }

    struct DescribeConfigsResponseResult<'a> {
        error_code: ErrorCode => 0..;
        /// More about the error; null without one.
        error_message: Option<Cow<'a, str>> => 0..;
        resource_type: i8 => 0..;
        resource_name: Cow<'a, str> => 0..;
        configs: Vec<DescribeConfigsResponseConfig<'a>> => 0..;
    }

    struct DescribeConfigsResponseConfig<'a> {
        name: Cow<'a, str> => 0..;
        /// Null when it is secret.
        value: Option<Cow<'a, str>> => 0..;
        read_only: bool => 0..;
        /// 1 topic, 2 broker, 3 all brokers, 4 broker file, 5 default, 6 logger, 7 client metrics, 8 group.
        config_source: i8 = -1 => 1..;
        is_sensitive: bool => 0..;
        synonyms: Vec<DescribeConfigsResponseSynonym<'a>> => 1..;
        /// 1 boolean, 2 string, 3 int, 4 short, 5 long, 6 double, 7 list, 8 class, 9 password.
        config_type: i8 => 3.., else ignore;
        documentation: Option<Cow<'a, str>> => 3.., else ignore;
    }

    struct DescribeConfigsResponseSynonym<'a> {
        name: Cow<'a, str> => 1..;
        value: Option<Cow<'a, str>> => 1..;
        /// As `config_source`.
        source: i8 => 1..;
    }
}
