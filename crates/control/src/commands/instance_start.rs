//! Deploys an ordered instance. Answers when the intent is committed; the operation goes on from there.

use std::sync::Arc;

use serde_json::json;

use crate::account::Caller;
use crate::fault::Conflict;
use crate::instance::{InstanceStart, InstanceState};
use crate::operations::{self, Intent, begin, lowest_free_slot, unhindered};
use crate::shared::Shared;
use crate::store::instances::{self, InstanceRow};
use crate::store::operations::{Subject, ensure_free};
use crate::{Committed, Fault};

pub(crate) async fn run(
    shared: &Arc<Shared>,
    caller: &Caller,
    start: InstanceStart,
) -> Result<Committed<()>, Fault> {
    unhindered(shared, || intend(shared.clone(), caller.clone(), start.clone())).await
}

async fn intend(shared: Arc<Shared>, caller: Caller, start: InstanceStart) -> Result<Committed<()>, Fault> {
    let store = shared.store.clone();
    store
        .write(move |tx| {
            Box::pin(async move {
                let row = instances::find(tx, &caller.account, Some(&start.region), &start.id).await?;
                if row.state != InstanceState::Ordered {
                    return Err(Conflict::InstanceState(row.state).into());
                }
                ensure_free(tx, &row.key, &Subject::Instance).await?;
                let name = start.name.unwrap_or_else(|| row.name.clone());
                if instances::name_taken(tx, &row.key, &name).await? {
                    return Err(Conflict::InstanceNameTaken(name).into());
                }
                let slot = lowest_free_slot(tx, shared.options.slots, &[]).await?;
                let row = InstanceRow {
                    state: InstanceState::Deploying,
                    state_since_ms: shared.clock.now_ms(),
                    name,
                    version: start.version,
                    slot: Some(slot),
                    settings: start.settings,
                    details: start.details,
                    ..row
                };
                instances::update_deployment(tx, &row).await?;
                let intent = Intent {
                    details: json!({ "name": row.name, "version": row.version, "slot": slot }),
                    key: row.key,
                    subject: Subject::Instance,
                    caller,
                    state: operations::InstanceStart {
                        slot,
                        foreign: Vec::new(),
                        version: row.version,
                        settings: row.settings,
                    },
                    step: operations::InstanceStart::FIRST,
                };
                begin(&shared, tx, intent).await
            })
        })
        .await
        .map(|ticket| ticket.map(drop))
}
