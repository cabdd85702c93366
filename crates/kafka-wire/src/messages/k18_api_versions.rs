//! ApiVersions (key 18), versions 0 to 4: what the broker speaks.

use std::borrow::Cow;

use crate::api::ApiKey;
use crate::error_code::ErrorCode;
use crate::table::api;

api! {
    /// Says which APIs and versions are offered. Its response header never has tagged fields, and a broker
    /// answers a version it does not know in version 0.
    ApiVersions { key 18, versions 0..=4, flexible 3 }

    request ApiVersionsRequest<'a> {
        client_software_name: &'a str => 3.., else ignore;
        client_software_version: &'a str => 3.., else ignore;
    }

    response ApiVersionsResponse<'a> {
        error_code: ErrorCode => 0..;
        /// What is offered.
        api_keys: Vec<ApiVersionsResponseApi> => 0..;
        /// How long the client should hold back, because it went over a quota.
        throttle_time_ms: i32 => 1.., else ignore;
        supported_features: Vec<ApiVersionsResponseSupportedFeature<'a>> => 3.., tag 0, else ignore;
        /// −1 when no features are known.
        finalized_features_epoch: i64 = -1 => 3.., tag 1, else ignore;
        finalized_features: Vec<ApiVersionsResponseFinalizedFeature<'a>> => 3.., tag 2, else ignore;
        /// Of interest only to brokers of the ZooKeeper age.
        zk_migration_ready: bool => 3.., tag 3, else ignore;
    }

    struct ApiVersionsResponseApi {
        api_key: ApiKey => 0..;
        min_version: i16 => 0..;
        max_version: i16 => 0..;
    }

    /// A feature the broker knows.
    struct ApiVersionsResponseSupportedFeature<'a> {
        name: Cow<'a, str> => 3..;
        min_version: i16 => 3..;
        max_version: i16 => 3..;
    }

    /// A feature that is switched on for the whole cluster.
    struct ApiVersionsResponseFinalizedFeature<'a> {
        name: Cow<'a, str> => 3..;
        max_version_level: i16 => 3..;
        min_version_level: i16 => 3..;
    }
}
