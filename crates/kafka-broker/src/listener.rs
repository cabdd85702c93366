//! One listening port of one cluster.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use socket2::{Domain, Protocol, SockRef, Socket, Type};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio_rustls::rustls::ServerConfig;

use crate::cluster::Cluster;
use crate::connection::{self, Advertised, Peer};
use crate::door::{Admission, Door};
use crate::forwarded::{canonical, client_of};
use crate::metrics::ThrottleKind;
use crate::places::Place;
use crate::principal::Principal;
use crate::quota::Pause;
use crate::refusals::Refused;
use crate::secured::{HandshakeError, shake_hands};
use crate::socket::ClientSocket;

/// Connections the kernel holds for us before we accept them.
const BACKLOG: i32 = 1024;
/// How long to rest when the process is out of file descriptors, before trying again.
const ACCEPT_REST: Duration = Duration::from_millis(100);

/// Connections accepted since the process began, on whichever port.
static CONNECTIONS: AtomicU64 = AtomicU64::new(0);

/// Binds a port. Fails with `AddrInUse` when somebody listens there.
pub(crate) fn bind(host: IpAddr, port: u16) -> io::Result<std::net::TcpListener> {
    let address = SocketAddr::new(host, port);
    let socket = Socket::new(Domain::for_address(address), Type::STREAM, Some(Protocol::TCP))?;
    // Connections of the run before may linger in TIME_WAIT; without this a restart could not have its ports.
    socket.set_reuse_address(true)?;
    socket.set_nonblocking(true)?;
    socket.bind(&address.into())?;
    socket.listen(BACKLOG)?;
    Ok(socket.into())
}

/// A way into a cluster.
pub(crate) struct Way {
    pub(crate) listener: TcpListener,
    pub(crate) advertised: Arc<Advertised>,
    /// Whether it listens on every address of this machine.
    pub(crate) is_everywhere: bool,
    /// Whom it lets in.
    pub(crate) door: Arc<Door>,
    /// Whether clients log in before anything else.
    pub(crate) asks_login: bool,
    /// What clients shake hands with; none where bytes go over the network as they are.
    pub(crate) tls: Option<Arc<ServerConfig>>,
    /// Whether what goes through it counts as public traffic.
    pub(crate) is_public: bool,
}

impl Way {
    /// What a client is told that came by itself: the listener's address, and where that is every address of this
    /// machine, the one that it dialled.
    fn advertised_to(&self, socket: &TcpStream) -> Arc<Advertised> {
        match socket.local_addr() {
            Ok(dialled) if self.is_everywhere => Arc::new(Advertised::at(canonical(dialled))),
            _ => self.advertised.clone(),
        }
    }
}

/// Accepts until told to stop, then ends the connections.
pub(crate) async fn serve(cluster: Arc<Cluster>, way: Way, mut stop: watch::Receiver<bool>) {
    let way = Arc::new(way);
    let mut tasks = JoinSet::new();
    // Kept over rounds: given up half-way, it would drop a connection that waits for its place.
    let arriving = arrive(&cluster, &way);
    tokio::pin!(arriving);
    loop {
        let arrival = tokio::select! {
            biased;
            () = told(&mut stop) => break,
            Some(ended) = tasks.join_next(), if !tasks.is_empty() => {
                if ended.is_err_and(|error| error.is_panic()) {
                    cluster.metrics().panic();
                }
                continue;
            }
            arrived = &mut arriving => {
                arriving.set(arrive(&cluster, &way));
                match arrived {
                    Ok(arrival) => arrival,
                    Err(error) => {
                        tracing::warn!(cluster = cluster.name(), %error, "cannot accept a connection");
                        tokio::time::sleep(ACCEPT_REST).await;
                        continue;
                    }
                }
            }
        };
        cluster.metrics().connection();
        let (cluster, way) = (cluster.clone(), way.clone());
        // A task has room for all that it is given, for as long as it lives: it is given little.
        match arrival {
            Arrival::Guest(guest) => tasks.spawn(attend(cluster, way, Box::new(guest))),
            Arrival::Handed { socket, proxy, place } => tasks.spawn(async move {
                if let Some(guest) = Box::pin(handed(&cluster, &way, socket, proxy, place)).await {
                    attend(cluster, way, Box::new(guest)).await;
                }
            }),
        };
    }
    tasks.shutdown().await;
}

/// Serves a client that has been let in, for as long as it may stay.
async fn attend(cluster: Arc<Cluster>, way: Arc<Way>, guest: Box<Guest>) {
    let Guest { socket, address, advertised, mut admission, place: _place } = *guest;
    let mut peer = Peer {
        address,
        port: way.advertised.port,
        advertised,
        principal: Principal::anonymous(),
        is_host: admission.is_host(),
        number: CONNECTIONS.fetch_add(1, Ordering::Relaxed),
        is_public: way.is_public,
        pause: Pause::default(),
        trail: None,
    };
    tokio::select! {
        biased;
        () = admission.withdrawn() => {}
        () = converse(&cluster, socket, &mut peer, &way) => {}
    }
}

/// Lets in whom a proxy connects for, or not.
async fn handed(
    cluster: &Cluster,
    way: &Way,
    mut socket: TcpStream,
    proxy: SocketAddr,
    place: Place,
) -> Option<Guest> {
    let (address, advertised) = match client_of(&mut socket, cluster.limits().handshake_max).await {
        Ok(Some(client)) => (client.address, Arc::new(Advertised::at(client.dialled))),
        Ok(None) => (proxy, way.advertised_to(&socket)),
        Err(error) => {
            let (name, port) = (cluster.name(), way.advertised.port);
            cluster.metrics().header_refused(port);
            tracing::warn!(%proxy, cluster = name, port, reason = %error, "a proxy's connection dropped");
            return None;
        }
    };
    let admission = admitted(cluster, way, address)?;
    let place = cluster.places().assign(place, address.ip()).or_else(|| crowded(cluster, address))?;
    Some(Guest { socket, address, advertised, admission, place })
}

/// Serves a client, once hands are shaken where that is to be done.
async fn converse(cluster: &Arc<Cluster>, socket: TcpStream, peer: &mut Peer, way: &Way) {
    // Replies are whole frames; waiting to fill a segment only adds delay.
    socket.set_nodelay(true).ok();
    let socket = match way.tls.clone() {
        None => ClientSocket::Plain(socket),
        // On the heap, so that a plain connection does not hold the room of a handshake.
        Some(tls) => match Box::pin(shake_hands(tls, socket, cluster.limits().handshake_max)).await {
            Ok(secured) => ClientSocket::Secured(secured),
            Err(error) => return unshaken(cluster, peer, &error),
        },
    };
    connection::serve(cluster, socket, peer, way.asks_login).await;
}

/// Notes that a client did not come so far as to say anything.
fn unshaken(cluster: &Cluster, peer: &Peer, error: &HandshakeError) {
    let (port, address) = (peer.port, peer.address);
    match error {
        HandshakeError::Plain => {
            cluster.metrics().misdialled(port);
            cluster.refusal_tell(address.ip(), None, || Refused::Transport);
            tracing::warn!(peer = %address, cluster = cluster.name(), port, reason = %error, "connection dropped");
        }
        HandshakeError::Late | HandshakeError::Failed(_) => {
            cluster.metrics().handshake_failed(port);
            tracing::info!(peer = %address, cluster = cluster.name(), port, reason = %error, "a TLS handshake failed");
        }
    }
}

/// Waits until told to stop.
async fn told(stop: &mut watch::Receiver<bool>) {
    // A sender that is gone says so too.
    drop(stop.wait_for(|stop| *stop).await);
}

/// A connection.
enum Arrival {
    /// That has been let in.
    Guest(Guest),
    /// Of a proxy that has yet to say for whom.
    Handed { socket: TcpStream, proxy: SocketAddr, place: Place },
}

/// A connection that has been let in.
struct Guest {
    socket: TcpStream,
    address: SocketAddr,
    advertised: Arc<Advertised>,
    admission: Admission,
    place: Place,
}

/// The next connection that is let in, or might be. Others are closed on the way. Its place comes last: a listener
/// that nobody calls takes none from the others, and whoever has to stay outside waits for none.
async fn arrive(cluster: &Cluster, way: &Way) -> io::Result<Arrival> {
    loop {
        let (socket, address) = way.listener.accept().await?;
        let address = canonical(address);
        if cluster.proxies().include(address.ip()) && !way.door.expects(address) {
            SockRef::from(&socket).set_keepalive(true)?;
            let place = cluster.places().take_own().await;
            return Ok(Arrival::Handed { socket, proxy: address, place });
        }
        let Some(admission) = admitted(cluster, way, address) else { continue };
        let place = match admission.is_host() {
            true => Some(cluster.places().take_own().await),
            false => cluster.places().take(address.ip()).await,
        };
        let Some(place) = place.or_else(|| crowded(cluster, address)) else { continue };
        SockRef::from(&socket).set_keepalive(true)?;
        let advertised = way.advertised_to(&socket);
        return Ok(Arrival::Guest(Guest { socket, address, advertised, admission, place }));
    }
}

/// Lets a client in that is on the list and does not connect too often, or notes why not.
fn admitted(cluster: &Cluster, way: &Way, address: SocketAddr) -> Option<Admission> {
    let Some(admission) = way.door.admit(address) else {
        tracing::debug!(cluster = cluster.name(), %address, "a client is not on the allow list");
        cluster.metrics().address_refused(way.advertised.port);
        cluster.refusal_tell(address.ip(), None, || Refused::Connection);
        return None;
    };
    if !admission.is_host() && !cluster.quotas().connect(address.ip(), cluster.clock().elapsed()) {
        tracing::debug!(cluster = cluster.name(), %address, "a client connects too often");
        cluster.metrics().throttled(ThrottleKind::Connection, 0, Duration::ZERO);
        return None;
    }
    Some(admission)
}

/// Notes that an address has too many connections to get a place.
fn crowded(cluster: &Cluster, address: SocketAddr) -> Option<Place> {
    tracing::debug!(cluster = cluster.name(), %address, "too many connections from one address");
    cluster.metrics().connection_refused();
    None
}
