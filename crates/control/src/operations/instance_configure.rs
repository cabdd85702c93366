//! Changes the settings of an instance: first in its cluster, which goes on serving, then in its record.
//!
//! That is one step. A cluster that is opened anew, after a crash, has the settings of the record, so nothing may
//! stand between the two.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{Kind, Step, Successor, Trouble, Work};
use crate::Fault;
use crate::audit::Outcome;
use crate::engine::ClusterSpec;
use crate::instance::{InstanceState, Settings};
use crate::store::{Tx, instances};

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct InstanceConfigure {
    pub(crate) slot: u16,
    pub(crate) version: String,
    /// The settings of the record.
    pub(crate) before: Settings,
    pub(crate) settings: Settings,
    pub(crate) details: Value,
}

impl InstanceConfigure {
    pub(crate) const FIRST: &'static str = "configure_cluster";
}

impl Kind for InstanceConfigure {
    const NAME: &'static str = "instance_configure";
    const ACTION: &'static str = "instance_configure";
    const STEPS: &'static [&'static dyn Step<Self>] = &[&ConfigureCluster];

    fn undo(&self, reason: &str) -> Option<Successor> {
        Some(Successor::new(&InstanceConfigureUndo {
            slot: self.slot,
            version: self.version.clone(),
            before: self.before.clone(),
            reason: reason.to_owned(),
        }))
    }
}

struct ConfigureCluster;

#[async_trait]
impl Step<InstanceConfigure> for ConfigureCluster {
    fn name(&self) -> &'static str {
        InstanceConfigure::FIRST
    }

    async fn effect(&self, work: &Work, state: &mut InstanceConfigure) -> Result<(), Trouble> {
        configure(work, state.slot, &state.version, &state.settings).await
    }

    async fn record(&self, work: &Work, state: &mut InstanceConfigure, tx: &mut Tx) -> Result<(), Fault> {
        instances::update_settings(tx, &work.key, &state.settings, &state.details).await?;
        instances::update_serving(tx, &work.key, InstanceState::Running, work.shared.clock.now_ms()).await
    }
}

/// Takes settings back that the cluster could not be given: it has those of the record again.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct InstanceConfigureUndo {
    slot: u16,
    version: String,
    before: Settings,
    reason: String,
}

impl Kind for InstanceConfigureUndo {
    const NAME: &'static str = "instance_configure_undo";
    const ACTION: &'static str = "instance_configure";
    const OUTCOME: Outcome = Outcome::Undone;
    const STEPS: &'static [&'static dyn Step<Self>] = &[&RestoreCluster];
}

struct RestoreCluster;

#[async_trait]
impl Step<InstanceConfigureUndo> for RestoreCluster {
    fn name(&self) -> &'static str {
        "restore_cluster"
    }

    async fn effect(&self, work: &Work, state: &mut InstanceConfigureUndo) -> Result<(), Trouble> {
        configure(work, state.slot, &state.version, &state.before).await
    }

    async fn record(&self, work: &Work, state: &mut InstanceConfigureUndo, tx: &mut Tx) -> Result<(), Fault> {
        tracing::error!(instance = %work.key.id, reason = state.reason, "its settings could not be changed");
        instances::update_serving(tx, &work.key, InstanceState::Running, work.shared.clock.now_ms()).await
    }
}

async fn configure(work: &Work, slot: u16, version: &str, settings: &Settings) -> Result<(), Trouble> {
    let spec = ClusterSpec {
        id: work.key.id.clone(),
        slot,
        settings: settings.clone(),
        version: version.to_owned(),
    };
    Ok(work.shared.clusters.configure(&spec).await?)
}
