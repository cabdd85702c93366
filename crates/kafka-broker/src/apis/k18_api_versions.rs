//! ApiVersions (key 18), versions 0 to 4.
//!
//! Behaviour: tells the table of `apis`; needs no login. A version newer than ours is answered in version 0 with
//! error 35 and our range, so that the client can ask again (KIP-511). Software name and version must be of the
//! form the protocol asks for.
//! Version notes: 3 adds the client's software and feature flags; the response header never has tagged fields.
//! Of the feature flags, those of [`FEATURES`] are told.
//! Not modelled: the other feature flags, whose features are not offered.

use std::borrow::Cow;

use kafka_wire::messages::{
    ApiVersionsRequest, ApiVersionsResponse, ApiVersionsResponseApi, ApiVersionsResponseFinalizedFeature,
    ApiVersionsResponseSupportedFeature,
};
use kafka_wire::{ApiKey, ErrorCode, Versions};

use super::{Call, Context, Entry, Handler, entry, offered};
use crate::connection::Close;
use crate::reply::Reply;

pub(super) const ENTRY: Entry = entry::<ApiVersions>(0, 4);

/// Features by name, each with the version that is in force: group.version 1 is the newer group protocol
/// (KIP-848), transaction.version 2 has epochs that change with each transaction (KIP-890).
const FEATURES: [(&str, i16); 2] = [("group.version", 1), ("transaction.version", 2)];

struct ApiVersions;

impl Handler for ApiVersions {
    type Request<'a> = ApiVersionsRequest<'a>;

    async fn handle<'a>(
        request: ApiVersionsRequest<'a>,
        context: &'a Context<'a>,
    ) -> ApiVersionsResponse<'a> {
        told(&request, context.version)
    }
}

fn told(request: &ApiVersionsRequest<'_>, version: i16) -> ApiVersionsResponse<'static> {
    let well_formed = version < 3
        || (is_software(request.client_software_name) && is_software(request.client_software_version));
    if !well_formed {
        return ApiVersionsResponse { error_code: ErrorCode::INVALID_REQUEST, ..Default::default() };
    }
    let supported = |(name, version)| ApiVersionsResponseSupportedFeature {
        name: Cow::Borrowed(name),
        min_version: 0,
        max_version: version,
    };
    let finalized = |(name, version)| ApiVersionsResponseFinalizedFeature {
        name: Cow::Borrowed(name),
        max_version_level: version,
        min_version_level: version,
    };
    ApiVersionsResponse {
        api_keys: offered().map(row).collect(),
        supported_features: FEATURES.map(supported).to_vec(),
        // Features do not change while a broker runs.
        finalized_features_epoch: 0,
        finalized_features: FEATURES.map(finalized).to_vec(),
        ..Default::default()
    }
}

/// The reply to a client that has yet to log in: what others are told.
pub(super) fn tell(call: &Call<'_>) -> Result<Reply, Close> {
    match ENTRY.versions.contains(call.context.version) {
        true => call.context.reply(&told(&call.decode()?, call.context.version)),
        false => unsupported(call.context),
    }
}

/// The answer to a version we do not know.
pub(super) fn unsupported(context: &Context<'_>) -> Result<Reply, Close> {
    let response = ApiVersionsResponse {
        error_code: ErrorCode::UNSUPPORTED_VERSION,
        api_keys: offered().filter(|(key, _)| *key == ApiKey::API_VERSIONS).map(row).collect(),
        ..Default::default()
    };
    Reply::new(0, context.correlation_id, &response)
}

fn row((api_key, versions): (ApiKey, Versions)) -> ApiVersionsResponseApi {
    ApiVersionsResponseApi { api_key, min_version: versions.min, max_version: versions.max }
}

/// `[a-zA-Z0-9](?:[a-zA-Z0-9\-.]*[a-zA-Z0-9])?`
fn is_software(text: &str) -> bool {
    let bytes = text.as_bytes();
    let ends = [bytes.first(), bytes.last()];
    ends.iter().all(|end| end.is_some_and(u8::is_ascii_alphanumeric))
        && bytes.iter().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.'))
}

#[cfg(test)]
mod tests {
    use super::is_software;

    #[test]
    fn software_names_begin_and_end_with_a_letter_or_digit() {
        for good in ["a", "librdkafka", "apache-kafka-java", "2.15.0", "3"] {
            assert!(is_software(good), "{good}");
        }
        for bad in ["", "-", ".a", "a-", "a b", "a_b", "ä"] {
            assert!(!is_software(bad), "{bad}");
        }
    }
}
