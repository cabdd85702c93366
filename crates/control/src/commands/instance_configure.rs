//! Changes the settings of an instance while it serves. Answers when they are in force, or when the wait for that has
//! become too long.

use std::sync::Arc;

use serde_json::json;

use crate::account::Caller;
use crate::fault::Conflict;
use crate::instance::{InstanceConfigure, InstanceState};
use crate::operations::{self, Intent, Ticket, begin, ended_or_accepted, unhindered};
use crate::shared::Shared;
use crate::store::instances;
use crate::store::operations::{Subject, ensure_free};
use crate::{Committed, Fault};

pub(crate) async fn run(
    shared: &Arc<Shared>,
    caller: &Caller,
    configure: InstanceConfigure,
) -> Result<Committed<()>, Fault> {
    let intended = unhindered(shared, || intend(shared.clone(), caller.clone(), configure.clone())).await?;
    ended_or_accepted(shared, intended).await
}

async fn intend(
    shared: Arc<Shared>,
    caller: Caller,
    configure: InstanceConfigure,
) -> Result<Committed<Ticket>, Fault> {
    let store = shared.store.clone();
    store
        .write(move |tx| {
            Box::pin(async move {
                let InstanceConfigure { seen, settings, details } = configure;
                let row = instances::find(tx, &caller.account, Some(&seen.region), &seen.id).await?;
                match row.state {
                    InstanceState::Running => {}
                    InstanceState::Changing => return Err(Conflict::OperationRunning.into()),
                    other => return Err(Conflict::InstanceState(other).into()),
                }
                ensure_free(tx, &row.key, &Subject::Instance).await?;
                shared.clusters.ensure_serving(&row.key.id)?;
                // What is asked for was worked out from what was seen; another change may have been quicker.
                if (&row.version, &row.settings, &row.details)
                    != (&seen.version, &seen.settings, &seen.details)
                {
                    return Err(Conflict::OperationRunning.into());
                }
                let slot = row.slot.ok_or_else(|| Fault::bug("a running instance has no ports"))?;
                let now_ms = shared.clock.now_ms();
                instances::update_serving(tx, &row.key, InstanceState::Changing, now_ms).await?;
                let intent = Intent {
                    subject: Subject::Instance,
                    caller,
                    state: operations::InstanceConfigure {
                        slot,
                        version: row.version,
                        before: row.settings,
                        settings: settings.clone(),
                        details,
                    },
                    step: operations::InstanceConfigure::FIRST,
                    details: json!({ "settings": settings }),
                    key: row.key,
                };
                begin(&shared, tx, intent).await
            })
        })
        .await
}
