//! The commands, one method each. What a dialect may ask of the control plane is exactly this list.

use crate::ids::{GroupName, InstanceId, Region, TopicName};
use crate::{AccessKey, Caller, Committed, Fault};
use crate::{group, instance, topic};

/// The control plane. Clones share it.
#[derive(Clone)]
pub struct Control {}

impl Control {
    /// The key of this id, of any account; none when there is no such key. Answered from memory.
    pub async fn access_key_find(&self, _id: &str) -> Result<Option<AccessKey>, Fault> {
        todo!()
    }

    /// Buys an instance: the order and the instance, in state ordered, exist when this returns.
    pub async fn instance_order(
        &self,
        _caller: &Caller,
        _order: instance::InstanceOrder,
    ) -> Result<Committed<instance::InstanceOrdered>, Fault> {
        todo!()
    }

    /// Accepts the deployment; it goes on in the background until the instance runs.
    pub async fn instance_start(
        &self,
        _caller: &Caller,
        _start: instance::InstanceStart,
    ) -> Result<Committed<()>, Fault> {
        todo!()
    }

    /// One instance.
    pub async fn instance_find(
        &self,
        _caller: &Caller,
        _region: &Region,
        _id: &InstanceId,
    ) -> Result<instance::Instance, Fault> {
        todo!()
    }

    /// Instances of a region, oldest first, then by id.
    pub async fn instance_list(
        &self,
        _caller: &Caller,
        _region: &Region,
        _filter: &instance::InstanceFilter,
    ) -> Result<Vec<instance::Instance>, Fault> {
        todo!()
    }

    /// Gives an instance back: its endpoints stop, its record stays until deleted.
    pub async fn instance_release(
        &self,
        _caller: &Caller,
        _release: instance::InstanceRelease,
    ) -> Result<Committed<()>, Fault> {
        todo!()
    }

    /// Removes the record and data of an instance that is ordered, expired or released.
    pub async fn instance_delete(
        &self,
        _caller: &Caller,
        _region: &Region,
        _id: &InstanceId,
    ) -> Result<Committed<()>, Fault> {
        todo!()
    }

    /// Makes a topic; usable when this returns.
    pub async fn topic_create(
        &self,
        _caller: &Caller,
        _create: topic::TopicCreate,
    ) -> Result<Committed<()>, Fault> {
        todo!()
    }

    /// Removes a topic, its data, tags and commits.
    pub async fn topic_delete(
        &self,
        _caller: &Caller,
        _region: &Region,
        _instance: &InstanceId,
        _topic: &TopicName,
    ) -> Result<Committed<()>, Fault> {
        todo!()
    }

    /// Topics of an instance, oldest first, then by name; of one exact name when given.
    /// Without a region the instance id decides.
    pub async fn topic_list(
        &self,
        _caller: &Caller,
        _region: Option<&Region>,
        _instance: &InstanceId,
        _name: Option<&TopicName>,
        _page: topic::Page,
    ) -> Result<topic::Paged<topic::Topic>, Fault> {
        todo!()
    }

    /// The ends of a topic's partitions, ascending.
    pub async fn topic_status(
        &self,
        _caller: &Caller,
        _region: Option<&Region>,
        _instance: &InstanceId,
        _topic: &TopicName,
    ) -> Result<Vec<topic::PartitionStatus>, Fault> {
        todo!()
    }

    /// Registers a group.
    pub async fn group_create(
        &self,
        _caller: &Caller,
        _create: group::GroupCreate,
    ) -> Result<Committed<()>, Fault> {
        todo!()
    }

    /// Removes a group's registration, tags and commits; refused while it has members.
    pub async fn group_delete(
        &self,
        _caller: &Caller,
        _region: &Region,
        _instance: &InstanceId,
        _group: &GroupName,
    ) -> Result<Committed<()>, Fault> {
        todo!()
    }

    /// Groups of an instance, oldest first, then by id; of one exact id when given.
    pub async fn group_list(
        &self,
        _caller: &Caller,
        _region: &Region,
        _instance: &InstanceId,
        _name: Option<&GroupName>,
    ) -> Result<Vec<group::Group>, Fault> {
        todo!()
    }

    /// How far a group has come, topics by name, partitions ascending.
    pub async fn group_progress(
        &self,
        _caller: &Caller,
        _region: &Region,
        _instance: &InstanceId,
        _group: &GroupName,
    ) -> Result<group::GroupProgress, Fault> {
        todo!()
    }
}
