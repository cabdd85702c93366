//! AssociateVpcCidrBlock: adds further addresses to a VPC.

use control::cidr::Cidr;
use control::ids::{NetworkId, Region};
use control::network::FurtherCidr;

use crate::dialects::aliyun::action::{Action, Context, Done, Effect, Refused};
use crate::dialects::aliyun::companions::causes as shared;
use crate::dialects::aliyun::params::{AnyCase, choice, parameters};
use crate::dialects::aliyun::vpc::causes;
use crate::refusal::Cause;

pub(crate) struct AssociateVpcCidrBlock;

parameters! {
    /// Which addresses.
    pub(crate) struct Input {
        /// The region.
        region_id: Region = required("RegionId"),
        /// The VPC.
        vpc_id: NetworkId = required("VpcId"),
        /// The addresses.
        secondary_cidr_block: Cidr = required("SecondaryCidrBlock"),
        /// The version of the addresses.
        ip_version: AnyCase<IpVersion> = optional("IpVersion").or("IPV4"),
    }
}

choice! {
    /// Versions of addresses.
    pub(crate) enum IpVersion: String {
        /// The one that is offered.
        Four = "IPV4",
        /// Not offered.
        Six = "IPV6",
    }
}

impl Action for AssociateVpcCidrBlock {
    const NAME: &'static str = "AssociateVpcCidrBlock";
    const SUMMARY: &'static str = "Adds further addresses to a VPC.";
    const PERMISSION: &'static str = "vpc:AssociateVpcCidrBlock";
    const EFFECT: Effect = Effect::Changes;
    const CAUSES: &'static [Cause] =
        &[causes::NETWORK, causes::CIDR, causes::CIDR_OVERLAPS, shared::UNSUPPORTED];
    const EXAMPLE: &'static [(&'static str, &'static str)] =
        &[("RegionId", "cn-hangzhou"), ("VpcId", "vpc-1"), ("SecondaryCidrBlock", "192.168.0.0/16")];

    type Input = Input;
    type Output = Done;

    async fn run(input: Input, context: &Context) -> Result<Done, Refused> {
        let Input { region_id, vpc_id, secondary_cidr_block, ip_version: AnyCase(ip_version) } = input;
        if ip_version == IpVersion::Six {
            return Err(Refused::NotSupported("IPv6 is not offered".into()));
        }
        let Context { caller, control, .. } = context;
        let change = FurtherCidr::Add(secondary_cidr_block);
        Ok(control.network_cidr(caller, &region_id, &vpc_id, change).await?.into())
    }
}
