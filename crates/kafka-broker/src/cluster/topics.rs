//! A cluster's topics: each change is durable in its state before the logs follow.
//!
//! A change that has begun goes on when whoever asked for it goes away: half-way, there would be a topic that is in
//! the state and has no logs, or logs without one.

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::task::JoinSet;
use uuid::Uuid;

use super::Cluster;
use crate::error::ClusterError;
use crate::log::{LogError, LogSpec, PartitionLog};
use crate::meta::{self, StoreError, TopicError, TopicRef, TopicSpec};
use crate::topic_settings::TopicRules;
use crate::topics::OpenTopic;

/// The engine's own topic for probing readiness.
const PROBE_TOPIC: &str = "__probe";
/// Names that clients cannot give to topics: Kafka's own, which its tools take for internal, and the probe's.
pub(crate) const RESERVED: [&str; 3] = ["__consumer_offsets", "__transaction_state", PROBE_TOPIC];
/// How long its messages are kept: a day.
const PROBE_RETENTION_MS: &str = "86400000";
/// What is said of a change that comes too late.
pub(super) const STOPPING: &str = "the cluster is being closed";

/// The ends of a partition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PartitionEnds {
    /// First offset still there.
    pub start: i64,
    /// One past the last offset that consumers can see.
    pub end: i64,
    /// Timestamp of its newest record, in milliseconds since 1970; 0 when it has none.
    pub newest_ms: i64,
}

impl Cluster {
    /// Makes a topic. Making the same one again (name and id) changes nothing.
    pub async fn topic_create(&self, spec: TopicSpec) -> Result<(), ClusterError> {
        Ok(one(self.topics_create(vec![spec]).await)?)
    }

    /// Removes a topic with its data and all commits in it.
    pub async fn topic_delete(&self, id: Uuid) -> Result<(), ClusterError> {
        one(self.topics_delete(vec![TopicRef::Id(id)]).await)?;
        Ok(())
    }

    /// One topic.
    pub fn topic(&self, name: &str) -> Option<Arc<meta::Topic>> {
        self.topics.named(name).map(|topic| topic.facts.clone())
    }

    /// All topics, internal ones too, by name.
    pub fn topics(&self) -> Arc<meta::Topics> {
        self.store.topics()
    }

    /// The ends of a topic's partitions, in order.
    pub fn topic_ends(&self, name: &str) -> Result<Vec<PartitionEnds>, ClusterError> {
        let topic = self.topics.named(name).ok_or_else(|| ClusterError::Absent(format!("topic {name}")))?;
        let ends = |log: &Arc<PartitionLog>| PartitionEnds {
            start: log.log_start(),
            end: log.high_watermark(),
            newest_ms: log.newest_timestamp().unwrap_or_default(),
        };
        Ok(topic.partitions.iter().map(ends).collect())
    }

    /// Makes several topics, durably at once. One answer per topic, in order.
    pub(crate) async fn topics_create(&self, specs: Vec<TopicSpec>) -> Vec<Result<(), TopicError>> {
        let count = specs.len();
        let Some(cluster) = self.itself.upgrade() else { return refused(count, STOPPING) };
        let change = tokio::spawn(async move {
            let _turn = cluster.topic_turn.lock().await;
            if cluster.is_stopping() {
                return refused(count, STOPPING);
            }
            let known = cluster.store.topics();
            let new = specs.iter().filter(|spec| known.of_id(spec.id).is_none() && !spec.internal);
            if let Err(error) = cluster.partitions_check(new.map(|spec| i64::from(spec.partitions)).sum()) {
                return specs.iter().map(|_| Err(error.clone())).collect();
            }
            let made = cluster.store.topics_create(specs).await;
            made.into_iter().map(|made| made.and_then(|topic| cluster.topic_open(&topic))).collect()
        });
        change.await.unwrap_or_else(|ended| refused(count, &ended.to_string()))
    }

    /// Whether the cluster may have so many partitions more.
    pub(super) fn partitions_check(&self, wanted: i64) -> Result<(), TopicError> {
        let topics = self.store.topics();
        let there = topics.iter().filter(|topic| !topic.internal).map(|topic| i64::from(topic.partitions));
        let process = u32::try_from(self.limits().partitions_max).unwrap_or_default();
        let limit = process.min(self.bounds().partitions);
        if wanted > 0 && there.sum::<i64>() + wanted > i64::from(limit) {
            return Err(TopicError::PartitionLimit(limit));
        }
        Ok(())
    }

    /// Makes a topic because a client asked for one that is not there.
    pub(crate) async fn topic_create_automatically(&self, name: &str) -> Result<Arc<OpenTopic>, TopicError> {
        if RESERVED.contains(&name) {
            return Err(TopicError::InvalidName("the name is one of the broker's own".into()));
        }
        let spec = TopicSpec {
            name: name.to_owned(),
            id: self.random().uuid(),
            partitions: self.settings().partitions_default,
            config: BTreeMap::new(),
            created_ms: self.clock().now_ms(),
            internal: false,
        };
        match one(self.topics_create(vec![spec]).await) {
            // Two clients asked at once: both get the topic.
            Ok(()) | Err(TopicError::Exists) => self.topics.named(name).ok_or(TopicError::Unknown),
            Err(error) => Err(error),
        }
    }

    /// Whether a topic could be made, without making it.
    pub(crate) fn topic_check(&self, spec: &TopicSpec) -> Result<(), TopicError> {
        self.store.topics().check_new(spec)
    }

    /// Removes several topics, durably at once. One answer per topic, in order.
    pub(crate) async fn topics_delete(
        &self,
        topics: Vec<TopicRef>,
    ) -> Vec<Result<Arc<meta::Topic>, TopicError>> {
        let count = topics.len();
        let Some(cluster) = self.itself.upgrade() else { return refused(count, STOPPING) };
        let change = tokio::spawn(async move {
            let _turn = cluster.topic_turn.lock().await;
            if cluster.is_stopping() {
                return refused(count, STOPPING);
            }
            let gone = cluster.store.topics_delete(&topics).await;
            for topic in gone.iter().flatten() {
                cluster.topic_leave(topic.id).await;
            }
            cluster.topics_deleted.notify_one();
            gone
        });
        change.await.unwrap_or_else(|ended| refused(count, &ended.to_string()))
    }

    /// Gives up the logs of a topic that is gone.
    async fn topic_leave(&self, id: Uuid) {
        let Some(open) = self.topics.remove(id) else { return };
        // Syncs under way end first: one that met a folder on its way out would fail, and nothing of any topic
        // could be made durable after that. Together, they share their rounds.
        let mut syncs = JoinSet::new();
        for log in &open.partitions {
            let log = log.clone();
            syncs.spawn(async move { log.flush().await });
        }
        // What cannot be synced is deleted all the same.
        syncs.join_all().await;
        for log in &open.partitions {
            if let Err(error) = log.delete() {
                // The topic is gone from the state, so the next start sets its folder aside.
                tracing::warn!(cluster = self.name, ?log, %error, "a deleted topic's log stays for now");
            }
        }
    }

    /// The topic that readiness is probed with; made when it is not there. Clients see it only by asking for it.
    pub async fn probe_topic(&self) -> Result<String, ClusterError> {
        if self.topics.named(PROBE_TOPIC).is_none() {
            let spec = TopicSpec {
                name: PROBE_TOPIC.to_owned(),
                id: self.random().uuid(),
                partitions: 1,
                config: BTreeMap::from([("retention.ms".to_owned(), PROBE_RETENTION_MS.to_owned())]),
                created_ms: self.clock().now_ms(),
                internal: true,
            };
            match self.topic_create(spec).await {
                Ok(()) | Err(ClusterError::Exists(_)) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(PROBE_TOPIC.to_owned())
    }

    /// Opens the logs of every topic that the store knows, and waits until what they found is durable: from
    /// the first request on, everything acknowledged can be read.
    pub(super) async fn topics_open(&self) -> Result<(), ClusterError> {
        let known = self.store.topics();
        self.logs.set_orphans_aside(|id| known.of_id(id).is_some()).map_err(log_error)?;
        for topic in known.iter() {
            self.topic_open(topic)?;
        }
        for log in self.topics.all().iter().flat_map(|topic| &topic.partitions) {
            if let Err(failed) = log.settled().await {
                // It serves what is durable; what it found beyond that stays unseen.
                tracing::error!(cluster = self.name, ?log, %failed, "a log cannot be made durable");
            }
        }
        Ok(())
    }

    /// Leaves every log so that opening it again finds nothing to recover.
    pub(super) async fn topics_close(&self) {
        // A change under way ends first; those behind it find that the cluster is stopping.
        let _turn = self.topic_turn.lock().await;
        // Together, they share their syncs.
        let mut closing = JoinSet::new();
        for log in self.topics.all().iter().flat_map(|topic| &topic.partitions) {
            let log = log.clone();
            closing.spawn(async move {
                if let Err(error) = log.close().await {
                    tracing::error!(?log, %error, "a log did not close well");
                }
            });
        }
        closing.join_all().await;
        if let Err(error) = self.logs.close().await {
            tracing::error!(cluster = self.name, %error, "the ledger of the logs did not close well");
        }
    }

    /// Puts the cluster's settings in force for every topic that is there. The caller has the turn.
    pub(super) fn topics_configure(&self) {
        let settings = self.settings();
        for topic in self.topics.all() {
            let rules = TopicRules::new(&topic.facts.config, &settings.topic_defaults);
            for log in &topic.partitions {
                log.configure(rules.log.clone());
            }
            let OpenTopic { facts, partitions, .. } = &*topic;
            let changed = OpenTopic { facts: facts.clone(), rules, partitions: partitions.clone() };
            self.topics.put(Arc::new(changed));
        }
    }

    /// Opens the logs of a topic that are not open yet, and has the others go by its rules as they are now.
    pub(super) fn topic_open(&self, topic: &Arc<meta::Topic>) -> Result<(), TopicError> {
        let mut partitions = match self.topics.of_id(topic.id) {
            Some(open) if open.facts == *topic => return Ok(()),
            Some(open) => open.partitions.clone(),
            None => Vec::new(),
        };
        let rules = TopicRules::new(&topic.config, &self.settings().topic_defaults);
        let open = |partition| {
            let spec = LogSpec {
                topic: topic.name.clone(),
                topic_id: topic.id,
                partition,
                config: rules.log.clone(),
                leader_epoch: self.store.leader_epoch(),
            };
            PartitionLog::open(&self.logs, spec)
        };
        partitions.iter().for_each(|log| log.configure(rules.log.clone()));
        let known = i32::try_from(partitions.len()).unwrap_or(i32::MAX);
        for partition in known..topic.partitions {
            let log = open(partition);
            let refused = |error: LogError| TopicError::Store(StoreError::Refused(error.to_string()));
            partitions.push(log.map_err(refused)?);
        }
        self.topics.put(Arc::new(OpenTopic { facts: topic.clone(), rules, partitions }));
        Ok(())
    }
}

/// The answer to a change of one topic.
fn one<T>(mut answers: Vec<Result<T, TopicError>>) -> Result<T, TopicError> {
    answers.pop().unwrap_or(Err(TopicError::Unknown))
}

/// The same refusal for every topic of a change.
fn refused<T>(count: usize, why: &str) -> Vec<Result<T, TopicError>> {
    let refusal = || Err(TopicError::Store(StoreError::Refused(why.to_owned())));
    std::iter::repeat_with(refusal).take(count).collect()
}

fn log_error(error: LogError) -> ClusterError {
    ClusterError::Failed(error.to_string())
}
