//! One cluster: its topics, groups and listeners, and what its host may ask of it directly.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::path::PathBuf;
use std::sync::{Arc, Weak};

use kafka_wire::ApiKey;
use machine::clock::Clock;
use machine::random::Random;
use parking_lot::Mutex;
use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;

use crate::broker::{Limits, Shared};
use crate::budget::RequestBudget;
use crate::connection::Advertised;
use crate::error::ClusterError;
use crate::group::{GroupSettings, Groups};
use crate::listener;
use crate::log::LogContext;
use crate::meta::Store;
use crate::metrics::{ClusterCounters, ClusterMetrics, RequestCount};
use crate::topics::OpenTopics;

mod groups;
mod topics;
mod upkeep;

pub use groups::GroupCommit;
pub use topics::PartitionEnds;
pub(crate) use topics::RESERVED;

/// The one broker of every cluster.
pub(crate) const NODE_ID: i32 = 1;

/// A cluster to be opened.
#[derive(Clone, Debug)]
pub struct ClusterConfig {
    /// Its name, also its folder's.
    pub name: String,
    /// The address it listens on and tells clients.
    pub host: IpAddr,
    /// The port of its plain listener; 0 lets the system choose.
    pub port: u16,
    /// How it behaves.
    pub settings: ClusterSettings,
}

/// How a cluster behaves.
#[derive(Clone, Debug)]
pub struct ClusterSettings {
    /// Topic settings that differ from the engine's defaults, by name; topics may override them.
    pub topic_defaults: BTreeMap<String, String>,
    /// Partitions of a topic whose maker does not say.
    pub partitions_default: i32,
    /// Whether a client makes a topic by asking for it.
    pub auto_create_topics: bool,
}

impl Default for ClusterSettings {
    fn default() -> Self {
        Self { topic_defaults: BTreeMap::new(), partitions_default: 12, auto_create_topics: false }
    }
}

/// An open cluster.
pub struct Cluster {
    /// For changes that outlive whoever asks for them.
    itself: Weak<Self>,
    name: String,
    shared: Arc<Shared>,
    settings: ClusterSettings,
    store: Arc<Store>,
    logs: Arc<LogContext>,
    topics: OpenTopics,
    groups: Arc<Groups>,
    /// Held while topics and their logs change together.
    topic_turn: tokio::sync::Mutex<()>,
    /// Told when there are folders to be removed.
    topics_deleted: Notify,
    metrics: ClusterMetrics,
    address: std::net::SocketAddr,
    stop: watch::Sender<bool>,
    tasks: Mutex<Vec<JoinHandle<()>>>,
}

impl Cluster {
    /// Recovers the cluster's state, then listens.
    pub(crate) async fn open(
        shared: Arc<Shared>,
        folder: PathBuf,
        config: ClusterConfig,
    ) -> Result<Arc<Self>, ClusterError> {
        let ClusterConfig { name, host, port, settings } = config;
        // The port first: it is the likeliest to fail, and nothing is to be undone then.
        let listener = listener::bind(host, port).map_err(|error| match error.kind() {
            std::io::ErrorKind::AddrInUse => ClusterError::PortInUse(port),
            _ => ClusterError::Failed(format!("cannot listen on {host} port {port}: {error}")),
        })?;
        let failed = |error: std::io::Error| ClusterError::Failed(error.to_string());
        let address = listener.local_addr().map_err(failed)?;
        let listener = tokio::net::TcpListener::from_std(listener).map_err(failed)?;

        let Shared { disk, committer, clock, random, .. } = &*shared;
        let store = Store::open(disk.clone(), committer.clone(), folder.clone(), clock, random).await?;
        let logs = LogContext::open(disk.clone(), committer.clone(), clock.clone(), folder)
            .map_err(|error| ClusterError::Failed(error.to_string()))?;
        let groups = Groups::open(store.clone(), GroupSettings::default(), clock.clone(), random.clone());
        let (stop, stopping) = watch::channel(false);
        let cluster = Arc::new_cyclic(|itself| Self {
            itself: itself.clone(),
            name,
            shared: shared.clone(),
            settings,
            store,
            logs,
            topics: OpenTopics::default(),
            groups,
            topic_turn: tokio::sync::Mutex::default(),
            topics_deleted: Notify::new(),
            metrics: ClusterMetrics::default(),
            address,
            stop,
            tasks: Mutex::default(),
        });
        cluster.topics_open().await?;
        let advertised = Advertised { host: host.to_string(), port: address.port() };
        let accepting =
            listener::serve(cluster.clone(), listener, advertised, shared.connections.clone(), stopping);
        let upkeep = cluster.clone().upkeep(cluster.stop.subscribe());
        cluster.tasks.lock().extend([tokio::spawn(accepting), tokio::spawn(upkeep)]);
        Ok(cluster)
    }

    /// Ends connections, then closes logs and state so that opening again is quick.
    pub(crate) async fn close(&self) {
        self.stop.send_replace(true);
        let tasks = std::mem::take(&mut *self.tasks.lock());
        for task in tasks {
            if let Err(ended) = task.await {
                tracing::error!(cluster = self.name, %ended, "a task of the cluster did not end well");
            }
        }
        self.groups.close();
        if let Err(error) = self.store.settled().await {
            tracing::error!(cluster = self.name, %error, "the cluster's last changes are not durable");
        }
        self.topics_close().await;
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The identity that clients are told.
    pub fn cluster_id(&self) -> &str {
        self.store.cluster_id()
    }

    /// Where its plain listener listens.
    pub fn address(&self) -> std::net::SocketAddr {
        self.address
    }

    /// Requests answered since it was opened, by API.
    pub fn requests(&self) -> Vec<(ApiKey, RequestCount)> {
        self.metrics.requests()
    }

    /// What went over the network since it was opened.
    pub fn counters(&self) -> ClusterCounters {
        self.metrics.counters()
    }

    /// Whether produces are refused because the disk is full.
    pub fn is_full(&self) -> bool {
        self.logs.is_full()
    }

    /// Why nothing can be made durable any more, if so.
    pub fn failed(&self) -> Option<String> {
        self.store.failed().map(|failed| failed.to_string())
    }

    /// Whether it is being closed, or was.
    fn is_stopping(&self) -> bool {
        *self.stop.borrow()
    }

    pub(crate) fn settings(&self) -> &ClusterSettings {
        &self.settings
    }

    pub(crate) fn limits(&self) -> &Limits {
        &self.shared.limits
    }

    pub(crate) fn budget(&self) -> &RequestBudget {
        &self.shared.budget
    }

    pub(crate) fn clock(&self) -> &Clock {
        &self.shared.clock
    }

    pub(crate) fn random(&self) -> &Random {
        &self.shared.random
    }

    pub(crate) fn metrics(&self) -> &ClusterMetrics {
        &self.metrics
    }

    pub(crate) fn store(&self) -> &Store {
        &self.store
    }

    pub(crate) fn groups(&self) -> &Groups {
        &self.groups
    }

    pub(crate) fn open_topics(&self) -> &OpenTopics {
        &self.topics
    }

    pub(crate) fn leader_epoch(&self) -> i32 {
        self.store.leader_epoch()
    }
}

impl std::fmt::Debug for Cluster {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Cluster({} at {})", self.name, self.address)
    }
}
