//! Removes a group that no consumer is in: its commits in the engine, its registration, its tags.

use std::sync::Arc;

use serde_json::Value;

use super::{ensure_running, find_serving};
use crate::account::Caller;
use crate::fault::Absent;
use crate::ids::{GroupName, InstanceId, Region};
use crate::operations::{self, Intent, Ticket, begin, unhindered};
use crate::shared::Shared;
use crate::store::operations::{Subject, ensure_free};
use crate::store::{groups, instances};
use crate::{Committed, Fault};

pub(crate) async fn run(
    shared: &Arc<Shared>,
    caller: &Caller,
    region: &Region,
    instance: &InstanceId,
    group: &GroupName,
) -> Result<Committed<()>, Fault> {
    let attempt = || intend(shared.clone(), caller.clone(), region.clone(), instance.clone(), group.clone());
    unhindered(shared, attempt).await?.into_inner().result(shared).await
}

async fn intend(
    shared: Arc<Shared>,
    caller: Caller,
    region: Region,
    instance: InstanceId,
    name: GroupName,
) -> Result<Committed<Ticket>, Fault> {
    find_serving(&shared, &caller, Some(&region), &instance).await?;
    let in_engine = shared.engine.group_list(&instance).await?.contains(&name);
    let store = shared.store.clone();
    store
        .write(move |tx| {
            Box::pin(async move {
                let row = instances::find(tx, &caller.account, Some(&region), &instance).await?;
                ensure_running(&row)?;
                let subject = Subject::Group(name.clone());
                ensure_free(tx, &row.key, &subject).await?;
                if !in_engine && groups::find(tx, &row.key, &name).await?.is_none() {
                    return Err(Absent::Group(name.to_string()).into());
                }
                let intent = Intent {
                    key: row.key,
                    subject,
                    caller,
                    details: Value::Null,
                    state: operations::GroupDelete { name },
                    step: operations::GroupDelete::FIRST,
                };
                begin(&shared, tx, intent).await
            })
        })
        .await
}
