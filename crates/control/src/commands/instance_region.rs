//! Where an instance was bought, for callers who know only its id.

use crate::Fault;
use crate::account::Caller;
use crate::ids::{InstanceId, Region};
use crate::shared::Shared;
use crate::store::instances;

pub(crate) async fn run(shared: &Shared, caller: &Caller, id: &InstanceId) -> Result<Region, Fault> {
    let mut reader = shared.store.read().await?;
    Ok(instances::find(&mut reader, &caller.account, None, id).await?.key.region)
}
