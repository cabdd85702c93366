//! SaslAuthenticate (key 36), versions 0 to 2: a login token travels.

use std::borrow::Cow;

use crate::error_code::ErrorCode;
use crate::table::api;

api! {
    /// Carries one token of a login, after SaslHandshake in version 1 or later.
    SaslAuthenticate { key 36, versions 0..=2, flexible 2 }

    request SaslAuthenticateRequest<'a> {
        auth_bytes: &'a [u8] => 0..;
    }

    response SaslAuthenticateResponse<'a> {
        error_code: ErrorCode => 0..;
        /// More about the error; null without one.
        error_message: Option<Cow<'a, str>> => 0..;
        auth_bytes: Cow<'a, [u8]> => 0..;
        /// After how long the client has to log in again; 0 for never.
        session_lifetime_ms: i64 => 1.., else ignore;
    }
}
