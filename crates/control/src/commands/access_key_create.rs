//! Makes an access key. Its secret leaves here once and never again.

use std::sync::Arc;

use machine::secret::Secret;
use serde_json::json;

use super::audit_done;
use crate::account::{AccessKey, Caller, KeyHolder};
use crate::fault::Capacity;
use crate::identity::{IdentityKind, OWNER_KEYS_MAX, SUB_USER_KEYS_MAX};
use crate::ids::SubUserId;
use crate::shared::Shared;
use crate::store::{Tx, access_keys, sub_users};
use crate::{Committed, Fault, open};

pub(crate) async fn run(
    shared: &Arc<Shared>,
    caller: &Caller,
    holder: &KeyHolder,
) -> Result<Committed<AccessKey>, Fault> {
    let (shared, caller, holder) = (shared.clone(), caller.clone(), holder.clone());
    let store = shared.store.clone();
    store
        .write(move |tx| {
            Box::pin(async move {
                let user = find_holder(tx, &caller, &holder).await?;
                let limit = if user.is_some() { SUB_USER_KEYS_MAX } else { OWNER_KEYS_MAX };
                let there = access_keys::list(tx, &caller.account, user.as_ref()).await?;
                if there.len() >= limit as usize {
                    return Err(Capacity::Identities { kind: IdentityKind::AccessKey, limit }.into());
                }
                let (id, secret) = draw_key(&shared);
                let account = caller.account.clone();
                let key = AccessKey { id, secret: Secret::new(secret), account, user, active: true };
                access_keys::insert(tx, &shared.vault, &key, shared.clock.now_ms()).await?;
                let details = json!({ "sub_user": key.user });
                audit_done(&shared, tx, &caller, "access_key_create", key.id.clone(), details).await?;
                let (keys, made) = (shared.keys.clone(), key.clone());
                tx.after_commit(move || keys.insert(made));
                Ok(key)
            })
        })
        .await
}

/// Both halves of a new key.
pub(super) fn draw_key(shared: &Shared) -> (String, String) {
    (open::new_key_id(&shared.random), open::new_key_secret(&shared.random))
}

/// The sub-user whose keys are meant; none for the owner's.
pub(super) async fn find_holder(
    tx: &mut Tx,
    caller: &Caller,
    holder: &KeyHolder,
) -> Result<Option<SubUserId>, Fault> {
    match holder {
        KeyHolder::Caller => Ok(caller.user.clone()),
        KeyHolder::SubUser(name) => Ok(Some(sub_users::find(tx, &caller.account, name).await?.id)),
    }
}
