//! Disables an access key, or enables it again. A disabled key has signed its last request when this returns.

use std::sync::Arc;

use serde_json::json;

use super::access_key_create::find_holder;
use super::audit_done;
use crate::account::{AccessKeyFacts, Caller, KeyHolder};
use crate::identity::{AbsentIdentity, IdentityConflict};
use crate::ids::SubUserId;
use crate::shared::Shared;
use crate::store::{Tx, access_keys};
use crate::{Committed, Fault};

pub(crate) async fn run(
    shared: &Arc<Shared>,
    caller: &Caller,
    holder: &KeyHolder,
    id: &str,
    active: bool,
) -> Result<Committed<()>, Fault> {
    let (shared, caller, holder, id) = (shared.clone(), caller.clone(), holder.clone(), id.to_owned());
    let store = shared.store.clone();
    store
        .write(move |tx| {
            Box::pin(async move {
                let user = find_holder(tx, &caller, &holder).await?;
                let others = others(tx, &caller, user.as_ref(), &id).await?;
                if !active {
                    ensure_not_last(user.as_ref(), &others)?;
                }
                access_keys::update(tx, &caller.account, user.as_ref(), &id, active).await?;
                let details = json!({ "sub_user": user, "active": active });
                audit_done(&shared, tx, &caller, "access_key_change", id.clone(), details).await?;
                let keys = shared.keys.clone();
                tx.after_commit(move || keys.set_active(&id, active));
                Ok(())
            })
        })
        .await
}

/// The holder's other keys; fails unless this one is among the holder's.
pub(super) async fn others(
    tx: &mut Tx,
    caller: &Caller,
    user: Option<&SubUserId>,
    id: &str,
) -> Result<Vec<AccessKeyFacts>, Fault> {
    let mut keys = access_keys::list(tx, &caller.account, user).await?;
    let place = keys.iter().position(|key| key.id == id);
    keys.swap_remove(place.ok_or_else(|| AbsentIdentity::AccessKey(id.to_owned()))?);
    Ok(keys)
}

/// An account whose owner has no key that works could not be helped by anybody who calls.
pub(super) fn ensure_not_last(user: Option<&SubUserId>, others: &[AccessKeyFacts]) -> Result<(), Fault> {
    if user.is_some() || others.iter().any(|key| key.active) {
        Ok(())
    } else {
        Err(IdentityConflict::LastKey.into())
    }
}
