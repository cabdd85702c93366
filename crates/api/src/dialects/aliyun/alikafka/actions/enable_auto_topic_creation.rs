//! EnableAutoTopicCreation: says whether clients make topics by asking for them, and with how many partitions.

use control::ids::{InstanceId, Region};

use crate::dialects::aliyun::action::{Action, Context, Done, Effect, Refused};
use crate::dialects::aliyun::alikafka::causes;
use crate::dialects::aliyun::alikafka::configuration::{AUTOMATIC_TOPICS, PARTITIONS, configure, put};
use crate::dialects::aliyun::params::{Rejection, choice, parameters};
use crate::refusal::Cause;

pub(crate) struct EnableAutoTopicCreation;

parameters! {
    /// Which instance, and what about it.
    pub(crate) struct Input {
        /// The instance.
        instance_id: InstanceId = required("InstanceId"),
        /// The region in which it was bought.
        region_id: Region = required("RegionId"),
        /// Whether topics are made by asking for them, or with how many partitions. May be absent where
        /// UpdatePartition is true.
        operate: Option<Operate> = optional("Operate").required_at_times(),
        /// How many partitions such a topic has. Required to change that, without effect otherwise.
        partition_num: Option<u32> = optional("PartitionNum").required_at_times().range(1, 360),
        /// Whether the number of partitions is to be changed, as with updatePartition.
        update_partition: bool = optional("UpdatePartition").or("false"),
    }
}

choice! {
    /// What to do.
    pub(crate) enum Operate: String {
        /// Topics are made by asking for them.
        Enable = "enable",
        /// They are not.
        Disable = "disable",
        /// Those that are have another number of partitions from now on.
        UpdatePartition = "updatePartition",
    }
}

impl Action for EnableAutoTopicCreation {
    const NAME: &'static str = "EnableAutoTopicCreation";
    const SUMMARY: &'static str =
        "Says whether Kafka clients make topics by asking for them, and with how many partitions.";
    const PERMISSION: &'static str = "alikafka:UpdateInstance";
    const EFFECT: Effect = Effect::Changes;
    const CAUSES: &'static [Cause] = &[causes::INSTANCE, causes::STATE, causes::RUNNING];
    const EXAMPLE: &'static [(&'static str, &'static str)] =
        &[("InstanceId", "INSTANCE"), ("RegionId", "cn-hangzhou"), ("Operate", "enable")];

    type Input = Input;
    type Output = Done;

    async fn run(input: Input, context: &Context) -> Result<Done, Refused> {
        let (name, value) = input.setting()?;
        let Input { instance_id, region_id, .. } = input;
        let configured = configure(context, &region_id, &instance_id, |_, settings, details| {
            put(settings, details, name, &value);
            Ok(())
        });
        Ok(configured.await?.into())
    }
}

impl Input {
    /// The setting that is to change, and to what.
    fn setting(&self) -> Result<(&'static str, String), Rejection> {
        match (self.operate, self.update_partition) {
            (Some(Operate::Enable | Operate::Disable), true) => Err(Rejection::rule(
                "Operate",
                "must be updatePartition or absent where UpdatePartition is true",
            )),
            (Some(Operate::Enable), false) => Ok((AUTOMATIC_TOPICS, true.to_string())),
            (Some(Operate::Disable), false) => Ok((AUTOMATIC_TOPICS, false.to_string())),
            (Some(Operate::UpdatePartition), _) | (None, true) => {
                let partitions = self.partition_num.ok_or(Rejection::Missing("PartitionNum"))?;
                Ok((PARTITIONS, partitions.to_string()))
            }
            (None, false) => Err(Rejection::Missing("Operate")),
        }
    }
}
