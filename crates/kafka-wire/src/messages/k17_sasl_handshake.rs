//! SaslHandshake (key 17), versions 0 to 1: a login mechanism is chosen.

use std::borrow::Cow;

use crate::error_code::ErrorCode;
use crate::table::api;

api! {
    /// Chooses how to log in. In version 0 raw tokens follow; from version 1 they travel in
    /// SaslAuthenticate.
    SaslHandshake { key 17, versions 0..=1, flexible never }

    request SaslHandshakeRequest<'a> {
        mechanism: &'a str => 0..;
    }

    response SaslHandshakeResponse<'a> {
        error_code: ErrorCode => 0..;
        /// What the broker offers.
        mechanisms: Vec<Cow<'a, str>> => 0..;
    }
}
