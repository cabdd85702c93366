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

use crate::cluster::Cluster;
use crate::connection::{self, Advertised, Peer};
use crate::door::{Admission, Door};
use crate::metrics::ThrottleKind;
use crate::places::Place;
use crate::principal::Principal;
use crate::quota::Pause;

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
    /// Whom it lets in.
    pub(crate) door: Arc<Door>,
    /// Whether clients log in before anything else.
    pub(crate) asks_login: bool,
    /// Whether what goes through it counts as public traffic.
    pub(crate) is_public: bool,
}

/// Accepts until told to stop, then ends the connections.
pub(crate) async fn serve(cluster: Arc<Cluster>, way: Way, mut stop: watch::Receiver<bool>) {
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
        let Arrival { socket, address, mut admission, place } = arrival;
        let peer = Peer {
            address,
            advertised: way.advertised.clone(),
            principal: Principal::anonymous(),
            is_host: admission.is_host(),
            number: CONNECTIONS.fetch_add(1, Ordering::Relaxed),
            is_public: way.is_public,
            pause: Pause::default(),
            trail: None,
        };
        let (cluster, asks_login) = (cluster.clone(), way.asks_login);
        tasks.spawn(async move {
            let _place = place;
            tokio::select! {
                biased;
                () = admission.withdrawn() => {}
                () = connection::serve(cluster, socket, peer, asks_login) => {}
            }
        });
    }
    tasks.shutdown().await;
}

/// Waits until told to stop.
async fn told(stop: &mut watch::Receiver<bool>) {
    // A sender that is gone says so too.
    drop(stop.wait_for(|stop| *stop).await);
}

/// A connection that has been let in.
struct Arrival {
    socket: TcpStream,
    address: SocketAddr,
    admission: Admission,
    place: Place,
}

/// The next connection that is let in. Others are closed on the way. Its place comes last: a listener that nobody
/// calls takes none from the others, and whoever has to stay outside waits for none.
async fn arrive(cluster: &Cluster, way: &Way) -> io::Result<Arrival> {
    loop {
        let (socket, address) = way.listener.accept().await?;
        // An IPv4 client of an IPv6 socket is an IPv4 client.
        let address = SocketAddr::new(address.ip().to_canonical(), address.port());
        let Some(admission) = way.door.admit(address) else {
            tracing::debug!(cluster = cluster.name(), %address, "a client is not on the allow list");
            continue;
        };
        if !admission.is_host() && !cluster.quotas().connect(address.ip(), cluster.clock().elapsed()) {
            tracing::debug!(cluster = cluster.name(), %address, "a client connects too often");
            cluster.metrics().throttled(ThrottleKind::Connection, Duration::ZERO);
            continue;
        }
        let place = match admission.is_host() {
            true => Some(cluster.places().take_own().await),
            false => cluster.places().take(address.ip()).await,
        };
        let Some(place) = place else {
            tracing::debug!(cluster = cluster.name(), %address, "too many connections from one address");
            cluster.metrics().connection_refused();
            continue;
        };
        SockRef::from(&socket).set_keepalive(true)?;
        return Ok(Arrival { socket, address, admission, place });
    }
}
