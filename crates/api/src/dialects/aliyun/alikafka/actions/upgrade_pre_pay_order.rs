//! UpgradePrePayOrder: raises the configuration of an instance that is paid for a term.

use control::ids::{InstanceId, Region};
use control::instance::Billing;

use crate::dialects::aliyun::action::{Action, Context, Effect, Refused};
use crate::dialects::aliyun::alikafka::catalog::SpecType;
use crate::dialects::aliyun::alikafka::causes;
use crate::dialects::aliyun::alikafka::orders::Ordered;
use crate::dialects::aliyun::alikafka::upgrades::{Raise, upgrade};
use crate::dialects::aliyun::params::{Text, parameters};
use crate::refusal::Cause;

pub(crate) struct UpgradePrePayOrder;

parameters! {
    /// Which instance, and its configuration from now on. What is absent stays; nothing becomes smaller.
    pub(crate) struct Input {
        /// The instance.
        instance_id: InstanceId = required("InstanceId"),
        /// The region in which it was bought.
        region_id: Region = required("RegionId"),
        /// The disk's size in GB, in steps of 100.
        disk_size: u32 = required("DiskSize"),
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
    }
}

impl Action for UpgradePrePayOrder {
    const NAME: &'static str = "UpgradePrePayOrder";
    const SUMMARY: &'static str = "Raises the configuration of an instance that is paid for a term.";
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
    type Output = Ordered;

    async fn run(input: Input, context: &Context) -> Result<Ordered, Refused> {
        let raise = Raise {
            disk_size: Some(input.disk_size),
            topic_quota: input.topic_quota,
            io_max: input.io_max,
            io_max_spec: input.io_max_spec,
            spec_type: input.spec_type,
            eip_model: input.eip_model,
            eip_max: input.eip_max,
            partition_num: input.partition_num,
            serverless: None,
        };
        let order = upgrade(context, &input.region_id, &input.instance_id, Billing::Prepaid, raise).await?;
        Ok(order.into())
    }
}
