//! The client: requests made beforehand, sent over keep-alive connections as fast as replies come.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::client::conn::http1;
use hyper::{Request, StatusCode};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::task::JoinSet;

use crate::Failure;

/// How one round went.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Outcome {
    /// Replies a second.
    pub(crate) per_second: f64,
    pub(crate) median: Duration,
    pub(crate) p99: Duration,
    /// Bytes of one reply's body.
    pub(crate) reply_bytes: usize,
}

/// A keep-alive connection.
async fn connect(address: SocketAddr) -> Result<http1::SendRequest<Full<Bytes>>, Failure> {
    let stream = TcpStream::connect(address).await?;
    stream.set_nodelay(true)?;
    let (sender, connection) = http1::handshake(TokioIo::new(stream)).await?;
    tokio::spawn(async move { connection.await.ok() });
    Ok(sender)
}

/// Sends every request, shared out over so many connections. All must be answered with 200.
pub(crate) async fn send(
    address: SocketAddr,
    requests: Vec<Request<Full<Bytes>>>,
    connections: usize,
) -> Result<Outcome, Failure> {
    let many = requests.len();
    let mut shares: Vec<Vec<_>> = (0..connections).map(|_| Vec::new()).collect();
    for (number, request) in requests.into_iter().enumerate() {
        shares[number % connections].push(request);
    }
    let mut senders = Vec::new();
    for _ in 0..connections {
        senders.push(connect(address).await?);
    }
    let started = Instant::now();
    let mut running = JoinSet::new();
    for (mut sender, share) in senders.into_iter().zip(shares) {
        running.spawn(async move {
            let mut times = Vec::with_capacity(share.len());
            let mut bytes = 0;
            for request in share {
                let sent = Instant::now();
                // A server that closes after each reply pays for the next connection itself.
                if sender.ready().await.is_err() {
                    sender = connect(address).await?;
                }
                let response = sender.send_request(request).await?;
                let status = response.status();
                let body = response.into_body().collect().await?.to_bytes();
                if status != StatusCode::OK {
                    return Err(Failure::from(format!("{status}: {}", String::from_utf8_lossy(&body))));
                }
                bytes = body.len();
                times.push(sent.elapsed());
            }
            Ok((times, bytes))
        });
    }
    let (mut times, mut reply_bytes) = (Vec::with_capacity(many), 0);
    while let Some(ended) = running.join_next().await {
        let (share, bytes) = ended??;
        times.extend(share);
        reply_bytes = bytes;
    }
    let took = started.elapsed();
    times.sort_unstable();
    let at = |percent: usize| times[(times.len() * percent).div_ceil(100).max(1) - 1];
    let replies = u32::try_from(times.len())?;
    Ok(Outcome {
        per_second: f64::from(replies) / took.as_secs_f64(),
        median: at(50),
        p99: at(99),
        reply_bytes,
    })
}
