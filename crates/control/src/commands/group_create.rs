//! Registers a group. The engine learns of it when a consumer joins, or knows it from one already.

use std::sync::Arc;

use serde_json::Value;

use super::{audit_done, ensure_running};
use crate::account::Caller;
use crate::fault::{Capacity, Conflict};
use crate::group::GroupCreate;
use crate::operations::unhindered;
use crate::shared::Shared;
use crate::store::groups::{self, GroupRow};
use crate::store::instances;
use crate::store::operations::{Subject, ensure_free};
use crate::store::tags::{self, Tagged};
use crate::{Committed, Fault};

pub(crate) async fn run(
    shared: &Arc<Shared>,
    caller: &Caller,
    create: GroupCreate,
) -> Result<Committed<()>, Fault> {
    unhindered(shared, || register(shared.clone(), caller.clone(), create.clone())).await
}

async fn register(shared: Arc<Shared>, caller: Caller, create: GroupCreate) -> Result<Committed<()>, Fault> {
    let store = shared.store.clone();
    store
        .write(move |tx| {
            Box::pin(async move {
                let instance =
                    instances::find(tx, &caller.account, Some(&create.region), &create.instance).await?;
                ensure_running(&instance)?;
                let key = instance.key;
                let subject = Subject::Group(create.name.clone());
                ensure_free(tx, &key, &subject).await?;
                if groups::find(tx, &key, &create.name).await?.is_some() {
                    return Err(Conflict::GroupExists(create.name.to_string()).into());
                }
                let limit = instance.limits.groups;
                if groups::count(tx, &key).await? >= limit {
                    return Err(Capacity::Groups { limit }.into());
                }
                let row =
                    GroupRow { name: create.name, remark: create.remark, created_ms: shared.clock.now_ms() };
                groups::insert(tx, &key, &row).await?;
                tags::insert(tx, &key, Tagged::Group, row.name.as_str(), &create.tags).await?;
                audit_done(&shared, tx, &caller, "group_create", subject.path(&key), Value::Null).await
            })
        })
        .await
}
