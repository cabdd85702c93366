//! Detaches a policy from a sub-user; the next request is judged without it.

use std::sync::Arc;

use super::audit_done;
use super::policy_attach::subject;
use crate::account::Caller;
use crate::identity::AbsentIdentity;
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
                let there = policy_attachments::list(tx, &caller.account, &user.id).await?;
                if there.iter().all(|other| other.policy != policy) {
                    return Err(AbsentIdentity::Attachment(policy.name.into_string()).into());
                }
                policy_attachments::delete(tx, &caller.account, &user.id, &policy).await?;
                let (subject, details) = subject(&name, &policy);
                audit_done(&shared, tx, &caller, "policy_detach", subject, details).await
            })
        })
        .await
}
