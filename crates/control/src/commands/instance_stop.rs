//! Switches an instance off: its endpoints stop, its data and ports stay.

use std::sync::Arc;

use serde_json::json;

use crate::account::Caller;
use crate::fault::Conflict;
use crate::ids::{InstanceId, Region};
use crate::instance::{Billing, InstanceState};
use crate::operations::{self, Intent, Ticket, begin, ended_or_accepted, unhindered};
use crate::shared::Shared;
use crate::store::instances;
use crate::store::operations::{Subject, ensure_free};
use crate::{Committed, Fault};

pub(crate) async fn run(
    shared: &Arc<Shared>,
    caller: &Caller,
    region: &Region,
    id: &InstanceId,
) -> Result<Committed<()>, Fault> {
    let intended =
        unhindered(shared, || intend(shared.clone(), caller.clone(), region.clone(), id.clone())).await?;
    ended_or_accepted(shared, intended).await
}

async fn intend(
    shared: Arc<Shared>,
    caller: Caller,
    region: Region,
    id: InstanceId,
) -> Result<Committed<Ticket>, Fault> {
    let store = shared.store.clone();
    store
        .write(move |tx| {
            Box::pin(async move {
                let row = instances::find(tx, &caller.account, Some(&region), &id).await?;
                if row.billing == Billing::Prepaid {
                    let reason = "Only instances that are paid by use can be stopped";
                    return Err(Conflict::NotForThisInstance(reason.into()).into());
                }
                match row.state {
                    InstanceState::Running => {}
                    InstanceState::Changing => return Err(Conflict::OperationRunning.into()),
                    other => return Err(Conflict::InstanceState(other).into()),
                }
                ensure_free(tx, &row.key, &Subject::Instance).await?;
                let slot = row.slot.ok_or_else(|| Fault::bug("a deployed instance has no ports"))?;
                let intent = Intent {
                    key: row.key,
                    subject: Subject::Instance,
                    caller,
                    state: operations::InstanceStop {},
                    step: operations::InstanceStop::FIRST,
                    details: json!({ "slot": slot }),
                };
                begin(&shared, tx, intent).await
            })
        })
        .await
}
