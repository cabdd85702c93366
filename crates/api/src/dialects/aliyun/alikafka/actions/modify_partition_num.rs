//! ModifyPartitionNum: gives a topic more partitions.

use control::Fault;
use control::fault::Capacity;
use control::ids::{InstanceId, Region, TopicName};
use control::topic::TopicGrow;

use crate::dialects::aliyun::action::{Action, Context, Done, Effect, Refused};
use crate::dialects::aliyun::alikafka::causes;
use crate::dialects::aliyun::params::{Rejection, parameters};
use crate::refusal::Cause;

pub(crate) struct ModifyPartitionNum;

parameters! {
    /// Which topic is to have more.
    pub(crate) struct Input {
        /// The instance that has the topic.
        instance_id: InstanceId = required("InstanceId"),
        /// The region in which it was bought.
        region_id: Region = required("RegionId"),
        /// The topic's name, exactly.
        topic: TopicName = required("Topic"),
        /// How many partitions to add: 1 or more, and no more than 360 with those that are there.
        add_partition_num: u32 = required("AddPartitionNum").range(1, 360),
    }
}

/// Partitions that one topic may have.
const LIMIT: u32 = 360;

impl Action for ModifyPartitionNum {
    const NAME: &'static str = "ModifyPartitionNum";
    const SUMMARY: &'static str = "Adds partitions to a topic; clients see them when the reply is there.";
    const PERMISSION: &'static str = "alikafka:UpdateTopic";
    const EFFECT: Effect = Effect::Changes;
    const MESSAGE: &'static str = "operation success";
    const CAUSES: &'static [Cause] = &[causes::INSTANCE, causes::STATE, causes::FULL, causes::TOPIC];
    const EXAMPLE: &'static [(&'static str, &'static str)] = &[
        ("InstanceId", "INSTANCE"),
        ("RegionId", "cn-hangzhou"),
        ("Topic", "orders"),
        ("AddPartitionNum", "6"),
    ];

    type Input = Input;
    type Output = Done;

    async fn run(input: Input, context: &Context) -> Result<Done, Refused> {
        let Input { instance_id, region_id, topic, add_partition_num } = input;
        let Context { caller, control, .. } = context;
        let grow = TopicGrow {
            region: region_id,
            instance: instance_id,
            topic,
            more: add_partition_num,
            limit: LIMIT,
        };
        match control.topic_grow(caller, grow).await {
            Ok(done) => Ok(done.into()),
            Err(Fault::Capacity(Capacity::PartitionsOfTopic { limit })) => {
                let reason = format!("must leave the topic with at most {limit} partitions");
                Err(Rejection::rule("AddPartitionNum", reason).into())
            }
            Err(fault) => Err(fault.into()),
        }
    }
}
