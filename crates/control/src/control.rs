//! The commands, one method each. What a dialect may ask of the control plane is exactly this list.
//!
//! A method that changes something answers after the commit. What that means for work in the engine:
//!
//! - `topic_create`, `topic_grow`, `topic_configure`, `topic_delete`, `group_delete`, `group_reset`, `allowed_change`, `user_put`, `user_delete`, `rules_grant`, `rules_withdraw` answer when the engine has done it and that is recorded.
//! - `instance_start` answers when the intent is committed; the instance is deploying from then on.
//! - `instance_configure`, `instance_stop`, `instance_reopen`, `instance_release`, `instance_delete` answer when they have ended, or after [`Options::wait`] with the
//!   intent committed and the work going on. Until it has ended the instance is shown as it was, for so it
//!   is.
//!
//! A command that meets an operation in its way waits for it, [`Options::wait`] at most.
//!
//! [`Options::wait`]: crate::config::Options::wait

use std::fmt;
use std::sync::Arc;

use machine::secret::Secret;

use crate::account::{AccessKeyFacts, Account, KeyHolder};
use crate::audit::{self, AuditReport, Refusal};
use crate::config::{ControlConfig, OpenError, Opened};
use crate::ids::{
    CipherAliasName, CipherKeyId, GroupName, InstanceId, InstanceName, NetworkId, OrderId, PolicyName,
    Region, ResourceGroupId, RouteTableId, SecurityGroupId, SubUserName, SubnetId, TopicName,
};
use crate::shared::Shared;
use crate::stats::Stats;
use crate::store::{instances, operations};
use crate::{AccessKey, Caller, Committed, Fault};
use crate::{
    allowed, cipher_alias, cipher_key, client, commands, group, instance, message, network, permission,
    placement, policy, reconcilers, resource_group, rule, security_group, sub_user, subnet, tag, topic, user,
    zone,
};

/// The control plane. Clones share it.
#[derive(Clone)]
pub struct Control {
    shared: Arc<Shared>,
}

impl Control {
    pub(crate) fn new(shared: Arc<Shared>) -> Self {
        Self { shared }
    }

    /// Opens the store, brings back the clusters that should serve, and goes on with what was under way.
    pub async fn open(config: ControlConfig) -> Result<Opened, OpenError> {
        crate::open::open(config).await
    }

    /// Lets every operation finish the step it is in, writes what is waiting to be written, and closes the
    /// store. Clusters stay open: they are the engine's to close.
    pub async fn close(&self) {
        self.shared.stop.cancel();
        self.shared.tasks.close();
        self.shared.tasks.wait().await;
        self.shared.store.close().await;
    }

    /// Figures for health checks and metrics.
    pub async fn stats(&self) -> Result<Stats, Fault> {
        let shared = &self.shared;
        let mut reader = shared.store.read().await?;
        let (operations_running, operations_failing) = operations::count_everywhere(&mut reader).await?;
        Ok(Stats {
            instances: instances::count_everywhere(&mut reader).await?,
            operations_running,
            operations_failing,
            commits: shared.store.commits(),
            refusals_dropped: shared.refusals.dropped(),
            store_writable: !shared.store.failed(),
            waiting: shared.clusters.waiting(),
            stray: shared.stray.lock().clone(),
        })
    }

    /// Compares store and engine now, instead of when the timer says so.
    pub async fn reconcile(&self) -> Result<(), Fault> {
        reconcilers::run_all(&self.shared).await
    }

    /// Records a call that was refused after its caller was known. Returns at once; the record follows.
    pub fn audit_refused(&self, refusal: Refusal) {
        self.shared.refusals.add(refusal, self.shared.clock.now_ms());
    }

    /// Checks that the audit record is whole.
    pub async fn audit_verify(&self) -> Result<AuditReport, Fault> {
        let mut reader = self.shared.store.read().await?;
        audit::verify_with(&mut reader).await
    }

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

    /// Buys an instance: the order and the instance, in state ordered, exist when this returns.
    pub async fn instance_order(
        &self,
        caller: &Caller,
        order: instance::InstanceOrder,
    ) -> Result<Committed<instance::InstanceOrdered>, Fault> {
        commands::instance_order::run(&self.shared, caller, order).await
    }

    /// Accepts the deployment; it goes on in the background until the instance runs.
    pub async fn instance_start(
        &self,
        caller: &Caller,
        start: instance::InstanceStart,
    ) -> Result<Committed<()>, Fault> {
        commands::instance_start::run(&self.shared, caller, start).await
    }

    /// One instance.
    pub async fn instance_find(
        &self,
        caller: &Caller,
        region: &Region,
        id: &InstanceId,
    ) -> Result<instance::Instance, Fault> {
        commands::instance_find::run(&self.shared, caller, region, id).await
    }

    /// Where an instance was bought.
    pub async fn instance_region(&self, caller: &Caller, id: &InstanceId) -> Result<Region, Fault> {
        commands::instance_region::run(&self.shared, caller, id).await
    }

    /// Instances of a region, oldest first, then by id.
    pub async fn instance_list(
        &self,
        caller: &Caller,
        region: &Region,
        filter: &instance::InstanceFilter,
    ) -> Result<Vec<instance::Instance>, Fault> {
        commands::instance_list::run(&self.shared, caller, region, filter).await
    }

    /// The ids of all the account's instances with their regions, oldest first.
    pub async fn instance_ids(&self, caller: &Caller) -> Result<Vec<(Region, InstanceId)>, Fault> {
        commands::instance_ids::run(&self.shared, caller).await
    }

    /// Gives an instance another name, which no other instance of the account in this region may have.
    pub async fn instance_rename(
        &self,
        caller: &Caller,
        region: &Region,
        id: &InstanceId,
        name: InstanceName,
    ) -> Result<Committed<()>, Fault> {
        commands::instance_rename::run(&self.shared, caller, region, id, name).await
    }

    /// Changes what only the dialect understands of an instance, whatever state it is in.
    pub async fn instance_annotate(
        &self,
        caller: &Caller,
        annotate: instance::InstanceAnnotate,
    ) -> Result<Committed<()>, Fault> {
        commands::instance_annotate::run(&self.shared, caller, annotate).await
    }

    /// Changes what was bought with a running instance, or which version its clients see; the order for it.
    pub async fn instance_change(
        &self,
        caller: &Caller,
        change: instance::InstanceChange,
    ) -> Result<Committed<OrderId>, Fault> {
        commands::instance_change::run(&self.shared, caller, change).await
    }

    /// Changes the settings of a running instance; in force in its cluster when this returns, unless that takes
    /// longer than [`Options::wait`](crate::config::Options::wait): then it goes on.
    pub async fn instance_configure(
        &self,
        caller: &Caller,
        configure: instance::InstanceConfigure,
    ) -> Result<Committed<()>, Fault> {
        commands::instance_configure::run(&self.shared, caller, configure).await
    }

    /// Turns an instance that is paid by use into one that is paid for a term; the order for it.
    pub async fn instance_convert(
        &self,
        caller: &Caller,
        convert: instance::InstanceConvert,
    ) -> Result<Committed<OrderId>, Fault> {
        commands::instance_convert::run(&self.shared, caller, convert).await
    }

    /// Switches a running instance off: its endpoints stop, its data and ports stay.
    pub async fn instance_stop(
        &self,
        caller: &Caller,
        region: &Region,
        id: &InstanceId,
    ) -> Result<Committed<()>, Fault> {
        commands::instance_stop::run(&self.shared, caller, region, id).await
    }

    /// Switches an instance on that was switched off, with the data and the ports that it had.
    pub async fn instance_reopen(
        &self,
        caller: &Caller,
        region: &Region,
        id: &InstanceId,
    ) -> Result<Committed<()>, Fault> {
        commands::instance_reopen::run(&self.shared, caller, region, id).await
    }

    /// Gives an instance back: its endpoints stop, its record stays until deleted.
    pub async fn instance_release(
        &self,
        caller: &Caller,
        release: instance::InstanceRelease,
    ) -> Result<Committed<()>, Fault> {
        commands::instance_release::run(&self.shared, caller, release).await
    }

    /// Removes the record and data of an instance that is ordered, expired or released.
    pub async fn instance_delete(
        &self,
        caller: &Caller,
        region: &Region,
        id: &InstanceId,
    ) -> Result<Committed<()>, Fault> {
        commands::instance_delete::run(&self.shared, caller, region, id).await
    }

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

    /// Makes a topic; usable when this returns.
    pub async fn topic_create(
        &self,
        caller: &Caller,
        create: topic::TopicCreate,
    ) -> Result<Committed<()>, Fault> {
        commands::topic_create::run(&self.shared, caller, create).await
    }

    /// Removes a topic, its data, tags and commits.
    pub async fn topic_delete(
        &self,
        caller: &Caller,
        region: &Region,
        instance: &InstanceId,
        topic: &TopicName,
    ) -> Result<Committed<()>, Fault> {
        commands::topic_delete::run(&self.shared, caller, region, instance, topic).await
    }

    /// Topics of an instance, oldest first, then by name; of one exact name when given.
    /// Without a region the instance id decides.
    pub async fn topic_list(
        &self,
        caller: &Caller,
        region: Option<&Region>,
        instance: &InstanceId,
        name: Option<&TopicName>,
        page: topic::Page,
    ) -> Result<topic::TopicPage, Fault> {
        commands::topic_list::run(&self.shared, caller, region, instance, name, page).await
    }

    /// The ends of a topic's partitions, ascending.
    pub async fn topic_status(
        &self,
        caller: &Caller,
        region: Option<&Region>,
        instance: &InstanceId,
        topic: &TopicName,
    ) -> Result<Vec<topic::PartitionStatus>, Fault> {
        commands::topic_status::run(&self.shared, caller, region, instance, topic).await
    }

    /// Gives a topic more partitions; clients see them when this returns.
    pub async fn topic_grow(&self, caller: &Caller, grow: topic::TopicGrow) -> Result<Committed<()>, Fault> {
        commands::topic_grow::run(&self.shared, caller, grow).await
    }

    /// Changes the settings of a topic; they are in force when this returns.
    pub async fn topic_configure(
        &self,
        caller: &Caller,
        configure: topic::TopicConfigure,
    ) -> Result<Committed<()>, Fault> {
        commands::topic_configure::run(&self.shared, caller, configure).await
    }

    /// Groups with a commit in a topic or members that read it, by id.
    pub async fn topic_groups(
        &self,
        caller: &Caller,
        region: &Region,
        instance: &InstanceId,
        topic: &TopicName,
    ) -> Result<Vec<GroupName>, Fault> {
        commands::topic_groups::run(&self.shared, caller, region, instance, topic).await
    }

    /// Changes what is noted about a topic.
    pub async fn topic_remark(
        &self,
        caller: &Caller,
        note: topic::TopicNote,
    ) -> Result<Committed<()>, Fault> {
        commands::topic_remark::run(&self.shared, caller, note).await
    }

    /// Puts tags on all of these resources, or on none: a tag of a key that is there gets the new value.
    pub async fn resources_tag(
        &self,
        caller: &Caller,
        region: &Region,
        resources: &[tag::Resource],
        tags: &[tag::Tag],
    ) -> Result<Committed<()>, Fault> {
        commands::resources_tag::run(&self.shared, caller, region, resources, tags).await
    }

    /// Takes tags off all of these resources, or off none.
    pub async fn resources_untag(
        &self,
        caller: &Caller,
        region: &Region,
        resources: &[tag::Resource],
        removal: &tag::TagRemoval,
    ) -> Result<Committed<()>, Fault> {
        commands::resources_untag::run(&self.shared, caller, region, resources, removal).await
    }

    /// Resources of one kind that have tags, by instance and name.
    pub async fn resources_tags(
        &self,
        caller: &Caller,
        region: &Region,
        query: &tag::TagQuery,
    ) -> Result<Vec<tag::TaggedResource>, Fault> {
        commands::resources_tags::run(&self.shared, caller, region, query).await
    }

    /// Registers a group.
    pub async fn group_create(
        &self,
        caller: &Caller,
        create: group::GroupCreate,
    ) -> Result<Committed<()>, Fault> {
        commands::group_create::run(&self.shared, caller, create).await
    }

    /// Removes a group's registration, tags and commits; refused while it has members.
    pub async fn group_delete(
        &self,
        caller: &Caller,
        region: &Region,
        instance: &InstanceId,
        group: &GroupName,
    ) -> Result<Committed<()>, Fault> {
        commands::group_delete::run(&self.shared, caller, region, instance, group).await
    }

    /// Groups of an instance, oldest first, then by id; of one exact id when given.
    pub async fn group_list(
        &self,
        caller: &Caller,
        region: &Region,
        instance: &InstanceId,
        name: Option<&GroupName>,
    ) -> Result<Vec<group::Group>, Fault> {
        commands::group_list::run(&self.shared, caller, region, instance, name).await
    }

    /// Kafka clients that were seen.
    pub async fn client_list(
        &self,
        caller: &Caller,
        query: client::ClientQuery,
    ) -> Result<Vec<client::SeenClients>, Fault> {
        commands::client_list::run(&self.shared, caller, query).await
    }

    /// What a group is doing.
    pub async fn group_activity(
        &self,
        caller: &Caller,
        region: &Region,
        instance: &InstanceId,
        group: &GroupName,
    ) -> Result<group::GroupActivity, Fault> {
        commands::group_activity::run(&self.shared, caller, region, instance, group).await
    }

    /// Has a group that no consumer is in go on elsewhere; it does so when this returns.
    pub async fn group_reset(
        &self,
        caller: &Caller,
        reset: group::GroupReset,
    ) -> Result<Committed<()>, Fault> {
        commands::group_reset::run(&self.shared, caller, reset).await
    }

    /// Messages of a topic.
    pub async fn message_list(
        &self,
        caller: &Caller,
        query: message::MessageQuery,
    ) -> Result<Vec<message::Message>, Fault> {
        commands::message_list::run(&self.shared, caller, query).await
    }

    /// How far a group has come, topics by name, partitions ascending.
    pub async fn group_progress(
        &self,
        caller: &Caller,
        region: &Region,
        instance: &InstanceId,
        group: &GroupName,
    ) -> Result<group::GroupProgress, Fault> {
        commands::group_progress::run(&self.shared, caller, region, instance, group).await
    }

    /// Makes a cipher key.
    pub async fn cipher_key_create(
        &self,
        caller: &Caller,
        create: cipher_key::CipherKeyCreate,
    ) -> Result<Committed<cipher_key::CipherKey>, Fault> {
        commands::cipher_key_create::run(&self.shared, caller, create).await
    }

    /// The account's cipher keys, oldest first, then by id.
    pub async fn cipher_key_list(
        &self,
        caller: &Caller,
        filter: &cipher_key::CipherKeyFilter,
        page: topic::Page,
    ) -> Result<topic::Paged<cipher_key::CipherKey>, Fault> {
        commands::cipher_key_list::run(&self.shared, caller, filter, page).await
    }

    /// One cipher key.
    pub async fn cipher_key_find(
        &self,
        caller: &Caller,
        id: &CipherKeyId,
    ) -> Result<cipher_key::CipherKey, Fault> {
        commands::cipher_key_find::run(&self.shared, caller, id).await
    }

    /// Changes a cipher key; the key as it is then.
    pub async fn cipher_key_change(
        &self,
        caller: &Caller,
        id: &CipherKeyId,
        change: cipher_key::CipherKeyChange,
    ) -> Result<Committed<cipher_key::CipherKey>, Fault> {
        commands::cipher_key_change::run(&self.shared, caller, id, change).await
    }

    /// Puts tags on cipher keys: on all that are named or on none.
    pub async fn cipher_key_tag(
        &self,
        caller: &Caller,
        ids: Vec<CipherKeyId>,
        tags: Vec<tag::Tag>,
    ) -> Result<Committed<()>, Fault> {
        commands::cipher_key_tag::run(&self.shared, caller, ids, tags).await
    }

    /// Takes tags off cipher keys: off all that are named or off none.
    pub async fn cipher_key_untag(
        &self,
        caller: &Caller,
        ids: Vec<CipherKeyId>,
        removal: tag::TagRemoval,
    ) -> Result<Committed<()>, Fault> {
        commands::cipher_key_untag::run(&self.shared, caller, ids, removal).await
    }

    /// Gives a cipher key a name that no other key of the account has.
    pub async fn cipher_alias_create(
        &self,
        caller: &Caller,
        alias: cipher_alias::CipherAlias,
    ) -> Result<Committed<()>, Fault> {
        commands::cipher_alias_create::run(&self.shared, caller, alias).await
    }

    /// Gives the name of a cipher key to another one.
    pub async fn cipher_alias_change(
        &self,
        caller: &Caller,
        alias: cipher_alias::CipherAlias,
    ) -> Result<Committed<()>, Fault> {
        commands::cipher_alias_change::run(&self.shared, caller, alias).await
    }

    /// Takes a name of a cipher key away.
    pub async fn cipher_alias_delete(
        &self,
        caller: &Caller,
        name: &CipherAliasName,
    ) -> Result<Committed<()>, Fault> {
        commands::cipher_alias_delete::run(&self.shared, caller, name).await
    }

    /// The cipher key of a name.
    pub async fn cipher_alias_find(
        &self,
        caller: &Caller,
        name: &CipherAliasName,
    ) -> Result<CipherKeyId, Fault> {
        commands::cipher_alias_find::run(&self.shared, caller, name).await
    }

    /// The names of all the account's cipher keys, or of one, each with its key; oldest first, then by name.
    pub async fn cipher_alias_list(
        &self,
        caller: &Caller,
        of: Option<&CipherKeyId>,
    ) -> Result<Vec<(cipher_alias::CipherAlias, cipher_key::CipherKey)>, Fault> {
        commands::cipher_alias_list::run(&self.shared, caller, of).await
    }

    /// Encrypts a text of up to [`PLAINTEXT_MAX`](cipher_key::PLAINTEXT_MAX) bytes.
    pub async fn cipher_key_encrypt(
        &self,
        caller: &Caller,
        id: &CipherKeyId,
        plaintext: &Secret<String>,
        context: &cipher_key::CipherContext,
    ) -> Result<cipher_key::Encrypted, Fault> {
        commands::cipher_key_encrypt::run(&self.shared, caller, id, plaintext, context).await
    }

    /// Draws a key of so many bytes, up to [`DATA_KEY_MAX`](cipher_key::DATA_KEY_MAX), and encrypts it.
    pub async fn cipher_key_data(
        &self,
        caller: &Caller,
        id: &CipherKeyId,
        bytes: u32,
        context: &cipher_key::CipherContext,
    ) -> Result<cipher_key::DataKey, Fault> {
        commands::cipher_key_data::run(&self.shared, caller, id, bytes, context).await
    }

    /// Decrypts what any version of a cipher key of the account has encrypted.
    pub async fn cipher_key_decrypt(
        &self,
        caller: &Caller,
        ciphertext: &str,
        context: &cipher_key::CipherContext,
    ) -> Result<cipher_key::Decrypted, Fault> {
        commands::cipher_key_decrypt::run(&self.shared, caller, ciphertext, context).await
    }

    /// Makes a resource group.
    pub async fn resource_group_create(
        &self,
        caller: &Caller,
        create: resource_group::ResourceGroupCreate,
    ) -> Result<Committed<resource_group::ResourceGroup>, Fault> {
        commands::resource_group_create::run(&self.shared, caller, create).await
    }

    /// The account's resource groups: the one that is there from the start, then the others, oldest first.
    pub async fn resource_group_list(
        &self,
        caller: &Caller,
    ) -> Result<Vec<resource_group::ResourceGroup>, Fault> {
        commands::resource_group_list::run(&self.shared, caller).await
    }

    /// One resource group.
    pub async fn resource_group_find(
        &self,
        caller: &Caller,
        id: &ResourceGroupId,
    ) -> Result<resource_group::ResourceGroup, Fault> {
        commands::resource_group_find::run(&self.shared, caller, id).await
    }

    /// Changes what a resource group is called where people read it; the group as it is then.
    pub async fn resource_group_change(
        &self,
        caller: &Caller,
        id: &ResourceGroupId,
        label: String,
    ) -> Result<Committed<resource_group::ResourceGroup>, Fault> {
        commands::resource_group_change::run(&self.shared, caller, id, label).await
    }

    /// Removes a resource group that nothing is in any more; the group as it was.
    pub async fn resource_group_delete(
        &self,
        caller: &Caller,
        id: &ResourceGroupId,
    ) -> Result<Committed<resource_group::ResourceGroup>, Fault> {
        commands::resource_group_delete::run(&self.shared, caller, id).await
    }

    /// The zones of a region, by id.
    pub fn zone_list(&self, region: &Region) -> Vec<zone::Zone> {
        commands::zone_list::run(&self.shared, region)
    }

    /// Makes a network with its router and system route table.
    pub async fn network_create(
        &self,
        caller: &Caller,
        create: network::NetworkCreate,
    ) -> Result<Committed<network::NetworkCreated>, Fault> {
        commands::network_create::run(&self.shared, caller, create).await
    }

    /// Networks of a region, oldest first, then by id.
    pub async fn network_list(
        &self,
        caller: &Caller,
        region: &Region,
        filter: &network::NetworkFilter,
        page: topic::Page,
    ) -> Result<topic::Paged<network::Network>, Fault> {
        commands::network_list::run(&self.shared, caller, region, filter, page).await
    }

    /// One network.
    pub async fn network_find(
        &self,
        caller: &Caller,
        region: &Region,
        id: &NetworkId,
    ) -> Result<network::Network, Fault> {
        commands::network_find::run(&self.shared, caller, region, id).await
    }

    /// Changes a network's name, description, addresses or resource group.
    pub async fn network_change(
        &self,
        caller: &Caller,
        region: &Region,
        id: &NetworkId,
        change: network::NetworkChange,
    ) -> Result<Committed<()>, Fault> {
        commands::network_change::run(&self.shared, caller, region, id, change).await
    }

    /// Adds further addresses to a network, or takes them away.
    pub async fn network_cidr(
        &self,
        caller: &Caller,
        region: &Region,
        id: &NetworkId,
        change: network::FurtherCidr,
    ) -> Result<Committed<()>, Fault> {
        commands::network_cidr::run(&self.shared, caller, region, id, change).await
    }

    /// Changes the system route table of a network.
    pub async fn route_table_change(
        &self,
        caller: &Caller,
        region: &Region,
        id: &RouteTableId,
        change: network::RouteTableChange,
    ) -> Result<Committed<()>, Fault> {
        commands::route_table_change::run(&self.shared, caller, region, id, change).await
    }

    /// Removes a network that nothing is in any more; with `dry_run` only checks that it could.
    pub async fn network_delete(
        &self,
        caller: &Caller,
        region: &Region,
        id: &NetworkId,
        dry_run: bool,
    ) -> Result<Committed<()>, Fault> {
        commands::network_delete::run(&self.shared, caller, region, id, dry_run).await
    }

    /// Makes a subnet of a network.
    pub async fn subnet_create(
        &self,
        caller: &Caller,
        create: subnet::SubnetCreate,
    ) -> Result<Committed<SubnetId>, Fault> {
        commands::subnet_create::run(&self.shared, caller, create).await
    }

    /// Subnets of a region, oldest first, then by id.
    pub async fn subnet_list(
        &self,
        caller: &Caller,
        region: &Region,
        filter: &subnet::SubnetFilter,
        page: topic::Page,
    ) -> Result<topic::Paged<subnet::Subnet>, Fault> {
        commands::subnet_list::run(&self.shared, caller, region, filter, page).await
    }

    /// One subnet.
    pub async fn subnet_find(
        &self,
        caller: &Caller,
        region: &Region,
        id: &SubnetId,
    ) -> Result<subnet::Subnet, Fault> {
        commands::subnet_find::run(&self.shared, caller, region, id).await
    }

    /// Changes a subnet's name or description.
    pub async fn subnet_change(
        &self,
        caller: &Caller,
        region: &Region,
        id: &SubnetId,
        change: subnet::SubnetChange,
    ) -> Result<Committed<()>, Fault> {
        commands::subnet_change::run(&self.shared, caller, region, id, change).await
    }

    /// Removes a subnet that no instance is in any more.
    pub async fn subnet_delete(
        &self,
        caller: &Caller,
        region: &Region,
        id: &SubnetId,
    ) -> Result<Committed<()>, Fault> {
        commands::subnet_delete::run(&self.shared, caller, region, id).await
    }

    /// Makes a security group.
    pub async fn security_group_create(
        &self,
        caller: &Caller,
        create: security_group::SecurityGroupCreate,
    ) -> Result<Committed<SecurityGroupId>, Fault> {
        commands::security_group_create::run(&self.shared, caller, create).await
    }

    /// Security groups of a region, oldest first, then by id.
    pub async fn security_group_list(
        &self,
        caller: &Caller,
        region: &Region,
        filter: &security_group::SecurityGroupFilter,
        page: topic::Page,
    ) -> Result<topic::Paged<security_group::SecurityGroup>, Fault> {
        commands::security_group_list::run(&self.shared, caller, region, filter, page).await
    }

    /// One security group.
    pub async fn security_group_find(
        &self,
        caller: &Caller,
        region: &Region,
        id: &SecurityGroupId,
    ) -> Result<security_group::SecurityGroup, Fault> {
        commands::security_group_find::run(&self.shared, caller, region, id).await
    }

    /// Changes a security group's name, description, inner access or resource group.
    pub async fn security_group_change(
        &self,
        caller: &Caller,
        region: &Region,
        id: &SecurityGroupId,
        change: security_group::SecurityGroupChange,
    ) -> Result<Committed<()>, Fault> {
        commands::security_group_change::run(&self.shared, caller, region, id, change).await
    }

    /// Removes a security group that no instance names any more.
    pub async fn security_group_delete(
        &self,
        caller: &Caller,
        region: &Region,
        id: &SecurityGroupId,
    ) -> Result<Committed<()>, Fault> {
        commands::security_group_delete::run(&self.shared, caller, region, id).await
    }

    /// Puts tags on networks, subnets or security groups: on all that are named or on none.
    pub async fn network_tag(
        &self,
        caller: &Caller,
        region: &Region,
        resources: Vec<tag::NetworkResource>,
        tags: Vec<tag::Tag>,
    ) -> Result<Committed<()>, Fault> {
        commands::network_tag::run(&self.shared, caller, region, resources, tags).await
    }

    /// Takes tags off networks, subnets or security groups.
    pub async fn network_untag(
        &self,
        caller: &Caller,
        region: &Region,
        resources: Vec<tag::NetworkResource>,
        removal: tag::TagRemoval,
    ) -> Result<Committed<()>, Fault> {
        commands::network_untag::run(&self.shared, caller, region, resources, removal).await
    }

    /// Where an instance would be, if it were deployed as its owner says.
    pub async fn placement_find(
        &self,
        caller: &Caller,
        region: &Region,
        query: &placement::PlacementQuery,
    ) -> Result<placement::Placement, Fault> {
        commands::placement_find::run(&self.shared, caller, region, query).await
    }
}

impl fmt::Debug for Control {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Control")
    }
}
