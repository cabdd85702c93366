//! Frames in and out of one socket, within bounds.
//!
//! Memory follows the bytes that have arrived, never the length a frame claims; an idle connection holds no
//! buffer at all.

use std::io;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use rustix::fs::sendfile;
use tokio::io::Interest;
use tokio::time::timeout;

use crate::budget::{RequestBudget, Share};
use crate::log::FileRange;
use crate::reply::{Piece, Reply};
use crate::secured::HANDSHAKE_RECORD;
use crate::socket::{Incoming, Outgoing};

/// How much is kept of what a client sends while its last request is still under way.
const READ_AHEAD_BYTES: usize = 64 * 1024;
/// What a new connection is read with. One that sends large frames is soon read with more.
pub(crate) const FIRST_BYTES: usize = 4 * 1024;
/// The most that is reserved at a time.
const GROWTH_BYTES_MAX: usize = 1024 * 1024;
/// A frame that has begun must go on within this time.
pub(crate) const STALL_MAX: Duration = Duration::from_secs(15);
/// Bytes that go through our memory at a time where `sendfile` cannot be used.
const COPY_BYTES: usize = 64 * 1024;

/// Why no further frame will come.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FrameError {
    /// The peer closed between frames.
    #[error("closed by the peer")]
    Closed,
    #[error("a frame claims {0} bytes")]
    Length(i32),
    /// What was to be the length of a frame is how a handshake begins.
    #[error("it speaks TLS on a port without TLS")]
    Handshake,
    #[error("a frame stalled")]
    Stalled,
    #[error("no memory for a frame: too many requests are in flight")]
    NoRoom,
    #[error("{0}")]
    Io(#[from] io::Error),
}

/// The reading half.
#[derive(Debug)]
pub(crate) struct FrameReader {
    socket: Incoming,
    buffer: BytesMut,
    frame_bytes_max: usize,
    /// What is reserved at once: as much as the last frame took, for the next will be like it.
    usual_bytes: usize,
}

impl FrameReader {
    pub(crate) fn new(socket: Incoming, frame_bytes_max: usize) -> Self {
        Self { socket, buffer: BytesMut::new(), frame_bytes_max, usual_bytes: FIRST_BYTES }
    }

    /// Bounds the frames from now on.
    pub(crate) fn limit(&mut self, frame_bytes_max: usize) {
        self.frame_bytes_max = frame_bytes_max;
    }

    /// The next frame without its length prefix, and the share of the budget it occupies.
    pub(crate) async fn next(&mut self, budget: &RequestBudget) -> Result<(Bytes, Share), FrameError> {
        if self.buffer.is_empty() {
            // Drop the buffer while idle: ten thousand quiet clients must cost next to nothing.
            self.buffer = BytesMut::new();
            self.socket.stirred(&mut self.buffer).await?;
        }
        // On the heap, for as long as a frame comes in: there is nothing of it in a task that waits above.
        Box::pin(self.begun(budget)).await
    }

    /// The next frame, of which something has come or will at once.
    async fn begun(&mut self, budget: &RequestBudget) -> Result<(Bytes, Share), FrameError> {
        let len = loop {
            if let Some(prefix) = self.buffer.first_chunk::<4>() {
                let claimed = i32::from_be_bytes(*prefix);
                match usize::try_from(claimed) {
                    Ok(len) if len <= self.frame_bytes_max => break len,
                    // A record's type, and the first half of a version that is 3.x.
                    _ if prefix.starts_with(&[HANDSHAKE_RECORD, 3]) => return Err(FrameError::Handshake),
                    _ => return Err(FrameError::Length(claimed)),
                }
            }
            self.fill(self.usual_bytes).await?;
        };
        let whole = 4 + len;
        let mut share = budget.take(whole.min(self.usual_bytes)).await;
        while self.buffer.len() < whole {
            // Room for at most as much again as has come, so that a claim costs its sender real bytes.
            let more = self.buffer.len().clamp(self.usual_bytes, GROWTH_BYTES_MAX);
            let room = more.min(whole - self.buffer.len());
            // Large frames that all wait for more could wait for each other; whoever waits too long gives way.
            let grown = share.grow(self.buffer.len() + room, budget);
            timeout(STALL_MAX, grown).await.map_err(|_| FrameError::NoRoom)?;
            self.fill(room).await?;
        }
        self.usual_bytes = whole.clamp(FIRST_BYTES, GROWTH_BYTES_MAX);
        let mut frame = self.buffer.split_to(whole);
        Ok((frame.split_off(4).freeze(), share))
    }

    /// Waits until the peer has gone, keeping at most a bounded number of further bytes meanwhile.
    ///
    /// Runs beside a waiting request, so that a long poll of a closed connection ends at once.
    pub(crate) async fn gone(&mut self) {
        if self.ahead(READ_AHEAD_BYTES).await.is_ok() {
            // The peer pipelines without reading; it is alive, and the rest stays in the kernel.
            std::future::pending::<()>().await;
        }
    }

    /// Reads on until so many bytes have come that are not asked for yet. Fails when the peer has gone.
    pub(crate) async fn ahead(&mut self, bytes: usize) -> Result<(), FrameError> {
        while self.buffer.len() < bytes {
            self.buffer.reserve(FIRST_BYTES);
            if self.socket.read(&mut self.buffer).await? == 0 {
                return Err(FrameError::Closed);
            }
        }
        Ok(())
    }

    async fn fill(&mut self, room: usize) -> Result<(), FrameError> {
        let begun = !self.buffer.is_empty();
        self.buffer.reserve(room);
        let read = self.socket.read(&mut self.buffer);
        let count = if begun {
            timeout(STALL_MAX, read).await.map_err(|_| FrameError::Stalled)??
        } else {
            read.await?
        };
        match count {
            0 if begun => Err(FrameError::Io(io::ErrorKind::UnexpectedEof.into())),
            0 => Err(FrameError::Closed),
            _ => Ok(()),
        }
    }
}

/// The writing half.
#[derive(Debug)]
pub(crate) struct FrameWriter {
    socket: Outgoing,
}

impl FrameWriter {
    pub(crate) fn new(socket: Outgoing) -> Self {
        Self { socket }
    }

    /// Sends one frame. A peer that takes nothing for a while is given up.
    pub(crate) async fn send(&mut self, reply: &Reply) -> Result<(), FrameError> {
        for piece in reply.pieces() {
            match piece {
                Piece::Bytes(bytes) => self.send_bytes(bytes).await?,
                Piece::File(range) => self.send_file(range).await?,
            }
        }
        Ok(timeout(STALL_MAX, self.socket.flush()).await.map_err(|_| FrameError::Stalled)??)
    }

    async fn send_bytes(&mut self, mut bytes: &[u8]) -> Result<(), FrameError> {
        while !bytes.is_empty() {
            let sent = timeout(STALL_MAX, self.socket.write(bytes)).await;
            bytes = &bytes[sent.map_err(|_| FrameError::Stalled)??..];
        }
        Ok(())
    }

    async fn send_file(&mut self, range: &FileRange) -> Result<(), FrameError> {
        let (Some(file), Some(socket)) = (range.file.as_fd(), self.socket.as_plain()) else {
            return self.copy_file(range).await;
        };
        let mut offset = range.offset;
        let end = range.offset + u64::from(range.len);
        while offset < end {
            let left = usize::try_from(end - offset).expect("a range's length is 32 bits");
            let send = socket.async_io(Interest::WRITABLE, || {
                // The kernel moves `offset` on by what it sent.
                sendfile(socket, file, Some(&mut offset), left).map_err(io::Error::from)
            });
            if timeout(STALL_MAX, send).await.map_err(|_| FrameError::Stalled)?? == 0 {
                // The log was cut below a range that was promised: the frame cannot be finished.
                return Err(FrameError::Io(io::ErrorKind::UnexpectedEof.into()));
            }
        }
        Ok(())
    }

    /// For what the kernel cannot send by itself: files of a simulated disk, and all that TLS has to seal.
    async fn copy_file(&mut self, range: &FileRange) -> Result<(), FrameError> {
        let mut offset = range.offset;
        let end = range.offset + u64::from(range.len);
        let mut buffer = vec![0; COPY_BYTES.min(range.len as usize)];
        while offset < end {
            let want = buffer.len().min(usize::try_from(end - offset).unwrap_or(usize::MAX));
            let read = range.file.read_at(&mut buffer[..want], offset)?;
            if read == 0 {
                return Err(FrameError::Io(io::ErrorKind::UnexpectedEof.into()));
            }
            self.send_bytes(&buffer[..read]).await?;
            offset += read as u64;
        }
        Ok(())
    }
}
