//! One instance.

use super::instance_view::view;
use crate::Fault;
use crate::account::Caller;
use crate::ids::{InstanceId, Region};
use crate::instance::Instance;
use crate::shared::Shared;
use crate::store::{groups, instances, tags};

pub(crate) async fn run(
    shared: &Shared,
    caller: &Caller,
    region: &Region,
    id: &InstanceId,
) -> Result<Instance, Fault> {
    let (row, tags, groups) = {
        let mut reader = shared.store.read().await?;
        let row = instances::find(&mut reader, &caller.account, Some(region), id).await?;
        let tags = tags::of_instance(&mut reader, &row.key).await?;
        let groups = groups::count(&mut reader, &row.key).await?;
        (row, tags, groups)
    };
    Ok(view(shared, row, tags, groups).await)
}
