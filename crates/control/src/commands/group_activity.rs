//! What a group is doing: only the engine knows.

use super::find_serving;
use super::group_progress::ensure_known;
use crate::Fault;
use crate::account::Caller;
use crate::group::GroupActivity;
use crate::ids::{GroupName, InstanceId, Region};
use crate::shared::Shared;

pub(crate) async fn run(
    shared: &Shared,
    caller: &Caller,
    region: &Region,
    instance: &InstanceId,
    group: &GroupName,
) -> Result<GroupActivity, Fault> {
    let key = find_serving(shared, caller, Some(region), instance).await?.key;
    ensure_known(shared, &key, group).await?;
    Ok(shared.engine.group_activity(&key.id, group).await?)
}
