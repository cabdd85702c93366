//! DeleteConsumerGroup: removes a group that has no members.

use control::ids::{GroupName, InstanceId, Region};

use crate::dialects::aliyun::action::{Action, Context, Done, Effect, Refused};
use crate::dialects::aliyun::alikafka::causes;
use crate::dialects::aliyun::params::parameters;
use crate::refusal::Cause;

pub(crate) struct DeleteConsumerGroup;

parameters! {
    /// What to remove.
    pub(crate) struct Input {
        /// The instance that has the group.
        instance_id: InstanceId = required("InstanceId"),
        /// The region in which it was bought.
        region_id: Region = required("RegionId"),
        /// The group's id, exactly.
        consumer_id: GroupName = required("ConsumerId"),
    }
}

impl Action for DeleteConsumerGroup {
    const NAME: &'static str = "DeleteConsumerGroup";
    const SUMMARY: &'static str = "Removes a group that has no members, with its tags and committed offsets.";
    const PERMISSION: &'static str = "alikafka:DeleteGroup";
    const EFFECT: Effect = Effect::Changes;
    const IN_OLD_VERSION: bool = true;
    const CAUSES: &'static [Cause] = &[causes::INSTANCE, causes::STATE, causes::GROUP];
    const EXAMPLE: &'static [(&'static str, &'static str)] =
        &[("InstanceId", "INSTANCE"), ("RegionId", "cn-hangzhou"), ("ConsumerId", "billing")];

    type Input = Input;
    type Output = Done;

    async fn run(input: Input, context: &Context) -> Result<Done, Refused> {
        let Input { instance_id, region_id, consumer_id } = input;
        let Context { caller, control, .. } = context;
        Ok(control.group_delete(caller, &region_id, &instance_id, &consumer_id).await?.into())
    }
}
