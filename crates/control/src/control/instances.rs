//! Instances: bought, started, changed, stopped, and gone.

use super::Control;
use crate::ids::{InstanceId, InstanceName, OrderId, Region};
use crate::{Caller, Committed, Fault, commands, instance, placement};

impl Control {
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
