//! Topics, and the messages in them.

use super::Control;
use crate::ids::{GroupName, InstanceId, Region, TopicName};
use crate::{Caller, Committed, Fault, commands, message, topic};

impl Control {
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

    /// Messages of a topic.
    pub async fn message_list(
        &self,
        caller: &Caller,
        query: message::MessageQuery,
    ) -> Result<Vec<message::Message>, Fault> {
        commands::message_list::run(&self.shared, caller, query).await
    }
}
