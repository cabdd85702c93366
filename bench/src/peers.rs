//! What the API is compared with.

use std::net::SocketAddr;
use std::path::Path;
use std::process::Stdio;
use std::time::{Duration, Instant};

use axum::Router;
use axum::routing::post;
use bytes::Bytes;
use http_body_util::Full;
use hyper::{Request, header};
use tokio::net::{TcpListener, TcpStream};
use tokio::process::{Child, Command};

use crate::Failure;
use crate::weir::free_port;

/// The address to listen on, for [`hello`].
const ADDRESS: &str = "BENCH_HELLO";

/// A server that reads nothing and answers one word: what no server on this runtime can be faster than.
pub(crate) async fn hello() -> Result<(), Failure> {
    let listener = TcpListener::bind(std::env::var(ADDRESS)?).await?;
    let router = Router::new().route("/", post(|| async { "hello" }));
    Ok(axum::serve(
        axum::serve::ListenerExt::tap_io(listener, |stream| drop(stream.set_nodelay(true))),
        router,
    )
    .await?)
}

/// A peer's process; killed when dropped.
pub(crate) struct Peer {
    pub(crate) address: SocketAddr,
    _child: Child,
}

impl Peer {
    pub(crate) async fn hello() -> Result<Self, Failure> {
        let address = free_port()?;
        let mut command = Command::new(std::env::current_exe()?);
        command.arg("hello").env(ADDRESS, address.to_string());
        Self::start(command, address).await
    }

    /// The emulator of another cloud, with 100 topics of its notification service.
    pub(crate) async fn moto(program: &Path) -> Result<Self, Failure> {
        let address = free_port()?;
        let mut command = Command::new(program);
        command.args(["-H", "127.0.0.1", "-p", &address.port().to_string()]);
        let peer = Self::start(command, address).await?;
        let create: Result<Vec<_>, _> = (0..100)
            .map(|number| moto_request(address, &format!("Action=CreateTopic&Name=topic-{number:05}")))
            .collect();
        crate::load::send(address, create?, 1).await?;
        Ok(peer)
    }

    async fn start(mut command: Command, address: SocketAddr) -> Result<Self, Failure> {
        let child = command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .kill_on_drop(true)
            .spawn()?;
        let deadline = Instant::now() + Duration::from_secs(60);
        while TcpStream::connect(address).await.is_err() {
            if Instant::now() > deadline {
                return Err(format!("nothing listens on {address}").into());
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        Ok(Self { address, _child: child })
    }
}

/// A call of the emulator; it does not check who signed.
pub(crate) fn moto_request(address: SocketAddr, body: &str) -> Result<Request<Full<Bytes>>, Failure> {
    const CREDENTIAL: &str = "AWS4-HMAC-SHA256 Credential=bench/20260101/us-east-1/sns/aws4_request, SignedHeaders=host, Signature=0";
    Ok(Request::post("/")
        .header(header::HOST, address.to_string())
        .header(header::AUTHORIZATION, CREDENTIAL)
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Full::new(Bytes::from(format!("{body}&Version=2010-03-31"))))?)
}

/// A call of the bare server.
pub(crate) fn hello_request(address: SocketAddr) -> Result<Request<Full<Bytes>>, Failure> {
    Ok(Request::post("/").header(header::HOST, address.to_string()).body(Full::default())?)
}
