//! Changes the settings of a topic: first in the engine, then in its row. The intent says all settings that the topic
//! is to have, so a repeated step changes nothing.

use std::collections::BTreeMap;

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
pub(crate) struct TopicConfigure {
    pub(crate) name: TopicName,
    pub(crate) id: Uuid,
    /// What the engine had.
    pub(crate) before: BTreeMap<String, String>,
    pub(crate) config: BTreeMap<String, String>,
    /// As the owner wrote them.
    pub(crate) config_text: String,
}

impl TopicConfigure {
    pub(crate) const FIRST: &'static str = "configure_topic";
}

impl Kind for TopicConfigure {
    const NAME: &'static str = "topic_configure";
    const ACTION: &'static str = "topic_configure";
    const STEPS: &'static [&'static dyn Step<Self>] = &[&ConfigureTopic];

    fn undo(&self, _reason: &str) -> Option<Successor> {
        Some(Successor::new(&TopicConfigureUndo {
            name: self.name.clone(),
            id: self.id,
            before: self.before.clone(),
        }))
    }
}

struct ConfigureTopic;

#[async_trait]
impl Step<TopicConfigure> for ConfigureTopic {
    fn name(&self) -> &'static str {
        TopicConfigure::FIRST
    }

    async fn effect(&self, work: &Work, state: &mut TopicConfigure) -> Result<(), Trouble> {
        let TopicConfigure { name, id, config, .. } = state;
        match configure(work, name, *id, config).await? {
            Found::There => Ok(()),
            Found::Gone => Err(Trouble::Refused(Absent::Topic(name.to_string()).into())),
        }
    }

    async fn record(&self, work: &Work, state: &mut TopicConfigure, tx: &mut Tx) -> Result<(), Fault> {
        topics::update_config(tx, &work.key, state.id, &state.config_text).await
    }
}

/// Gives a topic back the settings that it had, since it could not be given others.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct TopicConfigureUndo {
    name: TopicName,
    id: Uuid,
    before: BTreeMap<String, String>,
}

impl Kind for TopicConfigureUndo {
    const NAME: &'static str = "topic_configure_undo";
    const ACTION: &'static str = "topic_configure";
    const OUTCOME: Outcome = Outcome::Undone;
    const STEPS: &'static [&'static dyn Step<Self>] = &[&RestoreTopic];
}

struct RestoreTopic;

#[async_trait]
impl Step<TopicConfigureUndo> for RestoreTopic {
    fn name(&self) -> &'static str {
        "restore_topic"
    }

    async fn effect(&self, work: &Work, state: &mut TopicConfigureUndo) -> Result<(), Trouble> {
        // Settings of a topic that is gone are gone with it.
        configure(work, &state.name, state.id, &state.before).await.map(|_| ())
    }
}

enum Found {
    There,
    Gone,
}

async fn configure(
    work: &Work,
    name: &TopicName,
    id: Uuid,
    config: &BTreeMap<String, String>,
) -> Result<Found, Trouble> {
    match work.shared.engine.topic_configure(&work.key.id, name, id, config).await {
        Ok(()) => Ok(Found::There),
        Err(EngineError::Absent(_)) => {
            // Without its cluster nothing is known of the topic.
            work.shared.clusters.ensure_serving(&work.key.id).map_err(Trouble::Again)?;
            Ok(Found::Gone)
        }
        Err(error) => Err(error.into()),
    }
}
