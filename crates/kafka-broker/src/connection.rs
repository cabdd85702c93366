//! One client connection: frames are taken, started and answered strictly in order.
//!
//! One task, two halves. The reading half runs one request at a time; a Produce is appended before the next
//! frame is read but its wait for the disk is handed on, so that several may share one sync. The writing half
//! finishes what it is handed, in order, and sends it.
//!
//! What a connection only needs while it is busy is on the heap then and not in its task, which lives as long as it does:
//! most connections are quiet most of the time.

use std::io::ErrorKind;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;

use bytes::Bytes;
use tokio::sync::{Semaphore, SemaphorePermit, mpsc};
use tokio::time::timeout;

use crate::apis;
use crate::budget::Share;
use crate::cluster::Cluster;
use crate::entrance;
use crate::frames::{FrameError, FrameReader, FrameWriter, STALL_MAX};
use crate::principal::Principal;
use crate::quota::Pause;
use crate::refusals::Refused;
use crate::renewal::{Renewal, Session};
use crate::reply::Reply;
use crate::sightings::Trail;
use crate::socket::ClientSocket;

/// Requests of one connection that may wait for the disk at the same time.
const PIPELINE_MAX: usize = 64;
/// Bytes of replies of one connection that may wait to be sent. Beyond them it is not read; one reply may be longer.
const REPLIES_BYTES_MAX: usize = 256 * 1024;

/// Who is at the other end.
#[derive(Debug)]
pub(crate) struct Peer {
    /// Its address.
    pub(crate) address: SocketAddr,
    /// The listener's port.
    pub(crate) port: u16,
    /// Where it dialled; replies send it there again.
    pub(crate) advertised: Arc<Advertised>,
    /// Whom it acts for.
    pub(crate) principal: Principal,
    /// Whether it is the host of this broker itself.
    pub(crate) is_host: bool,
    /// Of two connections, the one that was accepted later has the greater one.
    pub(crate) number: u64,
    /// Whether it came through a public listener.
    pub(crate) is_public: bool,
    /// How long nothing is read from it.
    pub(crate) pause: Pause,
    /// Where what it asks is noted; not what the host asks, who is no client, nor what comes before a login.
    pub(crate) trail: Option<Trail>,
}

impl Peer {
    /// Its address without the port, as groups show it.
    pub(crate) fn host(&self) -> String {
        self.address.ip().to_string()
    }
}

/// What a listener says of itself in Metadata and FindCoordinator.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Advertised {
    pub(crate) host: String,
    pub(crate) port: u16,
}

impl Advertised {
    /// This address.
    pub(crate) fn at(address: SocketAddr) -> Self {
        Self { host: address.ip().to_string(), port: address.port() }
    }
}

/// What a request has come to.
pub(crate) enum Outcome {
    /// Send this.
    Reply(Reply),
    /// Send nothing (a Produce that asks for no acknowledgement).
    Silence,
    /// The request took effect; its reply follows when it is durable.
    Later(Pin<Box<dyn Future<Output = Result<Reply, Close>> + Send>>),
}

/// The request cannot be answered in Kafka's protocol: the connection ends. The texts are for the log.
#[derive(Debug)]
pub(crate) enum Close {
    /// The client's doing: it asked for something that has no answer, or for none.
    Request(String),
    /// Ours: there is an answer, and it cannot be written. It counts like a panic of the connection.
    Fault(String),
}

/// On the heap, because the queue of a connection that asks for nothing has room for many.
type Started<'a> = Box<InFlight<'a>>;

struct InFlight<'a> {
    outcome: Outcome,
    _share: Share,
    _room: SemaphorePermit<'a>,
}

impl Outcome {
    /// Memory that it takes until it is sent, in bytes; what is still to come is short.
    fn size(&self) -> usize {
        match self {
            Self::Reply(reply) => reply.memory(),
            Self::Silence | Self::Later(_) => 0,
        }
    }
}

/// Serves until either side has had enough. Where logins are asked for, one comes first.
pub(crate) async fn serve(cluster: &Arc<Cluster>, socket: ClientSocket, peer: &mut Peer, asks_login: bool) {
    let (read, write) = socket.into_split();
    let mut reader = FrameReader::new(read, cluster.limits().frame_bytes_max);
    let mut writer = FrameWriter::new(write);
    let ended = match asks_login {
        false => requests(cluster, peer, None, &mut reader, &mut writer).await,
        true => match Box::pin(entrance::log_in(cluster, peer, &mut reader, &mut writer)).await {
            Ok(mut login) => {
                peer.principal = Principal::user(login.name());
                let session = Box::new(Session::new(&login, cluster));
                tokio::select! {
                    biased;
                    () = login.withdrawn() => Ended::Broken("its user is gone, or has another password".into()),
                    ended = Box::pin(requests(cluster, peer, Some(session), &mut reader, &mut writer)) => ended,
                }
            }
            Err(ended) => ended,
        },
    };
    let Peer { address, principal, .. } = peer;
    match ended {
        Ended::Client => tracing::debug!(peer = %address, %principal, "connection closed"),
        Ended::Broken(reason) => {
            tracing::info!(peer = %address, %principal, cluster = cluster.name(), reason, "connection dropped");
        }
        Ended::Misdialled(reason) => {
            let port = peer.port;
            cluster.metrics().misdialled(port);
            cluster.refusal_tell(address.ip(), None, || Refused::Transport);
            tracing::warn!(peer = %address, cluster = cluster.name(), port, reason, "connection dropped");
        }
    }
}

/// Answers requests; those of a login for as long as its session lasts.
async fn requests(
    cluster: &Arc<Cluster>,
    peer: &mut Peer,
    session: Option<Box<Session>>,
    reader: &mut FrameReader,
    writer: &mut FrameWriter,
) -> Ended {
    peer.trail = (!peer.is_host).then(|| cluster.sightings().follow(peer.address));
    let peer = &*peer;
    let room = Semaphore::new(REPLIES_BYTES_MAX);
    let (started, in_flight) = mpsc::channel(PIPELINE_MAX);
    let sending = send(cluster, writer, in_flight);
    tokio::pin!(sending);
    tokio::select! {
        ended = take(cluster, peer, session, reader, &room, started) => {
            // What was started is still answered: a client may close its sending side and go on reading, and
            // a bad frame does not undo the good ones before it.
            sending.await;
            ended
        }
        ended = &mut sending => ended,
    }
}

/// Why a connection ends.
pub(crate) enum Ended {
    /// The client has had enough.
    Client,
    /// It cannot go on, for this reason.
    Broken(String),
    /// It speaks otherwise than its port does.
    Misdialled(String),
}

impl Ended {
    pub(crate) fn closed(close: Close, cluster: &Cluster) -> Self {
        match close {
            Close::Request(reason) => Self::Broken(reason),
            Close::Fault(reason) => {
                tracing::error!(cluster = cluster.name(), reason, "a reply could not be written");
                cluster.metrics().panic();
                Self::Broken(reason)
            }
        }
    }
}

impl From<FrameError> for Ended {
    fn from(error: FrameError) -> Self {
        match error {
            FrameError::Closed => Self::Client,
            // A client that dies leaves whatever it was doing; that is no event of ours.
            FrameError::Io(error)
                if matches!(
                    error.kind(),
                    ErrorKind::ConnectionReset | ErrorKind::BrokenPipe | ErrorKind::UnexpectedEof
                ) =>
            {
                Self::Client
            }
            FrameError::Handshake => Self::Misdialled(error.to_string()),
            error => Self::Broken(error.to_string()),
        }
    }
}

/// The reading half. Ends by giving up `started`, which lets the writing half finish.
async fn take<'a>(
    cluster: &Arc<Cluster>,
    peer: &Peer,
    mut session: Option<Box<Session>>,
    reader: &mut FrameReader,
    room: &'a Semaphore,
    started: mpsc::Sender<Started<'a>>,
) -> Ended {
    loop {
        if peer.pause.is_set() {
            // Whoever hangs up meanwhile is not waited for.
            tokio::select! {
                () = Box::pin(peer.pause.over(cluster.clock())) => {}
                () = reader.gone() => return Ended::Client,
            }
        }
        if let Some(session) = &session {
            let bytes_max = cluster.limits().frame_bytes_max;
            reader.limit(if session.is_renewing() { entrance::FRAME_BYTES_MAX } else { bytes_max });
        }
        let (frame, mut share) = match reader.next(cluster.budget()).await {
            Ok(next) => next,
            Err(error) => return error.into(),
        };
        let received = frame.len();
        cluster.metrics().received(received);
        let outcome = tokio::select! {
            biased;
            outcome = Box::pin(answer(cluster, peer, session.as_deref_mut(), frame)) => outcome,
            () = reader.gone() => return Ended::Client,
        };
        let (outcome, ended) = match outcome {
            Ok(Answer::Going(outcome)) => (outcome, None),
            Ok(Answer::Last(reply, ended)) => (reply.map_or(Outcome::Silence, Outcome::Reply), Some(ended)),
            Err(close) => return Ended::closed(close, cluster),
        };
        // A client that asks and asks and takes no answer must not have us keep them all.
        let size = outcome.size();
        let bytes = u32::try_from(size.min(REPLIES_BYTES_MAX)).unwrap_or(u32::MAX);
        let _room = room.acquire_many(bytes).await.expect("the semaphore is never closed");
        let grown = timeout(STALL_MAX, share.grow(received + size, cluster.budget()));
        if Box::pin(grown).await.is_err() {
            return FrameError::NoRoom.into();
        }
        let sent = started.send(Box::new(InFlight { outcome, _share: share, _room })).await;
        match ended {
            Some(ended) => return ended,
            // The writing half has ended first, and its reason counts.
            None if sent.is_err() => return Ended::Client,
            None => {}
        }
    }
}

/// What comes of a frame.
enum Answer {
    Going(Outcome),
    /// The connection ends when this is sent.
    Last(Option<Reply>, Ended),
}

/// Answers a frame: a request, or a part of a login that renews the session.
async fn answer(
    cluster: &Arc<Cluster>,
    peer: &Peer,
    session: Option<&mut Session>,
    frame: Bytes,
) -> Result<Answer, Close> {
    if let Some(session) = session
        && session.concerns(cluster, peer, &frame)?
    {
        // On the heap, so that a connection holds the room of a login only while there is one.
        return Ok(match Box::pin(session.renew(cluster, peer, frame)).await? {
            Renewal::Going(reply) => Answer::Going(Outcome::Reply(reply)),
            Renewal::Refused(reply, unadmitted) => {
                Answer::Last(reply, entrance::refuse(cluster, peer, unadmitted).await)
            }
        });
    }
    apis::handle(cluster, peer, frame).await.map(Answer::Going)
}

/// The writing half. Ends when all that was started is sent, or the peer takes no more.
async fn send(
    cluster: &Cluster,
    writer: &mut FrameWriter,
    mut in_flight: mpsc::Receiver<Started<'_>>,
) -> Ended {
    while let Some(started) = in_flight.recv().await {
        let InFlight { outcome, _share, _room } = *started;
        let reply = match outcome {
            Outcome::Reply(reply) => reply,
            Outcome::Silence => continue,
            Outcome::Later(reply) => match reply.await {
                Ok(reply) => reply,
                Err(close) => return Ended::closed(close, cluster),
            },
        };
        if let Err(error) = Box::pin(writer.send(&reply)).await {
            return error.into();
        }
        cluster.metrics().sent(reply.len());
    }
    Ended::Client
}

#[cfg(test)]
mod tests {
    use super::*;

    type Served = (&'static Arc<Cluster>, ClientSocket, &'static mut Peer, bool);

    fn size<F: Future>(_: impl Fn(Served) -> F) -> usize {
        size_of::<F>()
    }

    /// Beside its socket and what the runtime keeps of a task, this is what it costs, for as long as it is open.
    #[test]
    fn a_quiet_connection_takes_little() {
        let size = size(|(cluster, socket, peer, asks_login)| serve(cluster, socket, peer, asks_login));
        assert!(size <= 1_408, "{size}");
        // The queue has room for 32 of them from the beginning.
        assert_eq!(size_of::<Started<'_>>(), size_of::<usize>());
    }
}
