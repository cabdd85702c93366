//! The topics of clusters as the control plane calls them, remembered while they do not change.

use std::collections::HashMap;
use std::sync::Arc;

use control::engine::EngineTopic;
use control::ids::InstanceId;
use kafka_broker::meta::Topics;
use parking_lot::Mutex;

/// One list for each cluster that was asked for its topics.
#[derive(Default)]
pub(crate) struct TopicLists(Mutex<HashMap<InstanceId, Listed>>);

struct Listed {
    /// What the list was made of. While it is held here, no other topics can have its address.
    of: Arc<Topics>,
    list: Arc<[EngineTopic]>,
}

impl TopicLists {
    /// The cluster's topics but the internal ones, by name.
    pub(crate) fn list(&self, cluster: &InstanceId, topics: Arc<Topics>) -> Arc<[EngineTopic]> {
        let mut lists = self.0.lock();
        if let Some(listed) = lists.get(cluster)
            && Arc::ptr_eq(&listed.of, &topics)
        {
            return listed.list.clone();
        }
        let shown = topics.iter().filter(|topic| !topic.internal);
        let list: Arc<[_]> = shown.map(|topic| super::engine_topic(topic)).collect();
        lists.insert(cluster.clone(), Listed { of: topics, list: list.clone() });
        list
    }

    /// Forgets a cluster that is closed.
    pub(crate) fn forget(&self, cluster: &InstanceId) {
        self.0.lock().remove(cluster);
    }
}
