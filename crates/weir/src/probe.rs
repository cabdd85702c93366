//! The readiness probe: an instance is in service when a message went through its own port and came back.

use std::net::SocketAddr;

use kafka_broker::{Cluster, ClusterError};
use kafka_client::{ClientError, Connection};
use kafka_wire::messages::FetchRequest;
use kafka_wire::records::{BatchBuilder, Batches, BuildError, Compression, NewRecord};
use kafka_wire::wire::Records;
use tokio::net::TcpSocket;

const CLIENT_ID: &str = "weir-probe";
const FETCH_BYTES_MAX: i32 = 64 * 1024;
const FETCH_WAIT_MS: i32 = 5_000;
const MARK: &[u8] = b"probe";

#[derive(Debug, thiserror::Error)]
pub(crate) enum ProbeError {
    #[error("the probe's topic cannot be made: {0}")]
    Topic(#[from] ClusterError),
    #[error("the probe failed: {0}")]
    Client(#[from] ClientError),
    #[error("the probe's message cannot be built: {0}")]
    Build(#[from] BuildError),
    #[error("the probe's message was acknowledged at offset {0} and did not come back")]
    NotThere(i64),
}

/// Produces a message with `acks=all` and fetches it again.
pub(crate) async fn run(cluster: &Cluster) -> Result<(), ProbeError> {
    let topic = cluster.probe_topic().await?;
    let mut connection = connect(cluster).await?;
    let offset = connection.produce(&topic, 0, &message()?).await?;
    let answer = connection.fetch(&topic, &[(0, offset)], FETCH_BYTES_MAX, FETCH_WAIT_MS).await?;
    let fetched = answer.read::<FetchRequest<'_>>()?;
    let came_back = fetched.responses.iter().flat_map(|topic| &topic.partitions).any(|partition| {
        let Records::Bytes(bytes) = &partition.records else { return false };
        Batches::new(bytes).flatten().any(|batch| batch.header.base_offset == offset)
    });
    if came_back { Ok(()) } else { Err(ProbeError::NotThere(offset)) }
}

/// Produces a message with `acks=all` to partition 0 of a topic.
pub(crate) async fn produce(bootstrap: &str, topic: &str) -> Result<i64, ProbeError> {
    let mut connection = Connection::open(bootstrap, CLIENT_ID).await?;
    Ok(connection.produce(topic, 0, &message()?).await?)
}

fn message() -> Result<Vec<u8>, BuildError> {
    let mut builder = BatchBuilder::new(Compression::None);
    builder.push(&NewRecord { timestamp: -1, value: Some(MARK), ..NewRecord::default() })?;
    builder.build()
}

/// Connects to the cluster's own listener, which lets this one connection in whoever is allowed.
async fn connect(cluster: &Cluster) -> Result<Connection, ClientError> {
    // An unspecified address is dialled as loopback.
    let address = crate::serve::dial(cluster.address());
    let socket = if address.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    // Bound before it connects, so that its port is known.
    socket.bind(SocketAddr::new(address.ip(), 0))?;
    let _expected = cluster.expect(socket.local_addr()?);
    Connection::over(socket.connect(address).await?, CLIENT_ID).await
}
