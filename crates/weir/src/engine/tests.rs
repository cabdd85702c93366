//! What the control plane says, in the broker's terms, and a broker that is told.

use std::num::NonZeroU64;

use control::ids::UserName;
use control::instance::Traffic;
use kafka_broker::BrokerConfig;
use machine::clock::Clock;
use machine::commit::Committer;
use machine::disk::{Disk, RealDisk};
use tracing_subscriber::fmt::MakeWriter;

use super::*;

fn settings() -> Settings {
    Settings {
        acl_enabled: false,
        private_tls_enabled: false,
        public_tls_enabled: false,
        retention_hours: 24,
        message_bytes_max: 2_097_152,
        extra: BTreeMap::new(),
        automatic_groups: false,
    }
}

#[test]
fn what_an_owner_configured_in_the_brokers_terms() {
    let mut settings = settings();
    let plain = cluster_settings(&settings);
    assert_eq!(plain.topic_defaults["retention.ms"], "86400000");
    assert_eq!(plain.topic_defaults["max.message.bytes"], "2097152");
    let broker = ClusterSettings::default();
    assert_eq!((plain.auto_create_topics, plain.partitions_default), (false, broker.partitions_default));
    assert!(!plain.rules_enforced);
    settings.acl_enabled = true;
    assert!(cluster_settings(&settings).rules_enforced);
    settings.acl_enabled = false;
    assert_eq!(plain.offsets_retention, broker.offsets_retention);

    for (name, value) in [
        ("auto.create.topics.enable", "true"),
        ("num.partitions", "6"),
        ("offsets.retention.minutes", "1440"),
    ] {
        settings.extra.insert(name.into(), value.into());
    }
    let expected = ClusterSettings {
        auto_create_topics: true,
        partitions_default: 6,
        offsets_retention: Duration::from_secs(24 * 60 * 60),
        ..plain
    };
    assert_eq!(cluster_settings(&settings), expected);
}

/// An engine whose clusters have ports that the system chooses.
fn engine(folder: &std::path::Path) -> EmbeddedEngine {
    engine_at(folder, 0)
}

fn engine_at(folder: &std::path::Path, port_base: u16) -> EmbeddedEngine {
    let (disk, clock): (Arc<dyn Disk>, _) = (Arc::new(RealDisk), Clock::system());
    let broker = BrokerConfig {
        committer: Committer::start(disk.clone(), folder, clock.clone()).unwrap(),
        disk,
        folder: folder.join("kafka"),
        clock,
        random: Random::system(),
        secret: Secret::new([7; 32]),
        limits: kafka_broker::Limits::default(),
        proxies: Vec::new(),
        tls: None,
    };
    let broker = Arc::new(Broker::open(broker).unwrap());
    EmbeddedEngine::new(broker, IpAddr::V4(Ipv4Addr::LOCALHOST), port_base, Random::system())
}

#[tokio::test]
async fn traffic_is_limited_where_it_is_switched_on() {
    let folder = tempfile::tempdir().unwrap();
    let rate = NonZeroU64::new;
    let bought = Traffic { sent: rate(1), read: rate(2), public: rate(3) };
    let resources = Resources { disk_bytes: Some(500), traffic: bought };
    let limits = Limits { topics: 1, partitions: 7, groups: 1, resources };
    let engine = engine(folder.path());
    let unlimited = engine.bounds(&limits);
    assert_eq!((unlimited.partitions, unlimited.disk_bytes), (7, Some(500)));
    assert_eq!(unlimited.traffic, TrafficLimits::default());
    let traffic = TrafficLimits { produce: rate(1), fetch: rate(2), public: rate(3) };
    assert_eq!(engine.with_traffic_limited(true).bounds(&limits), ClusterBounds { traffic, ..unlimited });
}

/// Two users, of whom the first has a verifier that nobody can read.
async fn one_unreadable(engine: &EmbeddedEngine) -> Vec<EngineUser> {
    let password = Secret::new("pencil".to_owned());
    let good = engine.user_verifier(Mechanism::Plain, &password).await.unwrap();
    let bad = Secret::new(format!("{},rounds=1", good.expose().replace("salt=", "salt=!")));
    let user = |name: &str, verifier| EngineUser {
        name: UserName::new(name),
        mechanism: Mechanism::Plain,
        verifier,
    };
    vec![user("unreadable", bad), user("reader", good)]
}

#[tokio::test]
async fn a_user_who_cannot_be_read_is_left_out_and_the_instance_serves() {
    let folder = tempfile::tempdir().unwrap();
    let engine = engine(folder.path());
    let users = one_unreadable(&engine).await;
    let spec = spec();
    let access = ClusterAccess { users: users.clone(), ..ClusterAccess::default() };
    engine.cluster_open(&spec, &access).await.unwrap();
    engine.users_set(&spec.id, &users).await.unwrap();
    engine.cluster_probe(&spec.id).await.unwrap();
    let names: Vec<_> = broker_users(&spec.id, &users).into_iter().map(|user| user.name).collect();
    assert_eq!(names, ["reader"]);
}

fn spec() -> ClusterSpec {
    ClusterSpec {
        id: InstanceId::new("instance"),
        slot: 0,
        settings: settings(),
        version: "2.2.0".to_owned(),
    }
}

/// Listeners on as many ports in a row as a slot has.
fn slot_taken() -> [TcpListener; 4] {
    let listen = |port| TcpListener::bind((Ipv4Addr::LOCALHOST, port));
    loop {
        let first = listen(0).unwrap();
        let port = first.local_addr().unwrap().port();
        if let (Ok(second), Ok(third), Ok(fourth)) = (listen(port + 1), listen(port + 2), listen(port + 3)) {
            return [first, second, third, fourth];
        }
    }
}

#[tokio::test]
async fn a_slot_is_taken_when_all_its_ports_are_free_and_kept_whatever_comes() {
    let folder = tempfile::tempdir().unwrap();
    let [_, _, _, last] = slot_taken();
    let port = last.local_addr().unwrap().port() - 3;
    let engine = engine_at(folder.path(), port);
    let access = ClusterAccess::default();
    let refused = engine.cluster_open(&spec(), &access).await.unwrap_err();
    assert!(matches!(refused, EngineError::PortInUse(at) if at == port + 3), "{refused}");
    drop(last);
    engine.cluster_open(&spec(), &access).await.unwrap();
    engine.cluster_close(&spec().id).await.unwrap();
    let _last = TcpListener::bind((Ipv4Addr::LOCALHOST, port + 3)).unwrap();
    engine.cluster_open(&spec(), &access).await.unwrap();
}

#[derive(Clone, Default)]
struct Log(Arc<parking_lot::Mutex<Vec<u8>>>);

impl std::io::Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().write(bytes)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

impl<'a> MakeWriter<'a> for Log {
    type Writer = Self;

    fn make_writer(&'a self) -> Self {
        self.clone()
    }
}

#[tokio::test]
async fn the_log_names_the_user_who_cannot_be_read_and_no_secret() {
    let folder = tempfile::tempdir().unwrap();
    let users = one_unreadable(&engine(folder.path())).await;
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt().with_ansi(false).with_writer(log.clone()).finish();
    tracing::subscriber::with_default(subscriber, || broker_users(&InstanceId::new("instance"), &users));
    let log = String::from_utf8(log.0.lock().clone()).unwrap();
    assert!(log.contains("instance=instance user=unreadable"), "{log}");
    let secrets = users.iter().flat_map(|user| user.verifier.expose().split([',', '=']));
    for secret in secrets.filter(|part| part.len() > 10 && !part.contains("_key") && *part != "iterations") {
        assert!(!log.contains(secret), "{secret}: {log}");
    }
}
