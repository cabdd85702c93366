//! A broker of the test's own, and a client that sends what it is told to, in the version it is told.

use std::collections::{BTreeMap, VecDeque};
use std::future::Future;
use std::marker::PhantomData;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use kafka_broker::{
    AddressBlock, AllowedAddresses, Broker, BrokerConfig, Cluster, ClusterBounds, ClusterConfig,
    ClusterSettings, Expected, Limits, Refusal, RefusalWitness, Refused, TopicSpec,
};
use kafka_wire::messages::{
    FetchRequest, FetchRequestPartition, FetchRequestTopic, Message, MetadataRequest, ProduceRequest,
    ProduceRequestPartition, ProduceRequestTopic, Request,
};
use kafka_wire::records::{BatchBuilder, BatchHeader, Batches, Compression, HEADER_BYTES, NewRecord};
use kafka_wire::{ErrorCode, Rope, header};
use machine::clock::Clock;
use machine::commit::Committer;
use machine::disk::{Disk, RealDisk};
use machine::random::Random;
use machine::secret::Secret;
use parking_lot::Mutex;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpSocket, TcpStream};
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::aws_lc_rs;
use tokio_rustls::rustls::pki_types::PrivatePkcs8KeyDer;
use uuid::Uuid;

/// Longer than anything here takes; a test that waits so long has failed.
const PATIENCE: Duration = Duration::from_secs(20);

/// Waits for what must come.
pub(crate) async fn soon<T>(what: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, what).await.expect("it comes in time")
}

/// A broker with one cluster, and the disk they stand on.
pub(crate) struct World {
    pub(crate) broker: Broker,
    pub(crate) cluster: Arc<Cluster>,
    committer: Arc<Committer>,
    settings: ClusterSettings,
    limits: Limits,
    proxies: Vec<AddressBlock>,
    folder: TempDir,
}

impl World {
    pub(crate) async fn start() -> Self {
        Self::with(ClusterSettings::default(), Limits::default()).await
    }

    pub(crate) async fn with(settings: ClusterSettings, limits: Limits) -> Self {
        Self::made(Clock::system(), settings, limits, Vec::new()).await
    }

    /// One that these addresses reach with a header of the PROXY protocol only.
    pub(crate) async fn behind(proxies: Vec<AddressBlock>, limits: Limits) -> Self {
        Self::made(Clock::system(), ClusterSettings::default(), limits, proxies).await
    }

    /// A world by a clock of the test's.
    pub(crate) async fn at(clock: Clock, settings: ClusterSettings, limits: Limits) -> Self {
        Self::made(clock, settings, limits, Vec::new()).await
    }

    async fn made(
        clock: Clock,
        settings: ClusterSettings,
        limits: Limits,
        proxies: Vec<AddressBlock>,
    ) -> Self {
        let folder = TempDir::new().unwrap();
        let (broker, committer) = broker(&folder, limits, proxies.clone(), clock);
        let cluster = broker.cluster_open(config("main", 0, settings.clone())).await.unwrap();
        Self { broker, cluster, committer, settings, limits, proxies, folder }
    }

    /// Stops the process, as far as a test can, and starts it again on the same disk.
    pub(crate) async fn restart(&mut self) {
        self.broker.close().await;
        self.committer.shutdown();
        (self.broker, self.committer) =
            broker(&self.folder, self.limits, self.proxies.clone(), Clock::system());
        let config = config("main", 0, self.settings.clone());
        self.cluster = self.broker.cluster_open(config).await.unwrap();
    }

    pub(crate) async fn wire(&self) -> Wire {
        Wire::open(self.cluster.address()).await
    }

    /// Keeps what its clients are refused from now on.
    pub(crate) fn witness(&self) -> Arc<Witness> {
        let witness = Arc::<Witness>::default();
        self.broker.refusals_told_to(Some(witness.clone()));
        witness
    }

    /// The host's own connection, and its leave to come in.
    pub(crate) async fn own_wire(&self) -> (Expected, Wire) {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).unwrap();
        let expected = self.cluster.expect(socket.local_addr().unwrap());
        (expected, Wire::over(soon(socket.connect(self.cluster.address())).await.unwrap()))
    }

    /// The topic that readiness is probed with.
    pub(crate) async fn probe(&self) -> Topic {
        let name = self.cluster.probe_topic().await.unwrap();
        Topic { id: self.cluster.topic(&name).unwrap().id, name }
    }

    /// Makes a topic with these settings.
    pub(crate) async fn topic(&self, name: &str, partitions: i32, settings: &[(&str, &str)]) -> Topic {
        topic(&self.cluster, name, partitions, settings).await
    }
}

/// Keeps refusals, as whoever audits does.
#[derive(Debug, Default)]
pub(crate) struct Witness(Mutex<Vec<Refusal>>);

impl RefusalWitness for Witness {
    fn refused(&self, refusal: Refusal) {
        self.0.lock().push(refusal);
    }
}

impl Witness {
    /// What it was told since it was last asked: by whom, and what. All of it came from this host.
    pub(crate) fn told(&self) -> Vec<(Option<String>, Refused)> {
        let told = std::mem::take(&mut *self.0.lock()).into_iter();
        told.map(|refusal| {
            assert!(refusal.address.is_loopback());
            (refusal.user, refusal.refused)
        })
        .collect()
    }

    /// The one refusal that it was told, once it is.
    pub(crate) async fn only(&self) -> (Option<String>, Refused) {
        soon(async {
            loop {
                match <[_; 1]>::try_from(self.told()) {
                    Ok([only]) => return only,
                    Err(told) => assert!(told.is_empty(), "one at a time: {told:?}"),
                }
                tokio::task::yield_now().await;
            }
        })
        .await
    }
}

fn broker(
    folder: &TempDir,
    limits: Limits,
    proxies: Vec<AddressBlock>,
    clock: Clock,
) -> (Broker, Arc<Committer>) {
    let disk: Arc<dyn Disk> = Arc::new(RealDisk);
    let committer = Committer::start(disk.clone(), folder.path(), clock.clone()).unwrap();
    let broker = Broker::open(BrokerConfig {
        disk,
        committer: committer.clone(),
        folder: folder.path().join("kafka"),
        clock,
        random: Random::system(),
        secret: Secret::new([7; 32]),
        limits,
        tls: Some(tls()),
        proxies,
    });
    (broker.unwrap(), committer)
}

/// A certificate that nobody trusts and no test looks at: what clients verify is tested where it is made.
fn tls() -> Arc<ServerConfig> {
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    let key = PrivatePkcs8KeyDer::from(made.signing_key.serialize_der());
    let config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![made.cert.der().clone()], key.into());
    Arc::new(config.unwrap())
}

/// A cluster on this host.
pub(crate) fn config(name: &str, port: u16, settings: ClusterSettings) -> ClusterConfig {
    let (host, allowed) = (IpAddr::V4(Ipv4Addr::LOCALHOST), AllowedAddresses::default());
    let (logins, users, rules) = (Vec::new(), Vec::new(), Vec::new());
    ClusterConfig {
        name: name.into(),
        host,
        port,
        settings,
        allowed,
        logins,
        users,
        rules,
        bounds: ClusterBounds::default(),
        keys: None,
    }
}

/// Makes a topic, as the cluster's host does.
pub(crate) async fn topic(
    cluster: &Cluster,
    name: &str,
    partitions: i32,
    settings: &[(&str, &str)],
) -> Topic {
    let id = Random::system().uuid();
    let config: BTreeMap<_, _> =
        settings.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect();
    let spec = TopicSpec {
        name: name.into(),
        id,
        partitions,
        config,
        created_ms: Clock::system().now_ms(),
        internal: false,
    };
    cluster.topic_create(spec).await.unwrap();
    Topic { name: name.into(), id }
}

/// A topic under both of its names.
#[derive(Clone, Debug)]
pub(crate) struct Topic {
    pub(crate) name: String,
    pub(crate) id: Uuid,
}

impl Topic {
    /// A topic that is nowhere.
    pub(crate) fn absent() -> Self {
        Self { name: "nowhere".into(), id: Uuid::from_u128(7) }
    }

    /// A produce to one partition; each version takes the name it has room for.
    pub(crate) fn produce<'a>(
        &'a self,
        acks: i16,
        partition: i32,
        records: Option<&'a [u8]>,
    ) -> ProduceRequest<'a> {
        let partition_data = vec![ProduceRequestPartition { index: partition, records }];
        ProduceRequest {
            acks,
            timeout_ms: 30_000,
            topic_data: vec![ProduceRequestTopic { name: &self.name, topic_id: self.id, partition_data }],
            ..Default::default()
        }
    }

    /// A fetch of partitions, each from its offset, that is answered at once.
    pub(crate) fn fetch(&self, from: &[(i32, i64)]) -> FetchRequest<'_> {
        let partitions = from
            .iter()
            .map(|&(partition, fetch_offset)| FetchRequestPartition {
                partition,
                fetch_offset,
                partition_max_bytes: 1 << 20,
                ..Default::default()
            })
            .collect();
        FetchRequest {
            min_bytes: 1,
            topics: vec![FetchRequestTopic { topic: &self.name, topic_id: self.id, partitions }],
            ..Default::default()
        }
    }
}

/// What came of a produce to one partition.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Produced {
    pub(crate) error: ErrorCode,
    pub(crate) base_offset: i64,
    pub(crate) append_time: i64,
    /// Records that were refused.
    pub(crate) records: Vec<i32>,
}

/// What came of a fetch of one partition.
#[derive(Debug)]
pub(crate) struct Fetched {
    pub(crate) error: ErrorCode,
    pub(crate) high_watermark: i64,
    pub(crate) records: Vec<u8>,
}

/// A connection that does what it is told.
pub(crate) struct Wire {
    socket: TcpStream,
    next: i32,
    /// Correlation ids of what is not answered yet.
    asked: VecDeque<i32>,
}

/// An answer to a request of type `R`, as bytes.
pub(crate) struct Answer<R> {
    version: i16,
    frame: Vec<u8>,
    request: PhantomData<fn(R)>,
}

impl<R: Request> Answer<R> {
    /// All of it, as it came.
    pub(crate) fn bytes(&self) -> &[u8] {
        &self.frame
    }

    pub(crate) fn read(&self) -> R::Response<'_> {
        let (_, body) =
            header::response_header_decode(&self.frame, R::API.response_header_flexible(self.version))
                .unwrap();
        R::Response::decode(self.version, body).unwrap()
    }
}

impl Wire {
    pub(crate) async fn open(address: SocketAddr) -> Self {
        Self::over(soon(TcpStream::connect(address)).await.unwrap())
    }

    /// As [`Wire::open`], from one of this machine's own addresses. The broker may close it at once.
    pub(crate) async fn open_from(from: SocketAddr, address: SocketAddr) -> Self {
        let socket = TcpSocket::new_v4().unwrap();
        socket.bind(from).unwrap();
        Self::over(soon(socket.connect(address)).await.unwrap())
    }

    pub(crate) fn over(socket: TcpStream) -> Self {
        socket.set_nodelay(true).unwrap();
        Self { socket, next: 1, asked: VecDeque::new() }
    }

    /// Where its own end is.
    pub(crate) fn address(&self) -> SocketAddr {
        self.socket.local_addr().unwrap()
    }

    /// Asks in a version, and takes the answer.
    pub(crate) async fn ask<R: Request>(&mut self, version: i16, request: &R) -> Answer<R> {
        self.send(version, request).await;
        self.receive(version).await
    }

    pub(crate) async fn send<R: Request>(&mut self, version: i16, request: &R) {
        let mut rope = Rope::new();
        rope.request(version, self.next, Some("protocol-test"), request).unwrap();
        self.asked.push_back(self.next);
        self.next += 1;
        self.send_bytes(rope.bytes()).await;
    }

    /// Takes the next answer, which must be to the oldest request that is not answered.
    pub(crate) async fn receive<R: Request>(&mut self, version: i16) -> Answer<R> {
        let frame = self.frame().await.expect("an answer");
        let flexible = R::API.response_header_flexible(version);
        let (correlation, _) = header::response_header_decode(&frame, flexible).unwrap();
        assert_eq!(Some(correlation), self.asked.pop_front(), "answers come in order");
        Answer { version, frame, request: PhantomData }
    }

    /// Sends what gets no answer.
    pub(crate) async fn send_silent<R: Request>(&mut self, version: i16, request: &R) {
        self.send(version, request).await;
        self.asked.pop_back();
    }

    /// Sends bytes as they are.
    pub(crate) async fn send_bytes(&mut self, bytes: &[u8]) {
        soon(self.socket.write_all(bytes)).await.unwrap();
    }

    /// The next frame without its length; none when the broker has closed.
    pub(crate) async fn frame(&mut self) -> Option<Vec<u8>> {
        let len = soon(self.socket.read_i32()).await.ok()?;
        let mut frame = vec![0; usize::try_from(len).unwrap()];
        soon(self.socket.read_exact(&mut frame)).await.unwrap();
        Some(frame)
    }

    /// The broker closes, and says nothing before.
    pub(crate) async fn closed(mut self, why: &str) {
        let mut byte = [0];
        // An error is a reset: what we had sent was not all read.
        let read = soon(self.socket.read(&mut byte)).await.unwrap_or_default();
        assert_eq!(read, 0, "no answer: {why}");
    }

    /// Whether the broker answers rather than closes.
    pub(crate) async fn served(mut self) -> bool {
        let mut rope = Rope::new();
        rope.request(1, self.next, None, &MetadataRequest::default()).unwrap();
        soon(self.socket.write_all(rope.bytes())).await.is_ok() && self.frame().await.is_some()
    }

    /// Produces one batch to one partition.
    pub(crate) async fn produce(
        &mut self,
        version: i16,
        topic: &Topic,
        partition: i32,
        batch: &[u8],
    ) -> Produced {
        self.send(version, &topic.produce(-1, partition, Some(batch))).await;
        self.produced(version).await
    }

    /// Takes the answer to a produce of one batch.
    pub(crate) async fn produced(&mut self, version: i16) -> Produced {
        let answer = self.receive::<ProduceRequest<'_>>(version).await;
        let partition = answer.read().responses.remove(0).partition_responses.remove(0);
        Produced {
            error: partition.error_code,
            base_offset: partition.base_offset,
            append_time: partition.log_append_time_ms,
            records: partition.record_errors.iter().map(|record| record.batch_index).collect(),
        }
    }

    /// Fetches, and takes the partitions of the answer's topics in order.
    pub(crate) async fn fetch(&mut self, version: i16, request: &FetchRequest<'_>) -> Vec<Fetched> {
        self.send(version, request).await;
        self.fetched(version).await
    }

    /// Takes the answer to a fetch.
    pub(crate) async fn fetched(&mut self, version: i16) -> Vec<Fetched> {
        let answer = self.receive::<FetchRequest<'_>>(version).await;
        let response = answer.read();
        assert_eq!((response.error_code, response.session_id), (ErrorCode::NONE, 0));
        let partitions = response.responses.into_iter().flat_map(|topic| topic.partitions);
        partitions
            .map(|partition| Fetched {
                error: partition.error_code,
                high_watermark: partition.high_watermark,
                records: match partition.records {
                    kafka_wire::wire::Records::Bytes(bytes) => bytes.into_owned(),
                    other => panic!("records are bytes, not {other:?}"),
                },
            })
            .collect()
    }
}

/// A batch with another header, and a checksum that fits it.
pub(crate) fn amended(batch: &[u8], change: impl FnOnce(&mut BatchHeader)) -> Vec<u8> {
    let mut header = BatchHeader::parse(batch).unwrap();
    header.amend(change);
    let mut amended = batch.to_vec();
    amended[..HEADER_BYTES].copy_from_slice(&header.to_bytes());
    amended
}

/// Whole and sound batches: the values of all records, by offset.
pub(crate) fn values(records: &[u8]) -> Vec<(i64, String)> {
    let mut values = Vec::new();
    for batch in Batches::new(records) {
        let batch = batch.unwrap();
        batch.checksum_verify().unwrap();
        for record in batch.plain(usize::MAX).unwrap().records() {
            let record = record.unwrap();
            let value = record.value.map(|value| String::from_utf8_lossy(value).into_owned());
            values.push((record.offset, value.unwrap_or_default()));
        }
    }
    values
}

/// A batch with these values, stamped now, of a producer without identity.
pub(crate) fn batch(values: &[&str]) -> Vec<u8> {
    built(BatchBuilder::new(Compression::None), values)
}

/// Fills a batch with these values, stamped now.
pub(crate) fn built(mut builder: BatchBuilder, values: &[&str]) -> Vec<u8> {
    for value in values {
        let record = NewRecord {
            timestamp: Clock::system().now_ms(),
            key: Some(b"key"),
            value: Some(value.as_bytes()),
            headers: &[],
        };
        builder.push(&record).unwrap();
    }
    builder.build().unwrap()
}
