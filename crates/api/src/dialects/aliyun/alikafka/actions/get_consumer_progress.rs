//! GetConsumerProgress: how far a group has come, and how much is left.

use std::collections::HashMap;

use control::group::{
    GroupActivity, GroupMember, GroupProgress, GroupStage, PartitionProgress, TopicProgress,
};
use control::ids::{GroupName, InstanceId, Region};
use serde::Serialize;

use crate::dialects::aliyun::action::{Action, Context, Effect, Refused};
use crate::dialects::aliyun::alikafka::causes;
use crate::dialects::aliyun::alikafka::rebalances::RebalanceInfo;
use crate::dialects::aliyun::envelope::list_of;
use crate::dialects::aliyun::params::parameters;
use crate::refusal::Cause;

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
    rebalance_info_list: RebalanceInfoList,
    /// As the SDKs' models list its values. They know it under this name, without a capital.
    #[serde(rename = "state")]
    state: &'static str,
}

list_of! {
    struct TopicList: "TopicList" [TopicVo];
    struct OffsetList: "OffsetList" [PartitionVo];
    struct RebalanceInfoList: "RebalanceInfoList" [RebalanceInfo];
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
    accumulate: i64,
    last_timestamp: i64,
    /// Of the member that reads the partition; empty where none does.
    member_id: String,
    client_id: String,
    client_ip: String,
}

impl Action for GetConsumerProgress {
    const NAME: &'static str = "GetConsumerProgress";
    const SUMMARY: &'static str = "Says how far a consumer group has come in each topic, and what is left.";
    const PERMISSION: &'static str = "alikafka:ListGroup";
    const EFFECT: Effect = Effect::Reads;
    const IN_OLD_VERSION: bool = true;
    const CAUSES: &'static [Cause] = &[causes::INSTANCE, causes::STATE, causes::GROUP];
    const EXAMPLE: &'static [(&'static str, &'static str)] =
        &[("InstanceId", "INSTANCE"), ("ConsumerId", "billing"), ("RegionId", "cn-hangzhou")];

    type Input = Input;
    type Output = Output;

    async fn run(input: Input, context: &Context) -> Result<Output, Refused> {
        let Input { instance_id, consumer_id, region_id, hide_last_timestamp } = input;
        let Context { caller, control, .. } = context;
        let progress = control.group_progress(caller, &region_id, &instance_id, &consumer_id).await?;
        let hidden = hide_last_timestamp.then_some(-1);
        Ok(Output { consumer_progress: ConsumerProgress::new(&consumer_id, &progress, hidden) })
    }
}

impl ConsumerProgress {
    /// `hidden` stands for every time when it is given.
    fn new(group: &GroupName, progress: &GroupProgress, hidden: Option<i64>) -> Self {
        let GroupActivity { stage, members, rebalances } = &progress.activity;
        let topics: Vec<_> =
            progress.topics.iter().map(|topic| TopicVo::new(topic, members, hidden)).collect();
        Self {
            last_timestamp: hidden
                .unwrap_or_else(|| topics.iter().map(|topic| topic.last_timestamp).max().unwrap_or(0)),
            total_diff: topics.iter().map(|topic| topic.total_diff).sum(),
            topic_list: TopicList { items: topics },
            rebalance_info_list: rebalances.iter().map(|one| RebalanceInfo::new(group, one)).collect(),
            state: match stage {
                GroupStage::Empty => "EMPTY",
                GroupStage::Gathering => "PREPARING_REBALANCE",
                GroupStage::Assigning => "COMPLETING_REBALANCE",
                GroupStage::Reconciling => "RECONCILING",
                GroupStage::Stable => "STABLE",
                GroupStage::Ending => "DEAD",
            },
        }
    }
}

impl TopicVo {
    fn new(progress: &TopicProgress, members: &[GroupMember], hidden: Option<i64>) -> Self {
        let partitions = &progress.partitions;
        let mut readers = HashMap::new();
        for member in members {
            let here = member.assigned.iter().filter(|(topic, _)| *topic == progress.topic);
            readers.extend(here.map(|(_, partition)| (*partition, member)));
        }
        let shown =
            partitions.iter().map(|one| PartitionVo::new(one, readers.get(&one.partition).copied(), hidden));
        Self {
            topic: progress.topic.to_string(),
            total_diff: partitions.iter().map(left).sum(),
            last_timestamp: hidden
                .unwrap_or_else(|| partitions.iter().map(|p| p.consumed_ms).max().unwrap_or(0)),
            offset_list: shown.collect(),
        }
    }
}

impl PartitionVo {
    fn new(partition: &PartitionProgress, reader: Option<&GroupMember>, hidden: Option<i64>) -> Self {
        let of_reader = |text: fn(&GroupMember) -> &String| reader.map(text).cloned().unwrap_or_default();
        Self {
            partition: partition.partition,
            broker_offset: partition.log_end,
            consumer_offset: partition.committed,
            accumulate: left(partition),
            last_timestamp: hidden.unwrap_or(partition.consumed_ms),
            member_id: of_reader(|member| &member.id),
            client_id: of_reader(|member| &member.client_id),
            client_ip: of_reader(|member| &member.address),
        }
    }
}

/// A commit past the end is possible after data was lost or removed; it leaves nothing to read.
fn left(partition: &PartitionProgress) -> i64 {
    (partition.log_end - partition.committed).max(0)
}
