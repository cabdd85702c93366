//! Making, growing, configuring and deleting topics.
//!
//! Changes take turns: each is decided on a state that holds all before it, also those whose caller went
//! away while they were under way. Many topics in one call cost one sync.

use std::collections::BTreeMap;
use std::sync::Arc;

use hashbrown::HashSet;
use hashbrown::hash_map::{Entry, HashMap};
use tokio::sync::MutexGuard;
use uuid::Uuid;

use super::error::StoreError;
use super::records::Record;
use super::store::{Position, Store};
use super::topics::{Topic, TopicError, TopicRef, TopicSpec, Topics};

impl Store {
    /// Makes a topic. Making the same one again (name and id) changes nothing and gives what is there.
    pub async fn topic_create(&self, spec: TopicSpec) -> Result<Arc<Topic>, TopicError> {
        self.topics_create(vec![spec]).await.swap_remove(0)
    }

    /// Makes several topics, each for itself, durably at once. One answer per topic, in order.
    pub async fn topics_create(&self, specs: Vec<TopicSpec>) -> Vec<Result<Arc<Topic>, TopicError>> {
        let mut turn = match Turn::take(self).await {
            Ok(turn) => turn,
            Err(error) => return specs.iter().map(|_| Err(error.clone().into())).collect(),
        };
        let mut batch = NewTopics::default();
        let answers: Vec<_> = specs.into_iter().map(|spec| batch.add(&turn.topics, spec)).collect();
        let records = batch.made.into_iter().map(Record::TopicMade).collect();
        let outcome = turn.commit(records).await;
        answers
            .into_iter()
            .map(|answer| answer.and_then(|topic| Ok(outcome.clone().map(|()| topic)?)))
            .collect()
    }

    /// Deletes a topic with all offsets in it; gives what it was.
    pub async fn topic_delete(&self, topic: TopicRef) -> Result<Arc<Topic>, TopicError> {
        self.topics_delete(&[topic]).await.swap_remove(0)
    }

    /// Deletes several topics, durably at once. One answer per topic, in order.
    pub async fn topics_delete(&self, topics: &[TopicRef]) -> Vec<Result<Arc<Topic>, TopicError>> {
        let mut turn = match Turn::take(self).await {
            Ok(turn) => turn,
            Err(error) => return topics.iter().map(|_| Err(error.clone().into())).collect(),
        };
        let mut gone = HashSet::new();
        let mut delete = |topic| match turn.topics.find(topic) {
            Some(found) if gone.insert(found.id) => Ok(found.clone()),
            _ => Err(TopicError::Unknown),
        };
        let answers: Vec<_> = topics.iter().map(&mut delete).collect();
        let records = answers.iter().flatten().map(|topic| Record::TopicDeleted { id: topic.id }).collect();
        let outcome = turn.commit(records).await;
        answers
            .into_iter()
            .map(|answer| answer.and_then(|topic| Ok(outcome.clone().map(|()| topic)?)))
            .collect()
    }

    /// Gives a topic more partitions; `partitions` is how many it has afterwards.
    pub async fn partitions_grow(&self, topic: &TopicRef, partitions: i32) -> Result<Arc<Topic>, TopicError> {
        let mut turn = Turn::take(self).await?;
        let before = turn.topics.find(topic).ok_or(TopicError::Unknown)?;
        before.check_growth(partitions)?;
        let after = Arc::new(Topic { partitions, ..Topic::clone(before) });
        turn.commit(vec![Record::TopicGrown { id: after.id, partitions }]).await?;
        Ok(after)
    }

    /// Changes a topic's settings: `change` sees them as they are, so that two changes at once both count.
    /// What it refuses is [`TopicError::InvalidConfig`].
    pub async fn config_change(
        &self,
        topic: &TopicRef,
        change: impl FnOnce(&mut BTreeMap<String, String>) -> Result<(), String>,
    ) -> Result<Arc<Topic>, TopicError> {
        let mut turn = Turn::take(self).await?;
        let before = turn.topics.find(topic).ok_or(TopicError::Unknown)?;
        let mut config = before.config.clone();
        change(&mut config).map_err(TopicError::InvalidConfig)?;
        let after = Arc::new(Topic { config, ..Topic::clone(before) });
        turn.commit(vec![Record::TopicConfigured { id: after.id, config: after.config.clone() }]).await?;
        Ok(after)
    }

    /// Replaces all settings of a topic.
    pub async fn config_set(
        &self,
        topic: &TopicRef,
        config: BTreeMap<String, String>,
    ) -> Result<Arc<Topic>, TopicError> {
        self.config_change(topic, |current| {
            *current = config;
            Ok(())
        })
        .await
    }
}

/// The right to change topics, and the state to decide on.
struct Turn<'a> {
    store: &'a Store,
    last: MutexGuard<'a, Position>,
    topics: Arc<Topics>,
}

impl<'a> Turn<'a> {
    async fn take(store: &'a Store) -> Result<Self, StoreError> {
        let last = store.topic_changes.lock().await;
        store.applied(*last).await?;
        Ok(Self { store, last, topics: store.topics() })
    }

    async fn commit(&mut self, records: Vec<Record>) -> Result<(), StoreError> {
        if records.is_empty() {
            return Ok(());
        }
        *self.last = self.store.append(records)?;
        self.store.applied(*self.last).await
    }
}

/// New topics of one call, checked against those that are there and against each other.
#[derive(Default)]
struct NewTopics {
    made: Vec<Arc<Topic>>,
    ids: HashSet<Uuid>,
    /// By name with dots for underscores: names that collide meet here.
    names: HashMap<String, Arc<Topic>>,
}

impl NewTopics {
    fn add(&mut self, topics: &Topics, spec: TopicSpec) -> Result<Arc<Topic>, TopicError> {
        topics.check_new(&spec)?;
        if let Some(there) = topics.named(&spec.name) {
            return Ok(there.clone());
        }
        match self.names.entry(spec.name.replace('_', ".")) {
            Entry::Occupied(other) if *other.get().name == *spec.name && other.get().id == spec.id => {
                Ok(other.get().clone())
            }
            Entry::Occupied(other) if *other.get().name == *spec.name => Err(TopicError::Exists),
            Entry::Occupied(other) => {
                Err(TopicError::InvalidName(format!("it collides with {}", other.get().name)))
            }
            Entry::Vacant(_) if !self.ids.insert(spec.id) => Err(TopicError::Exists),
            Entry::Vacant(place) => {
                let topic = Arc::new(Topic {
                    name: spec.name.into(),
                    id: spec.id,
                    partitions: spec.partitions,
                    created_ms: spec.created_ms,
                    config: spec.config,
                    internal: spec.internal,
                });
                self.made.push(topic.clone());
                Ok(place.insert(topic).clone())
            }
        }
    }
}

#[cfg(test)]
mod tests;
