//! The commands, one method each. What a dialect may ask of the control plane is exactly this list.
//!
//! A method that changes something answers after the commit. What that means for work in the engine:
//!
//! - `topic_create`, `topic_delete`, `group_delete` answer when the engine has done it and that is recorded.
//! - `instance_start` answers when the intent is committed; the instance is deploying from then on.
//! - `instance_release`, `instance_delete` answer when they have ended, or after [`Options::wait`] with the
//!   intent committed and the work going on. Until it has ended the instance is shown as it was, for so it
//!   is.
//!
//! A command that meets an operation in its way waits for it, [`Options::wait`] at most.
//!
//! [`Options::wait`]: crate::config::Options::wait

use std::fmt;
use std::sync::Arc;

use crate::audit::{self, AuditReport, Refusal};
use crate::config::{ControlConfig, OpenError, Opened};
use crate::ids::{GroupName, InstanceId, Region, TopicName};
use crate::shared::Shared;
use crate::stats::Stats;
use crate::store::{instances, operations};
use crate::{AccessKey, Caller, Committed, Fault};
use crate::{commands, group, instance, reconcilers, topic};

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
    ) -> Result<topic::Paged<topic::Topic>, Fault> {
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
}

impl fmt::Debug for Control {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Control")
    }
}
