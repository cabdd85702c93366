//! The process's broker: many clusters on one disk, each an island to its clients.

use std::io::{self, ErrorKind};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use arc_swap::ArcSwapOption;
use hashbrown::HashMap;
use machine::clock::Clock;
use machine::commit::Committer;
use machine::disk::Disk;
use machine::peers::PeerLimits;
use machine::random::Random;
use machine::secret::Secret;
use tokio_rustls::rustls::ServerConfig;

use crate::authority::RuleKeeper;
use crate::budget::RequestBudget;
use crate::cluster::{Cluster, ClusterConfig};
use crate::door::AddressBlock;
use crate::entrance;
use crate::error::ClusterError;
use crate::fetch_sessions::SessionRoom;
use crate::forwarded::Proxies;
use crate::log::Pace;
use crate::login::Turns;
use crate::places::Places;
use crate::quota::QuotaWitness;
use crate::refusals::RefusalWitness;

/// The ending of a cluster's folder that is being removed.
pub(crate) const ERASED: &str = ".erased";

/// What a broker is opened with.
#[derive(Debug)]
pub struct BrokerConfig {
    /// Where its data is; one folder per cluster.
    pub disk: Arc<dyn Disk>,
    /// Makes what is written to that disk durable.
    pub committer: Arc<Committer>,
    /// The folder of all clusters' folders.
    pub folder: PathBuf,
    /// All stamps and timeouts come from it.
    pub clock: Clock,
    /// All ids come from it.
    pub random: Random,
    /// Decides what those who log in under a name that nobody has are checked against; the same after a restart.
    pub secret: Secret<[u8; 32]>,
    /// Its bounds.
    pub limits: Limits,
    /// What clients of its ports with TLS shake hands with; without it there are no such ports.
    pub tls: Option<Arc<ServerConfig>>,
    /// Where proxies are that say with the PROXY protocol for whom they connect; they must, and nobody else may.
    pub proxies: Vec<AddressBlock>,
}

/// Bounds on what clients can make the process hold.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// The longest request frame, in bytes.
    pub frame_bytes_max: usize,
    /// Memory of all requests in flight, in bytes.
    pub request_bytes_max: usize,
    /// Connections of all clusters together; more wait unanswered.
    pub connections_max: usize,
    /// Connections of one address to all clusters together; more are closed at once.
    pub peers: PeerLimits,
    /// Partitions of one cluster: each takes about a kilobyte for as long as it exists.
    pub partitions_max: i32,
    /// Bytes of the logs of one cluster, whatever its own bound is; none for that bound alone.
    pub disk_bytes_max: Option<u64>,
    /// Memory of all fetch sessions, in bytes: about 100 for each partition in one.
    pub session_bytes_max: usize,
    /// How long a TLS handshake may take.
    pub handshake_max: Duration,
    /// How long a login may take, from the first byte to the last.
    pub login_max: Duration,
    /// How long a login stands before the client has to log in again, which it can do on the same connection; for ever
    /// when there is none.
    pub session_max: Option<Duration>,
    /// How long a request takes that the log tells of; none for no request.
    pub slow_request: Option<Duration>,
    /// How fast what is kept is read again to look for damage; not at all at zero.
    pub scrub_bytes_per_second: u32,
    /// How fast compacted topics are read to be compacted; not at all at zero.
    pub compaction_bytes_per_second: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            frame_bytes_max: 100 * 1024 * 1024,
            request_bytes_max: 512 * 1024 * 1024,
            connections_max: 16_000,
            peers: PeerLimits::default(),
            partitions_max: 50_000,
            disk_bytes_max: None,
            session_bytes_max: 64 * 1024 * 1024,
            handshake_max: Duration::from_secs(10),
            login_max: Duration::from_secs(10),
            session_max: None,
            slow_request: Some(Duration::from_secs(1)),
            scrub_bytes_per_second: 8 << 20,
            compaction_bytes_per_second: 64 << 20,
        }
    }
}

/// What all clusters share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) disk: Arc<dyn Disk>,
    pub(crate) committer: Arc<Committer>,
    pub(crate) clock: Clock,
    pub(crate) random: Random,
    pub(crate) limits: Limits,
    pub(crate) secret: Secret<[u8; 32]>,
    pub(crate) budget: RequestBudget,
    pub(crate) login_budget: RequestBudget,
    pub(crate) session_room: SessionRoom,
    pub(crate) login_turns: Turns,
    pub(crate) places: Places,
    pub(crate) proxies: Proxies,
    /// Of everything that looks for damage.
    pub(crate) pace: Pace,
    pub(crate) tls: Option<Arc<ServerConfig>>,
    /// One compaction at a time, because each needs memory for its keys, and how fast it may read.
    pub(crate) compacting: tokio::sync::Mutex<Arc<Pace>>,
    /// None until there is one, and when it has stopped.
    pub(crate) rule_keeper: ArcSwapOption<RuleKeeping>,
    /// None until there is one, and when it has stopped.
    pub(crate) quota_witness: ArcSwapOption<QuotaWitnessing>,
    /// As the keeper.
    pub(crate) refusal_witness: ArcSwapOption<Witnessing>,
}

/// A keeper of rules behind one thin pointer.
#[derive(Debug)]
pub(crate) struct RuleKeeping(pub(crate) Arc<dyn RuleKeeper>);

/// A witness of changes of quotas behind one thin pointer.
#[derive(Debug)]
pub(crate) struct QuotaWitnessing(pub(crate) Arc<dyn QuotaWitness>);

/// A witness of refusals behind one thin pointer.
#[derive(Debug)]
pub(crate) struct Witnessing(pub(crate) Arc<dyn RefusalWitness>);

/// The broker.
#[derive(Debug)]
pub struct Broker {
    folder: PathBuf,
    shared: Arc<Shared>,
    /// Held while one is opened, closed or erased, so that these never overlap.
    changing: tokio::sync::Mutex<()>,
    clusters: parking_lot::RwLock<HashMap<String, Arc<Cluster>>>,
}

impl Broker {
    /// Opens the broker; no cluster is open yet.
    pub fn open(config: BrokerConfig) -> io::Result<Self> {
        let BrokerConfig { disk, committer, folder, clock, random, secret, limits, tls, proxies } = config;
        disk.create_dir_all(&folder)?;
        for entry in disk.list(&folder)? {
            if entry.name.ends_with(ERASED) {
                // A removal that the end of the process cut short.
                disk.remove_dir_all(&folder.join(&entry.name))?;
            }
        }
        let shared = Arc::new(Shared {
            disk,
            committer,
            places: Places::new(&limits, clock.clone()),
            proxies: Proxies::new(proxies),
            pace: Pace::new(limits.scrub_bytes_per_second),
            compacting: tokio::sync::Mutex::new(Arc::new(Pace::new(limits.compaction_bytes_per_second))),
            clock,
            random,
            limits,
            secret,
            budget: RequestBudget::new(limits.request_bytes_max),
            login_budget: entrance::budget(),
            session_room: SessionRoom::new(limits.session_bytes_max),
            login_turns: Turns::new(),
            tls,
            rule_keeper: ArcSwapOption::empty(),
            quota_witness: ArcSwapOption::empty(),
            refusal_witness: ArcSwapOption::empty(),
        });
        Ok(Self {
            folder,
            shared,
            changing: tokio::sync::Mutex::default(),
            clusters: parking_lot::RwLock::default(),
        })
    }

    /// Opens a cluster and listens; makes it when it is new. An open one is left as it is.
    pub async fn cluster_open(&self, config: ClusterConfig) -> Result<Arc<Cluster>, ClusterError> {
        let _turn = self.changing.lock().await;
        if let Some(open) = self.cluster(&config.name) {
            return Ok(open);
        }
        let name = config.name.clone();
        let folder = self.folder.join(&name);
        let cluster = Cluster::open(self.shared.clone(), folder, config).await?;
        self.clusters.write().insert(name, cluster.clone());
        Ok(cluster)
    }

    /// An open cluster.
    pub fn cluster(&self, name: &str) -> Option<Arc<Cluster>> {
        self.clusters.read().get(name).cloned()
    }

    /// All open clusters, by name.
    pub fn clusters(&self) -> Vec<Arc<Cluster>> {
        let mut clusters: Vec<_> = self.clusters.read().values().cloned().collect();
        clusters.sort_unstable_by(|a, b| a.name().cmp(b.name()));
        clusters
    }

    /// Has this keeper change rules for administrators who ask for it through Kafka, from now on; or nobody any more.
    pub fn rules_kept_by(&self, keeper: Option<Arc<dyn RuleKeeper>>) {
        self.shared.rule_keeper.store(keeper.map(|keeper| Arc::new(RuleKeeping(keeper))));
    }

    /// Has this witness write down changes of client quotas, from now on; or nobody any more.
    pub fn quotas_witnessed_by(&self, witness: Option<Arc<dyn QuotaWitness>>) {
        self.shared.quota_witness.store(witness.map(|witness| Arc::new(QuotaWitnessing(witness))));
    }

    /// Tells this witness what clients are refused, from now on; or nobody any more.
    pub fn refusals_told_to(&self, witness: Option<Arc<dyn RefusalWitness>>) {
        self.shared.refusal_witness.store(witness.map(|witness| Arc::new(Witnessing(witness))));
    }

    /// Stops a cluster's listeners and closes its logs. One that is not open is left as it is.
    pub async fn cluster_close(&self, name: &str) -> Result<(), ClusterError> {
        let _turn = self.changing.lock().await;
        self.close_one(name).await;
        Ok(())
    }

    /// Closes a cluster and removes its data. One that is not there is left as it is.
    pub async fn cluster_erase(&self, name: &str) -> Result<(), ClusterError> {
        let _turn = self.changing.lock().await;
        self.close_one(name).await;
        let folder = self.folder.join(name);
        let erased = self.folder.join(format!("{name}{ERASED}"));
        let disk = self.shared.disk.clone();
        let parent = self.folder.clone();
        let removal = tokio::task::spawn_blocking(move || {
            match disk.rename(&folder, &erased) {
                // Renamed first: from then on a crash leaves nothing that could be taken for a cluster.
                Ok(()) => disk.sync_dir(&parent)?,
                Err(error) if error.kind() == ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
            match disk.remove_dir_all(&erased) {
                Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
                _ => Ok(()),
            }
        });
        let removed = removal.await.map_err(|ended| ClusterError::Failed(ended.to_string()))?;
        removed.map_err(|error| ClusterError::Failed(format!("cannot remove cluster {name}: {error}")))
    }

    /// Clusters that have data, open or not, by name.
    pub fn cluster_names(&self) -> Result<Vec<String>, ClusterError> {
        let entries =
            self.shared.disk.list(&self.folder).map_err(|error| ClusterError::Failed(error.to_string()))?;
        let folders = entries.into_iter().filter(|entry| entry.is_dir && !entry.name.ends_with(ERASED));
        Ok(folders.map(|entry| entry.name).collect())
    }

    /// Why nothing can be made durable any more, if so: only a restart, which reads the disk anew, helps.
    pub fn failed(&self) -> Option<String> {
        self.shared.committer.failed().map(|failed| failed.to_string())
    }

    /// Closes every cluster, each with its state on disk.
    pub async fn close(&self) {
        let _turn = self.changing.lock().await;
        for cluster in self.clusters() {
            self.close_one(cluster.name()).await;
        }
    }

    async fn close_one(&self, name: &str) {
        let cluster = self.clusters.write().remove(name);
        if let Some(cluster) = cluster {
            cluster.close().await;
        }
    }
}
