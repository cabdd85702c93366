//! Makes a user, or gives one another password: first the record, then the engine that checks it.

use std::sync::Arc;

use machine::secret::Secret;
use serde_json::json;
use subtle::ConstantTimeEq;

use super::{ensure_running, find_running};
use crate::account::Caller;
use crate::fault::Capacity;
use crate::operations::{self, Intent, Ticket, begin, unhindered};
use crate::shared::Shared;
use crate::store::instances;
use crate::store::operations::{Subject, ensure_free};
use crate::store::users::{self, UserRow};
use crate::user::{USERS_MAX, User, UserPut};
use crate::{Committed, Fault};

pub(crate) async fn run(shared: &Arc<Shared>, caller: &Caller, put: UserPut) -> Result<Committed<()>, Fault> {
    let row = row(shared, caller, &put).await?;
    let attempt = || intend(shared.clone(), caller.clone(), put.clone(), row.clone());
    unhindered(shared, attempt).await?.into_inner().result(shared).await
}

/// What is to be recorded. A password that the user has already is not worked on again: those who are logged in with
/// it stay.
async fn row(shared: &Shared, caller: &Caller, put: &UserPut) -> Result<UserRow, Fault> {
    let instance = find_running(shared, caller, Some(&put.region), &put.instance).await?;
    let there = {
        let mut reader = shared.store.read().await?;
        users::find(&mut reader, &shared.vault, &instance.key, &put.name, put.kind).await?
    };
    let kept = there.as_ref().map(|row| row.user.mechanism);
    let mechanism = put.mechanism.or(kept).unwrap_or(put.kind.into());
    let user = User { name: put.name.clone(), mechanism, password: put.password.clone() };
    match there {
        Some(row) if row.user.mechanism == mechanism && same(&row.user.password, &put.password) => Ok(row),
        _ => {
            let verifier = shared.engine.user_verifier(mechanism, &user.password).await?;
            Ok(UserRow { user, verifier })
        }
    }
}

fn same(one: &Secret<String>, other: &Secret<String>) -> bool {
    one.expose().as_bytes().ct_eq(other.expose().as_bytes()).into()
}

async fn intend(
    shared: Arc<Shared>,
    caller: Caller,
    put: UserPut,
    row: UserRow,
) -> Result<Committed<Ticket>, Fault> {
    let store = shared.store.clone();
    store
        .write(move |tx| {
            Box::pin(async move {
                let UserPut { region, instance, name, kind, .. } = put;
                let key = {
                    let instance = instances::find(tx, &caller.account, Some(&region), &instance).await?;
                    ensure_running(&instance)?;
                    instance.key
                };
                let subject = Subject::User(kind, name);
                ensure_free(tx, &key, &subject).await?;
                users::put(tx, &shared.vault, &key, &row, shared.clock.now_ms()).await?;
                if users::count(tx, &key).await? > USERS_MAX {
                    return Err(Capacity::Users { limit: USERS_MAX }.into());
                }
                let intent = Intent {
                    key,
                    subject,
                    caller,
                    details: json!({ "mechanism": row.user.mechanism }),
                    state: operations::UserPut {},
                    step: operations::UserPut::FIRST,
                };
                begin(&shared, tx, intent).await
            })
        })
        .await
}
