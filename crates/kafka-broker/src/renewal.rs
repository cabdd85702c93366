//! Logins that have an end, and are made again on the living connection (KIP-368).
//!
//! Where a session has an end the client is told of it, and logs in anew before that as it did first, by the same
//! mechanism and as the same user. One that does not is closed when it next asks for something else. What withdraws a
//! login withdraws it all the same: the user's end, and another password.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use kafka_wire::ApiKey;

use crate::apis::{Guest, Progress, Unadmitted};
use crate::cluster::Cluster;
use crate::connection::{Close, Peer};
use crate::login::{Login, Mechanism};
use crate::reply::Reply;

/// Between two beginnings, as in Kafka: checking a password is work.
const EVERY_MIN: Duration = Duration::from_secs(1);

/// A login's session.
pub(crate) struct Session {
    mechanism: Mechanism,
    /// How long it lasts, and when it ends; none when it does not.
    term: Option<(Duration, Duration)>,
    begun_last: Duration,
    /// The login that is to renew it, while it goes on.
    renewing: Option<Guest>,
}

/// What a frame of a renewal has come to.
pub(crate) enum Renewal {
    /// Send this and go on.
    Going(Reply),
    /// Send this, if there is something to be sent, and close.
    Refused(Option<Reply>, Unadmitted),
}

impl Session {
    /// That of a login just made.
    pub(crate) fn new(login: &Login, cluster: &Cluster) -> Self {
        let now = cluster.clock().elapsed();
        let term = cluster.limits().session_max.map(|lasts| (lasts, now + lasts));
        Self { mechanism: login.mechanism(), term, begun_last: now, renewing: None }
    }

    /// Whether a renewal goes on.
    pub(crate) fn is_renewing(&self) -> bool {
        self.renewing.is_some()
    }

    /// Whether a frame (without its length) is for [`Self::renew`], and not a request like others. Fails when it is one
    /// and the session is over.
    pub(crate) fn concerns(&mut self, cluster: &Cluster, peer: &Peer, frame: &[u8]) -> Result<bool, Close> {
        let Some((_, ends)) = self.term else { return Ok(false) };
        if self.renewing.is_some() {
            return Ok(true);
        }
        let now = cluster.clock().elapsed();
        let begins = frame.first_chunk() == Some(&ApiKey::SASL_HANDSHAKE.0.to_be_bytes());
        if begins && now.saturating_sub(self.begun_last) >= EVERY_MIN {
            let user = peer.principal.known().unwrap_or_default();
            self.renewing = Some(Guest::renewing(user, self.mechanism));
            self.begun_last = now;
            return Ok(true);
        }
        if !begins && now >= ends {
            cluster.metrics().session_expired(peer.advertised.port);
            return Err(Close::Request("its session is over".into()));
        }
        Ok(false)
    }

    /// Takes one frame of a renewal.
    pub(crate) async fn renew(
        &mut self,
        cluster: &Arc<Cluster>,
        peer: &Peer,
        frame: Bytes,
    ) -> Result<Renewal, Close> {
        let Some(guest) = &mut self.renewing else {
            return Err(Close::Request("it does not log in".into()));
        };
        Ok(match guest.take(cluster, peer, frame).await? {
            Progress::Going(reply) => Renewal::Going(reply),
            // The login that began the session goes on watching over its user.
            Progress::In(reply, _) => {
                self.renewing = None;
                self.term = self.term.map(|(lasts, _)| (lasts, cluster.clock().elapsed() + lasts));
                Renewal::Going(reply)
            }
            Progress::Out(reply, unadmitted) => Renewal::Refused(reply, unadmitted),
        })
    }
}
