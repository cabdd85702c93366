//! Switches an instance on that was switched off. When it cannot serve, for want of its ports, say, it is off again
//! and can be tried once more.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use super::{Kind, Step, Successor, Trouble, Work};
use crate::Fault;
use crate::audit::Outcome;
use crate::engine::ClusterSpec;
use crate::instance::{InstanceState, Settings};
use crate::store::{Tx, instances};

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct InstanceReopen {
    pub(crate) slot: u16,
    pub(crate) version: String,
    pub(crate) settings: Settings,
}

impl InstanceReopen {
    pub(crate) const FIRST: &'static str = "open_cluster";
}

impl Kind for InstanceReopen {
    const NAME: &'static str = "instance_reopen";
    const ACTION: &'static str = "instance_reopen";
    const STEPS: &'static [&'static dyn Step<Self>] = &[&OpenCluster];

    fn undo(&self, reason: &str) -> Option<Successor> {
        Some(Successor::new(&InstanceReopenUndo { reason: reason.to_owned() }))
    }
}

/// Opens the cluster and sends a message through it. That is one step: a cluster is closed when the process ends.
struct OpenCluster;

#[async_trait]
impl Step<InstanceReopen> for OpenCluster {
    fn name(&self) -> &'static str {
        InstanceReopen::FIRST
    }

    async fn effect(&self, work: &Work, state: &mut InstanceReopen) -> Result<(), Trouble> {
        let spec = ClusterSpec {
            id: work.key.id.clone(),
            slot: state.slot,
            settings: state.settings.clone(),
            version: state.version.clone(),
        };
        Ok(work.shared.clusters.resume(&spec).await?)
    }

    async fn record(&self, work: &Work, _state: &mut InstanceReopen, tx: &mut Tx) -> Result<(), Fault> {
        instances::update_serving(tx, &work.key, InstanceState::Running, work.shared.clock.now_ms()).await
    }
}

/// Switches it off again.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct InstanceReopenUndo {
    reason: String,
}

impl Kind for InstanceReopenUndo {
    const NAME: &'static str = "instance_reopen_undo";
    const ACTION: &'static str = "instance_reopen";
    const OUTCOME: Outcome = Outcome::Undone;
    const STEPS: &'static [&'static dyn Step<Self>] = &[&CloseCluster];
}

struct CloseCluster;

#[async_trait]
impl Step<InstanceReopenUndo> for CloseCluster {
    fn name(&self) -> &'static str {
        "close_cluster"
    }

    async fn effect(&self, work: &Work, _state: &mut InstanceReopenUndo) -> Result<(), Trouble> {
        Ok(work.shared.clusters.close(&work.key.id).await?)
    }

    async fn record(&self, work: &Work, state: &mut InstanceReopenUndo, tx: &mut Tx) -> Result<(), Fault> {
        let reason = state.reason.as_str();
        tracing::error!(instance = %work.key.id, reason, "it could not be reopened");
        instances::update_stopped(tx, &work.key, Some(reason), work.shared.clock.now_ms()).await
    }
}
