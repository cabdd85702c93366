//! The policies that are attached to a sub-user, with what they are.

use crate::Fault;
use crate::account::Caller;
use crate::ids::SubUserName;
use crate::permission::{Attachment, Policy};
use crate::shared::Shared;
use crate::store::{policy_attachments, sub_users};

pub(crate) async fn run(
    shared: &Shared,
    caller: &Caller,
    user: &SubUserName,
) -> Result<Vec<(Attachment, Policy)>, Fault> {
    let attachments = {
        let mut reader = shared.store.read().await?;
        let user = sub_users::find(&mut reader, &caller.account, user).await?;
        policy_attachments::list(&mut reader, &caller.account, &user.id).await?
    };
    let mut with_policies = Vec::with_capacity(attachments.len());
    for attachment in attachments {
        let policy = super::policy_find::run(shared, caller, &attachment.policy).await?;
        with_policies.push((attachment, policy));
    }
    Ok(with_policies)
}
