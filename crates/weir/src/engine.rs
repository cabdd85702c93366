//! The embedded broker behind the control plane's ports. Nouns on one side, the broker's own on the other;
//! nothing is decided here.

mod quota_witness;
mod refusal_witness;
mod rule_keeper;
mod rules;
mod topic_lists;

use std::collections::BTreeMap;
use std::io::ErrorKind;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, TcpListener};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use control::allowed::AllowedBlocks;
use control::client::{ClientSubject, SeenClients};
use control::engine::{
    ClusterAccess, ClusterSpec, Clusters, DiskKey, EngineCommit, EngineError, EngineOffset, EnginePartition,
    EnginePlace, EngineTopic, EngineUser, Groups, TopicUsage, Topics, Users,
};
use control::group::{GroupActivity, GroupMember, GroupStage, Rebalance};
use control::ids::{GroupName, InstanceId, TopicName};
use control::instance::{Access, Endpoint, Limits, Resources, Settings};
use control::message::{Excerpt, Message, MessageLimits};
use control::rule::{Rule, RuleAnswer, RuleQuestion};
use control::user::Mechanism;
use kafka_broker::group::GroupPhase;
use kafka_broker::{
    AddressBlock, AllowedAddresses, Broker, Cluster, ClusterBounds, ClusterConfig, ClusterError,
    ClusterSettings, LoginListener, Subject, TopicSpec, TrafficLimits, User, Verifier,
};
use machine::disk::sealed::KeyRing;
use machine::random::Random;
use machine::secret::Secret;
pub(crate) use quota_witness::ControlQuotas;
pub(crate) use refusal_witness::ControlWitness;
pub(crate) use rule_keeper::ControlRules;
use rules::{access_question, access_rules, rule_answer};
use topic_lists::TopicLists;
use uuid::Uuid;

/// Ports that an instance has: plain, public TLS, private login, private TLS.
const PORTS_PER_SLOT: u16 = 10;
/// The ways in on which clients log in: each with how far its port is from the first, and whether it has TLS.
const LOGINS: [(Access, u16, bool); 3] =
    [(Access::PublicTls, 1, true), (Access::PrivateLogin, 2, false), (Access::PrivateTls, 3, true)];
const HOUR_MS: i64 = 60 * 60 * 1000;
const MINUTE_SECONDS: u64 = 60;

/// The embedded broker as an engine.
pub(crate) struct EmbeddedEngine {
    broker: Arc<Broker>,
    host: IpAddr,
    port_base: u16,
    /// Whether clusters have the traffic that was bought, and no more.
    traffic_limited: bool,
    random: Random,
    topic_lists: TopicLists,
}

impl EmbeddedEngine {
    pub(crate) fn new(broker: Arc<Broker>, host: IpAddr, port_base: u16, random: Random) -> Self {
        Self { broker, host, port_base, traffic_limited: false, random, topic_lists: TopicLists::default() }
    }

    /// The same, with the traffic of clusters limited to what was bought, or not.
    pub(crate) fn with_traffic_limited(self, traffic_limited: bool) -> Self {
        Self { traffic_limited, ..self }
    }

    /// What an instance may hold and use, in the broker's terms.
    fn bounds(&self, limits: &Limits) -> ClusterBounds {
        let Resources { disk_bytes, traffic } = limits.resources;
        let traffic = TrafficLimits { produce: traffic.sent, fetch: traffic.read, public: traffic.public };
        ClusterBounds {
            partitions: limits.partitions,
            disk_bytes,
            traffic: if self.traffic_limited { traffic } else { TrafficLimits::default() },
        }
    }

    fn cluster(&self, id: &InstanceId) -> Result<Arc<Cluster>, EngineError> {
        self.broker.cluster(id.as_str()).ok_or_else(|| EngineError::Absent(format!("cluster {id}")))
    }

    fn port(&self, slot: u16) -> Result<u16, EngineError> {
        let first = u32::from(self.port_base) + u32::from(PORTS_PER_SLOT) * u32::from(slot);
        // All ports of the slot must exist, also those that nothing listens on yet.
        match u16::try_from(first + 3) {
            Ok(last) => Ok(last - 3),
            Err(_) => Err(EngineError::Failed(format!("slot {slot} lies beyond the last port, 65535"))),
        }
    }

    /// Fails when somebody else has one of the ports of a cluster that was never open, also of those that nothing will
    /// listen on yet: a slot is for life, and no later change of settings may find its port taken.
    fn check_slot(&self, id: &InstanceId, port: u16) -> Result<(), EngineError> {
        let known = self.broker.cluster_names().map_err(cluster_error)?;
        if known.iter().any(|name| name == id.as_str()) {
            return Ok(());
        }
        let ports = [port].into_iter().chain(LOGINS.map(|(_, offset, _)| port + offset));
        for port in ports {
            // What else can go wrong, opening the ports that are needed tells.
            let bound = TcpListener::bind((self.host, port));
            if bound.is_err_and(|error| error.kind() == ErrorKind::AddrInUse) {
                return Err(EngineError::PortInUse(port));
            }
        }
        Ok(())
    }

    /// Every way into a cluster whose first port is this one.
    fn endpoints(&self, port: u16, spec: &ClusterSpec) -> Vec<Endpoint> {
        let logins = offered(spec).map(|(access, offset, _)| self.endpoint(access, port + offset));
        [self.endpoint(Access::Plain, port)].into_iter().chain(logins).collect()
    }

    fn endpoint(&self, access: Access, port: u16) -> Endpoint {
        let address = match self.host {
            IpAddr::V4(host) => format!("{host}:{port}"),
            IpAddr::V6(host) => format!("[{host}]:{port}"),
        };
        // A name that resolves to the same place as it stands; a made-up cloud name would not.
        let is_localhost = self.host == Ipv4Addr::LOCALHOST || self.host == Ipv6Addr::LOCALHOST;
        let domain = if is_localhost { format!("localhost:{port}") } else { address.clone() };
        Endpoint { access, address, domain }
    }
}

#[async_trait]
impl Clusters for EmbeddedEngine {
    async fn cluster_open(
        &self,
        spec: &ClusterSpec,
        access: &ClusterAccess,
    ) -> Result<Vec<Endpoint>, EngineError> {
        let port = self.port(spec.slot)?;
        self.check_slot(&spec.id, port)?;
        let users = broker_users(&spec.id, &access.users);
        let bounds = access.limits.as_ref().map_or_else(ClusterBounds::default, |limits| self.bounds(limits));
        let config = ClusterConfig {
            name: spec.id.to_string(),
            host: self.host,
            port,
            settings: cluster_settings(&spec.settings),
            allowed: allowed_addresses(&access.allowed, Access::Plain),
            logins: login_listeners(port, spec, &access.allowed),
            users: users.clone(),
            rules: access_rules(&access.rules),
            bounds,
            keys: key_ring(&access.disk_keys),
        };
        let cluster = self.broker.cluster_open(config).await.map_err(cluster_error)?;
        // It may have been open, with others let in.
        cluster.allow(allowed_addresses(&access.allowed, Access::Plain));
        cluster.rules_replace(&access_rules(&access.rules));
        cluster.bound(bounds);
        cluster.seal_with(disk_keys(&access.disk_keys));
        cluster.users_set(users);
        cluster.logins_set(login_listeners(port, spec, &access.allowed)).await.map_err(cluster_error)?;
        Ok(self.endpoints(port, spec))
    }

    async fn cluster_configure(
        &self,
        spec: &ClusterSpec,
        allowed: &AllowedBlocks,
    ) -> Result<Vec<Endpoint>, EngineError> {
        let port = self.port(spec.slot)?;
        let cluster = self.cluster(&spec.id)?;
        let logins = login_listeners(port, spec, allowed);
        if !spec.settings.acl_enabled {
            // Users go before the rules do: without them, whoever is still there could do anything.
            cluster.logins_set(logins.clone()).await.map_err(cluster_error)?;
        }
        cluster.configure(cluster_settings(&spec.settings)).await.map_err(cluster_error)?;
        cluster.logins_set(logins).await.map_err(cluster_error)?;
        Ok(self.endpoints(port, spec))
    }

    async fn cluster_allow(&self, id: &InstanceId, allowed: &AllowedBlocks) -> Result<(), EngineError> {
        let cluster = self.cluster(id)?;
        cluster.allow(allowed_addresses(allowed, Access::Plain));
        for (access, offset, _) in LOGINS {
            let login = cluster.address().port() + offset;
            cluster.login_allow(login, allowed_addresses(allowed, access)).await;
        }
        Ok(())
    }

    async fn cluster_judge(&self, id: &InstanceId, rules: &[Rule]) -> Result<(), EngineError> {
        self.cluster(id)?.rules_replace(&access_rules(rules));
        Ok(())
    }

    async fn cluster_explain(
        &self,
        id: &InstanceId,
        question: &RuleQuestion,
    ) -> Result<RuleAnswer, EngineError> {
        Ok(rule_answer(self.cluster(id)?.explain(&access_question(question))))
    }

    async fn cluster_bound(&self, id: &InstanceId, limits: &Limits) -> Result<(), EngineError> {
        self.cluster(id)?.bound(self.bounds(limits));
        Ok(())
    }

    async fn cluster_seal(&self, id: &InstanceId, keys: &[DiskKey]) -> Result<(), EngineError> {
        self.cluster(id)?.seal_with(disk_keys(keys));
        Ok(())
    }

    async fn cluster_probe(&self, id: &InstanceId) -> Result<(), EngineError> {
        let cluster = self.cluster(id)?;
        crate::probe::run(&cluster).await.map_err(|error| match cluster.is_full() {
            true => EngineError::StorageFull(error.to_string()),
            false => EngineError::Failed(error.to_string()),
        })
    }

    async fn clients_seen(
        &self,
        id: &InstanceId,
        subject: &ClientSubject,
        from_ms: i64,
        to_ms: i64,
    ) -> Result<Vec<SeenClients>, EngineError> {
        let subject = match subject {
            ClientSubject::Instance => Subject::Cluster,
            ClientSubject::Topic(topic) => Subject::Topic(topic.as_str().into()),
            ClientSubject::Group(group) => Subject::Group(group.as_str().into()),
        };
        let seen = |seen: kafka_broker::SeenClients| SeenClients {
            request: seen.request.to_owned(),
            clients: seen
                .clients
                .into_iter()
                .map(|(address, many)| (address, u32::try_from(many).unwrap_or(u32::MAX)))
                .collect(),
        };
        let found = self.cluster(id)?.clients_seen(&subject, from_ms, to_ms);
        Ok(found.into_iter().map(seen).collect())
    }

    async fn cluster_close(&self, id: &InstanceId) -> Result<(), EngineError> {
        self.topic_lists.forget(id);
        self.broker.cluster_close(id.as_str()).await.map_err(cluster_error)
    }

    async fn cluster_erase(&self, id: &InstanceId) -> Result<(), EngineError> {
        self.topic_lists.forget(id);
        self.broker.cluster_erase(id.as_str()).await.map_err(cluster_error)
    }

    async fn cluster_list(&self) -> Result<Vec<InstanceId>, EngineError> {
        let names = self.broker.cluster_names().map_err(cluster_error)?;
        Ok(names.into_iter().map(InstanceId::new).collect())
    }
}

#[async_trait]
impl Topics for EmbeddedEngine {
    async fn topic_create(&self, cluster: &InstanceId, topic: &EngineTopic) -> Result<(), EngineError> {
        let spec = TopicSpec {
            name: topic.name.to_string(),
            id: topic.id,
            partitions: i32::try_from(topic.partitions).unwrap_or(i32::MAX),
            config: engine_settings(&topic.config),
            created_ms: topic.created_ms,
            internal: false,
        };
        self.cluster(cluster)?.topic_create(spec).await.map_err(cluster_error)?;
        Ok(())
    }

    async fn topic_delete(
        &self,
        cluster: &InstanceId,
        name: &TopicName,
        id: Uuid,
    ) -> Result<(), EngineError> {
        let cluster = self.cluster(cluster)?;
        match cluster.topic(name.as_str()) {
            Some(topic) if topic.id == id => match cluster.topic_delete(id).await {
                Err(ClusterError::Absent(_)) => Ok(()),
                outcome => outcome.map_err(cluster_error),
            },
            // Gone, or its name has a new owner.
            _ => Ok(()),
        }
    }

    async fn topic_grow(
        &self,
        cluster: &InstanceId,
        name: &TopicName,
        id: Uuid,
        partitions: u32,
    ) -> Result<(), EngineError> {
        let cluster = self.cluster(cluster)?;
        check_topic(&cluster, name, id)?;
        let partitions = i32::try_from(partitions).unwrap_or(i32::MAX);
        cluster.topic_grow(id, partitions).await.map_err(cluster_error)
    }

    async fn topic_configure(
        &self,
        cluster: &InstanceId,
        name: &TopicName,
        id: Uuid,
        config: &BTreeMap<String, String>,
    ) -> Result<(), EngineError> {
        let cluster = self.cluster(cluster)?;
        check_topic(&cluster, name, id)?;
        cluster.topic_configure(id, engine_settings(config)).await.map_err(cluster_error)
    }

    async fn topic_list(&self, cluster: &InstanceId) -> Result<Arc<[EngineTopic]>, EngineError> {
        let topics = self.cluster(cluster)?.topics();
        Ok(self.topic_lists.list(cluster, topics))
    }

    async fn topic_usage(&self, cluster: &InstanceId) -> Result<TopicUsage, EngineError> {
        let mut usage = TopicUsage::default();
        for topic in self.cluster(cluster)?.topics().iter().filter(|topic| !topic.internal) {
            usage.topics += 1;
            usage.partitions += u32::try_from(topic.partitions).unwrap_or_default();
        }
        Ok(usage)
    }

    async fn topic_find(&self, cluster: &InstanceId, name: &TopicName) -> Result<EngineTopic, EngineError> {
        let topic = self.cluster(cluster)?.topic(name.as_str()).filter(|topic| !topic.internal);
        topic.map(|topic| engine_topic(&topic)).ok_or_else(|| EngineError::Absent(format!("topic {name}")))
    }

    async fn topic_ends(
        &self,
        cluster: &InstanceId,
        name: &TopicName,
    ) -> Result<Vec<EnginePartition>, EngineError> {
        let ends = self.cluster(cluster)?.topic_ends(name.as_str()).map_err(cluster_error)?;
        let partition = |(partition, ends): (u32, kafka_broker::PartitionEnds)| EnginePartition {
            partition,
            start: ends.start,
            end: ends.end,
            newest_ms: ends.newest_ms,
        };
        Ok((0..).zip(ends).map(partition).collect())
    }

    async fn topic_at_time(
        &self,
        cluster: &InstanceId,
        name: &TopicName,
        partition: Option<u32>,
        time_ms: i64,
    ) -> Result<Vec<EnginePlace>, EngineError> {
        let (cluster, name) = (self.cluster(cluster)?, name.clone());
        let found = on_disk(move || cluster.topic_at_time(name.as_str(), partition, time_ms)).await?;
        let place = |place: kafka_broker::MessagePlace| EnginePlace {
            partition: place.partition,
            offset: place.offset,
            timestamp_ms: place.timestamp_ms,
        };
        Ok(found.into_iter().map(place).collect())
    }

    async fn topic_messages(
        &self,
        cluster: &InstanceId,
        name: &TopicName,
        partition: u32,
        offset: i64,
        limits: MessageLimits,
    ) -> Result<Vec<Message>, EngineError> {
        let (cluster, name) = (self.cluster(cluster)?, name.clone());
        let MessageLimits { messages, bytes, excerpt_bytes } = limits;
        let limits = kafka_broker::MessageLimits { messages, bytes, excerpt_bytes };
        let found = on_disk(move || cluster.messages(name.as_str(), partition, offset, limits)).await?;
        Ok(found.into_iter().map(engine_message).collect())
    }
}

#[async_trait]
impl Groups for EmbeddedEngine {
    async fn group_list(&self, cluster: &InstanceId) -> Result<Vec<GroupName>, EngineError> {
        Ok(self.cluster(cluster)?.group_names().into_iter().map(GroupName::new).collect())
    }

    async fn topic_groups(
        &self,
        cluster: &InstanceId,
        topic: &TopicName,
    ) -> Result<Vec<GroupName>, EngineError> {
        let groups = self.cluster(cluster)?.topic_groups(topic.as_str()).map_err(cluster_error)?;
        Ok(groups.into_iter().map(GroupName::new).collect())
    }

    async fn group_activity(
        &self,
        cluster: &InstanceId,
        group: &GroupName,
    ) -> Result<GroupActivity, EngineError> {
        Ok(engine_activity(self.cluster(cluster)?.group_activity(group.as_str())))
    }

    async fn group_commits(
        &self,
        cluster: &InstanceId,
        group: &GroupName,
    ) -> Result<Vec<EngineCommit>, EngineError> {
        let commits = self.cluster(cluster)?.group_commits(group.as_str()).map_err(cluster_error)?;
        let commit = |commit: kafka_broker::GroupCommit| EngineCommit {
            topic: TopicName::new(commit.topic),
            partition: commit.partition,
            committed: commit.committed,
            end: commit.end,
            consumed_ms: commit.consumed_ms,
        };
        Ok(commits.into_iter().map(commit).collect())
    }

    async fn group_reset(
        &self,
        cluster: &InstanceId,
        group: &GroupName,
        offsets: &[EngineOffset],
    ) -> Result<(), EngineError> {
        let offset = |offset: &EngineOffset| kafka_broker::GroupOffset {
            topic: offset.topic.to_string(),
            partition: offset.partition,
            offset: offset.offset,
        };
        let offsets: Vec<_> = offsets.iter().map(offset).collect();
        self.cluster(cluster)?.group_reset(group.as_str(), &offsets).await.map_err(cluster_error)
    }

    async fn group_delete(&self, cluster: &InstanceId, group: &GroupName) -> Result<(), EngineError> {
        self.cluster(cluster)?.group_delete(group.as_str()).await.map_err(cluster_error)
    }
}

#[async_trait]
impl Users for EmbeddedEngine {
    async fn user_verifier(
        &self,
        mechanism: Mechanism,
        password: &Secret<String>,
    ) -> Result<Secret<String>, EngineError> {
        let (password, random) = (password.clone(), self.random.clone());
        let made = tokio::task::spawn_blocking(move || {
            Verifier::new(broker_mechanism(mechanism), &password, &random).to_text()
        });
        made.await.map_err(|ended| EngineError::Failed(ended.to_string()))
    }

    async fn users_set(&self, cluster: &InstanceId, users: &[EngineUser]) -> Result<(), EngineError> {
        self.cluster(cluster)?.users_set(broker_users(cluster, users));
        Ok(())
    }
}

/// The keys that a cluster's files are sealed with; none when they are not.
pub(crate) fn key_ring(keys: &[DiskKey]) -> Option<Arc<KeyRing>> {
    let (first, others) = keys.split_first()?;
    let ring = KeyRing::new(first.number, &first.material);
    disk_keys(others).for_each(|(number, key)| ring.add(number, key));
    Some(Arc::new(ring))
}

fn disk_keys(keys: &[DiskKey]) -> impl Iterator<Item = (u32, &Secret<[u8; 32]>)> {
    keys.iter().map(|key| (key.number, &key.material))
}

/// Those whose verifiers can be read. The others cannot log in, which must not keep the instance from serving.
fn broker_users(instance: &InstanceId, users: &[EngineUser]) -> Vec<User> {
    let user = |user: &EngineUser| match user.verifier.expose().parse::<Verifier>() {
        Ok(verifier) => {
            let (name, mechanism) = (user.name.to_string(), broker_mechanism(user.mechanism));
            Some(User { name, mechanism, verifier })
        }
        Err(error) => {
            tracing::error!(%instance, user = %user.name, %error, "a user cannot log in until deleted and made again");
            None
        }
    };
    users.iter().filter_map(user).collect()
}

fn broker_mechanism(mechanism: Mechanism) -> kafka_broker::Mechanism {
    match mechanism {
        Mechanism::Plain => kafka_broker::Mechanism::Plain,
        Mechanism::ScramSha256 => kafka_broker::Mechanism::ScramSha256,
        Mechanism::ScramSha512 => kafka_broker::Mechanism::ScramSha512,
    }
}

/// The ways in of a cluster on which clients log in. On the public network everybody does, even where nobody's rights
/// are told apart; elsewhere there is no use then in knowing who somebody is.
fn offered(spec: &ClusterSpec) -> impl Iterator<Item = (Access, u16, bool)> {
    let Settings { acl_enabled, private_tls_enabled, public_tls_enabled, .. } = spec.settings;
    LOGINS.into_iter().filter(move |(access, ..)| match access {
        Access::Plain => false,
        Access::PublicTls => public_tls_enabled,
        Access::PrivateLogin => acl_enabled,
        Access::PrivateTls => acl_enabled && private_tls_enabled,
    })
}

/// The listeners on which clients of a cluster log in whose first port is this one.
fn login_listeners(port: u16, spec: &ClusterSpec, allowed: &AllowedBlocks) -> Vec<LoginListener> {
    let login = |(access, offset, is_secured)| LoginListener {
        port: port + offset,
        allowed: allowed_addresses(allowed, access),
        is_secured,
        is_public: access == Access::PublicTls,
    };
    offered(spec).map(login).collect()
}

/// What an owner configured, in the broker's terms.
fn cluster_settings(settings: &Settings) -> ClusterSettings {
    let mut cluster = ClusterSettings { rules_enforced: settings.acl_enabled, ..ClusterSettings::default() };
    let retention_ms = i64::from(settings.retention_hours) * HOUR_MS;
    cluster.topic_defaults = BTreeMap::from([
        ("retention.ms".to_owned(), retention_ms.to_string()),
        ("max.message.bytes".to_owned(), settings.message_bytes_max.to_string()),
    ]);
    // Values were checked before they came here; one that cannot be read leaves the broker's default.
    for (name, value) in &settings.extra {
        match name.as_str() {
            "auto.create.topics.enable" => cluster.auto_create_topics = value == "true",
            "num.partitions" => {
                cluster.partitions_default = value.parse().unwrap_or(cluster.partitions_default);
            }
            "offsets.retention.minutes" => {
                if let Ok(minutes) = value.parse::<u64>() {
                    cluster.offsets_retention = Duration::from_secs(minutes * MINUTE_SECONDS);
                }
            }
            _ => {
                cluster.topic_defaults.insert(name.clone(), value.clone());
            }
        }
    }
    cluster
}

/// Whom one way in lets in.
fn allowed_addresses(allowed: &AllowedBlocks, access: Access) -> AllowedAddresses {
    let blocks = allowed.get(&access).into_iter().flatten();
    AllowedAddresses::only(blocks.map(|block| AddressBlock::new(block.first(), block.prefix())))
}

/// Fails unless the topic of this name has this id: under a name there may be another topic meanwhile.
fn check_topic(cluster: &Cluster, name: &TopicName, id: Uuid) -> Result<(), EngineError> {
    match cluster.topic(name.as_str()) {
        Some(topic) if topic.id == id && !topic.internal => Ok(()),
        _ => Err(EngineError::Absent(format!("topic {name}"))),
    }
}

/// Settings in the terms of an engine with one broker.
fn engine_settings(asked: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let mut settings = BTreeMap::new();
    for (name, value) in asked {
        match name.as_str() {
            // There is one replica, and acks=all waits for it. Two would refuse every message for ever.
            "min.insync.replicas" => {}
            _ => {
                settings.insert(name.clone(), value.clone());
            }
        }
    }
    settings
}

fn engine_topic(topic: &kafka_broker::Topic) -> EngineTopic {
    EngineTopic {
        name: TopicName::new(&*topic.name),
        id: topic.id,
        partitions: u32::try_from(topic.partitions).unwrap_or_default(),
        created_ms: topic.created_ms,
        config: BTreeMap::clone(&topic.config),
    }
}

fn engine_activity(activity: kafka_broker::GroupActivity) -> GroupActivity {
    let member = |member: kafka_broker::GroupMember| GroupMember {
        id: member.id,
        client_id: member.client_id,
        address: member.address,
        assigned: member
            .assigned
            .into_iter()
            .map(|(topic, number)| (TopicName::new(topic), number))
            .collect(),
    };
    let rebalance = |rebalance: kafka_broker::group::Rebalance| Rebalance {
        generation: u32::try_from(rebalance.generation).unwrap_or_default(),
        began_ms: rebalance.began_ms,
        took_ms: i64::try_from(rebalance.took.as_millis()).unwrap_or(i64::MAX),
        cause: rebalance.cause.to_string(),
        has_members: rebalance.has_members,
    };
    GroupActivity {
        stage: match activity.phase {
            GroupPhase::Empty => GroupStage::Empty,
            GroupPhase::PreparingRebalance => GroupStage::Gathering,
            GroupPhase::CompletingRebalance => GroupStage::Assigning,
            GroupPhase::Reconciling => GroupStage::Reconciling,
            GroupPhase::Stable => GroupStage::Stable,
            GroupPhase::Dead => GroupStage::Ending,
        },
        members: activity.members.into_iter().map(member).collect(),
        rebalances: activity.rebalances.into_iter().map(rebalance).collect(),
    }
}

fn engine_message(message: kafka_broker::Message) -> Message {
    let excerpt = |excerpt: kafka_broker::Excerpt| Excerpt { bytes: excerpt.bytes, whole: excerpt.whole };
    Message {
        partition: message.partition,
        offset: message.offset,
        timestamp_ms: message.timestamp_ms,
        is_append_time: message.is_append_time,
        key: message.key.map(excerpt),
        value: message.value.map(excerpt),
        checksum: message.checksum,
    }
}

/// Reads the disk, and inflates what is there, where nobody else waits for it.
async fn on_disk<T: Send + 'static>(
    read: impl FnOnce() -> Result<T, ClusterError> + Send + 'static,
) -> Result<T, EngineError> {
    let ended = |error: tokio::task::JoinError| EngineError::Failed(error.to_string());
    tokio::task::spawn_blocking(read).await.map_err(ended)?.map_err(cluster_error)
}

fn cluster_error(error: ClusterError) -> EngineError {
    match error {
        ClusterError::Absent(what) => EngineError::Absent(what),
        ClusterError::Exists(what) => EngineError::Exists(what),
        ClusterError::InUse(what) => EngineError::InUse(what),
        ClusterError::PartitionLimit(limit) => EngineError::PartitionLimit(limit),
        ClusterError::PortInUse(port) => EngineError::PortInUse(port),
        ClusterError::StorageFull(what) => EngineError::StorageFull(what),
        ClusterError::Failed(what) => EngineError::Failed(what),
    }
}

#[cfg(test)]
mod tests;
