//! Connections: accepting, bounding, serving, draining.

use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::net::IpAddr;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use bytes::Bytes;
use control::Control;
use http_body_util::Full;
use hyper::body::{Body, Incoming};
use hyper::header::{CONNECTION, CONTENT_TYPE, HeaderValue, TRANSFER_ENCODING};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::{GracefulShutdown, Watcher};
use machine::clock::Clock;
use machine::peers::{PeerLimits, Peers, Share};
use machine::random::Random;
use parking_lot::RwLock;
use prometheus_client::encoding::text::encode;
use prometheus_client::registry::Registry;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::{JoinError, JoinSet};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;

use crate::dialects::aliyun::Regions;
use crate::dialects::aliyun::envelope::ListShape;
use crate::health::{Health, Readiness};
use crate::http::head::{HeadLimits, StrictHeads};
use crate::metrics::Metrics;
use crate::rate::{RateLimiter, RateLimits};
use crate::replay::ReplayGuard;
use crate::request::Secured;
use crate::stack::Stack;

/// What can be set.
#[derive(Clone, Debug)]
pub struct FrontConfig {
    /// Calls per second.
    pub rates: RateLimits,
    /// Regions served beside the vendor's.
    pub regions: Vec<String>,
    /// The shape of lists in replies.
    pub list_shape: ListShape,
    /// Whether replies show asterisks where users' passwords would be.
    pub hide_passwords: bool,
    /// Whether other machines are given `/metrics`, which names instances of every account and asks for no key.
    pub metrics_to_all: bool,
    /// Connections open at a time; more wait unaccepted.
    pub connections_max: usize,
    /// How long requests in flight may take once the server is told to stop.
    pub drain_max: Duration,
}

impl Default for FrontConfig {
    fn default() -> Self {
        Self {
            rates: RateLimits::default(),
            regions: Vec::new(),
            list_shape: ListShape::default(),
            hide_passwords: false,
            metrics_to_all: false,
            connections_max: 16_000,
            drain_max: Duration::from_secs(10),
        }
    }
}

/// What the front works with.
pub struct Services {
    /// The control plane.
    pub control: Control,
    /// Judges timestamps and measures.
    pub clock: Clock,
    /// Makes request ids.
    pub random: Random,
    /// Remembers nonces.
    pub replay: Arc<ReplayGuard>,
    /// Knows whether the server is ready.
    pub health: Arc<dyn Health>,
    /// Where the front's counters are registered, and what `/metrics` shows.
    pub registry: Arc<RwLock<Registry>>,
}

/// The server of the API. Clones share it.
#[derive(Clone)]
pub struct Front {
    shared: Arc<Shared>,
}

struct Shared {
    stack: Stack,
    metrics: Metrics,
    health: Arc<dyn Health>,
    registry: Arc<RwLock<Registry>>,
    connections: Arc<Semaphore>,
    peers: Arc<Peers>,
    metrics_to_all: bool,
    drain_max: Duration,
    draining: AtomicBool,
}

/// Request line and headers, and how long they may take.
const HEAD_LIMITS: HeadLimits = HeadLimits {
    bytes: 64 * 1024,
    line_bytes: 16 * 1024,
    time: Duration::from_secs(10),
    // Longer than the pools of the vendor's clients keep a connection.
    idle: Duration::from_secs(75),
    write_stall: Duration::from_secs(15),
};

/// How long a TLS handshake may take.
const HANDSHAKE_TIME: Duration = Duration::from_secs(10);

impl Front {
    /// Puts it together. Nothing listens yet.
    pub fn new(config: FrontConfig, services: Services) -> Self {
        let Services { control, clock, random, replay, health, registry } = services;
        let metrics = Metrics::register(&mut registry.write());
        let clock_of_peers = clock.clone();
        let stack = Stack {
            control,
            rates: RateLimiter::new(config.rates, clock.clone()),
            clock,
            random,
            regions: Arc::new(Regions::new(config.regions)),
            replay,
            metrics: metrics.clone(),
            bodies: Stack::budget(),
            list_shape: config.list_shape,
            hide_passwords: config.hide_passwords,
        };
        let shared = Shared {
            stack,
            metrics,
            health,
            registry,
            connections: Arc::new(Semaphore::new(config.connections_max)),
            peers: Peers::new(PeerLimits::default(), clock_of_peers),
            metrics_to_all: config.metrics_to_all,
            drain_max: config.drain_max,
            draining: AtomicBool::new(false),
        };
        Self { shared: Arc::new(shared) }
    }

    /// Serves connections until `shutdown` resolves, then lets requests in flight finish for a while. Several
    /// listeners may be served at a time; they share all limits.
    pub async fn serve(&self, listener: TcpListener, shutdown: impl Future<Output = ()>) {
        self.serve_over(Transport::Plain, listener, shutdown).await;
    }

    /// As [`Front::serve`], over TLS.
    pub async fn serve_tls(
        &self,
        listener: TcpListener,
        tls: Arc<ServerConfig>,
        shutdown: impl Future<Output = ()>,
    ) {
        self.serve_over(Transport::Tls(tls.into()), listener, shutdown).await;
    }

    async fn serve_over(
        &self,
        transport: Transport,
        listener: TcpListener,
        shutdown: impl Future<Output = ()>,
    ) {
        let mut shutdown = pin!(shutdown);
        let graceful = GracefulShutdown::new();
        // Closed when the server is told to stop.
        let (running, stop) = watch::channel(());
        let mut connections = JoinSet::new();
        loop {
            let (stream, peer, slot) = tokio::select! {
                accepted = self.accept(&listener) => match accepted {
                    Some(accepted) => accepted,
                    None => continue,
                },
                Some(ended) = connections.join_next() => {
                    self.shared.count_panic(&ended);
                    continue;
                }
                () = &mut shutdown => break,
            };
            let front = self.clone();
            let watcher = graceful.watcher();
            let (transport, stop) = (transport.clone(), stop.clone());
            let serving = async move {
                let _open = Open::count(&front.shared.metrics);
                // Replies are written whole; waiting for more to send would only delay them.
                if let Err(error) = stream.set_nodelay(true) {
                    tracing::debug!(%error, "a connection broke before it was served");
                    return;
                }
                match transport {
                    Transport::Plain => front.serve_connection(stream, peer, false, watcher).await,
                    // On the heap, so that a plain connection does not hold the room of a secured one.
                    Transport::Tls(tls) => {
                        Box::pin(front.serve_secured(tls, stream, peer, stop, watcher)).await;
                    }
                }
            };
            connections.spawn(async move {
                serving.await;
                drop(slot);
            });
        }
        self.shared.draining.store(true, Ordering::Relaxed);
        drop((listener, running));
        if tokio::time::timeout(self.shared.drain_max, graceful.shutdown()).await.is_err() {
            tracing::warn!(left = connections.len(), "requests in flight were cut off");
        }
        while let Some(ended) = connections.try_join_next() {
            self.shared.count_panic(&ended);
        }
        connections.shutdown().await;
    }

    /// The next connection, once there is room for one.
    async fn accept(&self, listener: &TcpListener) -> Option<(TcpStream, IpAddr, Slot)> {
        let slot = self.shared.connections.clone().acquire_owned().await.ok()?;
        match listener.accept().await {
            Ok((stream, peer)) => {
                // The address once, in its canonical form.
                let peer = peer.ip().to_canonical();
                let Some(share) = self.shared.peers.admit(peer) else {
                    tracing::debug!(%peer, "too many connections from one address");
                    return None;
                };
                Some((stream, peer, Slot { _of_all: slot, _of_peer: share }))
            }
            // The peer gave up while it waited.
            Err(error) if is_of_peer(&error) => None,
            Err(error) => {
                // Out of descriptors or memory. Trying again at once would only burn the processor.
                tracing::error!(%error, "cannot accept connections");
                tokio::time::sleep(Duration::from_millis(100)).await;
                None
            }
        }
    }

    /// Shakes hands, then serves.
    async fn serve_secured(
        self,
        tls: TlsAcceptor,
        stream: TcpStream,
        peer: IpAddr,
        mut stop: watch::Receiver<()>,
        watcher: Watcher,
    ) {
        let handshake = tokio::select! {
            handshake = tokio::time::timeout(HANDSHAKE_TIME, tls.accept(stream)) => handshake,
            // Nothing was asked yet, so nothing is cut off.
            Err(_) = stop.changed() => return,
        };
        match handshake {
            Ok(Ok(stream)) => self.serve_connection(stream, peer, true, watcher).await,
            Ok(Err(error)) => tracing::debug!(%peer, %error, "a TLS handshake failed"),
            Err(_) => tracing::debug!(%peer, "a TLS handshake took too long"),
        }
    }

    async fn serve_connection(
        self,
        stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
        peer: IpAddr,
        is_secured: bool,
        watcher: Watcher,
    ) {
        let service = service_fn(|mut request: Request<Incoming>| {
            if is_secured {
                request.extensions_mut().insert(Secured);
            }
            async { Ok::<_, Infallible>(self.shared.route(request, peer).await) }
        });
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            // `StrictHeads` times heads and idling; hyper's timer is only the net below it.
            .header_read_timeout(HEAD_LIMITS.time + HEAD_LIMITS.idle)
            .max_header_size(HEAD_LIMITS.bytes)
            .max_buf_size(HEAD_LIMITS.bytes)
            .serve_connection(TokioIo::new(StrictHeads::new(stream, HEAD_LIMITS)), service);
        if let Err(error) = watcher.watch(connection).await {
            tracing::debug!(%error, "a connection ended early");
        }
    }
}

/// What a connection speaks below HTTP.
#[derive(Clone)]
enum Transport {
    Plain,
    Tls(TlsAcceptor),
}

/// Room for one connection, given back when it ends.
struct Slot {
    _of_all: OwnedSemaphorePermit,
    _of_peer: Share,
}

impl Shared {
    fn count_panic(&self, ended: &Result<(), JoinError>) {
        if ended.as_ref().is_err_and(JoinError::is_panic) {
            self.metrics.panics.inc();
        }
    }

    /// The few paths that are no cloud's, then the stack.
    async fn route<B: Body<Data = Bytes> + Unpin>(
        &self,
        request: Request<B>,
        peer: IpAddr,
    ) -> Response<Full<Bytes>> {
        let draining = self.draining.load(Ordering::Relaxed);
        let is_chunked = request.headers().contains_key(TRANSFER_ENCODING);
        let mut response = match (request.method(), request.uri().path()) {
            (&Method::GET, "/healthz") => plain(StatusCode::OK, "text/plain", "alive\n".into()),
            (&Method::GET, "/readyz") => {
                let readiness = Readiness::of(&*self.health, draining);
                let status = if readiness.ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
                let text = serde_json::to_string(&readiness).expect("texts and flags are JSON");
                plain(status, "application/json", text)
            }
            (&Method::GET, "/metrics") if !self.metrics_to_all && !peer.is_loopback() => {
                let text = "Metrics name instances of every account. Other machines get them where the server has \
                            --metrics-to-all.\n";
                plain(StatusCode::FORBIDDEN, "text/plain", text.into())
            }
            (&Method::GET, "/metrics") => {
                let mut text = String::new();
                encode(&mut text, &self.registry.read()).expect("a string takes all that is written to it");
                plain(StatusCode::OK, "application/openmetrics-text; version=1.0.0; charset=utf-8", text)
            }
            _ => self.stack.answer(request, peer).await,
        };
        let headers = response.headers_mut();
        headers.insert("x-weir-version", HeaderValue::from_static(env!("CARGO_PKG_VERSION")));
        if is_chunked {
            // `StrictHeads` does not follow chunks, so it has not seen what comes after them.
            headers.insert(CONNECTION, HeaderValue::from_static("close"));
        }
        response
    }
}

fn plain(status: StatusCode, content_type: &'static str, text: String) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from(text)));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}

fn is_of_peer(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionReset, Interrupted};
    matches!(error.kind(), ConnectionAborted | ConnectionReset | Interrupted)
}

/// Counts a connection while it is open.
struct Open(Metrics);

impl Open {
    fn count(metrics: &Metrics) -> Self {
        metrics.connections.inc();
        Self(metrics.clone())
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.connections.dec();
    }
}

#[cfg(test)]
#[path = "front_tests.rs"]
mod tests;
