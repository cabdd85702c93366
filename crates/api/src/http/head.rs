//! Reads request heads before hyper does, and lets only unambiguous ones through.
//!
//! hyper accepts some heads that another parser in front of us may read differently: two body lengths, a
//! repeated length, lines ended by a bare LF. Whoever can disagree about where a request ends can smuggle
//! one past the other, so such a head is answered 400 and the connection closed. This reader also owns the
//! time a head may take, counted from its first byte, and the time a connection may idle between requests;
//! hyper's one timer cannot tell the two apart.
//!
//! The reader follows bodies only by their `Content-Length`. A chunked body ends its connection (the stack
//! answers with `Connection: close`), so nothing behind it has to be found.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep};

/// Bounds of a request head.
#[derive(Clone, Copy, Debug)]
pub(crate) struct HeadLimits {
    /// Request line and headers together, in bytes.
    pub(crate) bytes: usize,
    /// One header line, in bytes. The request line may fill the whole head: clients send parameters in it.
    pub(crate) line_bytes: usize,
    /// From its first byte to its last.
    pub(crate) time: Duration,
    /// Without any byte between two requests.
    pub(crate) idle: Duration,
    /// Without the peer taking any byte of a reply.
    pub(crate) write_stall: Duration,
}

/// A connection whose reads have passed the checks above.
pub(crate) struct StrictHeads<S> {
    stream: S,
    limits: HeadLimits,
    /// Bytes read from the stream and not yet given on.
    buffer: Vec<u8>,
    /// How many of them the search for the head's end has seen.
    scanned: usize,
    state: State,
    timer: Pin<Box<Sleep>>,
    /// Whether the timer runs for an idle connection rather than for a head.
    is_idle: bool,
    /// Set while a write waits for the peer.
    write_timer: Option<Pin<Box<Sleep>>>,
}

enum State {
    /// Collecting a head.
    Head,
    /// Giving on this many bytes: a head that passed and its body.
    Pass(u64),
    /// Giving on whatever comes: hyper alone decides from here on, and this is the last request.
    Rest,
    /// Giving hyper a head that it answers with 400, once.
    Refuse,
    /// Nothing more is read.
    Ended,
}

/// Not a request line by any reading: hyper answers 400 and closes.
const UNREADABLE: &[u8] = b"\0\r\n\r\n";

impl<S> StrictHeads<S> {
    pub(crate) fn new(stream: S, limits: HeadLimits) -> Self {
        // A new connection has no excuse to idle: the time of its first head has begun.
        let timer = Box::pin(tokio::time::sleep(limits.time));
        Self {
            stream,
            limits,
            buffer: Vec::new(),
            scanned: 0,
            state: State::Head,
            timer,
            is_idle: false,
            write_timer: None,
        }
    }
}

impl<S: AsyncRead + Unpin> StrictHeads<S> {
    /// Reads until the buffer has a whole head, and decides about it.
    fn poll_head(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        loop {
            match find_end(&self.buffer, &mut self.scanned) {
                Progress::Blank => {
                    // An empty line before a request is tolerated, as the protocol advises.
                    self.buffer.drain(..2);
                    self.scanned = 0;
                    continue;
                }
                Progress::Complete(length) => {
                    self.scanned = 0;
                    self.state = match inspect(&self.buffer[..length], self.limits.line_bytes) {
                        Ok(Framing::Length(body)) => State::Pass(length as u64 + body),
                        Ok(Framing::Chunked) => State::Rest,
                        Err(Ambiguous) => State::Refuse,
                    };
                    return Poll::Ready(Ok(()));
                }
                Progress::Broken => {
                    self.state = State::Refuse;
                    return Poll::Ready(Ok(()));
                }
                Progress::Partial if self.buffer.len() > self.limits.bytes => {
                    // hyper has the same limit and the right answer, 431.
                    self.state = State::Rest;
                    return Poll::Ready(Ok(()));
                }
                Progress::Partial => {}
            }
            match self.poll_fill(cx) {
                Poll::Ready(Ok(0)) => {
                    // A head that breaks off is hyper's to judge.
                    self.state = State::Rest;
                    return Poll::Ready(Ok(()));
                }
                Poll::Ready(Ok(_)) => {
                    if std::mem::take(&mut self.is_idle) {
                        self.timer.as_mut().reset(Instant::now() + self.limits.time);
                    }
                }
                Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
                Poll::Pending => {
                    ready!(self.timer.as_mut().poll(cx));
                    self.state = State::Ended;
                    return Poll::Ready(Ok(()));
                }
            }
        }
    }

    /// Reads once from the stream into the buffer.
    fn poll_fill(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<usize>> {
        let mut chunk = [std::mem::MaybeUninit::uninit(); 4096];
        let mut chunk = ReadBuf::uninit(&mut chunk);
        ready!(Pin::new(&mut self.stream).poll_read(cx, &mut chunk))?;
        self.buffer.extend_from_slice(chunk.filled());
        Poll::Ready(Ok(chunk.filled().len()))
    }

    /// Gives on at most `limit` bytes, buffered ones first, and says how many.
    fn poll_pass(
        &mut self,
        cx: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
        limit: u64,
    ) -> Poll<io::Result<u64>> {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX).min(into.remaining());
        if self.buffer.is_empty() {
            let mut part = ReadBuf::new(into.initialize_unfilled_to(limit));
            ready!(Pin::new(&mut self.stream).poll_read(cx, &mut part))?;
            let given = part.filled().len();
            into.advance(given);
            return Poll::Ready(Ok(given as u64));
        }
        let given = limit.min(self.buffer.len());
        into.put_slice(&self.buffer[..given]);
        self.buffer.drain(..given);
        if self.buffer.is_empty() {
            // An idle connection holds no buffer.
            self.buffer = Vec::new();
        }
        Poll::Ready(Ok(given as u64))
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for StrictHeads<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        into: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let this = &mut *self;
        loop {
            match this.state {
                State::Head => ready!(this.poll_head(cx))?,
                State::Pass(left) => {
                    let given = ready!(this.poll_pass(cx, into, left))?;
                    this.state = if given == 0 && left > 0 {
                        State::Ended
                    } else if given == left {
                        this.is_idle = this.buffer.is_empty();
                        let due = if this.is_idle { this.limits.idle } else { this.limits.time };
                        this.timer.as_mut().reset(Instant::now() + due);
                        State::Head
                    } else {
                        State::Pass(left - given)
                    };
                    return Poll::Ready(Ok(()));
                }
                State::Rest => return this.poll_pass(cx, into, u64::MAX).map_ok(drop),
                State::Refuse => {
                    this.buffer = Vec::new();
                    into.put_slice(UNREADABLE);
                    this.state = State::Ended;
                    return Poll::Ready(Ok(()));
                }
                State::Ended => return Poll::Ready(Ok(())),
            }
        }
    }
}

impl<S: AsyncWrite + Unpin> StrictHeads<S> {
    /// Ends the connection when the peer has taken nothing for too long.
    fn watch_stall<T>(&mut self, cx: &mut Context<'_>, outcome: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        if outcome.is_ready() {
            self.write_timer = None;
            return outcome;
        }
        let limit = self.limits.write_stall;
        let timer = self.write_timer.get_or_insert_with(|| Box::pin(tokio::time::sleep(limit)));
        timer.as_mut().poll(cx).map(|()| Err(io::ErrorKind::TimedOut.into()))
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for StrictHeads<S> {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, from: &[u8]) -> Poll<io::Result<usize>> {
        let outcome = Pin::new(&mut self.stream).poll_write(cx, from);
        self.watch_stall(cx, outcome)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        from: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let outcome = Pin::new(&mut self.stream).poll_write_vectored(cx, from);
        self.watch_stall(cx, outcome)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let outcome = Pin::new(&mut self.stream).poll_flush(cx);
        self.watch_stall(cx, outcome)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let outcome = Pin::new(&mut self.stream).poll_shutdown(cx);
        self.watch_stall(cx, outcome)
    }
}

enum Progress {
    /// An empty line where a request line should be.
    Blank,
    /// The head ends within the buffer; its length.
    Complete(usize),
    /// A byte that no head has: NUL, or a CR or LF by itself.
    Broken,
    /// More bytes are needed.
    Partial,
}

/// Looks for the end of the head, going on where it stopped, so that a head sent byte by byte costs no more
/// than one sent at once.
fn find_end(buffer: &[u8], scanned: &mut usize) -> Progress {
    if buffer.starts_with(b"\r\n") {
        return Progress::Blank;
    }
    while let Some(&byte) = buffer.get(*scanned) {
        let before = &buffer[..*scanned];
        let after_cr = before.ends_with(b"\r");
        if byte == 0 || after_cr != (byte == b'\n') {
            return Progress::Broken;
        }
        *scanned += 1;
        if byte == b'\n' && before.ends_with(b"\r\n\r") {
            return Progress::Complete(*scanned);
        }
    }
    Progress::Partial
}

#[derive(Debug, PartialEq, Eq)]
enum Framing {
    /// A body of this many bytes follows.
    Length(u64),
    /// Chunks follow.
    Chunked,
}

/// Two parsers could disagree about this head.
#[derive(Debug, PartialEq, Eq)]
struct Ambiguous;

/// Checks a whole head, final empty line included. What hyper refuses by itself is not repeated here.
fn inspect(head: &[u8], line_max: usize) -> Result<Framing, Ambiguous> {
    let mut rest = head;
    let request_line = take_line(&mut rest);
    let (mut hosts, mut length, mut chunked) = (0, None, false);
    loop {
        let line = take_line(&mut rest);
        if line.is_empty() {
            break;
        }
        // A line that starts with white space continues the one before it, in some parsers.
        if line.len() > line_max || matches!(line[0], b' ' | b'\t') {
            return Err(Ambiguous);
        }
        let colon = line.iter().position(|byte| *byte == b':').ok_or(Ambiguous)?;
        let (name, value) = (&line[..colon], line[colon + 1..].trim_ascii());
        if name.eq_ignore_ascii_case(b"host") {
            hosts += 1;
        } else if name.eq_ignore_ascii_case(b"content-length") {
            if length.replace(parse_length(value)?).is_some() {
                return Err(Ambiguous);
            }
        } else if name.eq_ignore_ascii_case(b"transfer-encoding") {
            if chunked || !value.eq_ignore_ascii_case(b"chunked") {
                return Err(Ambiguous);
            }
            chunked = true;
        }
    }
    // HTTP/1.0 knows neither Host nor chunks; from 1.1 on the host is required.
    let old = request_line.ends_with(b"HTTP/1.0");
    if hosts > 1 || (hosts == 0 && !old) || (chunked && old) {
        return Err(Ambiguous);
    }
    match (length, chunked) {
        (Some(_), true) => Err(Ambiguous),
        (None, true) => Ok(Framing::Chunked),
        (length, false) => Ok(Framing::Length(length.unwrap_or(0))),
    }
}

/// The longest body that a head may announce.
const LENGTH_MAX: u64 = 1 << 62;

/// Digits alone: no sign, no list, no blanks inside.
fn parse_length(value: &[u8]) -> Result<u64, Ambiguous> {
    if value.is_empty() || !value.iter().all(u8::is_ascii_digit) {
        return Err(Ambiguous);
    }
    // However long, it is one reading; whether it is too long is the stack's to say. Only one whose sum with
    // its head would overflow cannot be meant.
    let length = std::str::from_utf8(value).ok().and_then(|text| text.parse().ok());
    length.filter(|length| *length <= LENGTH_MAX).ok_or(Ambiguous)
}

/// Takes a line off, without its CRLF.
fn take_line<'h>(rest: &mut &'h [u8]) -> &'h [u8] {
    let end = rest.windows(2).position(|pair| pair == b"\r\n").unwrap_or(rest.len());
    let line = &rest[..end];
    *rest = rest.get(end + 2..).unwrap_or_default();
    line
}

#[cfg(test)]
#[path = "head_tests.rs"]
mod tests;
