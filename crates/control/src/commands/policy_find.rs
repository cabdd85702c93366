//! One policy, the account's own or one that every account has.

use crate::Fault;
use crate::account::Caller;
use crate::identity::AbsentIdentity;
use crate::permission::{Policy, PolicyRef};
use crate::policy::StandingPolicy;
use crate::shared::Shared;
use crate::store::{policies, policy_attachments};

pub(crate) async fn run(shared: &Shared, caller: &Caller, of: &PolicyRef) -> Result<Policy, Fault> {
    let mut reader = shared.store.read().await?;
    if !of.standing {
        return policies::find(&mut reader, &caller.account, &of.name).await;
    }
    let standing = shared.options.language.standing(of.name.as_str());
    let standing = standing.ok_or_else(|| AbsentIdentity::Policy(of.name.to_string()))?;
    let counts = policy_attachments::count_standing(&mut reader, &caller.account).await?;
    let count = counts.iter().find(|(name, _)| *name == of.name);
    Ok(as_policy(of.clone(), standing, count.map_or(0, |(_, count)| *count)))
}

/// A standing policy in the form that all have.
pub(super) fn as_policy(of: PolicyRef, standing: &StandingPolicy, attachments: u32) -> Policy {
    Policy {
        of,
        description: standing.description.to_owned(),
        document: standing.document.to_owned(),
        created_ms: 0,
        updated_ms: 0,
        attachments,
    }
}
