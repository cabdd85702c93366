//! The policies that the account has: those that every account has, then its own.

use super::page_of;
use super::policy_find::as_policy;
use crate::Fault;
use crate::account::Caller;
use crate::ids::PolicyName;
use crate::permission::{Policy, PolicyRef};
use crate::shared::Shared;
use crate::store::{policies, policy_attachments};
use crate::topic::{Page, Paged};

/// Of one kind when `standing` says which.
pub(crate) async fn run(
    shared: &Shared,
    caller: &Caller,
    standing: Option<bool>,
    page: Page,
) -> Result<Paged<Policy>, Fault> {
    let mut reader = shared.store.read().await?;
    let mut all = Vec::new();
    if standing != Some(false) {
        let counts = policy_attachments::count_standing(&mut reader, &caller.account).await?;
        all.extend(shared.options.language.standing.iter().map(|policy| {
            let name = PolicyName::new(policy.name);
            let count = counts.iter().find(|(counted, _)| *counted == name).map_or(0, |(_, count)| *count);
            as_policy(PolicyRef { standing: true, name }, policy, count)
        }));
    }
    if standing != Some(true) {
        all.extend(policies::list(&mut reader, &caller.account).await?);
    }
    Ok(page_of(all, page))
}
