//! Deploys an instance: a block of ports, an open cluster, a message through it, running.
//!
//! The intent has chosen the block already. When a port of it turns out to belong to somebody else, the
//! next free block is taken, and the choice is recorded before it is opened: after a crash the instance is on
//! the same ports.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use super::{Kind, Step, Successor, Trouble, Work};
use crate::Fault;
use crate::audit::Outcome;
use crate::engine::{ClusterSpec, EngineError};
use crate::fault::{EngineTrouble, Internal};
use crate::instance::{InstanceState, Settings};
use crate::store::{Tx, disk_keys, instances, placements};

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct InstanceStart {
    /// The block of ports chosen last.
    pub(crate) slot: u16,
    /// Blocks in which a port belongs to somebody outside.
    pub(crate) foreign: Vec<u16>,
    pub(crate) version: String,
    pub(crate) settings: Settings,
}

impl InstanceStart {
    /// The step after those that the intent has taken.
    pub(crate) const FIRST: &'static str = "open_cluster";

    fn spec(&self, work: &Work) -> ClusterSpec {
        ClusterSpec {
            id: work.key.id.clone(),
            slot: self.slot,
            settings: self.settings.clone(),
            version: self.version.clone(),
        }
    }

    /// Goes back for other ports when these are somebody else's.
    fn trouble(&mut self, error: EngineError) -> Trouble {
        match error {
            EngineError::PortInUse(port) => {
                tracing::info!(port, slot = self.slot, "a port is in use; taking the next block");
                self.foreign.push(self.slot);
                Trouble::Back(ChooseSlot.name())
            }
            error => error.into(),
        }
    }
}

impl Kind for InstanceStart {
    const NAME: &'static str = "instance_start";
    const ACTION: &'static str = "instance_start";
    const STEPS: &'static [&'static dyn Step<Self>] = &[&ChooseSlot, &OpenCluster, &ProbeCluster];

    fn undo(&self, reason: &str) -> Option<Successor> {
        Some(Successor::new(&InstanceStartUndo { reason: reason.to_owned() }))
    }
}

struct ChooseSlot;

#[async_trait]
impl Step<InstanceStart> for ChooseSlot {
    fn name(&self) -> &'static str {
        "choose_slot"
    }

    async fn record(&self, work: &Work, state: &mut InstanceStart, tx: &mut Tx) -> Result<(), Fault> {
        state.slot = lowest_free_slot(tx, work.shared.options.slots, &state.foreign).await?;
        instances::update_slot(tx, &work.key, state.slot).await
    }
}

struct OpenCluster;

#[async_trait]
impl Step<InstanceStart> for OpenCluster {
    fn name(&self) -> &'static str {
        InstanceStart::FIRST
    }

    async fn effect(&self, work: &Work, state: &mut InstanceStart) -> Result<(), Trouble> {
        let spec = state.spec(work);
        work.shared.clusters.open(&spec).await.map_err(|error| state.trouble(error))
    }
}

struct ProbeCluster;

#[async_trait]
impl Step<InstanceStart> for ProbeCluster {
    fn name(&self) -> &'static str {
        "probe_cluster"
    }

    async fn effect(&self, work: &Work, state: &mut InstanceStart) -> Result<(), Trouble> {
        let spec = state.spec(work);
        work.shared.clusters.prove(&spec).await.map_err(|error| state.trouble(error))
    }

    async fn record(&self, work: &Work, _state: &mut InstanceStart, tx: &mut Tx) -> Result<(), Fault> {
        instances::update_serving(tx, &work.key, InstanceState::Running, work.shared.clock.now_ms()).await
    }
}

/// Takes a deployment back: whatever the cluster has is removed, and the instance can be started again.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct InstanceStartUndo {
    reason: String,
}

impl Kind for InstanceStartUndo {
    const NAME: &'static str = "instance_start_undo";
    const ACTION: &'static str = "instance_start";
    const OUTCOME: Outcome = Outcome::Undone;
    const STEPS: &'static [&'static dyn Step<Self>] = &[&EraseCluster];
}

struct EraseCluster;

#[async_trait]
impl Step<InstanceStartUndo> for EraseCluster {
    fn name(&self) -> &'static str {
        "erase_cluster"
    }

    async fn effect(&self, work: &Work, _state: &mut InstanceStartUndo) -> Result<(), Trouble> {
        Ok(work.shared.clusters.erase(&work.key.id).await?)
    }

    async fn record(&self, work: &Work, state: &mut InstanceStartUndo, tx: &mut Tx) -> Result<(), Fault> {
        tracing::error!(instance = %work.key.id, reason = state.reason, "the deployment failed");
        let now_ms = work.shared.clock.now_ms();
        let failure = Some(state.reason.as_str());
        placements::delete(tx, &work.key).await?;
        disk_keys::delete_all(tx, &work.key).await?;
        instances::update_withdrawn(tx, &work.key, InstanceState::Ordered, failure, now_ms).await
    }
}

/// The lowest block of ports that no instance has and nobody outside is known to hold.
pub(crate) async fn lowest_free_slot(tx: &mut Tx, slots: u16, foreign: &[u16]) -> Result<u16, Fault> {
    let taken = instances::slots_everywhere(tx).await?;
    (0..slots).find(|slot| taken.binary_search(slot).is_err() && !foreign.contains(slot)).ok_or_else(|| {
        Fault::Engine(EngineTrouble::Unavailable(Internal::new(format!(
            "none of the {slots} blocks of ports is free"
        ))))
    })
}
