//! From where an instance may be used.

use std::sync::Arc;

use super::find_running;
use crate::Fault;
use crate::account::Caller;
use crate::allowed::AllowedLists;
use crate::ids::{InstanceId, Region};
use crate::shared::Shared;
use crate::store::allowed_addresses;

pub(crate) async fn run(
    shared: &Arc<Shared>,
    caller: &Caller,
    region: &Region,
    instance: &InstanceId,
) -> Result<AllowedLists, Fault> {
    let row = find_running(shared, caller, Some(region), instance).await?;
    let mut reader = shared.store.read().await?;
    allowed_addresses::lists(&mut reader, &row.key).await
}
