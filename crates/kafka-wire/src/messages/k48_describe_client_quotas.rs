//! DescribeClientQuotas (key 48), versions 0 to 1: client quotas, filtered.

use std::borrow::Cow;

use crate::error_code::ErrorCode;
use crate::table::api;

api! {
    /// Lists client quotas.
    DescribeClientQuotas { key 48, versions 0..=1, flexible 1 }

    request DescribeClientQuotasRequest<'a> {
        components: Vec<DescribeClientQuotasRequestComponent<'a>> => 0..;
        /// Leave out quotas of more components than asked for.
        strict: bool => 0..;
    }

    response DescribeClientQuotasResponse<'a> {
        /// How long the client should hold back, because it went over a quota.
        throttle_time_ms: i32 => 0..;
        error_code: ErrorCode => 0..;
        /// More about the error; null without one.
        error_message: Option<Cow<'a, str>> => 0..;
        entries: Option<Vec<DescribeClientQuotasResponseEntry<'a>>> => 0..;
    }

    struct DescribeClientQuotasRequestComponent<'a> {
        entity_type: &'a str => 0..;
        /// 0 the name in `match_value`, 1 the default, 2 any name.
        match_type: i8 => 0..;
        /// Null unless a name is matched. Kafka calls it `match`, which is a word of Rust.
        match_value: Option<&'a str> => 0..;
    }

    struct DescribeClientQuotasResponseEntry<'a> {
        entity: Vec<DescribeClientQuotasResponseEntity<'a>> => 0..;
        values: Vec<DescribeClientQuotasResponseValue<'a>> => 0..;
    }

    struct DescribeClientQuotasResponseEntity<'a> {
        entity_type: Cow<'a, str> => 0..;
        /// Null for the default.
        entity_name: Option<Cow<'a, str>> => 0..;
    }

    struct DescribeClientQuotasResponseValue<'a> {
        key: Cow<'a, str> => 0..;
        value: f64 => 0..;
    }
}
