//! Gives a topic more partitions. The intent says how many it is to have, so a repeated step adds nothing.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::{Kind, Step, Successor, Trouble, Work};
use crate::Fault;
use crate::audit::Outcome;
use crate::engine::EngineError;
use crate::fault::Absent;
use crate::ids::TopicName;
use crate::store::{Tx, topics};

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct TopicGrow {
    pub(crate) name: TopicName,
    pub(crate) id: Uuid,
    /// In all.
    pub(crate) partitions: u32,
}

impl TopicGrow {
    pub(crate) const FIRST: &'static str = "add_partitions";
}

impl Kind for TopicGrow {
    const NAME: &'static str = "topic_grow";
    const ACTION: &'static str = "topic_grow";
    const STEPS: &'static [&'static dyn Step<Self>] = &[&AddPartitions];

    fn undo(&self, _reason: &str) -> Option<Successor> {
        Some(Successor::new(&TopicGrowUndo { name: self.name.clone(), id: self.id, partitions: 0 }))
    }
}

struct AddPartitions;

#[async_trait]
impl Step<TopicGrow> for AddPartitions {
    fn name(&self) -> &'static str {
        TopicGrow::FIRST
    }

    async fn effect(&self, work: &Work, state: &mut TopicGrow) -> Result<(), Trouble> {
        let TopicGrow { name, id, partitions } = state;
        match work.shared.engine.topic_grow(&work.key.id, name, *id, *partitions).await {
            Ok(()) => Ok(()),
            Err(EngineError::Absent(_)) => {
                // Without its cluster nothing is known of the topic.
                work.shared.clusters.ensure_serving(&work.key.id).map_err(Trouble::Again)?;
                Err(Trouble::Refused(Absent::Topic(name.to_string()).into()))
            }
            Err(error @ EngineError::PartitionLimit(_)) => Err(Trouble::Refused(error.into())),
            Err(error) => Err(error.into()),
        }
    }
}

/// No partition can be taken back. What the intent claimed for the topic gives way to what the topic has.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct TopicGrowUndo {
    name: TopicName,
    id: Uuid,
    /// Those that it has; known after the effect.
    partitions: u32,
}

impl Kind for TopicGrowUndo {
    const NAME: &'static str = "topic_grow_undo";
    const ACTION: &'static str = "topic_grow";
    const OUTCOME: Outcome = Outcome::Undone;
    const STEPS: &'static [&'static dyn Step<Self>] = &[&CountPartitions];
}

struct CountPartitions;

#[async_trait]
impl Step<TopicGrowUndo> for CountPartitions {
    fn name(&self) -> &'static str {
        "count_partitions"
    }

    async fn effect(&self, work: &Work, state: &mut TopicGrowUndo) -> Result<(), Trouble> {
        match work.shared.engine.topic_find(&work.key.id, &state.name).await {
            Ok(topic) if topic.id == state.id => state.partitions = topic.partitions,
            // Its row goes with it, sooner or later, and counts for nothing until then.
            Ok(_) => {}
            Err(EngineError::Absent(_)) => {
                work.shared.clusters.ensure_serving(&work.key.id).map_err(Trouble::Again)?;
            }
            Err(error) => return Err(error.into()),
        }
        Ok(())
    }

    async fn record(&self, work: &Work, state: &mut TopicGrowUndo, tx: &mut Tx) -> Result<(), Fault> {
        topics::update_partitions(tx, &work.key, state.id, state.partitions).await
    }
}
