//! UpgradePostPayOrder: raises the configuration of an instance that is paid by use.

use control::ids::{InstanceId, Region};
use control::instance::Billing;

use crate::dialects::aliyun::action::{Action, Context, Done, Effect, Refused};
use crate::dialects::aliyun::alikafka::catalog::SpecType;
use crate::dialects::aliyun::alikafka::causes;
use crate::dialects::aliyun::alikafka::serverless::Reservation;
use crate::dialects::aliyun::alikafka::upgrades::{Raise, upgrade};
use crate::dialects::aliyun::params::{Rejection, Text, parameters};
use crate::refusal::Cause;

pub(crate) struct UpgradePostPayOrder;

parameters! {
    /// Which instance, and its configuration from now on. What is absent stays; nothing becomes smaller.
    pub(crate) struct Input {
        /// The instance.
        instance_id: InstanceId = required("InstanceId"),
        /// The region in which it was bought.
        region_id: Region = required("RegionId"),
        /// The disk's size in GB, in steps of 100. Required, but not for a serverless instance.
        disk_size: Option<u32> = optional("DiskSize").required_at_times(),
        /// How many topics are bought; without effect where partitions are.
        topic_quota: Option<u32> = optional("TopicQuota"),
        /// The traffic peak in MB/s.
        io_max: Option<u32> = optional("IoMax"),
        /// The name of the traffic specification; wins over IoMax.
        io_max_spec: Option<Text> = optional("IoMaxSpec"),
        /// The edition. From a professional one there is no way back.
        spec_type: Option<SpecType> = optional("SpecType"),
        /// Whether the instance can be reached from the internet. true adds a public network, which cannot be taken away.
        eip_model: Option<bool> = optional("EipModel"),
        /// The bandwidth from the internet in Mbit/s.
        eip_max: Option<u32> = optional("EipMax").required_at_times(),
        /// How many partitions are bought; more than 0 has the instance limited by partitions instead of topics.
        partition_num: Option<u32> = optional("PartitionNum").range(0, 10_000),
        /// The traffic that is reserved for a serverless instance, in MB/s; required for one, and for no other.
        serverless_config: Reservation = optional("ServerlessConfig").required_at_times(),
    }
}

impl Action for UpgradePostPayOrder {
    const NAME: &'static str = "UpgradePostPayOrder";
    const SUMMARY: &'static str = "Raises the configuration of an instance that is paid by use.";
    const PERMISSION: &'static str = "alikafka:UpdateInstance";
    const EFFECT: Effect = Effect::Changes;
    const CAUSES: &'static [Cause] =
        &[causes::NOT_SUPPORTED, causes::INSTANCE, causes::STATE, causes::RUNNING];
    const EXAMPLE: &'static [(&'static str, &'static str)] = &[
        ("InstanceId", "INSTANCE"),
        ("RegionId", "cn-hangzhou"),
        ("DiskSize", "1000"),
        ("TopicQuota", "80"),
    ];

    type Input = Input;
    type Output = Done;

    async fn run(input: Input, context: &Context) -> Result<Done, Refused> {
        // Without either it is right for no instance.
        if input.disk_size.is_none() && input.serverless_config.0.is_none() {
            return Err(Rejection::Missing("DiskSize").into());
        }
        let raise = Raise {
            disk_size: input.disk_size,
            topic_quota: input.topic_quota,
            io_max: input.io_max,
            io_max_spec: input.io_max_spec,
            spec_type: input.spec_type,
            eip_model: input.eip_model,
            eip_max: input.eip_max,
            partition_num: input.partition_num,
            serverless: input.serverless_config.0,
        };
        let order = upgrade(context, &input.region_id, &input.instance_id, Billing::Postpaid, raise).await?;
        // The vendor's reply has no order.
        Ok(order.map(drop).into())
    }
}
