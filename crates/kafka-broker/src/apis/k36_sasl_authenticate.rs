//! SaslAuthenticate (key 36), versions 0 to 2.
//!
//! Behaviour: carries a token of a login to the broker, and what it came to back. A login that fails is told so with
//! error 58, in words that do not say why. Where nobody has to log in, and after a login, it is out of turn: error 34.
//! Version notes: 1 tells after how long to log in again: never (0), or as the broker is set.
//! Not modelled: nothing.

use std::borrow::Cow;

use kafka_wire::ErrorCode;
use kafka_wire::messages::{SaslAuthenticateRequest, SaslAuthenticateResponse};

use super::{Call, Context, Entry, Handler, entry};
use crate::connection::Close;
use crate::login::Mechanism;
use crate::reply::Reply;

pub(super) const ENTRY: Entry = entry::<SaslAuthenticate>(0, 2);

struct SaslAuthenticate;

impl Handler for SaslAuthenticate {
    type Request<'a> = SaslAuthenticateRequest<'a>;

    async fn handle<'a>(
        _request: SaslAuthenticateRequest<'a>,
        _context: &'a Context<'a>,
    ) -> SaslAuthenticateResponse<'a> {
        let message = "SaslAuthenticate request received where no login is under way";
        failed(ErrorCode::ILLEGAL_SASL_STATE, message.into())
    }
}

/// The token that a request carries.
pub(super) fn token<'a>(call: &Call<'a>) -> Result<&'a [u8], Close> {
    Ok(call.decode::<SaslAuthenticateRequest<'_>>()?.auth_bytes)
}

/// The reply that carries the broker's token.
pub(super) fn carry(context: &Context<'_>, token: &[u8]) -> Result<Reply, Close> {
    context.reply(&SaslAuthenticateResponse { auth_bytes: Cow::Borrowed(token), ..Default::default() })
}

/// The reply that ends a login, with the broker's last token and how long it stands.
pub(super) fn accept(context: &Context<'_>, token: &[u8]) -> Result<Reply, Close> {
    let lasts = context.cluster.limits().session_max.unwrap_or_default();
    context.reply(&SaslAuthenticateResponse {
        auth_bytes: Cow::Borrowed(token),
        session_lifetime_ms: i64::try_from(lasts.as_millis()).unwrap_or(i64::MAX),
        ..Default::default()
    })
}

/// The reply to whoever would become somebody else on a connection.
pub(super) fn refuse_another(context: &Context<'_>) -> Result<Reply, Close> {
    let message = "Cannot change principals during re-authentication";
    context.reply(&failed(ErrorCode::SASL_AUTHENTICATION_FAILED, message.into()))
}

/// The reply to whoever could not show who they are.
pub(super) fn refuse(context: &Context<'_>, mechanism: Mechanism) -> Result<Reply, Close> {
    // Clients show these words, and people search for them: they are Kafka's.
    let message = match mechanism {
        Mechanism::Plain => "Authentication failed: Invalid username or password".into(),
        Mechanism::ScramSha256 | Mechanism::ScramSha512 => format!(
            "Authentication failed during authentication due to invalid credentials with SASL mechanism {}",
            mechanism.name()
        ),
    };
    context.reply(&failed(ErrorCode::SASL_AUTHENTICATION_FAILED, message.into()))
}

fn failed(error_code: ErrorCode, message: Cow<'_, str>) -> SaslAuthenticateResponse<'_> {
    SaslAuthenticateResponse { error_code, error_message: Some(message), ..Default::default() }
}
