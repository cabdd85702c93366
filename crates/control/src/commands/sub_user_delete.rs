//! Removes a sub-user that has no keys and no policies any more.

use std::sync::Arc;

use serde_json::json;

use super::audit_done;
use crate::account::Caller;
use crate::identity::IdentityConflict;
use crate::ids::SubUserName;
use crate::shared::Shared;
use crate::store::{access_keys, policy_attachments, sub_users};
use crate::{Committed, Fault};

pub(crate) async fn run(
    shared: &Arc<Shared>,
    caller: &Caller,
    name: &SubUserName,
) -> Result<Committed<()>, Fault> {
    let (shared, caller, name) = (shared.clone(), caller.clone(), name.clone());
    let store = shared.store.clone();
    store
        .write(move |tx| {
            Box::pin(async move {
                let user = sub_users::find(tx, &caller.account, &name).await?;
                if !access_keys::list(tx, &caller.account, Some(&user.id)).await?.is_empty() {
                    return Err(IdentityConflict::SubUserHasKeys.into());
                }
                if !policy_attachments::list(tx, &caller.account, &user.id).await?.is_empty() {
                    return Err(IdentityConflict::SubUserHasPolicies.into());
                }
                sub_users::delete(tx, &caller.account, &user.id).await?;
                let details = json!({ "id": user.id });
                audit_done(&shared, tx, &caller, "sub_user_delete", name.into_string(), details).await
            })
        })
        .await
}
