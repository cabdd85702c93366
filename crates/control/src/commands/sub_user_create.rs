//! Makes a sub-user. It has no key and may do nothing.

use std::sync::Arc;

use serde_json::json;

use super::audit_done;
use crate::account::Caller;
use crate::fault::Capacity;
use crate::identity::{IdentityConflict, IdentityKind, SUB_USERS_MAX};
use crate::ids::SubUserId;
use crate::shared::Shared;
use crate::store::sub_users;
use crate::sub_user::{SubUser, SubUserCreate};
use crate::{Committed, Fault};

pub(crate) async fn run(
    shared: &Arc<Shared>,
    caller: &Caller,
    create: SubUserCreate,
) -> Result<Committed<SubUser>, Fault> {
    let (shared, caller) = (shared.clone(), caller.clone());
    let store = shared.store.clone();
    store
        .write(move |tx| {
            Box::pin(async move {
                let there = sub_users::list(tx, &caller.account).await?;
                if there.iter().any(|other| other.name == create.name) {
                    return Err(IdentityConflict::SubUserNameTaken(create.name.into_string()).into());
                }
                if there.len() >= SUB_USERS_MAX as usize {
                    return Err(
                        Capacity::Identities { kind: IdentityKind::SubUser, limit: SUB_USERS_MAX }.into()
                    );
                }
                let SubUserCreate { name, display_name, comments } = create;
                let now_ms = shared.clock.now_ms();
                let id = SubUserId::new(format!("2{}", shared.random.text(b"0123456789", 17)));
                let user =
                    SubUser { id, name, display_name, comments, created_ms: now_ms, updated_ms: now_ms };
                sub_users::insert(tx, &caller.account, &user).await?;
                let details = json!({ "id": user.id });
                audit_done(&shared, tx, &caller, "sub_user_create", user.name.to_string(), details).await?;
                Ok(user)
            })
        })
        .await
}
