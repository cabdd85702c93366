//! The policies that the account has: those that every account has, then its own.

use super::policy_find::of_standing;
use crate::Fault;
use crate::account::Caller;
use crate::permission::PolicyFacts;
use crate::shared::Shared;
use crate::store::{policies, policy_attachments};
use crate::topic::{Page, Paged};

/// Of one kind when `standing` says which.
pub(crate) async fn run(
    shared: &Shared,
    caller: &Caller,
    standing: Option<bool>,
    page: Page,
) -> Result<Paged<PolicyFacts>, Fault> {
    let mut moment = shared.store.snapshot().await?;
    let mut found = Paged { items: Vec::new(), total: 0 };
    if standing != Some(false) {
        let counts = policy_attachments::count_standing(&mut moment, &caller.account).await?;
        let all = shared.options.language.standing;
        let part = all.iter().skip(page.skip).take(page.take);
        found.items.extend(part.map(|policy| of_standing(policy, &counts)));
        found.total += all.len();
    }
    if standing != Some(true) {
        // What the page has left for these, which come after the others.
        let rest = Page { skip: page.skip.saturating_sub(found.total), take: page.take - found.items.len() };
        found.total += policies::count(&mut moment, &caller.account).await?;
        found.items.extend(policies::list(&mut moment, &caller.account, rest).await?);
    }
    Ok(found)
}
