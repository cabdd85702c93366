//! The way in through a listener on which clients log in: bounded in time and memory, for anybody can come that far.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{sleep, timeout};

use crate::apis::{Guest, Progress, Unadmitted};
use crate::budget::RequestBudget;
use crate::cluster::Cluster;
use crate::connection::{Close, Ended, Peer};
use crate::frames::{FIRST_BYTES, FrameReader, FrameWriter};
use crate::login::Login;
use crate::refusals::{LoginRefusal, Refused};

/// The longest frame before a login, as in Kafka.
pub(crate) const FRAME_BYTES_MAX: usize = 512 * 1024;
/// Memory of all frames before a login, beyond what each connection has anyway: together 64 MiB at 10,000 connections.
const FRAMES_BYTES_MAX: usize = 24 * 1024 * 1024;
/// How long the answer to a failed login is held back, as in Kafka: who guesses is to be slow.
const FAILURE_DELAY: Duration = Duration::from_millis(100);

/// The budget of frames before a login. No real login goes beyond what is free, so that whoever spends it keeps only
/// their like waiting.
pub(crate) fn budget() -> RequestBudget {
    RequestBudget::beyond(FIRST_BYTES, FRAMES_BYTES_MAX)
}

/// Has the client log in.
pub(crate) async fn log_in(
    cluster: &Arc<Cluster>,
    peer: &Peer,
    reader: &mut FrameReader,
    writer: &mut FrameWriter,
) -> Result<Login, Ended> {
    reader.limit(FRAME_BYTES_MAX);
    let ended = timeout(cluster.limits().login_max, greet(cluster, peer, reader, writer)).await;
    let login = ended.unwrap_or_else(|_| {
        stray(cluster, peer, LoginRefusal::Late);
        Err(Ended::Broken("it did not log in in time".into()))
    })?;
    reader.limit(cluster.limits().frame_bytes_max);
    Ok(login)
}

async fn greet(
    cluster: &Arc<Cluster>,
    peer: &Peer,
    reader: &mut FrameReader,
    writer: &mut FrameWriter,
) -> Result<Login, Ended> {
    let mut guest = Guest::default();
    let off = |ended: Ended, why| {
        // Whoever hangs up is not refused, and who speaks otherwise than the port does is told of as that.
        if matches!(ended, Ended::Broken(_)) {
            stray(cluster, peer, why);
        }
        ended
    };
    loop {
        let next = reader.next(cluster.login_budget()).await;
        let (frame, _share) = next.map_err(|error| off(error.into(), LoginRefusal::Frame))?;
        cluster.metrics().received(frame.len());
        let progress = tokio::select! {
            biased;
            progress = guest.take(cluster, peer, frame) => progress,
            // Whoever hangs up while the password waits to be checked must not have it checked.
            ahead = reader.ahead(FIRST_BYTES) => return Err(match ahead {
                Ok(()) => {
                    off(Ended::Broken("it sends on and on before it is answered".into()), LoginRefusal::Frame)
                }
                Err(error) => error.into(),
            }),
        };
        let progress = progress.map_err(|close| match close {
            Close::Request(_) => off(Ended::closed(close, cluster), LoginRefusal::OutOfTurn),
            fault @ Close::Fault(_) => Ended::closed(fault, cluster),
        })?;
        let (reply, ended) = match progress {
            Progress::Going(reply) => (Some(reply), None),
            Progress::In(reply, login) => (Some(reply), Some(Ok(login))),
            Progress::Out(reply, unadmitted) => (reply, Some(Err(refuse(cluster, peer, unadmitted).await))),
        };
        if let Some(reply) = reply {
            writer.send(&reply).await?;
            cluster.metrics().sent(reply.len());
        }
        if let Some(ended) = ended {
            return ended;
        }
    }
}

/// Notes that a login was refused, and lets some time go by before that is answered.
pub(crate) async fn refuse(cluster: &Cluster, peer: &Peer, unadmitted: Unadmitted) -> Ended {
    let Unadmitted { user, mechanism, why } = unadmitted;
    cluster.metrics().login_failed(peer.port);
    cluster.refusal_tell(peer.address.ip(), user.as_deref(), || Refused::Login { mechanism, why });
    sleep(FAILURE_DELAY).await;
    Ended::Broken(format!("a login was refused: {}", why.text()))
}

/// Notes that a client had to go for what it sent instead of a login, or for being slow with it.
fn stray(cluster: &Cluster, peer: &Peer, why: LoginRefusal) {
    cluster.metrics().strayed(peer.port);
    cluster.refusal_tell(peer.address.ip(), None, || Refused::Login { mechanism: None, why });
}

#[cfg(test)]
mod tests {
    use kafka_wire::Rope;
    use kafka_wire::messages::{SaslAuthenticateRequest, SaslHandshakeRequest};
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    use tokio::net::TcpStream;

    use machine::random::Random;
    use machine::secret::Secret;

    use super::*;
    use crate::broker::Limits;
    use crate::cluster::{ClusterSettings, LoginListener};
    use crate::door::AllowedAddresses;
    use crate::login::{Mechanism, User, Verifier};
    use crate::testing::{TestCluster, until};

    /// A cluster on which guests have all the time in the world.
    async fn cluster() -> TestCluster {
        let limits = Limits { login_max: Duration::from_secs(3_600), ..Limits::default() };
        let cluster = TestCluster::start(ClusterSettings::default(), limits).await;
        let listener = LoginListener {
            port: 0,
            allowed: AllowedAddresses::default(),
            is_secured: false,
            is_public: false,
        };
        cluster.logins_set(vec![listener]).await.unwrap();
        cluster
    }

    /// A guest whose password waits to be checked.
    async fn waiting(cluster: &Arc<Cluster>, user: &str) -> TcpStream {
        let mut socket = TcpStream::connect(cluster.login_addresses().await[0]).await.unwrap();
        let mut rope = Rope::new();
        rope.request(1, 1, None, &SaslHandshakeRequest { mechanism: "PLAIN" }).unwrap();
        let claim = format!("\0{user}\0password");
        rope.request(2, 2, None, &SaslAuthenticateRequest { auth_bytes: claim.as_bytes() }).unwrap();
        socket.write_all(rope.bytes()).await.unwrap();
        until(|| cluster.login_means().checks.first_count() == 1).await;
        socket
    }

    #[tokio::test]
    async fn a_guest_that_hangs_up_or_sends_on_and_on_takes_no_turn() {
        let cluster = cluster().await;
        let checks = cluster.login_means().checks;
        let _held = checks.hold().await;
        drop(waiting(&cluster, "user").await);
        until(|| checks.first_count() == 0).await;
        let mut socket = waiting(&cluster, "user").await;
        // It may be closed before all of it is out.
        socket.write_all(&vec![0; 2 * FIRST_BYTES]).await.ok();
        until(|| checks.first_count() == 0).await;
    }

    /// What takes time is the check: nobody is refused without one, so that time does not tell who is there.
    #[tokio::test]
    async fn who_is_not_there_waits_for_a_check_like_who_is() {
        let cluster = cluster().await;
        let verifier = Verifier::new(Mechanism::Plain, &Secret::new("pencil".into()), &Random::system());
        cluster.users_set(vec![User { name: "there".into(), mechanism: Mechanism::Plain, verifier }]);
        let checks = cluster.login_means().checks;
        for user in ["there", "nobody"] {
            let held = checks.hold().await;
            let mut socket = waiting(&cluster, user).await;
            drop(held);
            let mut replies = Vec::new();
            socket.read_to_end(&mut replies).await.unwrap();
            assert!(String::from_utf8_lossy(&replies).contains("Invalid username or password"), "{user}");
            until(|| checks.first_count() == 0).await;
        }
    }

    #[tokio::test]
    async fn a_guest_that_waits_is_answered_when_its_turn_comes() {
        let cluster = cluster().await;
        let held = cluster.login_means().checks.hold().await;
        let mut socket = waiting(&cluster, "user").await;
        drop(held);
        let mut replies = Vec::new();
        socket.read_to_end(&mut replies).await.unwrap();
        assert!(String::from_utf8_lossy(&replies).contains("Invalid username or password"), "{replies:?}");
        let refused: u64 = cluster.refusals().iter().map(|(_, count)| count.logins).sum();
        assert_eq!(refused, 1);
    }
}
