//! UpdateConsumerOffset: has a consumer group go on elsewhere.

use control::Fault;
use control::fault::{Absent, Conflict};
use control::group::{GroupReset, ResetTo};
use control::ids::{GroupName, InstanceId, Region, TopicName};

use crate::dialects::aliyun::action::{Action, Context, Done, Effect, Refused};
use crate::dialects::aliyun::alikafka::causes;
use crate::dialects::aliyun::alikafka::reset_offsets::ResetOffsets;
use crate::dialects::aliyun::params::{Rejection, choice, parameters};
use crate::refusal::Cause;
use crate::request::Parameters;

pub(crate) struct UpdateConsumerOffset;

choice! {
    /// What says where the group goes on.
    pub(crate) enum ResetType: String {
        /// The time of a message.
        Timestamp = "timestamp",
        /// The offset of a message.
        Offset = "offset",
    }
}

parameters! {
    /// Which group, and where it goes on.
    pub(crate) struct Input {
        /// The instance that has the group.
        instance_id: InstanceId = required("InstanceId"),
        /// The region in which it was bought.
        region_id: Region = required("RegionId"),
        /// The group's id, exactly. No consumer may be in it.
        consumer_id: GroupName = required("ConsumerId"),
        /// The topic, exactly; absent or empty for every topic in which the group has committed.
        topic: Option<TopicName> = optional("Topic").required_when(by_offset),
        /// What says where the group goes on.
        reset_type: ResetType = optional("ResetType").or("timestamp"),
        /// The group goes on with the first message of this time or newer, in milliseconds since 1970; -1 for the
        /// first that comes, -2 for the first that is there. Required with ResetType timestamp.
        time: Option<i64> = optional("Time").required_when(by_time),
        /// Where to go on in which partition of the topic: objects of Partition and Offset. Required with
        /// ResetType offset.
        offsets: ResetOffsets = optional("Offsets").required_when(by_offset).range(1, 1_000),
    }
}

/// Whether offsets say where the group goes on.
fn by_offset(values: &Parameters) -> bool {
    values.filled("ResetType") == Some("offset")
}

fn by_time(values: &Parameters) -> bool {
    !by_offset(values)
}

const LATEST: i64 = -1;
const EARLIEST: i64 = -2;

impl Action for UpdateConsumerOffset {
    const NAME: &'static str = "UpdateConsumerOffset";
    const SUMMARY: &'static str =
        "Has a consumer group that nobody reads with go on elsewhere, by time or by offset.";
    const PERMISSION: &'static str = "alikafka:UpdateGroup";
    const EFFECT: Effect = Effect::Changes;
    const CAUSES: &'static [Cause] = &[causes::INSTANCE, causes::STATE, causes::TOPIC, causes::GROUP];
    const EXAMPLE: &'static [(&'static str, &'static str)] = &[
        ("InstanceId", "INSTANCE"),
        ("RegionId", "cn-hangzhou"),
        ("ConsumerId", "billing"),
        ("Topic", "orders"),
        ("ResetType", "timestamp"),
        ("Time", "-2"),
    ];

    type Input = Input;
    type Output = Done;

    async fn run(input: Input, context: &Context) -> Result<Done, Refused> {
        let to = input.to()?;
        let Context { caller, control, .. } = context;
        let reset = GroupReset {
            region: input.region_id,
            instance: input.instance_id,
            group: input.consumer_id,
            topic: input.topic,
            to,
        };
        match control.group_reset(caller, reset).await {
            Err(Fault::Absent(Absent::Partition { partition, .. })) => {
                let reason = format!("names partition {partition}, which the topic has not");
                Err(Rejection::rule("Offsets", reason).into())
            }
            Err(Fault::Conflict(Conflict::OffsetOutside { partition, start, end })) => {
                let reason = format!("must have {start} to {end} for partition {partition}");
                Err(Rejection::rule("Offsets", reason).into())
            }
            reset => Ok(reset?.into()),
        }
    }
}

impl Input {
    fn to(&self) -> Result<ResetTo, Rejection> {
        match (self.reset_type, self.time) {
            (ResetType::Timestamp, None) => Err(Rejection::Missing("Time")),
            (ResetType::Timestamp, Some(LATEST)) => Ok(ResetTo::Latest),
            (ResetType::Timestamp, Some(EARLIEST)) => Ok(ResetTo::Earliest),
            (ResetType::Timestamp, Some(..0)) => Err(Rejection::rule("Time", "must be -2, -1, or 0 or more")),
            (ResetType::Timestamp, Some(time_ms)) => Ok(ResetTo::Time(time_ms)),
            (ResetType::Offset, _) if self.offsets.0.is_empty() => Err(Rejection::Missing("Offsets")),
            (ResetType::Offset, _) if self.topic.is_none() => Err(Rejection::Missing("Topic")),
            (ResetType::Offset, _) => Ok(ResetTo::Offsets(self.offsets.0.clone())),
        }
    }
}
