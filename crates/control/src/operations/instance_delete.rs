//! Removes an instance for good: first its data, then every row that speaks of it.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use super::{Kind, Step, Trouble, Work};
use crate::Fault;
use crate::store::{Tx, groups, instances, topics};

#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct InstanceDelete {}

impl InstanceDelete {
    pub(crate) const FIRST: &'static str = "erase_cluster";
}

impl Kind for InstanceDelete {
    const NAME: &'static str = "instance_delete";
    const ACTION: &'static str = "instance_delete";
    const STEPS: &'static [&'static dyn Step<Self>] = &[&EraseCluster];
}

struct EraseCluster;

#[async_trait]
impl Step<InstanceDelete> for EraseCluster {
    fn name(&self) -> &'static str {
        InstanceDelete::FIRST
    }

    async fn effect(&self, work: &Work, _state: &mut InstanceDelete) -> Result<(), Trouble> {
        Ok(work.shared.clusters.erase(&work.key.id).await?)
    }

    async fn record(&self, work: &Work, _state: &mut InstanceDelete, tx: &mut Tx) -> Result<(), Fault> {
        topics::delete_all(tx, &work.key).await?;
        groups::delete_all(tx, &work.key).await?;
        instances::delete(tx, &work.key).await?;
        let (shared, id) = (work.shared.clone(), work.key.id.clone());
        tx.after_commit(move || shared.clusters.forget(&id));
        Ok(())
    }
}
