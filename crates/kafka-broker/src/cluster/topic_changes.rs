//! Changes of topics that are there. Clients see them with their next question, and the logs go on under them.

use std::collections::BTreeMap;
use std::sync::Arc;

use uuid::Uuid;

use super::Cluster;
use super::topics::STOPPING;
use crate::error::ClusterError;
use crate::meta::{self, StoreError, TopicError, TopicRef};

impl Cluster {
    /// Gives a topic more partitions, so that it has as many as this. One that has as many, or more, is left as
    /// it is.
    pub async fn topic_grow(&self, id: Uuid, partitions: i32) -> Result<(), ClusterError> {
        let changed = self.topic_change(move |cluster| async move {
            let known = cluster.store().topics();
            let topic = known.of_id(id).ok_or(TopicError::Unknown)?;
            match topic.partitions >= partitions {
                true => Ok(topic.clone()),
                false => cluster.grown(topic, partitions).await,
            }
        });
        Ok(changed.await?)
    }

    /// Gives a topic more partitions, so that it has as many as this; refused when it has as many, or more.
    pub(crate) async fn topic_grow_to(&self, id: Uuid, partitions: i32) -> Result<(), TopicError> {
        self.topic_change(move |cluster| async move {
            let known = cluster.store().topics();
            cluster.grown(known.of_id(id).ok_or(TopicError::Unknown)?, partitions).await
        })
        .await
    }

    async fn grown(&self, topic: &meta::Topic, partitions: i32) -> Result<Arc<meta::Topic>, TopicError> {
        self.growth_check(topic, partitions)?;
        self.store().partitions_grow(&TopicRef::Id(topic.id), partitions).await
    }

    /// Whether a topic could have so many partitions, without giving them to it.
    pub(crate) fn growth_check(&self, topic: &meta::Topic, partitions: i32) -> Result<(), TopicError> {
        topic.check_growth(partitions)?;
        self.partitions_check(i64::from(partitions) - i64::from(topic.partitions))
    }

    /// Replaces all settings of a topic. They count from the next append on, and what is old by them goes soon.
    pub async fn topic_configure(
        &self,
        id: Uuid,
        config: BTreeMap<String, String>,
    ) -> Result<(), ClusterError> {
        let changed = self.topic_change(move |cluster| async move {
            cluster.store().config_set(&TopicRef::Id(id), config).await
        });
        changed.await?;
        self.configured.notify_one();
        self.compaction_due.notify_one();
        Ok(())
    }

    /// Gives a topic the settings that `change` makes of those it has, and of the cluster's for its topics; so two
    /// changes at once both count. They count as with [`Self::topic_configure`].
    pub(crate) async fn topic_reconfigure(
        &self,
        id: Uuid,
        change: impl FnOnce(&Settings, &Settings) -> Result<Settings, String> + Send + 'static,
    ) -> Result<(), TopicError> {
        self.topic_change(move |cluster| async move {
            let settings = cluster.settings();
            let change = |config: &mut Settings| {
                *config = change(config, &settings.topic_defaults)?;
                Ok(())
            };
            cluster.store().config_change(&TopicRef::Id(id), change).await
        })
        .await?;
        self.configured.notify_one();
        self.compaction_due.notify_one();
        Ok(())
    }

    /// Makes a change of one topic and then opens what it leads to. It goes on when whoever asked goes away.
    async fn topic_change<F>(
        &self,
        change: impl FnOnce(Arc<Self>) -> F + Send + 'static,
    ) -> Result<(), TopicError>
    where
        F: Future<Output = Result<Arc<meta::Topic>, TopicError>> + Send,
    {
        let refused = |why: &str| TopicError::Store(StoreError::Refused(why.to_owned()));
        let cluster = self.itself.upgrade().ok_or_else(|| refused(STOPPING))?;
        let changing = tokio::spawn(async move {
            let _turn = cluster.topic_turn.lock().await;
            if cluster.is_stopping() {
                return Err(refused(STOPPING));
            }
            let topic = change(cluster.clone()).await?;
            cluster.topic_open(&topic)
        });
        changing.await.unwrap_or_else(|ended| Err(refused(&ended.to_string())))
    }
}

/// Settings of a topic, by name.
type Settings = BTreeMap<String, String>;
