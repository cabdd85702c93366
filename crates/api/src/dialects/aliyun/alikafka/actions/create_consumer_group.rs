//! CreateConsumerGroup: registers a group.

use control::group::GroupCreate;
use control::ids::{GroupName, InstanceId, Region};

use crate::dialects::aliyun::action::{Action, Context, Done, Effect, Refused};
use crate::dialects::aliyun::alikafka::causes;
use crate::dialects::aliyun::params::{Cut, NewTags, Text, parameters};
use crate::refusal::Cause;

pub(crate) struct CreateConsumerGroup;

parameters! {
    /// What to register.
    pub(crate) struct Input {
        /// The instance that will have the group.
        instance_id: InstanceId = required("InstanceId"),
        /// The region in which it was bought.
        region_id: Region = required("RegionId"),
        /// The group's id: 3 or more letters, digits, underscores and hyphens, not only the latter two; cut
        /// to 128.
        consumer_id: Cut<GroupName> = required("ConsumerId"),
        /// A note of up to 64 characters.
        remark: Option<Text> = optional("Remark").range(0, 64),
        /// Tags for the group.
        tags: NewTags = optional("Tag").range(1, 20),
    }
}

impl Action for CreateConsumerGroup {
    const NAME: &'static str = "CreateConsumerGroup";
    const SUMMARY: &'static str = "Registers a consumer group.";
    const PERMISSION: &'static str = "alikafka:CreateGroup";
    const EFFECT: Effect = Effect::Changes;
    const IN_OLD_VERSION: bool = true;
    const MESSAGE: &'static str = "operation success";
    const CAUSES: &'static [Cause] = &[causes::INSTANCE, causes::STATE, causes::FULL, causes::GROUP_EXISTS];
    const EXAMPLE: &'static [(&'static str, &'static str)] = &[
        ("InstanceId", "INSTANCE"),
        ("RegionId", "cn-hangzhou"),
        ("ConsumerId", "billing"),
        ("Remark", "reads orders"),
    ];

    type Input = Input;
    type Output = Done;

    async fn run(input: Input, context: &Context) -> Result<Done, Refused> {
        let Cut(name) = input.consumer_id;
        let group = GroupCreate {
            region: input.region_id,
            instance: input.instance_id,
            name,
            remark: input.remark.unwrap_or_default(),
            tags: input.tags.0,
        };
        Ok(context.control.group_create(&context.caller, group).await?.into())
    }
}
