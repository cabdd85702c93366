//! Removes a topic from the engine, then what the store knows of it.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Kind, Step, Trouble, Work};
use crate::Fault;
use crate::ids::TopicName;
use crate::store::{Tx, topics};

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct TopicDelete {
    pub(crate) name: TopicName,
    /// The topic that was there when it was asked for; one made since under the same name stays.
    pub(crate) id: Uuid,
}

impl TopicDelete {
    pub(crate) const FIRST: &'static str = "erase_topic";
}

impl Kind for TopicDelete {
    const NAME: &'static str = "topic_delete";
    const ACTION: &'static str = "topic_delete";
    const STEPS: &'static [&'static dyn Step<Self>] = &[&EraseTopic];
}

struct EraseTopic;

#[async_trait]
impl Step<TopicDelete> for EraseTopic {
    fn name(&self) -> &'static str {
        TopicDelete::FIRST
    }

    async fn effect(&self, work: &Work, state: &mut TopicDelete) -> Result<(), Trouble> {
        Ok(work.shared.engine.topic_delete(&work.key.id, &state.name, state.id).await?)
    }

    async fn record(&self, work: &Work, state: &mut TopicDelete, tx: &mut Tx) -> Result<(), Fault> {
        topics::delete(tx, &work.key, &state.name).await
    }
}
