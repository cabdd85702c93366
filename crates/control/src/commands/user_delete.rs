//! Removes a user: first the record, then from the engine, which ends its connections.

use std::sync::Arc;

use serde_json::Value;

use super::ensure_running;
use crate::account::Caller;
use crate::fault::Absent;
use crate::operations::{self, Intent, Ticket, begin, unhindered};
use crate::shared::Shared;
use crate::store::operations::{Subject, ensure_free};
use crate::store::{instances, users};
use crate::user::UserRef;
use crate::{Committed, Fault};

pub(crate) async fn run(
    shared: &Arc<Shared>,
    caller: &Caller,
    user: &UserRef,
) -> Result<Committed<()>, Fault> {
    let intended = unhindered(shared, || intend(shared.clone(), caller.clone(), user.clone())).await?;
    intended.into_inner().result(shared).await
}

async fn intend(shared: Arc<Shared>, caller: Caller, user: UserRef) -> Result<Committed<Ticket>, Fault> {
    let store = shared.store.clone();
    store
        .write(move |tx| {
            Box::pin(async move {
                let UserRef { region, instance, name, kind } = user;
                let row = instances::find(tx, &caller.account, Some(&region), &instance).await?;
                ensure_running(&row)?;
                let subject = Subject::User(kind, name.clone());
                ensure_free(tx, &row.key, &subject).await?;
                if !users::delete(tx, &row.key, &name, kind).await? {
                    return Err(Absent::User(name.into_string()).into());
                }
                let intent = Intent {
                    key: row.key,
                    subject,
                    caller,
                    details: Value::Null,
                    state: operations::UserDelete {},
                    step: operations::UserDelete::FIRST,
                };
                begin(&shared, tx, intent).await
            })
        })
        .await
}
