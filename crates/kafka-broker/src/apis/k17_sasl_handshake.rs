//! SaslHandshake (key 17), versions 0 to 1.
//!
//! Behaviour: chooses how to log in. A mechanism that is not offered is refused with error 33 and those that are;
//! then the connection ends. Where nobody has to log in, after a login, and a second time in one, it is out of turn:
//! error 34.
//! Version notes: after version 0 tokens travel as bare frames, after version 1 in SaslAuthenticate.
//! Where logins have an end, one after a login begins the next on the living connection (KIP-368), once a second at
//! most; elsewhere that is out of turn.
//! Not modelled: nothing.

use std::borrow::Cow;

use kafka_wire::ErrorCode;
use kafka_wire::messages::{SaslHandshakeRequest, SaslHandshakeResponse};

use super::{Call, Context, Entry, Handler, entry};
use crate::connection::Close;
use crate::login::Mechanism;
use crate::reply::Reply;

pub(super) const ENTRY: Entry = entry::<SaslHandshake>(0, 1);

struct SaslHandshake;

impl Handler for SaslHandshake {
    type Request<'a> = SaslHandshakeRequest<'a>;

    async fn handle<'a>(
        _request: SaslHandshakeRequest<'a>,
        _context: &'a Context<'a>,
    ) -> SaslHandshakeResponse<'a> {
        out_of_turn()
    }
}

fn out_of_turn() -> SaslHandshakeResponse<'static> {
    SaslHandshakeResponse { error_code: ErrorCode::ILLEGAL_SASL_STATE, ..Default::default() }
}

/// The reply to a client that has chosen before.
pub(super) fn refuse(context: &Context<'_>) -> Result<Reply, Close> {
    context.reply(&out_of_turn())
}

/// What a client that is to log in has chosen, and the reply.
pub(super) fn choose(call: &Call<'_>) -> Result<(Option<Mechanism>, Reply), Close> {
    let chosen = Mechanism::named(call.decode::<SaslHandshakeRequest<'_>>()?.mechanism);
    let response = SaslHandshakeResponse {
        error_code: match chosen {
            Some(_) => ErrorCode::NONE,
            None => ErrorCode::UNSUPPORTED_SASL_MECHANISM,
        },
        mechanisms: Mechanism::ALL.into_iter().map(|offered| Cow::Borrowed(offered.name())).collect(),
    };
    Ok((chosen, call.context.reply(&response)?))
}
