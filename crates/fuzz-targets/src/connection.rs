//! The whole way of a request: bytes into a connection of a running broker, which has a disk in memory.
//!
//! The input is what a client sends, in pieces of a length of two bytes. A piece is a frame, whose own length is put in
//! front; one whose length has its highest bit set goes out as it is, so that lengths can be wrong too. The client then
//! hangs up, and the broker must end the connection.

use std::cell::RefCell;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use kafka_broker::{
    AllowedAddresses, Broker, BrokerConfig, Cluster, ClusterBounds, ClusterConfig, ClusterSettings, Limits,
    LoginListener, Mechanism, TopicSpec, User, Verifier,
};
use kafka_wire::messages::{
    FetchRequest, FetchRequestPartition, FetchRequestTopic, InitProducerIdRequest, JoinGroupRequest,
    JoinGroupRequestProtocol, MetadataRequest, ProduceRequest, ProduceRequestPartition, ProduceRequestTopic,
    SaslAuthenticateRequest, SaslHandshakeRequest,
};
use kafka_wire::{ApiKey, Rope};
use machine::clock::Clock;
use machine::commit::Committer;
use machine::disk::Disk;
use machine::disk::sim::SimDisk;
use machine::random::Random;
use machine::secret::Secret;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::runtime::{Builder, Runtime};
use tokio::time::timeout;
use uuid::Uuid;

use crate::Target;
use crate::memory::Budget;
use crate::messages::requests;
use crate::records::batches;

pub(crate) const TARGET: Target = Target {
    name: "connection",
    feed: |bytes| feed(Port::Plain, bytes),
    seeds: plain_seeds,
    mutations: 1_500,
};

/// A failed login waits a tenth of a second before it says so.
pub(crate) const LOGIN: Target =
    Target { name: "login", feed: |bytes| feed(Port::Login, bytes), seeds: login_seeds, mutations: 60 };

/// What a connection may have the broker's thread hold: its requests as they are decoded and acted on, and replies
/// about all there is in a small cluster.
const BUDGET: Budget = Budget { per_byte: 64, free: 16 << 20 };
/// Longer than any of it takes; whoever waits so long hangs.
const PATIENCE: Duration = Duration::from_secs(20);
/// How long a client that logs in stays, whatever it hears.
const CHECK: Duration = Duration::from_millis(300);
/// Inputs after which there is a new broker, so that what they leave behind does not add up.
const INPUTS_MAX: usize = 500;
/// Of the frame length of a piece that goes out without one.
const BARE: u16 = 0x8000;

const TOPIC: Uuid = Uuid::from_u128(7);

#[derive(Clone, Copy)]
enum Port {
    Plain,
    Login,
}

struct World {
    runtime: Runtime,
    broker: Broker,
    cluster: Arc<Cluster>,
    committer: Arc<Committer>,
    addresses: [SocketAddr; 2],
    inputs: usize,
}

thread_local! {
    static WORLD: RefCell<Option<World>> = const { RefCell::new(None) };
}

impl World {
    fn new() -> Self {
        // All on this thread, so that what the broker reserves for a request is counted.
        let runtime = Builder::new_current_thread().enable_all().build().expect("a runtime");
        let disk: Arc<dyn Disk> = Arc::new(SimDisk::new(1));
        let folder = PathBuf::from("/data");
        disk.create_dir_all(&folder).expect("a simulated disk makes folders");
        let clock = Clock::system();
        let committer = Committer::start(disk.clone(), &folder, clock.clone()).expect("it syncs");
        let limits = Limits {
            frame_bytes_max: 1 << 20,
            request_bytes_max: 4 << 20,
            partitions_max: 100,
            session_bytes_max: 1 << 20,
            ..Limits::default()
        };
        let broker = Broker::open(BrokerConfig {
            disk,
            committer: committer.clone(),
            folder: folder.join("kafka"),
            clock: clock.clone(),
            random: Random::seeded(1),
            secret: Secret::new([7; 32]),
            limits,
            tls: None,
            proxies: Vec::new(),
        });
        let broker = broker.expect("a broker opens");
        let (cluster, addresses) = runtime.block_on(async {
            let cluster = broker.cluster_open(cluster()).await.expect("a cluster opens");
            for (name, partitions) in [("orders", 2), ("a", 1)] {
                let id = if name == "a" { Uuid::from_u128(8) } else { TOPIC };
                let config = [("cleanup.policy".to_owned(), "delete".to_owned())].into();
                let created_ms = clock.now_ms();
                let spec =
                    TopicSpec { name: name.into(), id, partitions, config, created_ms, internal: false };
                cluster.topic_create(spec).await.expect("a topic is made");
            }
            let addresses = [cluster.address(), cluster.login_addresses().await[0]];
            (cluster, addresses)
        });
        Self { runtime, broker, cluster, committer, addresses, inputs: 0 }
    }

    fn end(self) {
        self.runtime.block_on(self.broker.close());
        self.committer.shutdown();
    }
}

fn cluster() -> ClusterConfig {
    let everybody = AllowedAddresses::default;
    let password = Secret::new("password".to_owned());
    let user = |mechanism| User {
        name: "user".into(),
        mechanism,
        verifier: Verifier::new(mechanism, &password, &Random::seeded(2)),
    };
    ClusterConfig {
        name: "main".into(),
        host: IpAddr::V4(Ipv4Addr::LOCALHOST),
        port: 0,
        settings: ClusterSettings { partitions_default: 2, auto_create_topics: true, ..Default::default() },
        allowed: everybody(),
        logins: vec![LoginListener { port: 0, allowed: everybody(), is_secured: false, is_public: false }],
        users: vec![user(Mechanism::Plain), user(Mechanism::ScramSha256)],
        rules: Vec::new(),
        bounds: ClusterBounds::default(),
        keys: None,
    }
}

fn feed(port: Port, bytes: &[u8]) {
    let sent = sent(bytes);
    WORLD.with_borrow_mut(|world| {
        if world.as_ref().is_some_and(|world| world.inputs >= INPUTS_MAX)
            && let Some(spent) = world.take()
        {
            spent.end();
        }
        let world = world.get_or_insert_with(World::new);
        world.inputs += 1;
        let address = world.addresses[port as usize];
        let ended = async { timeout(PATIENCE, converse(port, address, &sent)).await };
        BUDGET
            .hold(sent.len(), || world.runtime.block_on(ended))
            .expect("the broker ends a connection whose client has gone");
        assert_eq!(world.cluster.counters().panics, 0, "nothing that is sent is a fault of ours");
    });
}

/// Sends everything and takes what comes, until the broker has had enough.
async fn converse(port: Port, address: SocketAddr, sent: &[u8]) {
    let mut socket = TcpStream::connect(address).await.expect("the broker listens");
    let (mut read, mut write) = socket.split();
    // The broker may close before it has read everything.
    write.write_all(sent).await.ok();
    let mut taken = [0; 4096];
    if let Port::Login = port {
        // Who hangs up while the password is checked does not get in.
        let waiting = async { while read.read(&mut taken).await.is_ok_and(|count| count > 0) {} };
        timeout(CHECK, waiting).await.ok();
    }
    write.shutdown().await.ok();
    while read.read(&mut taken).await.is_ok_and(|count| count > 0) {}
}

fn sent(mut bytes: &[u8]) -> Vec<u8> {
    let mut sent = Vec::with_capacity(2 * bytes.len());
    while let Some((length, rest)) = bytes.split_first_chunk() {
        let length = u16::from_be_bytes(*length);
        let (piece, rest) = rest.split_at(usize::from(length & !BARE).min(rest.len()));
        bytes = rest;
        if length & BARE == 0 {
            sent.extend_from_slice(&u32::try_from(piece.len()).expect("a piece is short").to_be_bytes());
        }
        sent.extend_from_slice(piece);
    }
    sent
}

/// Frames without their lengths, as an input.
fn pieces<'a>(frames: impl IntoIterator<Item = &'a [u8]>) -> Vec<u8> {
    let mut pieces = Vec::new();
    for frame in frames {
        let length = u16::try_from(frame.len()).ok().filter(|length| *length < BARE);
        pieces.extend_from_slice(&length.expect("frames of seeds are short").to_be_bytes());
        pieces.extend_from_slice(frame);
    }
    pieces
}

macro_rules! frame {
    ($version:expr, $request:expr) => {{
        let mut rope = Rope::new();
        rope.request($version, 1, Some("fuzz"), &$request).expect("a request can be written");
        rope.bytes()[4..].to_vec()
    }};
}

fn produce(version: i16, records: &[u8]) -> Vec<u8> {
    let partition_data = vec![ProduceRequestPartition { index: 0, records: Some(records) }];
    let topic_data = vec![ProduceRequestTopic { name: "orders", topic_id: TOPIC, partition_data }];
    frame!(version, ProduceRequest { acks: -1, timeout_ms: 1_000, topic_data, ..Default::default() })
}

fn fetch(version: i16) -> Vec<u8> {
    let partitions = vec![FetchRequestPartition { partition_max_bytes: 1 << 20, ..Default::default() }];
    let topics = vec![FetchRequestTopic { topic: "orders", topic_id: TOPIC, partitions }];
    frame!(
        version,
        FetchRequest { max_bytes: 1 << 20, min_bytes: 1, max_wait_ms: 10, topics, ..Default::default() }
    )
}

/// Connections that store something, and read it.
fn stored() -> Vec<Vec<u8>> {
    let mut seeds = Vec::new();
    for batch in batches() {
        seeds.push(pieces([&produce(9, &batch)[..], &fetch(12)]));
        seeds.push(pieces([&produce(13, &batch)[..], &fetch(17), &fetch(4)]));
    }
    seeds
}

fn plain_seeds() -> Vec<Vec<u8>> {
    let mut seeds = stored();
    // One of each API in each version, and those that make a producer and a group.
    let requests = requests(1);
    let is_asked = |key| key != ApiKey::SASL_HANDSHAKE && key != ApiKey::SASL_AUTHENTICATE;
    let frames = requests.iter().filter(|request| is_asked(request.codec.api.key));
    seeds.extend(frames.map(|request| pieces([&request.frame[..]])));
    let transactional_id = Some("payments");
    let producer =
        InitProducerIdRequest { transactional_id, transaction_timeout_ms: 1_000, ..Default::default() };
    let protocols =
        vec![JoinGroupRequestProtocol { name: "range", metadata: b"\0\x01\0\0\0\x01\0\x06orders\0\0\0\0" }];
    let join = JoinGroupRequest {
        group_id: "readers",
        session_timeout_ms: 10_000,
        rebalance_timeout_ms: 10_000,
        protocol_type: "consumer",
        protocols,
        ..Default::default()
    };
    let metadata = frame!(12, MetadataRequest::default());
    seeds.push(pieces([&metadata[..], &frame!(4, producer), &frame!(2, join), &frame!(9, join)]));
    seeds
}

fn login_seeds() -> Vec<Vec<u8>> {
    let metadata = frame!(12, MetadataRequest::default());
    let handshake = |mechanism| frame!(1, SaslHandshakeRequest { mechanism });
    let token = |auth_bytes| frame!(2, SaslAuthenticateRequest { auth_bytes });
    let plain = [handshake("PLAIN"), token(&b"\0user\0password"[..]), metadata];
    let first = token(b"n,,n=user,r=fyko+d2lbbFgONRv9qkxdawL");
    let last =
        token(b"c=biws,r=fyko+d2lbbFgONRv9qkxdawLdrawn,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=");
    let scram = [handshake("SCRAM-SHA-256"), first, last];
    [plain, scram].iter().map(|frames| pieces(frames.iter().map(Vec::as_slice))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A target whose seeds are refused at the door would find nothing, and say that all is well.
    #[test]
    fn seeds_get_as_far_as_every_api() {
        stored().iter().for_each(|seed| feed(Port::Plain, seed));
        WORLD.with_borrow(|world| {
            let cluster = &world.as_ref().expect("a broker runs").cluster;
            let ends = cluster.topic_ends("orders").expect("the topic is there");
            assert!(ends.iter().any(|ends| ends.end > 0), "nothing is ever stored");
        });
        plain_seeds().iter().for_each(|seed| feed(Port::Plain, seed));
        WORLD.with_borrow(|world| {
            let cluster = &world.as_ref().expect("a broker runs").cluster;
            for (api, requests) in cluster.requests() {
                let is_of_logins = api == ApiKey::SASL_HANDSHAKE || api == ApiKey::SASL_AUTHENTICATE;
                assert!(requests.count > 0 || is_of_logins, "{api} is never asked");
            }
        });
        let before = answered();
        // On a machine that has much else to do, checking a password takes its time.
        let gets_in = |_| {
            login_seeds().iter().for_each(|seed| feed(Port::Login, seed));
            answered() > before
        };
        assert!((0..20).any(gets_in), "nobody ever logs in");
    }

    /// Metadata requests answered.
    fn answered() -> u64 {
        WORLD.with_borrow(|world| {
            let requests = world.as_ref().expect("a broker runs").cluster.requests();
            requests
                .iter()
                .find(|(api, _)| *api == ApiKey::METADATA)
                .map_or(0, |(_, requests)| requests.count)
        })
    }
}
