//! Removes an access key. It has signed its last request when this returns.

use std::sync::Arc;

use serde_json::json;

use super::access_key_change::{ensure_not_last, others};
use super::access_key_create::find_holder;
use super::audit_done;
use crate::account::{Caller, KeyHolder};
use crate::shared::Shared;
use crate::store::access_keys;
use crate::{Committed, Fault};

pub(crate) async fn run(
    shared: &Arc<Shared>,
    caller: &Caller,
    holder: &KeyHolder,
    id: &str,
) -> Result<Committed<()>, Fault> {
    let (shared, caller, holder, id) = (shared.clone(), caller.clone(), holder.clone(), id.to_owned());
    let store = shared.store.clone();
    store
        .write(move |tx| {
            Box::pin(async move {
                let user = find_holder(tx, &caller, &holder).await?;
                let others = others(tx, &caller, user.as_ref(), &id).await?;
                ensure_not_last(user.as_ref(), &others)?;
                access_keys::delete(tx, &caller.account, user.as_ref(), &id).await?;
                let details = json!({ "sub_user": user });
                audit_done(&shared, tx, &caller, "access_key_delete", id.clone(), details).await?;
                let keys = shared.keys.clone();
                tx.after_commit(move || keys.remove(&id));
                Ok(())
            })
        })
        .await
}
