//! Connections that a proxy hands on: it says first for whom, and where they dialled, in a header of the PROXY protocol, versions 1 and 2
//! (<https://www.haproxy.org/download/3.2/doc/proxy-protocol.txt>). Only proxies that were named are believed, and they
//! must always say it; what anybody else sends is taken for a request.

use std::io::{self, ErrorKind};
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use proxy_header::{Error, ParseConfig, Protocol, ProxyHeader};
use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;
use tokio::time::timeout;

use crate::door::AddressBlock;

/// The longest header. One with everything that proxies add has a quarter of it.
const HEADER_BYTES_MAX: usize = 2 * 1024;
/// Either version; what a proxy adds to the addresses is skipped.
const HEADERS: ParseConfig = ParseConfig { include_tlvs: false, allow_v1: true, allow_v2: true };

/// Why a proxy's connection is of no use.
#[derive(Debug, thiserror::Error)]
pub(crate) enum HeaderError {
    #[error("it begins with no header of the PROXY protocol, which is expected from its address")]
    Missing,
    #[error("its PROXY header has more than {HEADER_BYTES_MAX} bytes")]
    Long,
    #[error("its PROXY header took too long")]
    Late,
    #[error("{0}")]
    Failed(#[from] io::Error),
}

/// Those who are believed.
#[derive(Debug)]
pub(crate) struct Proxies(Vec<AddressBlock>);

impl Proxies {
    pub(crate) fn new(blocks: Vec<AddressBlock>) -> Self {
        Self(blocks)
    }

    /// Whether connections from this address begin with a header.
    pub(crate) fn include(&self, address: IpAddr) -> bool {
        self.0.iter().any(|block| block.holds(address))
    }
}

/// Whom a proxy speaks for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Client {
    pub(crate) address: SocketAddr,
    /// The address of the proxy that it knows, and is to come back to.
    pub(crate) dialled: SocketAddr,
}

/// Reads a header, and nothing after it. None when the proxy speaks for itself, as in a look whether the port is open.
pub(crate) async fn client_of(socket: &mut TcpStream, time: Duration) -> Result<Option<Client>, HeaderError> {
    timeout(time, read(socket)).await.unwrap_or(Err(HeaderError::Late))
}

async fn read(socket: &mut TcpStream) -> Result<Option<Client>, HeaderError> {
    let mut header = vec![0; HEADER_BYTES_MAX];
    let mut taken = 0;
    while taken < header.len() {
        let seen = taken + socket.peek(&mut header[taken..]).await?;
        if seen == taken {
            return Err(io::Error::from(ErrorKind::UnexpectedEof).into());
        }
        let parsed = match ProxyHeader::parse(&header[..seen], HEADERS) {
            Ok((header, length)) => Some((client(&header)?, length)),
            Err(Error::BufferTooShort) => None,
            Err(_) => return Err(HeaderError::Missing),
        };
        // As long as it is not whole, all there is belongs to it.
        let end = parsed.map_or(seen, |(_, length)| length);
        socket.read_exact(&mut header[taken..end]).await?;
        if let Some((client, _)) = parsed {
            return Ok(client);
        }
        taken = end;
    }
    Err(HeaderError::Long)
}

fn client(header: &ProxyHeader<'_>) -> Result<Option<Client>, HeaderError> {
    match header.proxied_address() {
        None => Ok(None),
        Some(proxied) if proxied.protocol == Protocol::Stream => {
            Ok(Some(Client { address: canonical(proxied.source), dialled: canonical(proxied.destination) }))
        }
        Some(_) => Err(HeaderError::Missing),
    }
}

/// An IPv4 address that is written as IPv6 is an IPv4 address.
pub(crate) fn canonical(address: SocketAddr) -> SocketAddr {
    SocketAddr::new(address.ip().to_canonical(), address.port())
}
