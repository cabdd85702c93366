//! AlterClientQuotas (key 49), versions 0 to 1: client quotas are changed.

use std::borrow::Cow;

use crate::error_code::ErrorCode;
use crate::table::api;

api! {
    /// Sets and removes client quotas.
    AlterClientQuotas { key 49, versions 0..=1, flexible 1 }

    request AlterClientQuotasRequest<'a> {
        entries: Vec<AlterClientQuotasRequestEntry<'a>> => 0..;
        /// Check, but change nothing.
        validate_only: bool => 0..;
    }

    response AlterClientQuotasResponse<'a> {
        /// How long the client should hold back, because it went over a quota.
        throttle_time_ms: i32 => 0..;
        entries: Vec<AlterClientQuotasResponseEntry<'a>> => 0..;
    }

    struct AlterClientQuotasRequestEntry<'a> {
        entity: Vec<AlterClientQuotasRequestEntity<'a>> => 0..;
        ops: Vec<AlterClientQuotasRequestOperation<'a>> => 0..;
    }

    struct AlterClientQuotasRequestEntity<'a> {
        entity_type: &'a str => 0..;
        /// Null for the default.
        entity_name: Option<&'a str> => 0..;
    }

    struct AlterClientQuotasRequestOperation<'a> {
        key: &'a str => 0..;
        value: f64 => 0..;
        /// Remove the quota rather than set it.
        remove: bool => 0..;
    }

    struct AlterClientQuotasResponseEntry<'a> {
        error_code: ErrorCode => 0..;
        /// More about the error; null without one.
        error_message: Option<Cow<'a, str>> => 0..;
        entity: Vec<AlterClientQuotasResponseEntity<'a>> => 0..;
    }

    struct AlterClientQuotasResponseEntity<'a> {
        entity_type: Cow<'a, str> => 0..;
        /// Null for the default.
        entity_name: Option<Cow<'a, str>> => 0..;
    }
}
