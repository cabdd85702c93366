//! GetTopicStatus: where a topic's partitions begin and end.

use control::ids::{InstanceId, Region, TopicName};
use control::topic::PartitionStatus;
use serde::Serialize;

use crate::dialects::aliyun::action::{Action, Context, Effect, Refused};
use crate::dialects::aliyun::alikafka::causes;
use crate::dialects::aliyun::envelope::list_of;
use crate::dialects::aliyun::params::parameters;
use crate::refusal::Cause;

pub(crate) struct GetTopicStatus;

parameters! {
    /// Which topic.
    pub(crate) struct Input {
        /// The instance that has the topic.
        instance_id: InstanceId = required("InstanceId"),
        /// The region in which it was bought.
        region_id: Option<Region> = optional("RegionId"),
        /// The topic's name, exactly.
        topic: TopicName = required("Topic"),
    }
}

/// The state of a topic.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Output {
    topic_status: TopicStatus,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct TopicStatus {
    total_count: i64,
    last_time_stamp: i64,
    offset_table: OffsetTable,
}

list_of! {
    struct OffsetTable: "OffsetTable" [Offsets];
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct Offsets {
    topic: String,
    partition: u32,
    min_offset: i64,
    max_offset: i64,
    last_update_timestamp: i64,
}

impl Action for GetTopicStatus {
    const NAME: &'static str = "GetTopicStatus";
    const SUMMARY: &'static str = "Says how many messages a topic has, and where its partitions end.";
    const PERMISSION: &'static str = "alikafka:ListTopic";
    const EFFECT: Effect = Effect::Reads;
    const IN_OLD_VERSION: bool = true;
    const CAUSES: &'static [Cause] = &[causes::INSTANCE, causes::STATE, causes::TOPIC];
    const EXAMPLE: &'static [(&'static str, &'static str)] =
        &[("InstanceId", "INSTANCE"), ("RegionId", "cn-hangzhou"), ("Topic", "orders")];

    type Input = Input;
    type Output = Output;

    async fn run(input: Input, context: &Context) -> Result<Output, Refused> {
        let Input { instance_id, region_id, topic } = input;
        let Context { caller, control, .. } = context;
        let partitions = control.topic_status(caller, region_id.as_ref(), &instance_id, &topic).await?;
        Ok(Output { topic_status: TopicStatus::new(&topic, &partitions) })
    }
}

impl TopicStatus {
    fn new(topic: &TopicName, partitions: &[PartitionStatus]) -> Self {
        let offsets = |partition: &PartitionStatus| Offsets {
            topic: topic.to_string(),
            partition: partition.partition,
            min_offset: partition.offset_min,
            max_offset: partition.offset_max,
            last_update_timestamp: partition.newest_ms,
        };
        Self {
            total_count: partitions.iter().map(|p| p.offset_max - p.offset_min).sum(),
            last_time_stamp: partitions.iter().map(|p| p.newest_ms).max().unwrap_or(0),
            offset_table: partitions.iter().map(offsets).collect(),
        }
    }
}
