//! What the control plane needs of an engine. The embedded broker is one; Apache Kafka will be another.
//!
//! Every change names what it makes by an id chosen here, so that repeating it, also after a crash or a
//! timeout, has no second effect.

use std::collections::BTreeMap;

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::Fault;
use crate::fault::{EngineTrouble, Internal};
use crate::ids::{GroupName, InstanceId, TopicName};
use crate::instance::{Endpoint, Settings};

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
        Self::Engine(match error {
            EngineError::StorageFull(_) => EngineTrouble::StorageFull(text),
            EngineError::Absent(_)
            | EngineError::Exists(_)
            | EngineError::InUse(_)
            | EngineError::PortInUse(_)
            | EngineError::Failed(_) => EngineTrouble::Unavailable(text),
        })
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

/// Clusters: deploying, probing, taking away.
#[async_trait]
pub trait Clusters: Send + Sync {
    /// Makes the cluster if it is new, recovers it if not, and listens. Repeating it changes nothing.
    async fn cluster_open(&self, spec: &ClusterSpec) -> Result<Vec<Endpoint>, EngineError>;
    /// Produces and fetches a message through the cluster's own listener.
    async fn cluster_probe(&self, id: &InstanceId) -> Result<(), EngineError>;
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
    /// All topics but the engine's internal ones, by name.
    async fn topic_list(&self, cluster: &InstanceId) -> Result<Vec<EngineTopic>, EngineError>;
    /// How many topics and partitions [`Topics::topic_list`] would show. Asked for every instance of every
    /// list, so an engine that can answer without copying its topics should.
    async fn topic_usage(&self, cluster: &InstanceId) -> Result<TopicUsage, EngineError> {
        let mut usage = TopicUsage::default();
        for topic in self.topic_list(cluster).await? {
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
}

/// Consumer groups of an open cluster.
#[async_trait]
pub trait Groups: Send + Sync {
    /// Groups with members or commits, by name.
    async fn group_list(&self, cluster: &InstanceId) -> Result<Vec<GroupName>, EngineError>;
    /// All commits of a group, by topic and partition; empty when it has none or is not there.
    async fn group_commits(
        &self,
        cluster: &InstanceId,
        group: &GroupName,
    ) -> Result<Vec<EngineCommit>, EngineError>;
    /// Removes a group's commits. `InUse` while it has members; success when it is not there.
    async fn group_delete(&self, cluster: &InstanceId, group: &GroupName) -> Result<(), EngineError>;
}

/// All of it.
pub trait Engine: Clusters + Topics + Groups + 'static {}

impl<T: Clusters + Topics + Groups + 'static> Engine for T {}
