//! The ids of all the account's instances, wherever they are.

use crate::Fault;
use crate::account::Caller;
use crate::ids::{InstanceId, Region};
use crate::shared::Shared;
use crate::store::instances;

pub(crate) async fn run(shared: &Shared, caller: &Caller) -> Result<Vec<(Region, InstanceId)>, Fault> {
    let mut reader = shared.store.read().await?;
    instances::list_ids(&mut reader, &caller.account).await
}
