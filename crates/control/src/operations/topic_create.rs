//! Makes a topic in the engine, under the id that the intent chose.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use super::{Kind, Step, Successor, Trouble, Work};
use crate::Fault;
use crate::audit::Outcome;
use crate::engine::{EngineError, EngineTopic};
use crate::fault::Conflict;
use crate::store::{Tx, topics};

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct TopicCreate {
    pub(crate) topic: EngineTopic,
}

impl TopicCreate {
    pub(crate) const FIRST: &'static str = "make_topic";
}

impl Kind for TopicCreate {
    const NAME: &'static str = "topic_create";
    const ACTION: &'static str = "topic_create";
    const STEPS: &'static [&'static dyn Step<Self>] = &[&MakeTopic];

    fn undo(&self, _reason: &str) -> Option<Successor> {
        Some(Successor::new(&TopicCreateUndo { topic: self.topic.clone() }))
    }
}

struct MakeTopic;

#[async_trait]
impl Step<TopicCreate> for MakeTopic {
    fn name(&self) -> &'static str {
        TopicCreate::FIRST
    }

    async fn effect(&self, work: &Work, state: &mut TopicCreate) -> Result<(), Trouble> {
        match work.shared.engine.topic_create(&work.key.id, &state.topic).await {
            Ok(()) => Ok(()),
            // A client was quicker: the name belongs to its topic, which has another id.
            Err(EngineError::Exists(_)) => {
                Err(Trouble::Refused(Conflict::TopicExists(state.topic.name.to_string()).into()))
            }
            Err(error @ EngineError::PartitionLimit(_)) => Err(Trouble::Refused(error.into())),
            Err(error) => Err(error.into()),
        }
    }

    async fn record(&self, work: &Work, state: &mut TopicCreate, tx: &mut Tx) -> Result<(), Fault> {
        topics::activate(tx, &work.key, state.topic.id).await
    }
}

/// Takes a topic back that could not be made, or of which that is not known. The id keeps a client's topic of
/// the same name safe, and a late effect of the attempt from staying.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct TopicCreateUndo {
    topic: EngineTopic,
}

impl Kind for TopicCreateUndo {
    const NAME: &'static str = "topic_create_undo";
    const ACTION: &'static str = "topic_create";
    const OUTCOME: Outcome = Outcome::Undone;
    const STEPS: &'static [&'static dyn Step<Self>] = &[&EraseTopic];
}

struct EraseTopic;

#[async_trait]
impl Step<TopicCreateUndo> for EraseTopic {
    fn name(&self) -> &'static str {
        "erase_topic"
    }

    async fn effect(&self, work: &Work, state: &mut TopicCreateUndo) -> Result<(), Trouble> {
        let topic = &state.topic;
        Ok(work.shared.engine.topic_delete(&work.key.id, &topic.name, topic.id).await?)
    }

    async fn record(&self, work: &Work, state: &mut TopicCreateUndo, tx: &mut Tx) -> Result<(), Fault> {
        topics::delete(tx, &work.key, &state.topic.name).await
    }
}
