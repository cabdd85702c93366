//! Topics: their ends are numbers that tests set.

use std::collections::BTreeMap;
use std::sync::Arc;

use async_trait::async_trait;
use uuid::Uuid;

use super::{FakeEngine, Topic};
use crate::engine::{EngineError, EnginePartition, EnginePlace, EngineTopic, Topics};
use crate::ids::{InstanceId, TopicName};
use crate::message::{Message, MessageLimits};

#[async_trait]
impl Topics for FakeEngine {
    async fn topic_create(&self, cluster: &InstanceId, topic: &EngineTopic) -> Result<(), EngineError> {
        self.call("topic_create", |state| {
            let cluster = state.open(cluster)?;
            match cluster.topics.get(&topic.name) {
                Some(there) if there.topic.id == topic.id => {}
                Some(_) => return Err(EngineError::Exists(format!("topic {}", topic.name))),
                None => {
                    cluster.topics.insert(topic.name.clone(), Topic::new(topic.clone()));
                }
            }
            Ok(())
        })
        .await
    }

    async fn topic_delete(
        &self,
        cluster: &InstanceId,
        name: &TopicName,
        id: Uuid,
    ) -> Result<(), EngineError> {
        self.call("topic_delete", |state| {
            let cluster = state.open(cluster)?;
            if cluster.topics.get(name).is_some_and(|topic| topic.topic.id == id) {
                cluster.topics.remove(name);
                for group in cluster.groups.values_mut() {
                    group.commits.retain(|(topic, _), _| topic != name);
                }
            }
            Ok(())
        })
        .await
    }

    async fn topic_grow(
        &self,
        cluster: &InstanceId,
        name: &TopicName,
        id: Uuid,
        partitions: u32,
    ) -> Result<(), EngineError> {
        self.call("topic_grow", |state| {
            let topic = state.topic_of_id(cluster, name, id)?;
            topic.topic.partitions = topic.topic.partitions.max(partitions);
            topic.ends.resize(topic.topic.partitions as usize, (0, 0));
            Ok(())
        })
        .await
    }

    async fn topic_configure(
        &self,
        cluster: &InstanceId,
        name: &TopicName,
        id: Uuid,
        config: &BTreeMap<String, String>,
    ) -> Result<(), EngineError> {
        self.call("topic_configure", |state| {
            state.topic_of_id(cluster, name, id)?.topic.config.clone_from(config);
            Ok(())
        })
        .await
    }

    async fn topic_list(&self, cluster: &InstanceId) -> Result<Arc<[EngineTopic]>, EngineError> {
        self.call("topic_list", |state| {
            Ok(state.open(cluster)?.topics.values().map(|topic| topic.topic.clone()).collect())
        })
        .await
    }

    async fn topic_find(&self, cluster: &InstanceId, name: &TopicName) -> Result<EngineTopic, EngineError> {
        self.call("topic_find", |state| Ok(state.topic(cluster, name)?.topic.clone())).await
    }

    async fn topic_ends(
        &self,
        cluster: &InstanceId,
        name: &TopicName,
    ) -> Result<Vec<EnginePartition>, EngineError> {
        self.call("topic_ends", |state| {
            let ends = &state.topic(cluster, name)?.ends;
            Ok((0..)
                .zip(ends)
                .map(|(partition, &(end, newest_ms))| EnginePartition { partition, start: 0, end, newest_ms })
                .collect())
        })
        .await
    }

    async fn topic_at_time(
        &self,
        cluster: &InstanceId,
        name: &TopicName,
        partition: Option<u32>,
        time_ms: i64,
    ) -> Result<Vec<EnginePlace>, EngineError> {
        self.call("topic_at_time", |state| {
            let topic = state.topic(cluster, name)?;
            let place = |partition: u32| {
                let mut messages = topic.messages.range((partition, 0)..(partition + 1, 0));
                let (_, found) = messages.find(|(_, message)| message.timestamp_ms >= time_ms)?;
                Some(EnginePlace { partition, offset: found.offset, timestamp_ms: found.timestamp_ms })
            };
            let there = 0..topic.topic.partitions;
            match partition {
                Some(partition) if !there.contains(&partition) => {
                    Err(EngineError::Absent(format!("partition {partition}")))
                }
                Some(partition) => Ok(place(partition).into_iter().collect()),
                None => Ok(there.filter_map(place).collect()),
            }
        })
        .await
    }

    async fn topic_messages(
        &self,
        cluster: &InstanceId,
        name: &TopicName,
        partition: u32,
        offset: i64,
        limits: MessageLimits,
    ) -> Result<Vec<Message>, EngineError> {
        self.call("topic_messages", |state| {
            let topic = state.topic(cluster, name)?;
            let mut bytes = 0;
            let mut found = Vec::new();
            for message in topic.messages.range((partition, offset)..(partition + 1, 0)).map(|(_, m)| m) {
                bytes += message.bytes();
                if found.len() == limits.messages || (bytes > limits.bytes && !found.is_empty()) {
                    break;
                }
                let mut message = message.clone();
                for excerpt in [&mut message.key, &mut message.value].into_iter().flatten() {
                    excerpt.bytes.truncate(limits.excerpt_bytes);
                }
                found.push(message);
            }
            Ok(found)
        })
        .await
    }
}
