//! The handshake of a listener with TLS: bounded in time and memory, for anybody can come that far.

use std::io::{self, ErrorKind};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::timeout;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::server::TlsStream;

/// What a client may send until the handshake is over. No hello of a real one has half of it.
const HANDSHAKE_BYTES_MAX: usize = 8 * 1024;
/// The first byte of whoever begins a handshake. A Kafka request of a length that begins so would have 352 MiB.
pub(crate) const HANDSHAKE_RECORD: u8 = 22;

/// A socket with TLS on it.
pub(crate) type Secured = TlsStream<Measured>;

/// Why there was no handshake.
#[derive(Debug, thiserror::Error)]
pub(crate) enum HandshakeError {
    /// It has not failed: the client did not try.
    #[error("it speaks without TLS on a port with TLS")]
    Plain,
    #[error("it took too long")]
    Late,
    #[error("{0}")]
    Failed(#[from] io::Error),
}

/// Shakes hands with a client.
pub(crate) async fn shake_hands(
    tls: Arc<ServerConfig>,
    socket: TcpStream,
    time: Duration,
) -> Result<Box<Secured>, HandshakeError> {
    timeout(time, shake(tls, socket)).await.unwrap_or(Err(HandshakeError::Late))
}

async fn shake(tls: Arc<ServerConfig>, socket: TcpStream) -> Result<Box<Secured>, HandshakeError> {
    let mut first = [0];
    match socket.peek(&mut first).await? {
        0 => return Err(HandshakeError::Failed(ErrorKind::UnexpectedEof.into())),
        // An alert would be read as the length of a frame: whoever has no TLS gets nothing.
        _ if first[0] != HANDSHAKE_RECORD => return Err(HandshakeError::Plain),
        _ => {}
    }
    let measured = Measured { socket, left: Some(HANDSHAKE_BYTES_MAX) };
    let mut secured = Box::new(TlsAcceptor::from(tls).accept(measured).await?);
    secured.get_mut().0.left = None;
    Ok(secured)
}

/// A socket that counts what comes in as long as that is bounded.
#[derive(Debug)]
pub(crate) struct Measured {
    socket: TcpStream,
    left: Option<usize>,
}

impl AsyncRead for Measured {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        ready!(Pin::new(&mut self.socket).poll_read(cx, buffer))?;
        if let Some(left) = &mut self.left {
            let count = buffer.filled().len() - before;
            let too_much = || io::Error::new(ErrorKind::InvalidData, "it sends on and on in a handshake");
            *left = left.checked_sub(count).ok_or_else(too_much)?;
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Measured {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Pin::new(&mut self.socket).poll_write(cx, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.socket).poll_shutdown(cx)
    }
}
