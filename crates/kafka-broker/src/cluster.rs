//! One cluster: its topics, groups and listeners, and what its host may ask of it directly.

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;
use std::sync::{Arc, Weak};
use std::time::Duration;

use kafka_wire::ApiKey;
use machine::clock::Clock;
use machine::disk::Disk;
use machine::disk::sealed::{KeyRing, SealedDisk};
use machine::random::Random;
use machine::secret::Secret;
use parking_lot::{Mutex, RwLock};
use tokio::net::TcpListener;
use tokio::sync::{Notify, watch};
use tokio::task::JoinHandle;

use crate::authority::{
    AccessAnswer, AccessQuestion, AccessRule, Authority, Operation, ResourceKind, Rights, RuleKeeper,
    RuleWatch,
};
use crate::broker::{Limits, Shared};
use crate::budget::RequestBudget;
use crate::connection::{Advertised, Peer};
use crate::door::{AllowedAddresses, Door, Expected};
use crate::error::ClusterError;
use crate::fetch_sessions::{FetchSessionCounts, FetchSessions};
use crate::forwarded::Proxies;
use crate::group::{GroupSettings, Groups};
use crate::listener::{self, Way};
use crate::log::LogContext;
use crate::login::{Checks, User, Users};
use crate::meta::Store;
use crate::metrics::{
    ClusterCounters, ClusterMetrics, RefusalCount, RequestCount, ThrottleCount, ThrottleKind,
};
use crate::places::Places;
use crate::quota::{Quotas, TrafficLimits};
use crate::refusals::RefusalWitness;
use crate::sightings::{SeenClients, Sightings, Subject};
use crate::topics::OpenTopics;
use crate::transaction::{TransactionSettings, Transactions};

mod compaction;
mod disk_limit;
mod figures;
mod groups;
mod logins;
mod messages;
mod quotas;
mod scrub;
mod topic_changes;
mod topics;
mod upkeep;

pub use figures::{CommitFigures, GroupFigures, TopicFigures};
pub use groups::{GroupActivity, GroupCommit, GroupMember, GroupOffset};
pub use logins::LoginListener;
use logins::OpenLogins;
pub use messages::{Excerpt, Message, MessageLimits, MessagePlace};
pub(crate) use quotas::{QuotaChange, QuotaError};
use scrub::ScrubTally;
pub use topics::PartitionEnds;
pub(crate) use topics::RESERVED;
use topics::STOPPING;

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
    /// From where its plain listener may be used.
    pub allowed: AllowedAddresses,
    /// The listeners on which clients log in.
    pub logins: Vec<LoginListener>,
    /// Who may.
    pub users: Vec<User>,
    /// Who may do what in it.
    pub rules: Vec<AccessRule>,
    /// See [`Cluster::bound`].
    pub bounds: ClusterBounds,
    /// The keys with which its files are sealed, from the first one on; none when they are not.
    pub keys: Option<Arc<KeyRing>>,
}

/// How much a cluster may hold, and how fast.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ClusterBounds {
    /// Partitions, its own topics' left out. The process's limit holds beside it.
    pub partitions: u32,
    /// Bytes of all its logs; none for as much as the disk takes. Near them the oldest data goes before its time.
    pub disk_bytes: Option<u64>,
    /// Bytes of all clients together.
    pub traffic: TrafficLimits,
}

/// No bounds but the process's own.
impl Default for ClusterBounds {
    fn default() -> Self {
        Self { partitions: u32::MAX, disk_bytes: None, traffic: TrafficLimits::default() }
    }
}

/// How a cluster behaves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClusterSettings {
    /// Topic settings that differ from the engine's defaults, by name; topics may override them.
    pub topic_defaults: BTreeMap<String, String>,
    /// Partitions of a topic whose maker does not say.
    pub partitions_default: i32,
    /// Whether a client makes a topic by asking for it.
    pub auto_create_topics: bool,
    /// How long offsets outlive their group's last use.
    pub offsets_retention: Duration,
    /// Whether users may do only what the rules allow.
    pub rules_enforced: bool,
}

impl Default for ClusterSettings {
    fn default() -> Self {
        Self {
            topic_defaults: BTreeMap::new(),
            partitions_default: 12,
            auto_create_topics: false,
            offsets_retention: GroupSettings::default().offsets_retention,
            rules_enforced: false,
        }
    }
}

/// An open cluster.
pub struct Cluster {
    /// For changes that outlive whoever asks for them.
    itself: Weak<Self>,
    name: String,
    shared: Arc<Shared>,
    settings: RwLock<Arc<ClusterSettings>>,
    store: Arc<Store>,
    logs: Arc<LogContext>,
    topics: Arc<OpenTopics>,
    groups: Arc<Groups>,
    transactions: Arc<Transactions>,
    fetch_sessions: FetchSessions,
    /// Held while topics and their logs change together.
    topic_turn: tokio::sync::Mutex<()>,
    /// Told when there are folders to be removed.
    topics_deleted: Notify,
    /// Told when other settings are in force, by which data may be old that was not before.
    configured: Notify,
    /// Told when other settings are in force, by which data may be worth compacting that was not before.
    compaction_due: Notify,
    metrics: ClusterMetrics,
    scrubbed: ScrubTally,
    sightings: Arc<Sightings>,
    /// Of the plain listener.
    door: Arc<Door>,
    authority: Authority,
    bounds: RwLock<ClusterBounds>,
    keys: Option<Arc<KeyRing>>,
    quotas: Quotas,
    /// Held while client quotas change.
    quota_turn: tokio::sync::Mutex<()>,
    address: SocketAddr,
    logins: tokio::sync::Mutex<OpenLogins>,
    users: Users,
    login_checks: Checks,
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
        let ClusterConfig { name, host, port, settings, allowed, logins, users, rules, bounds, keys } =
            config;
        // The ports first: they are the likeliest to fail, and nothing is to be undone then.
        let Bound { listener, address } = Bound::new(host, port)?;
        let bound = |login: LoginListener| Ok((login.bind(host, &shared)?, login));
        let logins = logins.into_iter().map(bound).collect::<Result<Vec<_>, ClusterError>>()?;

        let Shared { committer, clock, random, .. } = &*shared;
        let disk: Arc<dyn Disk> = match &keys {
            Some(keys) => Arc::new(SealedDisk::new(shared.disk.clone(), keys.clone(), random.clone())),
            None => shared.disk.clone(),
        };
        let store = Store::open(disk.clone(), committer.clone(), folder.clone(), clock, random).await?;
        let logs = LogContext::open(disk, committer.clone(), clock.clone(), folder)
            .map_err(|error| ClusterError::Failed(error.to_string()))?;
        let group_settings =
            GroupSettings { offsets_retention: settings.offsets_retention, ..GroupSettings::default() };
        let groups = Groups::open(store.clone(), group_settings, clock.clone(), random.clone());
        let topics = Arc::<OpenTopics>::default();
        let transactions =
            Transactions::open(store.clone(), topics.clone(), TransactionSettings::default(), clock.clone());
        let users = Users::new(users, &shared.secret, &name);
        let quotas = Quotas::new(bounds.traffic, &store.read(|state| state.quotas()));
        let (stop, stopping) = watch::channel(false);
        let cluster = Arc::new_cyclic(|itself| Self {
            itself: itself.clone(),
            name,
            shared: shared.clone(),
            authority: Authority::new(settings.rules_enforced, &rules),
            settings: RwLock::new(Arc::new(settings)),
            store,
            logs,
            topics,
            groups,
            transactions,
            fetch_sessions: FetchSessions::new(shared.session_room.clone(), shared.random.clone()),
            topic_turn: tokio::sync::Mutex::default(),
            topics_deleted: Notify::new(),
            configured: Notify::new(),
            compaction_due: Notify::new(),
            metrics: ClusterMetrics::default(),
            scrubbed: ScrubTally::default(),
            sightings: Arc::default(),
            door: Door::new(allowed),
            address,
            logins: tokio::sync::Mutex::default(),
            users,
            login_checks: Checks::new(&shared.login_turns),
            bounds: RwLock::new(bounds),
            keys,
            quotas,
            quota_turn: tokio::sync::Mutex::default(),
            stop,
            tasks: Mutex::default(),
        });
        cluster.topics_open().await?;
        // What was decided is carried out before anybody can see that it was not.
        cluster.transactions.resume().await;
        // From here on nothing fails and nothing waits: what is begun now ends only when the cluster is closed.
        let advertised = Advertised::at(address);
        cluster.metrics.listens(advertised.port);
        let way = Way {
            listener,
            advertised: Arc::new(advertised),
            is_everywhere: address.ip().is_unspecified(),
            door: cluster.door.clone(),
            asks_login: false,
            tls: None,
            is_public: false,
        };
        let accepting = listener::serve(cluster.clone(), way, stopping);
        let upkeep = cluster.clone().upkeep(cluster.stop.subscribe());
        let scrub = cluster.clone().scrub(cluster.stop.subscribe());
        let compaction = cluster.clone().compaction(cluster.stop.subscribe());
        let tasks =
            [tokio::spawn(accepting), tokio::spawn(upkeep), tokio::spawn(scrub), tokio::spawn(compaction)];
        cluster.tasks.lock().extend(tasks);
        cluster.logins_open(logins);
        Ok(cluster)
    }

    /// Ends connections, then closes logs and state so that opening again is quick.
    pub(crate) async fn close(&self) {
        self.stop.send_replace(true);
        for (_, login) in std::mem::take(&mut *self.logins.lock().await) {
            login.close(&self.name).await;
        }
        let tasks = std::mem::take(&mut *self.tasks.lock());
        for task in tasks {
            if let Err(ended) = task.await {
                tracing::error!(cluster = self.name, %ended, "a task of the cluster did not end well");
            }
        }
        self.groups.close();
        self.transactions.close().await;
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
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Replaces the addresses from which its plain listener may be used. Connections from others are ended.
    pub fn allow(&self, allowed: AllowedAddresses) {
        self.door.allow(allowed);
    }

    /// Has these rules take the place of those before, for the next request of every connection.
    pub fn rules_replace(&self, rules: &[AccessRule]) {
        self.authority.replace(rules);
    }

    /// Whether a user may do something, as a request now would find, and by which rule.
    pub fn explain(&self, question: &AccessQuestion) -> AccessAnswer {
        self.authority.explain(question)
    }

    /// Has it keep to these bounds from now on. Partitions that it has beyond them stay; data that its disk has no room
    /// for goes, the oldest first.
    pub fn bound(&self, bounds: ClusterBounds) {
        *self.bounds.write() = bounds;
        self.quotas.bound(bounds.traffic);
        self.logs.grown_by(0);
    }

    /// Has what is written from now on sealed with the newest of these keys and those before. Where nothing is sealed,
    /// nothing will be.
    pub fn seal_with<'a>(&self, keys: impl IntoIterator<Item = (u32, &'a Secret<[u8; 32]>)>) {
        for (number, key) in keys {
            if let Some(ring) = &self.keys {
                ring.add(number, key);
            }
        }
    }

    /// How much it may hold.
    pub fn bounds(&self) -> ClusterBounds {
        *self.bounds.read()
    }

    /// Lets the host connect from this address, whatever is allowed, for as long as the result lives.
    pub fn expect(&self, address: SocketAddr) -> Expected {
        self.door.expect(address)
    }

    /// Requests answered since it was opened, by API.
    pub fn requests(&self) -> Vec<(ApiKey, RequestCount)> {
        self.metrics.requests()
    }

    /// What went over the network since it was opened.
    pub fn counters(&self) -> ClusterCounters {
        self.metrics.counters()
    }

    /// Its fetch sessions.
    pub fn fetch_sessions_counted(&self) -> FetchSessionCounts {
        self.fetch_sessions.counts()
    }

    /// Who was turned away since it was opened, by the port that was dialled.
    pub fn refusals(&self) -> Vec<(u16, RefusalCount)> {
        self.metrics.refusals()
    }

    /// How often and for how long clients were told to hold back since it was opened.
    pub fn throttles(&self) -> [(ThrottleKind, ThrottleCount); ThrottleKind::ALL.len()] {
        self.metrics.throttles()
    }

    /// Requests that were refused for want of a right since it was opened, by what was to be done and to what.
    pub fn requests_refused(&self) -> Vec<(ResourceKind, Operation, u64)> {
        self.metrics.requests_refused()
    }

    /// Which clients have asked something about a subject at a time between these two, in milliseconds since 1970, and
    /// since it was opened.
    pub fn clients_seen(&self, subject: &Subject, from_ms: i64, to_ms: i64) -> Vec<SeenClients> {
        self.sightings.between(subject, from_ms, to_ms)
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

    /// How it behaves now.
    pub fn settings(&self) -> Arc<ClusterSettings> {
        self.settings.read().clone()
    }

    /// Has it behave otherwise from now on, its topics too: their next batch is judged by the new settings, and what
    /// is old by them goes soon. Requests under way may still go by the ones before.
    pub async fn configure(&self, settings: ClusterSettings) -> Result<(), ClusterError> {
        // A topic that is being made has its settings from before or from after, never some of each.
        let _turn = self.topic_turn.lock().await;
        if self.is_stopping() {
            return Err(ClusterError::Failed(STOPPING.into()));
        }
        self.groups.offsets_retention_set(settings.offsets_retention);
        self.authority.enforce(settings.rules_enforced);
        *self.settings.write() = Arc::new(settings);
        self.topics_configure();
        self.configured.notify_one();
        self.compaction_due.notify_one();
        Ok(())
    }

    /// What a client may do, by the rules as they are now.
    pub(crate) fn rights(&self, peer: &Peer) -> Rights {
        self.authority.rights(&peer.principal, peer.address.ip())
    }

    /// Tells of every change of the rules from now on.
    pub(crate) fn rules_watch(&self) -> RuleWatch {
        self.authority.watch()
    }

    /// Who changes the rules; none while there is nobody.
    pub(crate) fn rule_keeper(&self) -> Option<Arc<dyn RuleKeeper>> {
        self.shared.rule_keeper.load().as_ref().map(|keeping| keeping.0.clone())
    }

    /// Who is told of refusals; none while there is nobody.
    pub(crate) fn refusal_witness(&self) -> Option<Arc<dyn RefusalWitness>> {
        self.shared.refusal_witness.load().as_ref().map(|witnessing| witnessing.0.clone())
    }

    pub(crate) fn limits(&self) -> &Limits {
        &self.shared.limits
    }

    pub(crate) fn budget(&self) -> &RequestBudget {
        &self.shared.budget
    }

    pub(crate) fn login_budget(&self) -> &RequestBudget {
        &self.shared.login_budget
    }

    /// Whose word for another's address is taken.
    pub(crate) fn proxies(&self) -> &Proxies {
        &self.shared.proxies
    }

    pub(crate) fn places(&self) -> &Places {
        &self.shared.places
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

    pub(crate) fn quotas(&self) -> &Quotas {
        &self.quotas
    }

    pub(crate) fn sightings(&self) -> &Arc<Sightings> {
        &self.sightings
    }

    pub(crate) fn store(&self) -> &Store {
        &self.store
    }

    pub(crate) fn logs(&self) -> &LogContext {
        &self.logs
    }

    pub(crate) fn groups(&self) -> &Groups {
        &self.groups
    }

    pub(crate) fn transactions(&self) -> &Transactions {
        &self.transactions
    }

    pub(crate) fn fetch_sessions(&self) -> &FetchSessions {
        &self.fetch_sessions
    }

    pub(crate) fn open_topics(&self) -> &OpenTopics {
        &self.topics
    }

    pub(crate) fn leader_epoch(&self) -> i32 {
        self.store.leader_epoch()
    }
}

/// A port on which connections arrive; nobody takes them yet.
struct Bound {
    listener: TcpListener,
    address: SocketAddr,
}

impl Bound {
    fn new(host: IpAddr, port: u16) -> Result<Self, ClusterError> {
        let failed = |error: std::io::Error| match error.kind() {
            std::io::ErrorKind::AddrInUse => ClusterError::PortInUse(port),
            _ => ClusterError::Failed(format!("cannot listen on {host} port {port}: {error}")),
        };
        let listener = TcpListener::from_std(listener::bind(host, port).map_err(failed)?).map_err(failed)?;
        let address = listener.local_addr().map_err(failed)?;
        Ok(Self { listener, address })
    }
}

impl std::fmt::Debug for Cluster {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Cluster({} at {})", self.name, self.address)
    }
}
