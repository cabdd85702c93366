//! Changes how a sub-user is called and what is noted about it. Its keys and policies stay.

use std::sync::Arc;

use serde_json::json;

use super::audit_done;
use crate::account::Caller;
use crate::identity::IdentityConflict;
use crate::ids::SubUserName;
use crate::shared::Shared;
use crate::store::sub_users;
use crate::sub_user::{SubUser, SubUserChange};
use crate::{Committed, Fault};

pub(crate) async fn run(
    shared: &Arc<Shared>,
    caller: &Caller,
    name: &SubUserName,
    change: SubUserChange,
) -> Result<Committed<SubUser>, Fault> {
    let (shared, caller, name) = (shared.clone(), caller.clone(), name.clone());
    let store = shared.store.clone();
    store
        .write(move |tx| {
            Box::pin(async move {
                let mut user = sub_users::find(tx, &caller.account, &name).await?;
                if let Some(new) = change.name.filter(|new| *new != name) {
                    let there = sub_users::list(tx, &caller.account).await?;
                    if there.iter().any(|other| other.name == new) {
                        return Err(IdentityConflict::SubUserNameTaken(new.into_string()).into());
                    }
                    user.name = new;
                }
                user.display_name = change.display_name.unwrap_or(user.display_name);
                user.comments = change.comments.unwrap_or(user.comments);
                user.updated_ms = shared.clock.now_ms();
                sub_users::update(tx, &caller.account, &user).await?;
                let details = json!({ "id": user.id, "name": user.name });
                audit_done(&shared, tx, &caller, "sub_user_change", name.into_string(), details).await?;
                Ok(user)
            })
        })
        .await
}
