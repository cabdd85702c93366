//! HTTP as it is on the socket: what strange, broken, slow and hostile clients get.

use std::net::SocketAddr;
use std::sync::atomic::AtomicU16;

use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::*;
use crate::client::sign_rpc_url;
use crate::health::Part;
use crate::stack::tests::regions::TABLE;
use crate::stack::tests::world::{World, signer, timestamp};

/// Longer than anything here may take.
const SOON: Duration = Duration::from_secs(20);

struct Server {
    address: SocketAddr,
    front: Front,
    stop: Option<oneshot::Sender<()>>,
    serving: JoinHandle<()>,
    health: Arc<Fake>,
    _folder: TempDir,
}

/// Says what it is told to say.
#[derive(Default)]
struct Fake {
    broken: AtomicBool,
    asked: AtomicU16,
}

impl Health for Fake {
    fn parts(&self) -> Vec<Part> {
        self.asked.fetch_add(1, Ordering::Relaxed);
        let ok = !self.broken.load(Ordering::Relaxed);
        vec![Part { name: "store", ok, detail: String::new() }]
    }
}

async fn serve() -> Server {
    serve_with(FrontConfig::default()).await
}

async fn serve_with(config: FrontConfig) -> Server {
    let (stack, folder) = World::open().await.into_stack();
    let health = Arc::new(Fake::default());
    let services = Services {
        control: stack.control,
        clock: stack.clock,
        random: stack.random,
        replay: stack.replay,
        health: health.clone(),
        registry: Arc::new(RwLock::new(Registry::default())),
    };
    let front = Front::new(config, services);
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let (stop, stopped) = oneshot::channel::<()>();
    let serving = tokio::spawn({
        let front = front.clone();
        async move {
            front.serve(listener, async { drop(stopped.await) }).await;
        }
    });
    Server { address, front, stop: Some(stop), serving, health, _folder: folder }
}

impl Server {
    async fn connect(&self) -> TcpStream {
        TcpStream::connect(self.address).await.unwrap()
    }

    /// Sends bytes and reads until the server closes.
    async fn until_closed(&self, bytes: &[u8]) -> String {
        let mut stream = self.connect().await;
        stream.write_all(bytes).await.unwrap();
        let mut text = Vec::new();
        timeout(SOON, stream.read_to_end(&mut text)).await.expect("the server closes").unwrap();
        String::from_utf8(text).unwrap()
    }

    /// Asks for a path on a connection of its own.
    async fn get(&self, path: &str) -> String {
        self.until_closed(format!("GET {path} HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n").as_bytes())
            .await
    }
}

fn status(reply: &str) -> &str {
    reply.split_whitespace().nth(1).unwrap_or("none")
}

#[tokio::test]
async fn other_machines_get_no_metrics_unless_told() {
    let (near, far) = (IpAddr::from([127, 0, 0, 1]), IpAddr::from([10, 0, 0, 7]));
    for (metrics_to_all, peer, expected) in
        [(false, near, StatusCode::OK), (false, far, StatusCode::FORBIDDEN), (true, far, StatusCode::OK)]
    {
        let server = serve_with(FrontConfig { metrics_to_all, ..FrontConfig::default() }).await;
        let request = Request::get("/metrics").body(Full::<Bytes>::default()).unwrap();
        let response = server.front.shared.route(request, peer).await;
        assert_eq!(response.status(), expected, "{metrics_to_all} {peer}");
    }
}

#[tokio::test]
async fn paths_that_are_no_clouds() {
    let server = serve().await;
    let alive = server.get("/healthz").await;
    assert_eq!(status(&alive), "200");
    assert!(alive.contains("x-weir-version: "), "{alive}");
    let ready = server.get("/readyz").await;
    assert!(
        ready
            .ends_with(r#"{"ready":true,"draining":false,"parts":[{"name":"store","ok":true,"detail":""}]}"#)
    );
    server.health.broken.store(true, Ordering::Relaxed);
    let broken = server.get("/readyz").await;
    assert_eq!(status(&broken), "503");
    assert_eq!(server.health.asked.load(Ordering::Relaxed), 2);

    assert_eq!(status(&server.get("/").await), "400");
    let metrics = server.get("/metrics").await;
    let counted = r#"weir_api_requests_total{action="none",code="MissingAccessKeyId"} 1"#;
    assert!(metrics.contains(counted), "{metrics}");
    assert!(metrics.contains("weir_api_request_seconds_bucket{"), "{metrics}");
    assert!(metrics.contains("weir_panics_total 0"), "{metrics}");
    assert_eq!(status(&server.get("/console").await), "404");
    // Only GET: everything else is a call, and not a good one.
    let posted = "POST /metrics HTTP/1.1\r\nHost: h\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    let posted = server.until_closed(posted.as_bytes()).await;
    assert!(posted.contains("InvalidAction.NotFound") && posted.contains("x-acs-request-id: "), "{posted}");
}

#[tokio::test]
async fn every_region_is_served_at_its_own_address() {
    let server = serve_with(FrontConfig {
        rates: RateLimits { off: true, ..RateLimits::default() },
        ..FrontConfig::default()
    })
    .await;
    let now = timestamp(crate::stack::tests::world::NOW_MS);
    for (region, host) in TABLE {
        let url =
            sign_rpc_url(host, "GetInstanceList", "JSON", &[("RegionId", region)], &signer(region, &now));
        let path = url.strip_prefix(&format!("http://{host}")).unwrap();
        let call = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n");
        let reply = server.until_closed(call.as_bytes()).await;
        assert_eq!(status(&reply), "200", "{region}: {reply}");
    }
    let metrics = server.get("/metrics").await;
    let counted = r#"weir_api_requests_total{action="GetInstanceList",code="OK"} 26"#;
    assert!(metrics.contains(counted), "{metrics}");
}

#[tokio::test]
async fn heads_that_two_parsers_could_read_differently_are_refused() {
    let server = serve().await;
    for head in [
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\nX",
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\nX",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\nX",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nXY",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +1\r\n\r\nX",
        "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1, 1\r\n\r\nX",
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: xchunked\r\n\r\n",
        "POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked, identity\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        "GET / HTTP/1.1\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nA: b\r\n folded\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\nA: b\r\n\r\n",
        "GET / HTTP/1.1\nHost: a\n\n",
        "GET / HTTP/1.1\r\nHost: a\rA: b\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nA: b\0\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: a\r\nA : b\r\n\r\n",
        "GET  / HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET / HTTP/1.1 \r\nHost: a\r\n\r\n",
        "GET / HTTP/2.0\r\nHost: a\r\n\r\n",
        "G\x01T / HTTP/1.1\r\nHost: a\r\n\r\n",
        "\x16\x03\x01\x02\0\x01\0\x01\r\n\r\n",
    ] {
        let reply = server.until_closed(head.as_bytes()).await;
        assert_eq!(status(&reply), "400", "{head:?}: {reply}");
        assert!(!reply.contains("x-acs-request-id"), "it did not get as far as a call: {head:?}");
    }
    // The server is there for the next one.
    assert_eq!(status(&server.get("/healthz").await), "200");
}

#[tokio::test]
async fn sizes_of_heads() {
    let server = serve().await;
    let head = |headers: &str| format!("GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n{headers}\r\n");
    let long_line = format!("A: {}\r\n", "x".repeat(16 * 1024));
    assert_eq!(status(&server.until_closed(head(&long_line).as_bytes()).await), "400");
    let many: String = (0..99).map(|n| format!("A{n}: b\r\n")).collect();
    assert_eq!(status(&server.until_closed(head(&many).as_bytes()).await), "431");
    let fitting: String = (0..98).map(|n| format!("A{n}: b\r\n")).collect();
    let reply = server.until_closed(head(&fitting).as_bytes()).await;
    assert!(reply.contains("MissingAccessKeyId"), "{reply}");
    let large: String = (0..5).map(|n| format!("A{n}: {}\r\n", "x".repeat(15_000))).collect();
    assert_eq!(status(&server.until_closed(head(&large).as_bytes()).await), "431");
    // A head that does not end is refused once it is too long, though its sender waits.
    let endless = format!("GET / HTTP/1.1\r\nHost: a\r\nA: {}", "x".repeat(66_000));
    assert_eq!(status(&server.until_closed(endless.as_bytes()).await), "431");
    // Parameters go in the request line, so that one may fill the head.
    let address = format!("GET /?a={} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", "x".repeat(60_000));
    let reply = server.until_closed(address.as_bytes()).await;
    assert!(reply.contains("MissingAccessKeyId"), "{reply}");
}

#[tokio::test]
async fn a_body_over_the_limit_is_answered_whether_or_not_it_was_announced() {
    let server = serve().await;
    let body = "x".repeat(2 * 1024 * 1024);
    let head =
        "POST /?Format=JSON HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-www-form-urlencoded\r\n";
    let announced = format!("{head}Content-Length: {}\r\n\r\n{body}", body.len());
    let chunked = format!("{head}Transfer-Encoding: chunked\r\n\r\n{:x}\r\n{body}\r\n0\r\n\r\n", body.len());
    let asked = format!("{head}Content-Length: {}\r\nExpect: 100-continue\r\n\r\n", body.len());
    for request in [announced, chunked, asked] {
        let reply = server.until_closed(request.as_bytes()).await;
        assert_eq!(status(&reply), "413", "{}", &request[..200]);
        assert!(reply.contains(r#""Code":"RequestEntityTooLarge""#), "{reply}");
    }
}

#[tokio::test]
async fn one_connection_carries_many_requests_also_at_once() {
    let server = serve().await;
    let mut stream = server.connect().await;
    let one = "GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n";
    let with_body = "POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nGET";
    let last = "GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n";
    // The empty line between two of them is tolerated.
    let all = format!("{one}{with_body}{one}\r\n{last}");
    // In pieces that split everything somewhere.
    for piece in all.as_bytes().chunks(7) {
        stream.write_all(piece).await.unwrap();
    }
    let mut reply = Vec::new();
    timeout(SOON, stream.read_to_end(&mut reply)).await.unwrap().unwrap();
    let reply = String::from_utf8(reply).unwrap();
    assert_eq!(reply.matches("HTTP/1.1 200 OK").count(), 3, "{reply}");
    assert_eq!(reply.matches("HTTP/1.1 415").count(), 1, "{reply}");
}

#[tokio::test]
async fn nothing_after_a_chunked_body_is_a_request() {
    let server = serve().await;
    for path in ["/", "/healthz"] {
        let method = if path == "/" { "POST" } else { "GET" };
        let smuggled = format!(
            "{method} {path} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n\
             GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n"
        );
        let reply = server.until_closed(smuggled.as_bytes()).await;
        assert_eq!(reply.matches("HTTP/1.1").count(), 1, "{reply}");
        assert!(reply.contains("connection: close"), "{reply}");
    }
}

#[tokio::test]
async fn connections_over_the_limit_wait() {
    let server = serve_with(FrontConfig { connections_max: 2, ..FrontConfig::default() }).await;
    let first = server.connect().await;
    let _second = server.connect().await;
    let mut third = server.connect().await;
    third.write_all(b"GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n").await.unwrap();
    let mut byte = [0];
    assert!(timeout(Duration::from_millis(100), third.read(&mut byte)).await.is_err(), "it waits");
    drop(first);
    assert_eq!(timeout(SOON, third.read(&mut byte)).await.unwrap().unwrap(), 1);
}

#[tokio::test]
async fn stopping_closes_idle_connections_and_ends() {
    let mut server = serve().await;
    let mut idle = server.connect().await;
    idle.write_all(b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n").await.unwrap();
    let mut reply = [0; 15];
    idle.read_exact(&mut reply).await.unwrap();
    assert_eq!(&reply, b"HTTP/1.1 200 OK");
    server.stop.take().unwrap().send(()).unwrap();
    timeout(SOON, &mut server.serving).await.expect("it ends").unwrap();
    let mut rest = Vec::new();
    timeout(SOON, idle.read_to_end(&mut rest)).await.expect("the connection is closed").unwrap();
    assert!(TcpStream::connect(server.address).await.is_err(), "nobody listens");
    assert!(server.front.shared.draining.load(Ordering::Relaxed));
}
