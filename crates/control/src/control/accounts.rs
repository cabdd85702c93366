//! Accounts, their keys and sub-users, and what they may do.

use super::Control;
use crate::account::{AccessKeyFacts, Account, KeyHolder};
use crate::ids::{PolicyName, SubUserName};
use crate::{AccessKey, Caller, Committed, Fault, commands, permission, policy, sub_user, topic};

impl Control {
    /// The key of this id, of any account; none when there is no such key. Answered from memory.
    pub async fn access_key_find(&self, id: &str) -> Result<Option<AccessKey>, Fault> {
        Ok(self.shared.keys.find(id))
    }

    /// Makes an account and its first key, whose secret is told here only. For the owner of the first account.
    pub async fn account_create(
        &self,
        caller: &Caller,
        label: String,
    ) -> Result<Committed<AccessKey>, Fault> {
        commands::account_create::run(&self.shared, caller, label).await
    }

    /// All accounts, oldest first. For the owner of the first account.
    pub async fn account_list(&self, caller: &Caller) -> Result<Vec<Account>, Fault> {
        commands::account_list::run(&self.shared, caller).await
    }

    /// Makes an access key, whose secret is told here only; it signs from now on.
    pub async fn access_key_create(
        &self,
        caller: &Caller,
        holder: &KeyHolder,
    ) -> Result<Committed<AccessKey>, Fault> {
        commands::access_key_create::run(&self.shared, caller, holder).await
    }

    /// A holder's access keys, oldest first.
    pub async fn access_key_list(
        &self,
        caller: &Caller,
        holder: &KeyHolder,
    ) -> Result<Vec<AccessKeyFacts>, Fault> {
        commands::access_key_list::run(&self.shared, caller, holder).await
    }

    /// Disables a holder's access key, or enables it again; in force when this returns.
    pub async fn access_key_change(
        &self,
        caller: &Caller,
        holder: &KeyHolder,
        id: &str,
        active: bool,
    ) -> Result<Committed<()>, Fault> {
        commands::access_key_change::run(&self.shared, caller, holder, id, active).await
    }

    /// Removes a holder's access key; in force when this returns.
    pub async fn access_key_delete(
        &self,
        caller: &Caller,
        holder: &KeyHolder,
        id: &str,
    ) -> Result<Committed<()>, Fault> {
        commands::access_key_delete::run(&self.shared, caller, holder, id).await
    }

    /// Makes a sub-user, without a key and without a permission.
    pub async fn sub_user_create(
        &self,
        caller: &Caller,
        create: sub_user::SubUserCreate,
    ) -> Result<Committed<sub_user::SubUser>, Fault> {
        commands::sub_user_create::run(&self.shared, caller, create).await
    }

    /// The sub-user of a name, or whoever asks: none when that is the owner.
    pub async fn sub_user_find(
        &self,
        caller: &Caller,
        who: &KeyHolder,
    ) -> Result<Option<sub_user::SubUser>, Fault> {
        commands::sub_user_find::run(&self.shared, caller, who).await
    }

    /// The account's sub-users, oldest first, then by name.
    pub async fn sub_user_list(
        &self,
        caller: &Caller,
        page: topic::Page,
    ) -> Result<topic::Paged<sub_user::SubUser>, Fault> {
        commands::sub_user_list::run(&self.shared, caller, page).await
    }

    /// Changes how a sub-user is called and what is noted about it.
    pub async fn sub_user_change(
        &self,
        caller: &Caller,
        name: &SubUserName,
        change: sub_user::SubUserChange,
    ) -> Result<Committed<sub_user::SubUser>, Fault> {
        commands::sub_user_change::run(&self.shared, caller, name, change).await
    }

    /// Removes a sub-user that has neither keys nor policies.
    pub async fn sub_user_delete(&self, caller: &Caller, name: &SubUserName) -> Result<Committed<()>, Fault> {
        commands::sub_user_delete::run(&self.shared, caller, name).await
    }

    /// Makes a policy of the account's own.
    pub async fn policy_create(
        &self,
        caller: &Caller,
        create: permission::PolicyCreate,
    ) -> Result<Committed<permission::PolicyFacts>, Fault> {
        commands::policy_create::run(&self.shared, caller, create).await
    }

    /// One policy.
    pub async fn policy_find(
        &self,
        caller: &Caller,
        of: &permission::PolicyRef,
    ) -> Result<permission::Policy, Fault> {
        commands::policy_find::run(&self.shared, caller, of).await
    }

    /// The standing policies by name, then the account's own, oldest first; or only those of one kind.
    pub async fn policy_list(
        &self,
        caller: &Caller,
        standing: Option<bool>,
        page: topic::Page,
    ) -> Result<topic::Paged<permission::PolicyFacts>, Fault> {
        commands::policy_list::run(&self.shared, caller, standing, page).await
    }

    /// Removes a policy of the account's own that is attached to nobody.
    pub async fn policy_delete(&self, caller: &Caller, name: &PolicyName) -> Result<Committed<()>, Fault> {
        commands::policy_delete::run(&self.shared, caller, name).await
    }

    /// Attaches a policy to a sub-user; it counts from the next request on.
    pub async fn policy_attach(
        &self,
        caller: &Caller,
        user: &SubUserName,
        policy: &permission::PolicyRef,
    ) -> Result<Committed<()>, Fault> {
        commands::policy_attach::run(&self.shared, caller, user, policy).await
    }

    /// Detaches a policy from a sub-user; it counts no more from the next request on.
    pub async fn policy_detach(
        &self,
        caller: &Caller,
        user: &SubUserName,
        policy: &permission::PolicyRef,
    ) -> Result<Committed<()>, Fault> {
        commands::policy_detach::run(&self.shared, caller, user, policy).await
    }

    /// What is attached to a sub-user, oldest first, with what it is.
    pub async fn attachment_list(
        &self,
        caller: &Caller,
        user: &SubUserName,
    ) -> Result<Vec<(permission::Attachment, permission::PolicyFacts)>, Fault> {
        commands::attachment_list::run(&self.shared, caller, user).await
    }

    /// Whether a caller may do this: an owner everything, a sub-user what its policies say.
    pub async fn permission_judge(
        &self,
        caller: &Caller,
        request: &policy::Request<'_>,
    ) -> Result<policy::Verdict, Fault> {
        commands::permission_judge::run(&self.shared, caller, request).await
    }
}
