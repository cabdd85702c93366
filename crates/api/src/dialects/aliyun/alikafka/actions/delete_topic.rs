//! DeleteTopic: removes a topic with its data.

use control::ids::{InstanceId, Region, TopicName};

use crate::dialects::aliyun::action::{Action, Context, Done, Effect, Refused};
use crate::dialects::aliyun::alikafka::causes;
use crate::dialects::aliyun::params::parameters;
use crate::refusal::Cause;

pub(crate) struct DeleteTopic;

parameters! {
    /// What to remove.
    pub(crate) struct Input {
        /// The instance that has the topic.
        instance_id: InstanceId = required("InstanceId"),
        /// The region in which it was bought.
        region_id: Region = required("RegionId"),
        /// The topic's name, exactly.
        topic: TopicName = required("Topic"),
    }
}

impl Action for DeleteTopic {
    const NAME: &'static str = "DeleteTopic";
    const SUMMARY: &'static str = "Removes a topic with its data, tags and committed offsets.";
    const PERMISSION: &'static str = "alikafka:DeleteTopic";
    const EFFECT: Effect = Effect::Changes;
    const IN_OLD_VERSION: bool = true;
    const CAUSES: &'static [Cause] = &[causes::INSTANCE, causes::STATE, causes::TOPIC];
    const EXAMPLE: &'static [(&'static str, &'static str)] =
        &[("InstanceId", "INSTANCE"), ("RegionId", "cn-hangzhou"), ("Topic", "orders")];

    type Input = Input;
    type Output = Done;

    async fn run(input: Input, context: &Context) -> Result<Done, Refused> {
        let Input { instance_id, region_id, topic } = input;
        let Context { caller, control, .. } = context;
        Ok(control.topic_delete(caller, &region_id, &instance_id, &topic).await?.into())
    }
}
