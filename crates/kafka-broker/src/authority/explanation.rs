//! Why somebody may do something, or may not: the answer that a request would have, and the rule that decides it.

use std::net::IpAddr;

use super::{AccessRule, Authority, Judged, Operation, ResourceKind};
use crate::principal::Principal;

/// A question of who may do what.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessQuestion {
    /// Who: a user, who need not be there.
    pub user: String,
    /// Where the user is.
    pub host: IpAddr,
    /// What would be done.
    pub operation: Operation,
    /// To what kind of thing.
    pub resource: ResourceKind,
    /// Its name; of the cluster, [`CLUSTER_NAME`](super::CLUSTER_NAME).
    pub name: String,
}

/// The answer, as a request at the same moment has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccessAnswer {
    /// Whether it may be done.
    pub permitted: bool,
    /// Why.
    pub because: Because,
}

/// What decides.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Because {
    /// Rules are not in force: users may do everything.
    Unenforced,
    /// This rule; of several that say the same, the one that was made first. One that denies comes before all that
    /// allow.
    Rule(AccessRule),
    /// No rule speaks of it, so that it may not be done.
    NoRule,
}

impl Authority {
    /// Answers as a request would be answered, and finds the rule that decides.
    pub(crate) fn explain(&self, question: &AccessQuestion) -> AccessAnswer {
        let AccessQuestion { user, host, operation, resource, name } = question;
        let rights = self.rights(&Principal::user(user), host.to_canonical());
        let because = match &rights.judged {
            None => Because::Unenforced,
            Some(Judged { rules, host, .. }) => {
                let rule = rules.deciding(user, *host, *resource, name, *operation);
                rule.cloned().map_or(Because::NoRule, Because::Rule)
            }
        };
        AccessAnswer { permitted: rights.permit(*operation, *resource, name), because }
    }
}
