//! Which heads pass, and how long a connection may take.

use proptest::prelude::*;

use std::convert::Infallible;

use bytes::Bytes;
use http_body_util::Full;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Request, Response};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use super::*;

fn check(lines: &[&str]) -> Result<Framing, Ambiguous> {
    inspect(format!("{}\r\n\r\n", lines.join("\r\n")).as_bytes(), 64)
}

#[test]
fn plain_heads_pass() {
    assert_eq!(check(&["GET / HTTP/1.1", "Host: a"]), Ok(Framing::Length(0)));
    assert_eq!(check(&["GET / HTTP/1.0"]), Ok(Framing::Length(0)));
    assert_eq!(check(&["POST / HTTP/1.1", "host:a", "content-length:\t12 "]), Ok(Framing::Length(12)));
    let chunked = ["POST / HTTP/1.1", "Host: a", "Transfer-Encoding: Chunked"];
    assert_eq!(check(&chunked), Ok(Framing::Chunked));
}

#[test]
fn ambiguous_heads_do_not() {
    let long = format!("A: {}", "x".repeat(64));
    for headers in [
        &["Content-Length: 1", "Transfer-Encoding: chunked"][..],
        &["Transfer-Encoding: chunked", "Content-Length: 1"],
        &["Content-Length: 1", "Content-Length: 1"],
        &["Content-Length: 1, 1"],
        &["Content-Length: +1"],
        &["Content-Length: -1"],
        &["Content-Length: 0x1"],
        &["Content-Length: 1 1"],
        &["Content-Length:"],
        &["Content-Length: 99999999999999999999999"],
        &["Transfer-Encoding: gzip, chunked"],
        &["Transfer-Encoding: chunked", "Transfer-Encoding: chunked"],
        &["Transfer-Encoding: \x0bchunked"],
        &["A: b", " folded"],
        &["A: b", "\tfolded"],
        &["Host: b"],
        &["no colon"],
        &[&long],
    ] {
        let lines = [&["POST / HTTP/1.1", "Host: a"], headers].concat();
        assert_eq!(check(&lines), Err(Ambiguous), "{headers:?}");
    }
    assert_eq!(check(&["GET / HTTP/1.1"]), Err(Ambiguous));
    assert_eq!(check(&["GET / HTTP/1.0", "Transfer-Encoding: chunked"]), Err(Ambiguous));
}

proptest! {
    #[test]
    fn any_bytes_are_judged_the_same_in_one_piece_and_in_many(
        bytes in prop::collection::vec(prop::sample::select(b"a:\r\n\0 ".to_vec()), 0..60),
    ) {
        let judge = |progress: &Progress| match progress {
            Progress::Blank => 0,
            Progress::Broken => 1,
            Progress::Complete(at) => 2 + at,
            Progress::Partial => usize::MAX,
        };
        let whole = judge(&find_end(&bytes, &mut 0));
        let mut scanned = 0;
        let pieces = (0..=bytes.len())
            .map(|end| judge(&find_end(&bytes[..end], &mut scanned)))
            .find(|verdict| *verdict != usize::MAX)
            .unwrap_or(usize::MAX);
        prop_assert_eq!(whole, pieces);
        // No bytes make it panic, whole head or not.
        inspect(&bytes, 64).ok();
    }
}

const LIMITS: HeadLimits = HeadLimits {
    bytes: 64 * 1024,
    line_bytes: 16 * 1024,
    time: Duration::from_secs(10),
    idle: Duration::from_secs(75),
    write_stall: Duration::from_secs(15),
};

/// Serves one connection, answering every request with `reply` bytes.
async fn serve(stream: tokio::io::DuplexStream, reply: usize) -> hyper::Result<()> {
    let service = service_fn(move |_: Request<hyper::body::Incoming>| async move {
        Ok::<_, Infallible>(Response::new(Full::new(Bytes::from(vec![b'x'; reply]))))
    });
    http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(None)
        .serve_connection(TokioIo::new(StrictHeads::new(stream, LIMITS)), service)
        .await
}

/// Writes each piece a while after the one before, and says after how many seconds the server ended.
async fn closed_after(pieces: &[(u64, &str)]) -> (u64, String) {
    let (mut client, server) = tokio::io::duplex(1 << 16);
    let serving = tokio::spawn(serve(server, 0));
    let started = Instant::now();
    for (pause, piece) in pieces {
        tokio::time::sleep(Duration::from_secs(*pause)).await;
        client.write_all(piece.as_bytes()).await.unwrap();
    }
    let mut reply = String::new();
    client.read_to_string(&mut reply).await.unwrap();
    serving.await.unwrap().ok();
    (started.elapsed().as_secs(), reply.lines().next().unwrap_or_default().to_owned())
}

// Time is the runtime's in these: it jumps to the next timer whenever everybody waits.

#[tokio::test(start_paused = true)]
async fn slow_heads_and_idle_connections_end_in_time() {
    const WHOLE: &str = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
    let none = String::new;
    let ok = || "HTTP/1.1 200 OK".to_owned();
    assert_eq!(closed_after(&[]).await, (10, none()), "nothing at all");
    assert_eq!(closed_after(&[(0, "GET / HTTP/1.1\r\nHost: a\r\n")]).await, (10, none()), "half a head");
    // A byte now and then does not put the end off.
    let drip = [(1, "G"), (4, "E"), (4, "T")];
    assert_eq!(closed_after(&drip).await, (10, none()), "a head that drips");
    assert_eq!(closed_after(&[(0, WHOLE)]).await, (75, ok()), "idle after a request");
    assert_eq!(closed_after(&[(0, WHOLE), (70, WHOLE)]).await, (145, ok()), "used in time");
    assert_eq!(closed_after(&[(0, WHOLE), (70, "GET")]).await, (80, ok()), "half a head after a request");
}

#[tokio::test(start_paused = true)]
async fn a_peer_that_takes_nothing_is_left() {
    let (mut client, server) = tokio::io::duplex(1 << 12);
    let serving = tokio::spawn(serve(server, 1 << 20));
    client.write_all(b"GET / HTTP/1.1\r\nHost: a\r\n\r\n").await.unwrap();
    let started = Instant::now();
    let ended = serving.await.unwrap();
    assert!(ended.is_err(), "the reply was not taken");
    assert_eq!(started.elapsed().as_secs(), 15);
    drop(client);
}
