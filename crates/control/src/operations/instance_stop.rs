//! Switches an instance off: its endpoints stop, its data and ports stay.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use super::{Kind, Step, Trouble, Work};
use crate::Fault;
use crate::store::{Tx, instances};

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct InstanceStop {}

impl InstanceStop {
    pub(crate) const FIRST: &'static str = "close_cluster";
}

impl Kind for InstanceStop {
    const NAME: &'static str = "instance_stop";
    const ACTION: &'static str = "instance_stop";
    const STEPS: &'static [&'static dyn Step<Self>] = &[&CloseCluster];
}

struct CloseCluster;

#[async_trait]
impl Step<InstanceStop> for CloseCluster {
    fn name(&self) -> &'static str {
        InstanceStop::FIRST
    }

    async fn effect(&self, work: &Work, _state: &mut InstanceStop) -> Result<(), Trouble> {
        Ok(work.shared.clusters.close(&work.key.id).await?)
    }

    async fn record(&self, work: &Work, _state: &mut InstanceStop, tx: &mut Tx) -> Result<(), Fault> {
        instances::update_stopped(tx, &work.key, None, work.shared.clock.now_ms()).await
    }
}
