//! Clusters that the engine has and no instance speaks of. They are reported and never touched: data that Weir
//! cannot account for is somebody's mistake to look at, not Weir's to remove.

use std::collections::HashSet;
use std::sync::Arc;

use crate::Fault;
use crate::ids::InstanceId;
use crate::shared::Shared;
use crate::store::instances;

pub(super) struct Reconciler<'a> {
    pub(super) shared: &'a Arc<Shared>,
}

impl Reconciler<'_> {
    pub(super) async fn run(&self) -> Result<(), Fault> {
        let before = self.shared.engine.cluster_list().await?;
        let known: HashSet<InstanceId> = {
            let mut reader = self.shared.store.read().await?;
            let rows = instances::list_everywhere(&mut reader).await?;
            rows.into_iter().map(|row| row.key.id).collect()
        };
        // One that was being removed meanwhile is no longer there when the engine is asked again.
        let after: HashSet<InstanceId> = self.shared.engine.cluster_list().await?.into_iter().collect();
        let mut stray: Vec<InstanceId> =
            before.into_iter().filter(|id| !known.contains(id) && after.contains(id)).collect();
        stray.sort();
        let mut last = self.shared.stray.lock();
        if *last != stray {
            tracing::warn!(?stray, "clusters without an instance");
            *last = stray;
        }
        Ok(())
    }
}
