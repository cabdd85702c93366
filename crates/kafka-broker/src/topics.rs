//! The topics that are open: what the cluster knows of each, with the logs of its partitions.

use std::collections::BTreeMap;
use std::sync::Arc;

use hashbrown::HashMap;
use parking_lot::RwLock;
use uuid::Uuid;

use crate::log::PartitionLog;
use crate::meta;
use crate::topic_settings::TopicRules;

/// A topic with its logs. A change of the topic makes a new one that shares the logs.
#[derive(Debug)]
pub(crate) struct OpenTopic {
    pub(crate) facts: Arc<meta::Topic>,
    pub(crate) rules: TopicRules,
    /// By partition number.
    pub(crate) partitions: Vec<Arc<PartitionLog>>,
}

impl OpenTopic {
    /// A partition's log, if it has one of this number.
    pub(crate) fn partition(&self, number: i32) -> Option<&Arc<PartitionLog>> {
        self.partitions.get(usize::try_from(number).ok()?)
    }
}

/// All open topics of a cluster.
#[derive(Debug, Default)]
pub(crate) struct OpenTopics {
    index: RwLock<Index>,
}

#[derive(Debug, Default)]
struct Index {
    by_name: BTreeMap<Arc<str>, Arc<OpenTopic>>,
    by_id: HashMap<Uuid, Arc<OpenTopic>>,
}

impl OpenTopics {
    /// The topic of this name.
    pub(crate) fn named(&self, name: &str) -> Option<Arc<OpenTopic>> {
        self.index.read().by_name.get(name).cloned()
    }

    /// The topic of this id.
    pub(crate) fn of_id(&self, id: Uuid) -> Option<Arc<OpenTopic>> {
        self.index.read().by_id.get(&id).cloned()
    }

    /// All of them, by name.
    pub(crate) fn all(&self) -> Vec<Arc<OpenTopic>> {
        self.index.read().by_name.values().cloned().collect()
    }

    /// Adds a topic, or puts a changed one in its place.
    pub(crate) fn put(&self, topic: Arc<OpenTopic>) {
        let mut index = self.index.write();
        index.by_name.insert(topic.facts.name.clone(), topic.clone());
        index.by_id.insert(topic.facts.id, topic);
    }

    /// Takes a topic out.
    pub(crate) fn remove(&self, id: Uuid) -> Option<Arc<OpenTopic>> {
        let mut index = self.index.write();
        let topic = index.by_id.remove(&id)?;
        // A topic made again under the name may have taken the place already.
        if index.by_name.get(&topic.facts.name).is_some_and(|named| named.facts.id == id) {
            index.by_name.remove(&topic.facts.name);
        }
        Some(topic)
    }
}
