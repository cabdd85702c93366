//! Errors of the cloud's gateway, before any product is concerned. Clients compare some of these texts, so
//! they are the vendor's to the letter. (Codes: the vendor's list of common errors.)

use std::borrow::Cow;

use hyper::StatusCode;
use signature::Mismatch;
use signature::explain::{self, Mistake};

use crate::permission::Forbidden;
use crate::rate::Throttled;
use crate::refusal::{Code, Refusal};
use crate::replay::Unclaimed;
use crate::request::Unread;

fn refuse(status: StatusCode, code: &'static str, message: impl Into<Cow<'static, str>>) -> Refusal {
    Refusal::new(status, Code::Fixed(code), message)
}

fn bad_request(code: &'static str, message: impl Into<Cow<'static, str>>) -> Refusal {
    refuse(StatusCode::BAD_REQUEST, code, message)
}

/// A required parameter or authentication field is absent or empty.
pub(crate) fn missing(name: &'static str) -> Refusal {
    let message = format!("{name} is mandatory for this action.");
    Refusal::new(StatusCode::BAD_REQUEST, Code::Missing(name), message)
}

/// A parameter's text is not of its type.
pub(crate) fn invalid_type(name: &'static str) -> Refusal {
    let message = format!("Specified parameter {name} is not valid.");
    Refusal::new(StatusCode::BAD_REQUEST, Code::Invalid(name), message)
}

pub(crate) fn unsupported_method() -> Refusal {
    bad_request("UnsupportedHTTPMethod", "This http method is not supported.")
}

pub(crate) fn invalid_format() -> Refusal {
    bad_request("InvalidParameter.Format", "The specified parameter Format is not valid.")
}

/// The query or body cannot be read without guessing.
pub(crate) fn unreadable(what: impl std::fmt::Display) -> Refusal {
    bad_request("InvalidParameter.Encoding", format!("The request is not readable: {what}."))
}

pub(crate) fn too_large() -> Refusal {
    refuse(StatusCode::PAYLOAD_TOO_LARGE, "RequestEntityTooLarge", "The request is too large.").closing()
}

/// Parameters could not be read.
pub(crate) fn unread(why: Unread) -> Refusal {
    match why {
        Unread::Malformed(malformed) => unreadable(malformed),
        Unread::TooMany => too_many_parameters(),
    }
}

fn too_many_parameters() -> Refusal {
    refuse(StatusCode::PAYLOAD_TOO_LARGE, "RequestEntityTooLarge", "The request has too many parameters.")
}

pub(crate) fn stalled() -> Refusal {
    refuse(StatusCode::REQUEST_TIMEOUT, "RequestTimeout", "The request was not received in time.").closing()
}

pub(crate) fn broken_body() -> Refusal {
    unreadable("the body is not framed as announced").closing()
}

pub(crate) fn unsupported_content(what: &'static str) -> Refusal {
    refuse(StatusCode::UNSUPPORTED_MEDIA_TYPE, "UnsupportedMediaType", what)
}

/// The fields that carry the signature do not fit together.
pub(crate) fn incomplete_signature() -> Refusal {
    bad_request("IncompleteSignature", "The request signature does not conform to Aliyun standards.")
}

pub(crate) fn invalid_signature_method() -> Refusal {
    bad_request("InvalidSignatureMethod", "Specified signature method is not valid.")
}

pub(crate) fn invalid_signature_version() -> Refusal {
    bad_request("InvalidSignatureVersion", "Specified signature version is not valid.")
}

pub(crate) fn timestamp_format() -> Refusal {
    bad_request("InvalidTimeStamp.Format", "Specified time stamp or date value is not well formatted.")
        .recommending(Mistake::TimeNotIso.to_string())
}

pub(crate) fn timestamp_expired() -> Refusal {
    bad_request("InvalidTimeStamp.Expired", "Specified time stamp or date value is expired.")
}

pub(crate) fn unknown_key() -> Refusal {
    refuse(StatusCode::NOT_FOUND, "InvalidAccessKeyId.NotFound", "Specified access key is not found.")
}

pub(crate) fn inactive_key() -> Refusal {
    bad_request("InvalidAccessKeyId.Inactive", "Specified access key is disabled.")
}

pub(crate) fn missing_token() -> Refusal {
    bad_request("MissingSecurityToken", "SecurityToken is mandatory for this action.")
}

pub(crate) fn foreign_token() -> Refusal {
    bad_request(
        "InvalidSecurityToken.MismatchWithAccessKey",
        "Specified SecurityToken mismatch with the AccessKey.",
    )
}

/// Old clients split this message at its first colon and compare the rest with their own string, to tell a
/// wrong secret from a bug of theirs. So what the mistake is stands beside it.
pub(crate) fn signature_mismatch(mismatch: &Mismatch, mistakes: &[Mistake]) -> Refusal {
    let string = mismatch.string_to_sign();
    let message =
        format!("Specified signature is not matched with our calculation. server string to sign is:{string}");
    bad_request("SignatureDoesNotMatch", message).recommending(explain::sentences(mistakes))
}

pub(crate) fn unclaimed(why: Unclaimed) -> Refusal {
    match why {
        Unclaimed::Used => bad_request("SignatureNonceUsed", "Specified signature nonce was used already."),
        Unclaimed::Expired => timestamp_expired(),
        Unclaimed::Full => {
            tracing::error!("the list of used nonces is full");
            unavailable()
        }
        Unclaimed::NotWritten(error) => {
            tracing::error!(%error, "a nonce could not be written");
            unavailable()
        }
    }
}

pub(crate) fn invalid_version() -> Refusal {
    bad_request("InvalidVersion", "Specified parameter Version is not valid.")
}

pub(crate) fn unknown_action() -> Refusal {
    refuse(
        StatusCode::NOT_FOUND,
        "InvalidAction.NotFound",
        "Specified api is not found, please check your url and method.",
    )
}

/// The caller's policies do not allow it. The first sentence is the vendor's; the second says what is missing.
pub(crate) fn forbidden(code: &'static str, forbidden: &Forbidden) -> Refusal {
    let (permission, resource) = (forbidden.permission, forbidden.resource_quoted());
    let message = format!(
        "User not authorized to operate on the specified resource, or this API doesn't support RAM. No policy \
         allows {permission} on {resource}, or one denies it."
    );
    refuse(StatusCode::FORBIDDEN, code, message)
}

pub(crate) fn throttled(Throttled { wait_ms }: Throttled) -> Refusal {
    let refusal = bad_request("Throttling.User", "Request was denied due to user flow control.");
    Refusal { retry_after_ms: Some(wait_ms), ..refusal }
}

pub(crate) fn internal_error() -> Refusal {
    refuse(
        StatusCode::INTERNAL_SERVER_ERROR,
        "InternalError",
        "The request processing has failed due to some unknown error, exception or failure.",
    )
}

pub(crate) fn unavailable() -> Refusal {
    refuse(
        StatusCode::SERVICE_UNAVAILABLE,
        "ServiceUnavailable",
        "The request has failed due to a temporary failure of the server.",
    )
}
