//! The embedded broker behind the control plane's ports. Nouns on one side, the broker's own on the other;
//! nothing is decided here.

use std::collections::BTreeMap;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::Arc;

use async_trait::async_trait;
use control::engine::{
    ClusterSpec, Clusters, EngineCommit, EngineError, EnginePartition, EngineTopic, Groups, TopicUsage,
    Topics,
};
use control::ids::{GroupName, InstanceId, TopicName};
use control::instance::{Access, Endpoint};
use kafka_broker::{Broker, Cluster, ClusterConfig, ClusterError, ClusterSettings, TopicSpec};
use uuid::Uuid;

/// Ports that an instance has: plain, public TLS, private login, private TLS.
const PORTS_PER_SLOT: u16 = 10;
const HOUR_MS: i64 = 60 * 60 * 1000;

/// The embedded broker as an engine.
pub(crate) struct EmbeddedEngine {
    broker: Arc<Broker>,
    host: IpAddr,
    port_base: u16,
}

impl EmbeddedEngine {
    pub(crate) fn new(broker: Arc<Broker>, host: IpAddr, port_base: u16) -> Self {
        Self { broker, host, port_base }
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

    fn endpoint(&self, port: u16) -> Endpoint {
        let address = match self.host {
            IpAddr::V4(host) => format!("{host}:{port}"),
            IpAddr::V6(host) => format!("[{host}]:{port}"),
        };
        // A name that resolves to the same place as it stands; a made-up cloud name would not.
        let is_localhost = self.host == Ipv4Addr::LOCALHOST || self.host == Ipv6Addr::LOCALHOST;
        let domain = if is_localhost { format!("localhost:{port}") } else { address.clone() };
        Endpoint { access: Access::Plain, address, domain }
    }
}

#[async_trait]
impl Clusters for EmbeddedEngine {
    async fn cluster_open(&self, spec: &ClusterSpec) -> Result<Vec<Endpoint>, EngineError> {
        let port = self.port(spec.slot)?;
        let mut overrides = spec.settings.extra.clone();
        let retention_ms = i64::from(spec.settings.retention_hours) * HOUR_MS;
        overrides.insert("retention.ms".into(), retention_ms.to_string());
        overrides.insert("max.message.bytes".into(), spec.settings.message_bytes_max.to_string());
        let config = ClusterConfig {
            name: spec.id.to_string(),
            host: self.host,
            port,
            settings: ClusterSettings { topic_defaults: overrides, ..ClusterSettings::default() },
        };
        self.broker.cluster_open(config).await.map_err(cluster_error)?;
        Ok(vec![self.endpoint(port)])
    }

    async fn cluster_probe(&self, id: &InstanceId) -> Result<(), EngineError> {
        let cluster = self.cluster(id)?;
        crate::probe::run(&cluster).await.map_err(|error| match cluster.is_full() {
            true => EngineError::StorageFull(error.to_string()),
            false => EngineError::Failed(error.to_string()),
        })
    }

    async fn cluster_close(&self, id: &InstanceId) -> Result<(), EngineError> {
        self.broker.cluster_close(id.as_str()).await.map_err(cluster_error)
    }

    async fn cluster_erase(&self, id: &InstanceId) -> Result<(), EngineError> {
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

    async fn topic_list(&self, cluster: &InstanceId) -> Result<Vec<EngineTopic>, EngineError> {
        let topics = self.cluster(cluster)?.topics();
        Ok(topics.iter().filter(|topic| !topic.internal).map(|topic| engine_topic(topic)).collect())
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
}

#[async_trait]
impl Groups for EmbeddedEngine {
    async fn group_list(&self, cluster: &InstanceId) -> Result<Vec<GroupName>, EngineError> {
        Ok(self.cluster(cluster)?.group_names().into_iter().map(GroupName::new).collect())
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

    async fn group_delete(&self, cluster: &InstanceId, group: &GroupName) -> Result<(), EngineError> {
        self.cluster(cluster)?.group_delete(group.as_str()).await.map_err(cluster_error)
    }
}

/// Settings in the terms of an engine with one broker.
fn engine_settings(asked: &BTreeMap<String, String>) -> BTreeMap<String, String> {
    let mut settings = BTreeMap::new();
    for (name, value) in asked {
        match name.as_str() {
            // There is one replica, and acks=all waits for it. Two would refuse every message for ever.
            "min.insync.replicas" => {}
            // Kafka's older name for two settings of the same meaning.
            "message.timestamp.difference.max.ms" => {
                for half in ["message.timestamp.before.max.ms", "message.timestamp.after.max.ms"] {
                    settings.insert(half.to_owned(), value.clone());
                }
            }
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

fn cluster_error(error: ClusterError) -> EngineError {
    match error {
        ClusterError::Absent(what) => EngineError::Absent(what),
        ClusterError::Exists(what) => EngineError::Exists(what),
        ClusterError::InUse(what) => EngineError::InUse(what),
        ClusterError::PortInUse(port) => EngineError::PortInUse(port),
        ClusterError::StorageFull(what) => EngineError::StorageFull(what),
        ClusterError::Failed(what) => EngineError::Failed(what),
    }
}
