//! A cluster for tests that look inside.

use std::net::{IpAddr, Ipv4Addr};
use std::ops::Deref;
use std::sync::Arc;
use std::time::Duration;

use machine::clock::Clock;
use machine::commit::Committer;
use machine::disk::{Disk, RealDisk};
use machine::random::Random;
use machine::secret::Secret;
use tempfile::TempDir;

use crate::broker::{Broker, BrokerConfig, Limits};
use crate::cluster::{Cluster, ClusterBounds, ClusterConfig, ClusterSettings};
use crate::door::AllowedAddresses;

/// Longer than anything here takes; a test that waits so long has failed.
const PATIENCE: Duration = Duration::from_secs(20);

/// Waits until what must come to be is so.
pub(crate) async fn until(is_so: impl Fn() -> bool) {
    let waiting = async {
        while !is_so() {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(PATIENCE, waiting).await.expect("it comes in time");
}

/// The only cluster of a broker of its own, on this host.
pub(crate) struct TestCluster {
    cluster: Arc<Cluster>,
    broker: Broker,
    _folder: TempDir,
}

impl TestCluster {
    pub(crate) async fn start(settings: ClusterSettings, limits: Limits) -> Self {
        let folder = TempDir::new().unwrap();
        let disk: Arc<dyn Disk> = Arc::new(RealDisk);
        let clock = Clock::system();
        let committer = Committer::start(disk.clone(), folder.path(), clock.clone()).unwrap();
        let broker = BrokerConfig {
            disk,
            committer,
            folder: folder.path().join("kafka"),
            clock,
            random: Random::system(),
            secret: Secret::new([7; 32]),
            limits,
            proxies: Vec::new(),
            tls: None,
        };
        let broker = Broker::open(broker).unwrap();
        let config = ClusterConfig {
            name: "main".into(),
            host: IpAddr::V4(Ipv4Addr::LOCALHOST),
            port: 0,
            settings,
            allowed: AllowedAddresses::default(),
            logins: Vec::new(),
            users: Vec::new(),
            rules: Vec::new(),
            bounds: ClusterBounds::default(),
            keys: None,
        };
        let cluster = broker.cluster_open(config).await.unwrap();
        Self { cluster, broker, _folder: folder }
    }

    pub(crate) fn broker(&self) -> &Broker {
        &self.broker
    }
}

impl Deref for TestCluster {
    type Target = Arc<Cluster>;

    fn deref(&self) -> &Arc<Cluster> {
        &self.cluster
    }
}
