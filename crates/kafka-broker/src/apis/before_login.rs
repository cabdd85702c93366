//! What is answered before a login: which versions there are, and the login itself. Nothing else is.

use std::sync::Arc;

use bytes::Bytes;
use kafka_wire::{ApiKey, RequestHeader};

use super::{
    Call, Context, TABLE, k17_sasl_handshake, k18_api_versions, k36_sasl_authenticate, named_close, row,
};
use crate::cluster::Cluster;
use crate::connection::{Close, Peer};
use crate::login::{Dialogue, Login, Mechanism, Step};
use crate::refusals::LoginRefusal;
use crate::reply::Reply;

/// A client that has yet to log in.
#[derive(Default)]
pub(crate) struct Guest {
    dialogue: Dialogue,
    /// Whether its tokens come as bare frames.
    is_bare: bool,
    /// As whom, and how, it has logged in before.
    renews: Option<(String, Mechanism)>,
}

/// What a guest's frame has come to.
pub(crate) enum Progress {
    /// Send this and go on.
    Going(Reply),
    /// Send this: the client is logged in.
    In(Reply, Login),
    /// Send this, if there is something to be sent, and close.
    Out(Option<Reply>, Unadmitted),
}

/// Somebody who was not let in.
pub(crate) struct Unadmitted {
    /// Whom it said to be, if it came so far.
    pub(crate) user: Option<String>,
    /// How it would log in, if it had chosen.
    pub(crate) mechanism: Option<Mechanism>,
    pub(crate) why: LoginRefusal,
}

impl Unadmitted {
    /// Somebody who did not say more than this.
    fn unnamed(mechanism: Option<Mechanism>, why: LoginRefusal) -> Self {
        Self { user: None, mechanism, why }
    }

    /// Somebody else than before on the same connection.
    fn another(login: &Login) -> Self {
        let (user, mechanism) = (Some(login.name().to_owned()), Some(login.mechanism()));
        Self { user, mechanism, why: LoginRefusal::Another }
    }

    fn refused(mechanism: Mechanism, user: Option<String>) -> Self {
        Self { user, mechanism: Some(mechanism), why: LoginRefusal::Credentials }
    }
}

impl Guest {
    /// A client that logs in again, which it must do as this user, in this way.
    pub(crate) fn renewing(user: &str, mechanism: Mechanism) -> Self {
        Self { renews: Some((user.to_owned(), mechanism)), ..Self::default() }
    }

    /// Whether it has logged in as somebody else before, or in another way.
    fn was_another(&self, login: &Login) -> bool {
        let before = self.renews.as_ref();
        before.is_some_and(|(user, mechanism)| user != login.name() || *mechanism != login.mechanism())
    }

    /// Takes one frame (without its length).
    pub(crate) async fn take(
        &mut self,
        cluster: &Arc<Cluster>,
        peer: &Peer,
        frame: Bytes,
    ) -> Result<Progress, Close> {
        if self.is_bare {
            return Ok(self.bare_token(cluster, &frame).await);
        }
        let (header, body) = RequestHeader::decode(&frame)
            .map_err(|error| Close::Request(format!("unreadable header: {error}")))?;
        let row = row(header.api_key);
        let is_offered = row.is_some_and(|row| TABLE[row].versions.contains(header.api_version));
        let context = Context {
            cluster,
            peer,
            client_id: header.client_id.unwrap_or_default(),
            key: header.api_key,
            version: header.api_version,
            correlation_id: header.correlation_id,
        };
        let call = Call { context: &context, body };
        let begun = cluster.clock().elapsed();
        let progress = match header.api_key {
            ApiKey::API_VERSIONS => k18_api_versions::tell(&call).map(Progress::Going),
            ApiKey::SASL_HANDSHAKE if is_offered && self.dialogue.mechanism().is_some() => {
                let refusal = k17_sasl_handshake::refuse(&context);
                let unadmitted = Unadmitted::unnamed(self.dialogue.mechanism(), LoginRefusal::OutOfTurn);
                refusal.map(|reply| Progress::Out(Some(reply), unadmitted))
            }
            ApiKey::SASL_HANDSHAKE if is_offered => self.handshake(&call),
            ApiKey::SASL_AUTHENTICATE if is_offered => self.token(&call).await,
            _ => Err(Close::Request("it is not answered before a login".into())),
        };
        if let (Some(row), Ok(_)) = (row, &progress) {
            cluster.metrics().request(row, cluster.clock().elapsed().saturating_sub(begun));
        }
        progress.map_err(|close| named_close(&header, close))
    }

    fn handshake(&mut self, call: &Call<'_>) -> Result<Progress, Close> {
        let (chosen, reply) = k17_sasl_handshake::choose(call)?;
        let Some(mechanism) = chosen else {
            return Ok(Progress::Out(Some(reply), Unadmitted::unnamed(None, LoginRefusal::Mechanism)));
        };
        self.dialogue.choose(mechanism);
        self.is_bare = call.context.version == 0;
        Ok(Progress::Going(reply))
    }

    async fn token(&mut self, call: &Call<'_>) -> Result<Progress, Close> {
        let token = k36_sasl_authenticate::token(call)?;
        let step = self.dialogue.token(token, &call.context.cluster.login_means()).await;
        Ok(match step.ok_or_else(|| Close::Request("a token without a mechanism".into()))? {
            Step::Challenge(token) => Progress::Going(k36_sasl_authenticate::carry(call.context, &token)?),
            Step::Accepted(_, login) if self.was_another(&login) => {
                let reply = k36_sasl_authenticate::refuse_another(call.context)?;
                Progress::Out(Some(reply), Unadmitted::another(&login))
            }
            Step::Accepted(token, login) => {
                Progress::In(k36_sasl_authenticate::accept(call.context, &token)?, login)
            }
            Step::Refused(mechanism, user) => {
                let reply = k36_sasl_authenticate::refuse(call.context, mechanism)?;
                Progress::Out(Some(reply), Unadmitted::refused(mechanism, user))
            }
        })
    }

    /// The way of clients from before there was SaslAuthenticate: tokens alone, and a close for a refusal.
    async fn bare_token(&mut self, cluster: &Cluster, token: &[u8]) -> Progress {
        match self.dialogue.token(token, &cluster.login_means()).await {
            Some(Step::Challenge(token)) => Progress::Going(Reply::bare(&token)),
            Some(Step::Accepted(_, login)) if self.was_another(&login) => {
                Progress::Out(None, Unadmitted::another(&login))
            }
            Some(Step::Accepted(token, login)) => Progress::In(Reply::bare(&token), login),
            Some(Step::Refused(mechanism, user)) => Progress::Out(None, Unadmitted::refused(mechanism, user)),
            None => Progress::Out(None, Unadmitted::unnamed(None, LoginRefusal::OutOfTurn)),
        }
    }
}
