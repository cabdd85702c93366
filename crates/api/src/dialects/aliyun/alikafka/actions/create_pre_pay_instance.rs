//! CreatePrePayInstance: buys an instance for a term, by partitions, and names it at once.

use control::ids::Region;
use control::instance::InstanceOrder;

use crate::dialects::aliyun::action::{Action, Context, Effect, Refused};
use crate::dialects::aliyun::alikafka::catalog::SpecType;
use crate::dialects::aliyun::alikafka::causes;
use crate::dialects::aliyun::alikafka::details::{DeployType, DiskType};
use crate::dialects::aliyun::alikafka::needs;
use crate::dialects::aliyun::alikafka::orders::{Bought, Term, Terms, Wanted};
use crate::dialects::aliyun::params::{NewTags, Text, choice, parameters};
use crate::refusal::Cause;

pub(crate) struct CreatePrePayInstance;

parameters! {
    /// What to buy.
    pub(crate) struct Input {
        /// The region in which the instance will be.
        region_id: Region = required("RegionId"),
        /// 4 for an instance on the internet and in the VPC, 5 for one in the VPC alone.
        deploy_type: DeployType = required("DeployType"),
        /// 0 for an efficient cloud disk, 1 for an SSD. Cannot change later.
        disk_type: DiskType = required("DiskType"),
        /// The disk's size in GB, in steps of 100; the range depends on the traffic.
        disk_size: u32 = required("DiskSize"),
        /// The name of the traffic specification.
        io_max_spec: Text = required("IoMaxSpec"),
        /// How many partitions to buy, on top of the thousand that every instance has.
        partition_num: u32 = required("PartitionNum").range(1, 10_000),
        /// The bandwidth from the internet in Mbit/s. Required with DeployType 4, ignored with 5.
        eip_max: Option<u32> = optional("EipMax").required_when(needs::bandwidth),
        /// The edition.
        spec_type: SpecType = optional("SpecType").or("normal"),
        /// 0 for payment beforehand. 4, an instance of the Confluent series, is not offered.
        paid_type: PaidType = optional("PaidType").or("0"),
        /// How many months are paid for.
        duration: Term = optional("Duration").or("1"),
        /// The resource group that the instance belongs to.
        resource_group_id: Option<Text> = optional("ResourceGroupId").range(1, 64),
        /// Tags for the instance.
        tags: NewTags = optional("Tag").range(1, 20),
    }
}

choice! {
    /// How the order is paid.
    pub(crate) enum PaidType: Integer {
        /// For a term.
        PrePaid = "0",
        /// For a term, of another series.
        Confluent = "4",
    }
}

impl Action for CreatePrePayInstance {
    const NAME: &'static str = "CreatePrePayInstance";
    const SUMMARY: &'static str = "Buys an instance for a term that is paid beforehand; the reply names it.";
    const PERMISSION: &'static str = "alikafka:StartInstance";
    const EFFECT: Effect = Effect::Changes;
    const CAUSES: &'static [Cause] = &[causes::NOT_SUPPORTED];
    const EXAMPLE: &'static [(&'static str, &'static str)] = &[
        ("RegionId", "cn-hangzhou"),
        ("DeployType", "5"),
        ("DiskType", "1"),
        ("DiskSize", "900"),
        ("IoMaxSpec", "alikafka.hw.2xlarge"),
        ("PartitionNum", "50"),
        ("SpecType", "professional"),
    ];

    type Input = Input;
    type Output = Bought;

    async fn run(input: Input, context: &Context) -> Result<Bought, Refused> {
        let order = input.order(context.clock.now_ms())?;
        Ok(context.control.instance_order(&context.caller, order).await?.try_into()?)
    }
}

impl Input {
    fn order(self, now_ms: i64) -> Result<InstanceOrder, Refused> {
        if self.paid_type == PaidType::Confluent {
            return Err(Refused::NotSupported("Instances of the Confluent series are not offered".into()));
        }
        let terms = Terms::for_term(now_ms, self.duration);
        let wanted = Wanted {
            region: self.region_id,
            topic_quota: None,
            disk_type: self.disk_type,
            disk_size: self.disk_size,
            deploy_type: self.deploy_type,
            io_max: None,
            eip_max: self.eip_max,
            spec_type: self.spec_type,
            io_max_spec: Some(self.io_max_spec),
            partition_num: self.partition_num,
            resource_group_id: self.resource_group_id.unwrap_or_default(),
            tags: self.tags.0,
        };
        wanted.order(&terms)
    }
}
