//! Who may do what.

use control::Caller;

/// Decides about permissions. Consulted for every action, with the names that policies are written in.
pub trait Policy: Send + Sync {
    /// Whether `caller` may use `permission` (`alikafka:CreateTopic`) on `resource`
    /// (`acs:alikafka:*:*:INSTANCE`).
    fn allows(&self, caller: &Caller, permission: &str, resource: &str) -> bool;
}

/// The rule as long as every key is an account's own: the owner may do everything with what is theirs.
/// What is not theirs does not exist for them; that is control's part.
pub struct OwnerMayAll;

impl Policy for OwnerMayAll {
    fn allows(&self, _caller: &Caller, _permission: &str, _resource: &str) -> bool {
        true
    }
}
