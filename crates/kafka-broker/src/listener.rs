//! One listening port of one cluster.

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use socket2::{Domain, Protocol, Socket, Type};
use tokio::net::TcpListener;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::JoinSet;

use crate::cluster::Cluster;
use crate::connection::{self, Advertised, Peer};
use crate::door::Door;
use crate::principal::Principal;

/// Connections the kernel holds for us before we accept them.
const BACKLOG: i32 = 1024;
/// How long to rest when the process is out of file descriptors, before trying again.
const ACCEPT_REST: Duration = Duration::from_millis(100);

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
}

/// Accepts until told to stop, then ends the connections.
pub(crate) async fn serve(
    cluster: Arc<Cluster>,
    way: Way,
    connections: Arc<Semaphore>,
    mut stop: watch::Receiver<bool>,
) {
    let Way { listener, advertised, door, asks_login } = way;
    let mut tasks = JoinSet::new();
    // Kept over rounds: given up half-way, it would drop a connection that waits for its place.
    let accepting = accept(&listener, &connections);
    tokio::pin!(accepting);
    loop {
        let (socket, address, place) = tokio::select! {
            biased;
            () = told(&mut stop) => break,
            Some(ended) = tasks.join_next(), if !tasks.is_empty() => {
                if ended.is_err_and(|error| error.is_panic()) {
                    cluster.metrics().panic();
                }
                continue;
            }
            accepted = &mut accepting => {
                accepting.set(accept(&listener, &connections));
                match accepted {
                    Ok(accepted) => accepted,
                    Err(error) => {
                        tracing::warn!(cluster = cluster.name(), %error, "cannot accept a connection");
                        tokio::time::sleep(ACCEPT_REST).await;
                        continue;
                    }
                }
            }
        };
        // An IPv4 client of an IPv6 socket is an IPv4 client.
        let address = SocketAddr::new(address.ip().to_canonical(), address.port());
        let Some(mut admission) = door.admit(address) else {
            tracing::debug!(cluster = cluster.name(), %address, "a client is not on the allow list");
            continue;
        };
        let peer = Peer {
            address,
            advertised: advertised.clone(),
            principal: Principal::anonymous(),
            is_host: admission.is_host(),
        };
        cluster.metrics().connection();
        let cluster = cluster.clone();
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

/// A connection together with its place among those the process allows. The place comes second: a listener that
/// nobody calls takes none from the others.
async fn accept(
    listener: &TcpListener,
    connections: &Arc<Semaphore>,
) -> io::Result<(tokio::net::TcpStream, SocketAddr, OwnedSemaphorePermit)> {
    let (socket, address) = listener.accept().await?;
    let place = connections.clone().acquire_owned().await.expect("the semaphore is never closed");
    socket2::SockRef::from(&socket).set_keepalive(true)?;
    Ok((socket, address, place))
}
