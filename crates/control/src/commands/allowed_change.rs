//! Changes from where an instance may be used: first the list, then the engine that enforces it.

use std::sync::Arc;

use serde_json::json;

use super::ensure_running;
use crate::account::Caller;
use crate::allowed::{AllowedChange, AllowedEdit};
use crate::operations::{self, Intent, Ticket, begin, unhindered};
use crate::shared::Shared;
use crate::store::operations::{Subject, ensure_free};
use crate::store::{allowed_addresses, instances};
use crate::{Committed, Fault};

pub(crate) async fn run(
    shared: &Arc<Shared>,
    caller: &Caller,
    change: AllowedChange,
) -> Result<Committed<()>, Fault> {
    let intended = unhindered(shared, || intend(shared.clone(), caller.clone(), change.clone())).await?;
    intended.into_inner().result(shared).await
}

async fn intend(
    shared: Arc<Shared>,
    caller: Caller,
    change: AllowedChange,
) -> Result<Committed<Ticket>, Fault> {
    let store = shared.store.clone();
    store
        .write(move |tx| {
            Box::pin(async move {
                let AllowedChange { region, instance, access, edit } = change;
                let row = instances::find(tx, &caller.account, Some(&region), &instance).await?;
                ensure_running(&row)?;
                ensure_free(tx, &row.key, &Subject::Allowed).await?;
                let details = match &edit {
                    AllowedEdit::Add(addresses) => {
                        allowed_addresses::add(tx, &row.key, access, addresses).await?;
                        json!({ "access": access, "add": addresses })
                    }
                    AllowedEdit::Remove(address) => {
                        allowed_addresses::remove(tx, &row.key, access, address).await?;
                        json!({ "access": access, "remove": address })
                    }
                };
                let intent = Intent {
                    key: row.key,
                    subject: Subject::Allowed,
                    caller,
                    details,
                    state: operations::AllowedChange {},
                    step: operations::AllowedChange::FIRST,
                };
                begin(&shared, tx, intent).await
            })
        })
        .await
}
