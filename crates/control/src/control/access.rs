//! Who may reach an instance: addresses, users, rules.

use super::Control;
use crate::ids::{InstanceId, Region};
use crate::{Caller, Committed, Fault, allowed, commands, quota, rule, user};

impl Control {
    /// From where an instance may be used.
    pub async fn allowed_list(
        &self,
        caller: &Caller,
        region: &Region,
        instance: &InstanceId,
    ) -> Result<allowed::AllowedLists, Fault> {
        commands::allowed_list::run(&self.shared, caller, region, instance).await
    }

    /// Changes from where an instance may be used; enforced when this returns.
    pub async fn allowed_change(
        &self,
        caller: &Caller,
        change: allowed::AllowedChange,
    ) -> Result<Committed<()>, Fault> {
        commands::allowed_change::run(&self.shared, caller, change).await
    }

    /// Makes a user, or gives one another password; the user can log in with it when this returns.
    pub async fn user_put(&self, caller: &Caller, put: user::UserPut) -> Result<Committed<()>, Fault> {
        commands::user_put::run(&self.shared, caller, put).await
    }

    /// Removes a user; its connections are ended when this returns.
    pub async fn user_delete(&self, caller: &Caller, user: &user::UserRef) -> Result<Committed<()>, Fault> {
        commands::user_delete::run(&self.shared, caller, user).await
    }

    /// The users of an instance, by name, then by kind of login.
    pub async fn user_list(
        &self,
        caller: &Caller,
        region: &Region,
        instance: &InstanceId,
    ) -> Result<Vec<user::User>, Fault> {
        commands::user_list::run(&self.shared, caller, region, instance).await
    }

    /// Lets users do things in an instance, or forbids it; enforced when this returns.
    pub async fn rules_grant(
        &self,
        caller: &Caller,
        grant: rule::RulesGrant,
    ) -> Result<Committed<()>, Fault> {
        commands::rules_grant::run(&self.shared, caller, grant).await
    }

    /// Takes rules away; no longer enforced when this returns.
    pub async fn rules_withdraw(
        &self,
        caller: &Caller,
        withdraw: rule::RulesWithdraw,
    ) -> Result<Committed<()>, Fault> {
        commands::rules_withdraw::run(&self.shared, caller, withdraw).await
    }

    /// The rules of an instance that mean something now, in the order in which they were made.
    pub async fn rules_list(
        &self,
        caller: &Caller,
        region: &Region,
        instance: &InstanceId,
        filter: &rule::RuleFilter,
    ) -> Result<Vec<rule::WrittenRule>, Fault> {
        commands::rules_list::run(&self.shared, caller, region, instance, filter).await
    }

    /// Whether a user may do something in an instance, and by which rule, as its engine decides.
    pub async fn rule_explain(
        &self,
        caller: &Caller,
        region: &Region,
        instance: &InstanceId,
        question: &rule::RuleQuestion,
    ) -> Result<rule::RuleAnswer, Fault> {
        commands::rule_explain::run(&self.shared, caller, region, instance, question).await
    }

    /// Changes rules for an administrator who came through the engine; enforced when this returns.
    pub async fn rules_administer(&self, administer: rule::RulesAdminister) -> Result<Committed<()>, Fault> {
        commands::rules_administer::run(&self.shared, administer).await
    }

    /// Adds to the audit record what an administrator who came through the engine changes of quotas.
    pub async fn quotas_note(&self, note: quota::QuotasNote) -> Result<(), Fault> {
        commands::quotas_note::run(&self.shared, note).await
    }

    /// All rules of an instance, whosever it is, for such an administrator.
    pub async fn rules_everywhere(&self, instance: &InstanceId) -> Result<Vec<rule::Rule>, Fault> {
        commands::rules_administer::list(&self.shared, instance).await
    }
}
