//! Changes what only the dialect understands of an instance, whatever state it is in.

use std::sync::Arc;

use serde_json::json;

use super::audit_done;
use super::resource_group_find::resolve_own;
use crate::account::Caller;
use crate::fault::Conflict;
use crate::instance::InstanceAnnotate;
use crate::operations::unhindered;
use crate::shared::Shared;
use crate::store::instances;
use crate::store::operations::{Subject, ensure_free};
use crate::{Committed, Fault};

pub(crate) async fn run(
    shared: &Arc<Shared>,
    caller: &Caller,
    annotate: InstanceAnnotate,
) -> Result<Committed<()>, Fault> {
    unhindered(shared, || record(shared.clone(), caller.clone(), annotate.clone())).await
}

async fn record(
    shared: Arc<Shared>,
    caller: Caller,
    annotate: InstanceAnnotate,
) -> Result<Committed<()>, Fault> {
    let store = shared.store.clone();
    store
        .write(move |tx| {
            Box::pin(async move {
                let InstanceAnnotate { seen, resource_group, details } = annotate;
                let row = instances::find(tx, &caller.account, Some(&seen.region), &seen.id).await?;
                // One that is under way may have details to record that this one would be lost in.
                ensure_free(tx, &row.key, &Subject::Instance).await?;
                if row.details != seen.details {
                    return Err(Conflict::OperationRunning.into());
                }
                if let Some(named) = &resource_group {
                    let group = resolve_own(tx, &caller.account, named).await?;
                    instances::set_resource_group(tx, &row.key, group.as_ref()).await?;
                }
                instances::update_settings(tx, &row.key, &row.settings, &details).await?;
                let subject = row.key.id.to_string();
                audit_done(&shared, tx, &caller, "instance_annotate", subject, json!({ "details": details }))
                    .await
            })
        })
        .await
}
