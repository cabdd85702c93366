//! CreatePostPayInstance: buys an instance that is paid by use and by partitions, and names it at once.

use control::ids::Region;
use control::instance::InstanceOrder;

use crate::dialects::aliyun::action::{Action, Context, Effect, Refused};
use crate::dialects::aliyun::alikafka::catalog::SpecType;
use crate::dialects::aliyun::alikafka::causes;
use crate::dialects::aliyun::alikafka::details::{DeployType, DiskType};
use crate::dialects::aliyun::alikafka::needs;
use crate::dialects::aliyun::alikafka::orders::{Bought, Terms, Wanted};
use crate::dialects::aliyun::alikafka::serverless::{Reservation, WantedServerless, only_serverless};
use crate::dialects::aliyun::params::{NewTags, Rejection, Text, choice, parameters};
use crate::refusal::Cause;

pub(crate) struct CreatePostPayInstance;

parameters! {
    /// What to buy.
    pub(crate) struct Input {
        /// The region in which the instance will be.
        region_id: Region = required("RegionId"),
        /// 4 for an instance on the internet and in the VPC, 5 for one in the VPC alone.
        deploy_type: DeployType = required("DeployType"),
        /// 0 for an efficient cloud disk, 1 for an SSD. Cannot change later. Required unless PaidType is 3.
        disk_type: Option<DiskType> = optional("DiskType").required_when(needs::specification),
        /// The disk's size in GB, in steps of 100; the range depends on the traffic. Required unless PaidType is 3.
        disk_size: Option<u32> = optional("DiskSize").required_when(needs::specification),
        /// The name of the traffic specification. Required unless PaidType is 3.
        io_max_spec: Option<Text> = optional("IoMaxSpec").required_when(needs::specification),
        /// How many partitions to buy, on top of the thousand that every instance has. Required unless PaidType is 3.
        partition_num: Option<u32> = optional("PartitionNum").required_when(needs::specification).range(1, 10_000),
        /// The bandwidth from the internet in Mbit/s. Required with DeployType 4, ignored with 5.
        eip_max: Option<u32> = optional("EipMax").required_when(needs::bandwidth),
        /// The edition; basic is one of serverless instances, professionalForHighRead is none.
        spec_type: SpecType = optional("SpecType").or("normal"),
        /// 1 for an instance that is bought by specification, 3 for a serverless one.
        paid_type: PaidType = optional("PaidType").or("1"),
        /// The resource group that the instance belongs to.
        resource_group_id: Option<Text> = optional("ResourceGroupId").range(1, 64),
        /// Tags for the instance.
        tags: NewTags = optional("Tag").range(1, 20),
        /// The traffic that is reserved for a serverless instance, in MB/s: at least 60 to publish and 20 to subscribe.
        serverless_config: Reservation = optional("ServerlessConfig").required_when(needs::reservation),
    }
}

choice! {
    /// How the order is paid.
    pub(crate) enum PaidType: Integer {
        /// By use.
        PostPaid = "1",
        /// By use and by what is reserved.
        Serverless = "3",
    }
}

impl Action for CreatePostPayInstance {
    const NAME: &'static str = "CreatePostPayInstance";
    const SUMMARY: &'static str = "Buys an instance that is paid by use; the reply names it.";
    const PERMISSION: &'static str = "alikafka:StartInstance";
    const EFFECT: Effect = Effect::Changes;
    const CAUSES: &'static [Cause] = &[causes::NOT_SUPPORTED];
    const EXAMPLE: &'static [(&'static str, &'static str)] = &[
        ("RegionId", "cn-hangzhou"),
        ("DeployType", "5"),
        ("DiskType", "1"),
        ("DiskSize", "500"),
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
        let terms = Terms::by_use(now_ms);
        if self.paid_type == PaidType::Serverless {
            let wanted = WantedServerless {
                region: self.region_id,
                deploy_type: self.deploy_type,
                spec_type: self.spec_type,
                capacity: self.serverless_config.0,
                resource_group_id: self.resource_group_id.unwrap_or_default(),
                tags: self.tags.0,
            };
            return wanted.order(&terms);
        }
        only_serverless(self.serverless_config.0)?;
        let missing = |name| Refused::from(Rejection::Missing(name));
        let wanted = Wanted {
            region: self.region_id,
            topic_quota: None,
            disk_type: self.disk_type.ok_or_else(|| missing("DiskType"))?,
            disk_size: self.disk_size.ok_or_else(|| missing("DiskSize"))?,
            deploy_type: self.deploy_type,
            io_max: None,
            eip_max: self.eip_max,
            spec_type: self.spec_type,
            io_max_spec: Some(self.io_max_spec.ok_or_else(|| missing("IoMaxSpec"))?),
            partition_num: self.partition_num.ok_or_else(|| missing("PartitionNum"))?,
            resource_group_id: self.resource_group_id.unwrap_or_default(),
            tags: self.tags.0,
        };
        wanted.order(&terms)
    }
}
