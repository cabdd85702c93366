//! What the control plane needs of an engine. The embedded broker is one; Apache Kafka will be another.
//!
//! Every change names what it makes by an id chosen here, so that repeating it, also after a crash or a
//! timeout, has no second effect.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use machine::secret::Secret;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::Fault;
use crate::allowed::AllowedBlocks;
use crate::client::{ClientSubject, SeenClients};
use crate::fault::{Capacity, EngineTrouble, Internal};
use crate::group::GroupActivity;
use crate::ids::{GroupName, InstanceId, TopicName, UserName};
use crate::instance::{Endpoint, Limits, Settings};
use crate::message::{Message, MessageLimits};
use crate::rule::{Rule, RuleAnswer, RuleQuestion};
use crate::user::Mechanism;

/// Why an engine did not do it.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// No such cluster, topic or group.
    #[error("{0} is not there")]
    Absent(String),
    /// Something else has the name.
    #[error("{0} exists")]
    Exists(String),
    /// The group has members.
    #[error("{0} is in use")]
    InUse(String),
    /// A port of the slot belongs to somebody else.
    #[error("port {0} is in use")]
    PortInUse(u16),
    /// The engine may not have more partitions than this; nothing was changed.
    #[error("the engine's limit of {0} partitions is reached")]
    PartitionLimit(u32),
    /// No room on the disk.
    #[error("the disk is full: {0}")]
    StorageFull(String),
    /// Anything else; repeating may help.
    #[error("{0}")]
    Failed(String),
}

impl From<EngineError> for Fault {
    /// For errors that the command at hand has no better word for.
    fn from(error: EngineError) -> Self {
        let text = Internal::new(error.to_string());
        match error {
            EngineError::PartitionLimit(limit) => Capacity::Partitions { limit }.into(),
            EngineError::StorageFull(_) => Self::Engine(EngineTrouble::StorageFull(text)),
            EngineError::Absent(_)
            | EngineError::Exists(_)
            | EngineError::InUse(_)
            | EngineError::PortInUse(_)
            | EngineError::Failed(_) => Self::Engine(EngineTrouble::Unavailable(text)),
        }
    }
}

/// A cluster to be opened.
#[derive(Clone, Debug)]
pub struct ClusterSpec {
    /// The instance it serves.
    pub id: InstanceId,
    /// Which block of ports it listens on: base + 10 × slot and the three after it.
    pub slot: u16,
    /// What its owner configured.
    pub settings: Settings,
    /// The version its clients see.
    pub version: String,
}

/// Who may use a cluster, for what, and how much of it.
#[derive(Clone, Debug, Default)]
pub struct ClusterAccess {
    /// From where.
    pub allowed: AllowedBlocks,
    /// As whom, where they log in.
    pub users: Vec<EngineUser>,
    /// What users may do, where the settings say that it is enforced.
    pub rules: Vec<Rule>,
    /// What it may hold, and use of the machine; what it holds beyond that stays. None for whatever it takes.
    pub limits: Option<Limits>,
    /// With what its files are sealed, oldest first; none when they are not, which never changes.
    pub disk_keys: Vec<DiskKey>,
}

/// A key that the files of a cluster are sealed with.
#[derive(Clone, Debug)]
pub struct DiskKey {
    /// Its number; the highest seals, all of them open.
    pub number: u32,
    /// The key.
    pub material: Secret<[u8; 32]>,
}

/// A topic in an engine.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EngineTopic {
    /// Its name.
    pub name: TopicName,
    /// Its identity: a topic made again under the same name has another.
    pub id: Uuid,
    /// Its partitions.
    pub partitions: u32,
    /// When it was made, in milliseconds since 1970.
    pub created_ms: i64,
    /// Settings that differ from the cluster's, by their engine name.
    pub config: BTreeMap<String, String>,
}

impl EngineTopic {
    /// Whether old messages give way to newer ones of their key.
    pub(crate) fn is_compacted(&self) -> bool {
        self.config.get("cleanup.policy").is_some_and(|policy| policy.contains("compact"))
    }
}

/// How much of a cluster is used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TopicUsage {
    /// Topics, internal ones left out.
    pub topics: u32,
    /// Partitions of those topics.
    pub partitions: u32,
}

/// The ends of one partition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EnginePartition {
    /// Its number.
    pub partition: u32,
    /// First offset still there.
    pub start: i64,
    /// One past the last offset that consumers can see.
    pub end: i64,
    /// Timestamp of the newest message, in milliseconds since 1970; 0 when there is none.
    pub newest_ms: i64,
}

/// A group's commit in one partition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EngineCommit {
    /// The topic.
    pub topic: TopicName,
    /// The partition.
    pub partition: u32,
    /// The next offset the group will read.
    pub committed: i64,
    /// One past the last offset that consumers can see.
    pub end: i64,
    /// Timestamp of the message before the commit; 0 when unknown.
    pub consumed_ms: i64,
}

/// Somebody who may log in to a cluster.
#[derive(Clone, Debug)]
pub struct EngineUser {
    /// The name.
    pub name: UserName,
    /// How.
    pub mechanism: Mechanism,
    /// What the engine recognises the password by: what it made of it in [`Users::user_verifier`].
    pub verifier: Secret<String>,
}

/// Where a group is to go on in one partition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EngineOffset {
    /// The topic.
    pub topic: TopicName,
    /// The partition.
    pub partition: u32,
    /// The next offset that it will read.
    pub offset: i64,
}

/// Where a message is in its topic, and of when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EnginePlace {
    /// The partition.
    pub partition: u32,
    /// Its offset there.
    pub offset: i64,
    /// Its timestamp, in milliseconds since 1970.
    pub timestamp_ms: i64,
}

/// Clusters: deploying, probing, taking away.
#[async_trait]
pub trait Clusters: Send + Sync {
    /// Makes the cluster if it is new, recovers it if not, and listens; from the first connection on only those
    /// allowed are let in, only these users log in, and they do only what the rules allow. Repeating it changes nothing
    /// but who may do what.
    async fn cluster_open(
        &self,
        spec: &ClusterSpec,
        access: &ClusterAccess,
    ) -> Result<Vec<Endpoint>, EngineError>;
    /// Lets in only those allowed from now on, and ends the connections of others. `Absent` when it is not open.
    async fn cluster_allow(&self, id: &InstanceId, allowed: &AllowedBlocks) -> Result<(), EngineError>;
    /// Has these rules take the place of all those before, for whoever is connected too. `Absent` when it is not open.
    async fn cluster_judge(&self, id: &InstanceId, rules: &[Rule]) -> Result<(), EngineError>;
    /// Answers as a request of that user would be answered now, and says why. `Absent` when it is not open.
    async fn cluster_explain(
        &self,
        id: &InstanceId,
        question: &RuleQuestion,
    ) -> Result<RuleAnswer, EngineError>;
    /// Has it keep to these limits from now on, whoever asks it for more: what it has beyond them stays, but for old
    /// messages that the disk has no room for. `Absent`
    /// when it is not open.
    async fn cluster_bound(&self, id: &InstanceId, limits: &Limits) -> Result<(), EngineError>;
    /// Has what a sealed cluster writes from now on sealed with the newest of these, which are all that it has. `Absent`
    /// when it is not open.
    async fn cluster_seal(&self, id: &InstanceId, keys: &[DiskKey]) -> Result<(), EngineError>;
    /// Produces and fetches a message through the cluster's own listener, whoever is allowed what.
    async fn cluster_probe(&self, id: &InstanceId) -> Result<(), EngineError>;
    /// Puts the settings of `spec` in force in an open cluster, also for the topics that are there, without
    /// interrupting whoever uses it, except through a way in that is closed by them. Whoever opens one lets in those
    /// allowed. Repeating it changes nothing. `Absent` when the cluster is not open. Where the cluster is reachable
    /// from then on.
    async fn cluster_configure(
        &self,
        spec: &ClusterSpec,
        allowed: &AllowedBlocks,
    ) -> Result<Vec<Endpoint>, EngineError>;
    /// Clients that have asked something about a subject at a time between these two, in milliseconds since 1970, as far
    /// as that is remembered. `Absent` when the cluster is not open.
    async fn clients_seen(
        &self,
        id: &InstanceId,
        subject: &ClientSubject,
        from_ms: i64,
        to_ms: i64,
    ) -> Result<Vec<SeenClients>, EngineError>;
    /// Stops listening and closes files; keeps data. An absent cluster is success.
    async fn cluster_close(&self, id: &InstanceId) -> Result<(), EngineError>;
    /// Closes it and removes its data. An absent cluster is success.
    async fn cluster_erase(&self, id: &InstanceId) -> Result<(), EngineError>;
    /// Clusters that have data, open or not.
    async fn cluster_list(&self) -> Result<Vec<InstanceId>, EngineError>;
}

/// Topics of an open cluster.
#[async_trait]
pub trait Topics: Send + Sync {
    /// Makes a topic. Success when one of this name and id is there already.
    async fn topic_create(&self, cluster: &InstanceId, topic: &EngineTopic) -> Result<(), EngineError>;
    /// Removes the topic of this name and id. Success when it is not there.
    async fn topic_delete(&self, cluster: &InstanceId, name: &TopicName, id: Uuid)
    -> Result<(), EngineError>;
    /// Gives the topic of this name and id so many partitions. Success when it has as many, or more; `Absent` when
    /// it is not there.
    async fn topic_grow(
        &self,
        cluster: &InstanceId,
        name: &TopicName,
        id: Uuid,
        partitions: u32,
    ) -> Result<(), EngineError>;
    /// Gives the topic of this name and id these settings and no others. They are in force for the next message.
    /// Repeating it changes nothing; `Absent` when the topic is not there.
    async fn topic_configure(
        &self,
        cluster: &InstanceId,
        name: &TopicName,
        id: Uuid,
        config: &BTreeMap<String, String>,
    ) -> Result<(), EngineError>;
    /// All topics but the engine's internal ones, by name. An engine that knows that nothing has changed gives
    /// the same list again, which spares those who asked before all that they made from it.
    async fn topic_list(&self, cluster: &InstanceId) -> Result<Arc<[EngineTopic]>, EngineError>;
    /// How many topics and partitions [`Topics::topic_list`] would show. Asked for every instance of every
    /// list, so an engine that can answer without copying its topics should.
    async fn topic_usage(&self, cluster: &InstanceId) -> Result<TopicUsage, EngineError> {
        let mut usage = TopicUsage::default();
        for topic in self.topic_list(cluster).await?.iter() {
            usage.topics += 1;
            usage.partitions += topic.partitions;
        }
        Ok(usage)
    }
    /// One topic.
    async fn topic_find(&self, cluster: &InstanceId, name: &TopicName) -> Result<EngineTopic, EngineError>;
    /// The ends of a topic's partitions, ascending.
    async fn topic_ends(
        &self,
        cluster: &InstanceId,
        name: &TopicName,
    ) -> Result<Vec<EnginePartition>, EngineError>;
    /// The first message of this time or newer in one of a topic's partitions, or in each; ascending, without those that
    /// have none. `Absent` when the partition is not there.
    async fn topic_at_time(
        &self,
        cluster: &InstanceId,
        name: &TopicName,
        partition: Option<u32>,
        time_ms: i64,
    ) -> Result<Vec<EnginePlace>, EngineError>;
    /// Messages of one partition from an offset on, as far as consumers can see, within these limits. An offset
    /// outside of the partition is where it begins or ends.
    async fn topic_messages(
        &self,
        cluster: &InstanceId,
        name: &TopicName,
        partition: u32,
        offset: i64,
        limits: MessageLimits,
    ) -> Result<Vec<Message>, EngineError>;
}

/// Consumer groups of an open cluster.
#[async_trait]
pub trait Groups: Send + Sync {
    /// Groups with members or commits, by name.
    async fn group_list(&self, cluster: &InstanceId) -> Result<Vec<GroupName>, EngineError>;
    /// Groups with a commit in a topic, or with members that read it, by name.
    async fn topic_groups(
        &self,
        cluster: &InstanceId,
        topic: &TopicName,
    ) -> Result<Vec<GroupName>, EngineError>;
    /// What a group is doing; one that is not there has no members.
    async fn group_activity(
        &self,
        cluster: &InstanceId,
        group: &GroupName,
    ) -> Result<GroupActivity, EngineError>;
    /// All commits of a group, by topic and partition; empty when it has none or is not there.
    async fn group_commits(
        &self,
        cluster: &InstanceId,
        group: &GroupName,
    ) -> Result<Vec<EngineCommit>, EngineError>;
    /// Has a group go on elsewhere, in all of these partitions or in none, whether the group is there or not.
    /// Repeating it changes nothing. `InUse` while it has members; `Absent` when a topic or partition is not there.
    async fn group_reset(
        &self,
        cluster: &InstanceId,
        group: &GroupName,
        offsets: &[EngineOffset],
    ) -> Result<(), EngineError>;
    /// Removes a group's commits. `InUse` while it has members; success when it is not there.
    async fn group_delete(&self, cluster: &InstanceId, group: &GroupName) -> Result<(), EngineError>;
}

/// Those who log in to clusters.
#[async_trait]
pub trait Users: Send + Sync {
    /// Makes of a password what recognises it, and cannot be used to log in. It differs each time.
    async fn user_verifier(
        &self,
        mechanism: Mechanism,
        password: &Secret<String>,
    ) -> Result<Secret<String>, EngineError>;
    /// Has these users and no others log in from now on, and ends the connections of those who are gone or have
    /// another password. `Absent` when the cluster is not open.
    async fn users_set(&self, cluster: &InstanceId, users: &[EngineUser]) -> Result<(), EngineError>;
}

/// All of it.
pub trait Engine: Clusters + Topics + Groups + Users + 'static {}

impl<T: Clusters + Topics + Groups + Users + 'static> Engine for T {}
