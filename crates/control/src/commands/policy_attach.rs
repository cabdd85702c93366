//! Attaches a policy to a sub-user; it applies to the next request.

use std::sync::Arc;

use serde_json::json;

use super::audit_done;
use super::policy_find::facts;
use crate::account::Caller;
use crate::fault::Capacity;
use crate::identity::{ATTACHMENTS_MAX, IdentityConflict, IdentityKind};
use crate::ids::SubUserName;
use crate::permission::PolicyRef;
use crate::shared::Shared;
use crate::store::{policy_attachments, sub_users};
use crate::{Committed, Fault};

pub(crate) async fn run(
    shared: &Arc<Shared>,
    caller: &Caller,
    user: &SubUserName,
    policy: &PolicyRef,
) -> Result<Committed<()>, Fault> {
    let (shared, caller, name, policy) = (shared.clone(), caller.clone(), user.clone(), policy.clone());
    let store = shared.store.clone();
    store
        .write(move |tx| {
            Box::pin(async move {
                let user = sub_users::find(tx, &caller.account, &name).await?;
                facts(&shared, tx, &caller, &policy).await?;
                let there = policy_attachments::list(tx, &caller.account, &user.id).await?;
                if there.iter().any(|other| other.policy == policy) {
                    return Err(IdentityConflict::AttachedAlready(policy.name.into_string()).into());
                }
                if there.len() >= ATTACHMENTS_MAX as usize {
                    let kind = IdentityKind::Attachment;
                    return Err(Capacity::Identities { kind, limit: ATTACHMENTS_MAX }.into());
                }
                let now_ms = shared.clock.now_ms();
                policy_attachments::insert(tx, &caller.account, &user.id, &policy, now_ms).await?;
                let (subject, details) = subject(&name, &policy);
                audit_done(&shared, tx, &caller, "policy_attach", subject, details).await
            })
        })
        .await
}

/// What the audit record says of an attachment.
pub(super) fn subject(user: &SubUserName, policy: &PolicyRef) -> (String, serde_json::Value) {
    (format!("{user}/{}", policy.name), json!({ "standing": policy.standing }))
}
