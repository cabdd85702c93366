//! ModifyTopicRemark: changes what is noted about a topic.

use control::ids::{InstanceId, Region, TopicName};
use control::topic::TopicNote;

use crate::dialects::aliyun::action::{Action, Context, Done, Effect, Refused};
use crate::dialects::aliyun::alikafka::causes;
use crate::dialects::aliyun::alikafka::remark::TopicRemark;
use crate::dialects::aliyun::params::parameters;
use crate::refusal::Cause;

pub(crate) struct ModifyTopicRemark;

parameters! {
    /// Which topic, and what to note.
    pub(crate) struct Input {
        /// The instance that has the topic.
        instance_id: InstanceId = required("InstanceId"),
        /// The topic's name, exactly.
        topic: TopicName = required("Topic"),
        /// The region in which the instance was bought.
        region_id: Region = required("RegionId"),
        /// The note: 3 to 64 letters, digits, underscores and hyphens. Without it the topic has none from now on.
        remark: Option<TopicRemark> = optional("Remark"),
    }
}

impl Action for ModifyTopicRemark {
    const NAME: &'static str = "ModifyTopicRemark";
    const SUMMARY: &'static str = "Changes what is noted about a topic.";
    const PERMISSION: &'static str = "alikafka:UpdateTopic";
    const EFFECT: Effect = Effect::Changes;
    const MESSAGE: &'static str = "operation success";
    const CAUSES: &'static [Cause] = &[causes::INSTANCE, causes::STATE, causes::TOPIC];
    const EXAMPLE: &'static [(&'static str, &'static str)] =
        &[("InstanceId", "INSTANCE"), ("Topic", "orders"), ("RegionId", "cn-hangzhou"), ("Remark", "test")];

    type Input = Input;
    type Output = Done;

    async fn run(input: Input, context: &Context) -> Result<Done, Refused> {
        let Input { instance_id: instance, topic, region_id: region, remark } = input;
        // Some clients drop empty values, so an absent note has to mean none.
        let remark = remark.map_or_else(String::new, |TopicRemark(remark)| remark);
        let note = TopicNote { region, instance, topic, remark };
        Ok(context.control.topic_remark(&context.caller, note).await?.into())
    }
}
