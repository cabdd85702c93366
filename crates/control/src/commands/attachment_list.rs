//! The policies that are attached to a sub-user, with what they are.

use super::policy_find::facts;
use crate::Fault;
use crate::account::Caller;
use crate::ids::SubUserName;
use crate::permission::{Attachment, PolicyFacts};
use crate::shared::Shared;
use crate::store::{policy_attachments, sub_users};

pub(crate) async fn run(
    shared: &Shared,
    caller: &Caller,
    user: &SubUserName,
) -> Result<Vec<(Attachment, PolicyFacts)>, Fault> {
    // At one moment: a policy that is attached is there.
    let mut moment = shared.store.snapshot().await?;
    let user = sub_users::find(&mut moment, &caller.account, user).await?;
    let mut attached = Vec::new();
    for attachment in policy_attachments::list(&mut moment, &caller.account, &user.id).await? {
        let policy = facts(shared, &mut moment, caller, &attachment.policy).await?;
        attached.push((attachment, policy));
    }
    Ok(attached)
}
