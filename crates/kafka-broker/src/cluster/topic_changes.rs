//! Changes of topics that are there. Clients see them with their next question, and the logs go on under them.

use std::collections::BTreeMap;
use std::sync::Arc;

use uuid::Uuid;

use super::Cluster;
use super::topics::STOPPING;
use crate::error::ClusterError;
use crate::meta::{self, TopicError, TopicRef};

impl Cluster {
    /// Gives a topic more partitions, so that it has as many as this. One that has as many, or more, is left as
    /// it is.
    pub async fn topic_grow(&self, id: Uuid, partitions: i32) -> Result<(), ClusterError> {
        self.topic_change(move |cluster| async move {
            let known = cluster.store().topics();
            let topic = known.of_id(id).ok_or(TopicError::Unknown)?;
            if topic.partitions >= partitions {
                return Ok(topic.clone());
            }
            if cluster.partitions_check(i64::from(partitions - topic.partitions)).is_err() {
                let limit = cluster.limits().partitions_max;
                return Err(ClusterError::PartitionLimit(u32::try_from(limit).unwrap_or_default()));
            }
            Ok(cluster.store().partitions_grow(&TopicRef::Id(id), partitions).await?)
        })
        .await
    }

    /// Replaces all settings of a topic. They count from the next append and the next look at old data on.
    pub async fn topic_configure(
        &self,
        id: Uuid,
        config: BTreeMap<String, String>,
    ) -> Result<(), ClusterError> {
        self.topic_change(move |cluster| async move {
            Ok(cluster.store().config_set(&TopicRef::Id(id), config).await?)
        })
        .await
    }

    /// Makes a change of one topic and then opens what it leads to. It goes on when whoever asked goes away.
    async fn topic_change<F>(
        &self,
        change: impl FnOnce(Arc<Self>) -> F + Send + 'static,
    ) -> Result<(), ClusterError>
    where
        F: Future<Output = Result<Arc<meta::Topic>, ClusterError>> + Send,
    {
        let stopping = || ClusterError::Failed(STOPPING.to_owned());
        let cluster = self.itself.upgrade().ok_or_else(stopping)?;
        let changing = tokio::spawn(async move {
            let _turn = cluster.topic_turn.lock().await;
            if cluster.is_stopping() {
                return Err(stopping());
            }
            let topic = change(cluster.clone()).await?;
            Ok(cluster.topic_open(&topic)?)
        });
        changing.await.unwrap_or_else(|ended| Err(ClusterError::Failed(ended.to_string())))
    }
}
