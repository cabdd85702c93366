//! DescribeVpcAttribute: one VPC.

use control::ids::{NetworkId, Region};

use crate::dialects::aliyun::action::{Action, Context, Effect, Refused};
use crate::dialects::aliyun::params::parameters;
use crate::dialects::aliyun::vpc::causes;
use crate::dialects::aliyun::vpc::views::VpcView;
use crate::refusal::Cause;

pub(crate) struct DescribeVpcAttribute;

parameters! {
    /// Which one.
    pub(crate) struct Input {
        /// The region.
        region_id: Region = required("RegionId"),
        /// The VPC.
        vpc_id: NetworkId = required("VpcId"),
    }
}

impl Action for DescribeVpcAttribute {
    const NAME: &'static str = "DescribeVpcAttribute";
    const SUMMARY: &'static str = "Shows a VPC.";
    const PERMISSION: &'static str = "vpc:DescribeVpcAttribute";
    const EFFECT: Effect = Effect::Reads;
    const CAUSES: &'static [Cause] = &[causes::NETWORK];
    const EXAMPLE: &'static [(&'static str, &'static str)] =
        &[("RegionId", "cn-hangzhou"), ("VpcId", "vpc-1")];

    type Input = Input;
    type Output = VpcView;

    async fn run(input: Input, context: &Context) -> Result<VpcView, Refused> {
        let Input { region_id, vpc_id } = input;
        let Context { caller, control, .. } = context;
        let network = control.network_find(caller, &region_id, &vpc_id).await?;
        Ok(VpcView::new(network, &region_id, &caller.account))
    }
}
