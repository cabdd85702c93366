//! One policy, the account's own or one that every account has.

use sqlx::AnyConnection;

use crate::Fault;
use crate::account::Caller;
use crate::identity::AbsentIdentity;
use crate::ids::PolicyName;
use crate::permission::{Policy, PolicyFacts, PolicyRef};
use crate::policy::StandingPolicy;
use crate::shared::Shared;
use crate::store::{policies, policy_attachments};

pub(crate) async fn run(shared: &Shared, caller: &Caller, of: &PolicyRef) -> Result<Policy, Fault> {
    let mut moment = shared.store.snapshot().await?;
    let facts = facts(shared, &mut moment, caller, of).await?;
    let document = if of.standing {
        shared.options.language.standing(of.name.as_str()).map(|standing| standing.document.to_owned())
    } else {
        policies::document(&mut moment, &caller.account, &of.name).await?
    };
    Ok(Policy { facts, document: document.ok_or_else(|| absent(&of.name))? })
}

/// A policy, but for what it says.
pub(super) async fn facts(
    shared: &Shared,
    moment: &mut AnyConnection,
    caller: &Caller,
    of: &PolicyRef,
) -> Result<PolicyFacts, Fault> {
    if !of.standing {
        return policies::find(moment, &caller.account, &of.name).await?.ok_or_else(|| absent(&of.name));
    }
    let standing = shared.options.language.standing(of.name.as_str()).ok_or_else(|| absent(&of.name))?;
    let counts = policy_attachments::count_standing(moment, &caller.account).await?;
    Ok(of_standing(standing, &counts))
}

/// A standing policy in the form that all have. `counts` has to how many each is attached.
pub(super) fn of_standing(standing: &StandingPolicy, counts: &[(PolicyName, u32)]) -> PolicyFacts {
    let name = PolicyName::new(standing.name);
    let attachments = counts.iter().find(|(counted, _)| *counted == name).map_or(0, |(_, count)| *count);
    PolicyFacts {
        of: PolicyRef { standing: true, name },
        description: standing.description.to_owned(),
        created_ms: 0,
        updated_ms: 0,
        attachments,
    }
}

/// No such policy.
pub(super) fn absent(name: &PolicyName) -> Fault {
    AbsentIdentity::Policy(name.to_string()).into()
}
