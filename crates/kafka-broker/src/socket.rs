//! A client's socket, with TLS or without, in two halves.

use std::io;

use bytes::BytesMut;
use tokio::io::{AsyncReadExt, AsyncWriteExt, ReadHalf, WriteHalf};
use tokio::net::TcpStream;
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};

use crate::secured::Secured;

/// What a quiet connection with TLS is read with: the length of its next frame.
const QUIET_BYTES: usize = 4;

/// A connected socket.
pub(crate) enum ClientSocket {
    Plain(TcpStream),
    /// The handshake is over.
    Secured(Box<Secured>),
}

impl ClientSocket {
    pub(crate) fn into_split(self) -> (Incoming, Outgoing) {
        match self {
            Self::Plain(socket) => {
                let (read, write) = socket.into_split();
                (Incoming::Plain(read), Outgoing::Plain(write))
            }
            Self::Secured(socket) => {
                let (read, write) = tokio::io::split(*socket);
                (Incoming::Secured(read), Outgoing::Secured(write))
            }
        }
    }
}

/// The reading half.
#[derive(Debug)]
pub(crate) enum Incoming {
    Plain(OwnedReadHalf),
    Secured(ReadHalf<Secured>),
}

impl Incoming {
    /// Waits until there is something to be read, and holds no room for it meanwhile. Of what comes with TLS, which
    /// cannot be waited for without being read, the first bytes are in the buffer then.
    pub(crate) async fn stirred(&mut self, buffer: &mut BytesMut) -> io::Result<()> {
        match self {
            Self::Plain(socket) => socket.readable().await,
            Self::Secured(socket) => {
                let mut first = [0; QUIET_BYTES];
                let count = socket.read(&mut first).await?;
                buffer.extend_from_slice(&first[..count]);
                Ok(())
            }
        }
    }

    /// Reads once, into the room that the buffer has; 0 when the peer has closed.
    pub(crate) async fn read(&mut self, buffer: &mut BytesMut) -> io::Result<usize> {
        match self {
            Self::Plain(socket) => socket.read_buf(buffer).await,
            Self::Secured(socket) => socket.read_buf(buffer).await,
        }
    }
}

/// The writing half.
#[derive(Debug)]
pub(crate) enum Outgoing {
    Plain(OwnedWriteHalf),
    Secured(WriteHalf<Secured>),
}

impl Outgoing {
    /// Writes once.
    pub(crate) async fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(socket) => socket.write(bytes).await,
            Self::Secured(socket) => socket.write(bytes).await,
        }
    }

    /// Waits until what was written is with the kernel. TLS keeps up to 64 KiB of it until then.
    pub(crate) async fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(_) => Ok(()),
            Self::Secured(socket) => socket.flush().await,
        }
    }

    /// The socket, where bytes go over the network as they are.
    pub(crate) fn as_plain(&self) -> Option<&TcpStream> {
        match self {
            Self::Plain(socket) => Some(socket.as_ref()),
            Self::Secured(_) => None,
        }
    }
}
