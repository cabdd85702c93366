//! Removes the record and data of an instance that does not serve.

use std::sync::Arc;

use serde_json::Value;

use crate::account::Caller;
use crate::fault::Conflict;
use crate::ids::{InstanceId, Region};
use crate::instance::InstanceState;
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

pub(crate) async fn intend(
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
                match row.state {
                    InstanceState::Ordered | InstanceState::Expired | InstanceState::Released => {}
                    InstanceState::Deploying
                    | InstanceState::Running
                    | InstanceState::Changing
                    | InstanceState::Stopped => return Err(Conflict::InstanceState(row.state).into()),
                }
                ensure_free(tx, &row.key, &Subject::Instance).await?;
                let intent = Intent {
                    key: row.key,
                    subject: Subject::Instance,
                    caller,
                    state: operations::InstanceDelete {},
                    step: operations::InstanceDelete::FIRST,
                    details: Value::Null,
                };
                begin(&shared, tx, intent).await
            })
        })
        .await
}
