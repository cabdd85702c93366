//! GetConsumerProgress: how far a group has come, and how much is left.

use control::group::{GroupProgress, PartitionProgress, TopicProgress};
use control::ids::{GroupName, InstanceId, Region};
use serde::Serialize;

use crate::dialects::aliyun::action::{Action, Context, Effect, Refused};
use crate::dialects::aliyun::envelope::list_of;
use crate::dialects::aliyun::params::parameters;

pub(crate) struct GetConsumerProgress;

parameters! {
    /// Which group.
    pub(crate) struct Input {
        /// The instance that has the group.
        instance_id: InstanceId = required("InstanceId"),
        /// The group's id, exactly.
        consumer_id: GroupName = required("ConsumerId"),
        /// The region in which the instance was bought.
        region_id: Region = required("RegionId"),
        /// Whether every LastTimestamp is to be -1.
        hide_last_timestamp: bool = optional("HideLastTimestamp").or("false"),
    }
}

/// How far a group has come.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Output {
    consumer_progress: ConsumerProgress,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct ConsumerProgress {
    last_timestamp: i64,
    total_diff: i64,
    topic_list: TopicList,
}

list_of! {
    struct TopicList: "TopicList" [TopicVo];
    struct OffsetList: "OffsetList" [PartitionVo];
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct TopicVo {
    topic: String,
    total_diff: i64,
    last_timestamp: i64,
    offset_list: OffsetList,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct PartitionVo {
    partition: u32,
    broker_offset: i64,
    consumer_offset: i64,
    last_timestamp: i64,
}

impl Action for GetConsumerProgress {
    const NAME: &'static str = "GetConsumerProgress";
    const SUMMARY: &'static str = "Says how far a consumer group has come in each topic, and what is left.";
    const PERMISSION: &'static str = "alikafka:ListGroup";
    const EFFECT: Effect = Effect::Reads;
    const IN_OLD_VERSION: bool = true;
    const EXAMPLE: &'static [(&'static str, &'static str)] =
        &[("InstanceId", "INSTANCE"), ("ConsumerId", "billing"), ("RegionId", "cn-hangzhou")];

    type Input = Input;
    type Output = Output;

    async fn run(input: Input, context: &Context) -> Result<Output, Refused> {
        let Input { instance_id, consumer_id, region_id, hide_last_timestamp } = input;
        let Context { caller, control, .. } = context;
        let progress = control.group_progress(caller, &region_id, &instance_id, &consumer_id).await?;
        let hidden = hide_last_timestamp.then_some(-1);
        Ok(Output { consumer_progress: ConsumerProgress::new(&progress, hidden) })
    }
}

impl ConsumerProgress {
    /// `hidden` stands for every time when it is given.
    fn new(progress: &GroupProgress, hidden: Option<i64>) -> Self {
        let topics: Vec<_> =
            progress.topics.iter().map(|topic| TopicVo::new(topic, hidden)).collect();
        Self {
            last_timestamp: hidden
                .unwrap_or_else(|| topics.iter().map(|topic| topic.last_timestamp).max().unwrap_or(0)),
            total_diff: topics.iter().map(|topic| topic.total_diff).sum(),
            topic_list: TopicList { items: topics },
        }
    }
}

impl TopicVo {
    fn new(progress: &TopicProgress, hidden: Option<i64>) -> Self {
        let partitions = &progress.partitions;
        // A commit past the end is possible after data was lost or removed; it leaves nothing to read.
        let left = |partition: &PartitionProgress| (partition.log_end - partition.committed).max(0);
        let partition_vo = |partition: &PartitionProgress| PartitionVo {
            partition: partition.partition,
            broker_offset: partition.log_end,
            consumer_offset: partition.committed,
            last_timestamp: hidden.unwrap_or(partition.consumed_ms),
        };
        Self {
            topic: progress.topic.to_string(),
            total_diff: partitions.iter().map(left).sum(),
            last_timestamp: hidden
                .unwrap_or_else(|| partitions.iter().map(|p| p.consumed_ms).max().unwrap_or(0)),
            offset_list: partitions.iter().map(partition_vo).collect(),
        }
    }
}
