//! GetTopicSubscribeStatus: which groups read a topic.

use control::ids::{GroupName, InstanceId, Region, TopicName};
use serde::Serialize;

use crate::dialects::aliyun::action::{Action, Context, Effect, Refused};
use crate::dialects::aliyun::alikafka::causes;
use crate::dialects::aliyun::params::parameters;
use crate::refusal::Cause;

pub(crate) struct GetTopicSubscribeStatus;

parameters! {
    /// Which topic.
    pub(crate) struct Input {
        /// The instance that has the topic.
        instance_id: InstanceId = required("InstanceId"),
        /// The region in which it was bought.
        region_id: Region = required("RegionId"),
        /// The topic's name, exactly.
        topic: TopicName = required("Topic"),
    }
}

/// Who reads a topic.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Output {
    topic_subscribe_status: TopicSubscribeStatus,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct TopicSubscribeStatus {
    topic: String,
    /// A plain list, unlike those of the older actions.
    consumer_groups: Vec<String>,
}

impl Action for GetTopicSubscribeStatus {
    const NAME: &'static str = "GetTopicSubscribeStatus";
    const SUMMARY: &'static str =
        "Names the groups with members that read a topic or with a committed offset in it.";
    const PERMISSION: &'static str = "alikafka:ListTopic";
    const EFFECT: Effect = Effect::Reads;
    const CAUSES: &'static [Cause] = &[causes::INSTANCE, causes::STATE, causes::TOPIC];
    const EXAMPLE: &'static [(&'static str, &'static str)] =
        &[("InstanceId", "INSTANCE"), ("RegionId", "cn-hangzhou"), ("Topic", "orders")];

    type Input = Input;
    type Output = Output;

    async fn run(input: Input, context: &Context) -> Result<Output, Refused> {
        let Input { instance_id, region_id, topic } = input;
        let Context { caller, control, .. } = context;
        let groups = control.topic_groups(caller, &region_id, &instance_id, &topic).await?;
        let consumer_groups = groups.into_iter().map(GroupName::into_string).collect();
        let topic = topic.into_string();
        Ok(Output { topic_subscribe_status: TopicSubscribeStatus { topic, consumer_groups } })
    }
}
