//! Ends an instance whose term has passed: its endpoints stop, its data stays for a while.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use super::{Kind, Step, Trouble, Work};
use crate::Fault;
use crate::instance::InstanceState;
use crate::store::{Tx, instances};

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct InstanceExpire {}

impl InstanceExpire {
    pub(crate) const FIRST: &'static str = "close_cluster";
}

impl Kind for InstanceExpire {
    const NAME: &'static str = "instance_expire";
    const ACTION: &'static str = "instance_expire";
    const STEPS: &'static [&'static dyn Step<Self>] = &[&CloseCluster];
}

struct CloseCluster;

#[async_trait]
impl Step<InstanceExpire> for CloseCluster {
    fn name(&self) -> &'static str {
        InstanceExpire::FIRST
    }

    async fn effect(&self, work: &Work, _state: &mut InstanceExpire) -> Result<(), Trouble> {
        Ok(work.shared.clusters.close(&work.key.id).await?)
    }

    async fn record(&self, work: &Work, _state: &mut InstanceExpire, tx: &mut Tx) -> Result<(), Fault> {
        let now_ms = work.shared.clock.now_ms();
        instances::update_withdrawn(tx, &work.key, InstanceState::Expired, None, now_ms).await
    }
}
