//! UnassociateVpcCidrBlock: takes further addresses from a VPC.

use control::cidr::Cidr;
use control::ids::{NetworkId, Region};
use control::network::FurtherCidr;

use crate::dialects::aliyun::action::{Action, Context, Done, Effect, Refused};
use crate::dialects::aliyun::params::parameters;
use crate::dialects::aliyun::vpc::causes;
use crate::refusal::Cause;

pub(crate) struct UnassociateVpcCidrBlock;

parameters! {
    /// Which addresses.
    pub(crate) struct Input {
        /// The region.
        region_id: Region = required("RegionId"),
        /// The VPC.
        vpc_id: NetworkId = required("VpcId"),
        /// The addresses.
        secondary_cidr_block: Cidr = required("SecondaryCidrBlock"),
    }
}

impl Action for UnassociateVpcCidrBlock {
    const NAME: &'static str = "UnassociateVpcCidrBlock";
    const SUMMARY: &'static str = "Takes further addresses from a VPC.";
    const PERMISSION: &'static str = "vpc:UnassociateVpcCidrBlock";
    const EFFECT: Effect = Effect::Changes;
    const CAUSES: &'static [Cause] = &[causes::NETWORK, causes::CIDR, causes::SUBNET_STAYS];
    const EXAMPLE: &'static [(&'static str, &'static str)] =
        &[("RegionId", "cn-hangzhou"), ("VpcId", "vpc-1"), ("SecondaryCidrBlock", "192.168.0.0/16")];

    type Input = Input;
    type Output = Done;

    async fn run(input: Input, context: &Context) -> Result<Done, Refused> {
        let Input { region_id, vpc_id, secondary_cidr_block } = input;
        let Context { caller, control, .. } = context;
        let change = FurtherCidr::Remove(secondary_cidr_block);
        Ok(control.network_cidr(caller, &region_id, &vpc_id, change).await?.into())
    }
}
