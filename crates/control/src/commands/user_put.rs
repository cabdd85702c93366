//! Makes a user, or gives one another password: first the record, then the engine that checks it.

use std::sync::Arc;

use machine::secret::Secret;
use serde_json::json;
use subtle::ConstantTimeEq;

use super::ensure_running;
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
    loop {
        let prepared = prepare(shared, caller, &put).await?;
        let attempt = || intend(shared.clone(), caller.clone(), put.clone(), prepared.clone());
        if let Some(ticket) = unhindered(shared, attempt).await?.into_inner() {
            return ticket.result(shared).await;
        }
    }
}

/// What is to be recorded, by what is there now. A verifier takes time, and is made before the transaction that
/// decides; one that the user has already is not made again.
async fn prepare(shared: &Shared, caller: &Caller, put: &UserPut) -> Result<UserRow, Fault> {
    let there = {
        let mut moment = shared.store.snapshot().await?;
        let region = Some(&put.region);
        let instance = instances::find(&mut moment, &caller.account, region, &put.instance).await?;
        ensure_running(&instance)?;
        users::find(&mut moment, &shared.vault, &instance.key, &put.name, put.kind).await?
    };
    let user = wanted(put, there.as_ref());
    match there {
        Some(there) if same(&there.user, &user) => Ok(there),
        _ => {
            let verifier = shared.engine.user_verifier(user.mechanism, &user.password).await?;
            Ok(UserRow { user, verifier })
        }
    }
}

/// The user as it is to be, given the one that is there.
fn wanted(put: &UserPut, there: Option<&UserRow>) -> User {
    let kept = there.map(|row| row.user.mechanism);
    let mechanism = put.mechanism.or(kept).unwrap_or(put.kind.into());
    User { name: put.name.clone(), mechanism, password: put.password.clone() }
}

/// Whether both log in in the same way: then those who are logged in stay.
fn same(one: &User, other: &User) -> bool {
    let equal = |one: &Secret<String>, other: &Secret<String>| -> bool {
        one.expose().as_bytes().ct_eq(other.expose().as_bytes()).into()
    };
    one.mechanism == other.mechanism && equal(&one.password, &other.password)
}

/// Nothing when what was prepared is for another mechanism than the user is to have, because it has changed
/// meanwhile.
async fn intend(
    shared: Arc<Shared>,
    caller: Caller,
    put: UserPut,
    prepared: UserRow,
) -> Result<Committed<Option<Ticket>>, Fault> {
    let store = shared.store.clone();
    store
        .write(move |tx| {
            Box::pin(async move {
                let key = {
                    let region = Some(&put.region);
                    let instance = instances::find(tx, &caller.account, region, &put.instance).await?;
                    ensure_running(&instance)?;
                    instance.key
                };
                let subject = Subject::User(put.kind, put.name.clone());
                ensure_free(tx, &key, &subject).await?;
                let there = users::find(tx, &shared.vault, &key, &put.name, put.kind).await?;
                let user = wanted(&put, there.as_ref());
                let row = match there {
                    Some(there) if same(&there.user, &user) => there,
                    _ if prepared.user.mechanism == user.mechanism => prepared,
                    _ => return Ok(None),
                };
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
                begin(&shared, tx, intent).await.map(Some)
            })
        })
        .await
}
