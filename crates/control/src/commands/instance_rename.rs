//! Gives an instance another name, in whatever state it is.

use std::sync::Arc;

use serde_json::json;

use super::audit_done;
use crate::account::Caller;
use crate::fault::Conflict;
use crate::ids::{InstanceId, InstanceName, Region};
use crate::shared::Shared;
use crate::store::instances;
use crate::{Committed, Fault};

pub(crate) async fn run(
    shared: &Arc<Shared>,
    caller: &Caller,
    region: &Region,
    id: &InstanceId,
    name: InstanceName,
) -> Result<Committed<()>, Fault> {
    let (shared, caller, region, id) = (shared.clone(), caller.clone(), region.clone(), id.clone());
    let store = shared.store.clone();
    store
        .write(move |tx| {
            Box::pin(async move {
                let key = instances::find(tx, &caller.account, Some(&region), &id).await?.key;
                if instances::name_taken(tx, &key, name.as_str()).await? {
                    return Err(Conflict::InstanceNameTaken(name.into_string()).into());
                }
                instances::update_name(tx, &key, name.as_str()).await?;
                let (subject, details) = (key.id.to_string(), json!({ "name": name }));
                audit_done(&shared, tx, &caller, "instance_rename", subject, details).await
            })
        })
        .await
}
