//! Consumer groups, and the clients of an instance.

use super::Control;
use crate::ids::{GroupName, InstanceId, Region};
use crate::{Caller, Committed, Fault, client, commands, group};

impl Control {
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
