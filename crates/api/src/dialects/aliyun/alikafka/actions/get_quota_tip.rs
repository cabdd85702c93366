//! GetQuotaTip: what an instance may hold, and how much of it is used. Terraform asks at every read, in every
//! state.

use control::ids::{InstanceId, Region};
use control::instance::Instance;
use serde::Serialize;

use crate::dialects::aliyun::action::{Action, Context, Effect, Refused};
use crate::dialects::aliyun::alikafka::causes;
use crate::dialects::aliyun::alikafka::details::Details;
use crate::dialects::aliyun::params::parameters;
use crate::refusal::Cause;

pub(crate) struct GetQuotaTip;

parameters! {
    /// Which instance.
    pub(crate) struct Input {
        /// The instance.
        instance_id: InstanceId = required("InstanceId"),
        /// The region in which it was bought.
        region_id: Region = required("RegionId"),
    }
}

/// The quotas.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Output {
    quota_data: QuotaData,
}

#[derive(Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
struct QuotaData {
    topic_quota: u32,
    topic_num_of_buy: u32,
    topic_used: u32,
    topic_left: u32,
    partition_quota: u32,
    partition_num_of_buy: u32,
    partition_used: u32,
    partition_left: u32,
    group_used: u32,
    group_left: u32,
    is_partition_buy: u8,
}

/// What the vendor reports as TopicQuota of an instance without bought partitions, whatever its order said. The
/// Terraform provider knows the figure, and shows a difference for ever when it is another.
const TOPIC_QUOTA_BASE: u32 = 1_000;

impl Action for GetQuotaTip {
    const NAME: &'static str = "GetQuotaTip";
    const SUMMARY: &'static str = "Says what an instance may hold and how much of it is used.";
    const PERMISSION: &'static str = "alikafka:ListInstance";
    const EFFECT: Effect = Effect::Reads;
    const CAUSES: &'static [Cause] = &[causes::INSTANCE];
    const EXAMPLE: &'static [(&'static str, &'static str)] =
        &[("InstanceId", "INSTANCE"), ("RegionId", "cn-hangzhou")];

    type Input = Input;
    type Output = Output;

    async fn run(input: Input, context: &Context) -> Result<Output, Refused> {
        let Context { caller, control, .. } = context;
        let instance = control.instance_find(caller, &input.region_id, &input.instance_id).await?;
        let details = Details::of(&instance)?;
        Ok(Output { quota_data: QuotaData::new(&instance, &details) })
    }
}

impl QuotaData {
    fn new(instance: &Instance, details: &Details) -> Self {
        let (limits, used) = (&instance.limits, &instance.used);
        let by_partition = details.partition_num > 0;
        Self {
            topic_quota: TOPIC_QUOTA_BASE + details.partition_num,
            topic_num_of_buy: if by_partition { limits.topics } else { details.topic_quota },
            topic_used: used.topics,
            // Kafka clients may have made more than the limit before it was looked at.
            topic_left: limits.topics.saturating_sub(used.topics),
            partition_quota: limits.partitions,
            partition_num_of_buy: details.partition_num,
            partition_used: used.partitions,
            partition_left: limits.partitions.saturating_sub(used.partitions),
            group_used: used.groups,
            group_left: limits.groups.saturating_sub(used.groups),
            is_partition_buy: u8::from(by_partition),
        }
    }
}
