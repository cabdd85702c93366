//! Gives an instance back: its endpoints stop; its data goes at once or stays until the record is deleted.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use super::{Kind, Step, Trouble, Work};
use crate::Fault;
use crate::instance::InstanceState;
use crate::store::{Tx, disk_keys, groups, instances, topics, users};

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct InstanceRelease {
    /// Whether the data goes now.
    pub(crate) erase: bool,
}

impl InstanceRelease {
    pub(crate) const FIRST: &'static str = "close_cluster";
}

impl Kind for InstanceRelease {
    const NAME: &'static str = "instance_release";
    const ACTION: &'static str = "instance_release";
    const STEPS: &'static [&'static dyn Step<Self>] = &[&CloseCluster, &SettleData];
}

/// Stops the endpoints before anything is removed, so that no client sees its data go.
struct CloseCluster;

#[async_trait]
impl Step<InstanceRelease> for CloseCluster {
    fn name(&self) -> &'static str {
        InstanceRelease::FIRST
    }

    async fn effect(&self, work: &Work, _state: &mut InstanceRelease) -> Result<(), Trouble> {
        Ok(work.shared.clusters.close(&work.key.id).await?)
    }
}

struct SettleData;

#[async_trait]
impl Step<InstanceRelease> for SettleData {
    fn name(&self) -> &'static str {
        "settle_data"
    }

    async fn effect(&self, work: &Work, state: &mut InstanceRelease) -> Result<(), Trouble> {
        if state.erase {
            work.shared.clusters.erase(&work.key.id).await?;
        }
        Ok(())
    }

    async fn record(&self, work: &Work, state: &mut InstanceRelease, tx: &mut Tx) -> Result<(), Fault> {
        if state.erase {
            disk_keys::delete_all(tx, &work.key).await?;
            topics::delete_all(tx, &work.key).await?;
            groups::delete_all(tx, &work.key).await?;
            users::delete_all(tx, &work.key).await?;
        }
        let now_ms = work.shared.clock.now_ms();
        instances::update_withdrawn(tx, &work.key, InstanceState::Released, None, now_ms).await
    }
}
