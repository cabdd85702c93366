//! CreateVSwitch: makes a vSwitch of a VPC.

use control::cidr::Cidr;
use control::ids::{ClientToken, NetworkId, Region, ZoneId};
use control::subnet::SubnetCreate;
use serde::Serialize;

use crate::dialects::aliyun::action::{Action, Context, Effect, Refused};
use crate::dialects::aliyun::companions::causes as shared;
use crate::dialects::aliyun::companions::labels;
use crate::dialects::aliyun::params::{NewTags, Text, parameters};
use crate::dialects::aliyun::vpc::causes;
use crate::refusal::Cause;

pub(crate) struct CreateVSwitch;

parameters! {
    /// What to make.
    pub(crate) struct Input {
        /// The region.
        region_id: Region = required("RegionId"),
        /// The VPC.
        vpc_id: NetworkId = required("VpcId"),
        /// The zone, as cn-hangzhou-b.
        zone_id: ZoneId = required("ZoneId"),
        /// Its addresses: a block within the VPC's with a prefix of 16 to 29 that overlaps no other vSwitch's.
        cidr_block: Cidr = required("CidrBlock"),
        /// Its name.
        vswitch_name: Option<Text> = optional("VSwitchName").range(1, 128),
        /// Its description.
        description: Option<Text> = optional("Description").range(1, 256),
        /// Its IPv6 addresses, which are not offered.
        ipv6_cidr_block: Option<Text> = optional("Ipv6CidrBlock"),
        /// The VPC's IPv6 addresses, which are not offered.
        vpc_ipv6_cidr_block: Option<Text> = optional("VpcIpv6CidrBlock"),
        /// Its tags.
        tags: NewTags = optional("Tag").range(1, 20),
        /// Repeating the request with the same token gives the first answer again.
        client_token: Option<ClientToken> = optional("ClientToken").range(1, 64),
    }
}

/// What was made.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Output {
    v_switch_id: String,
}

impl Action for CreateVSwitch {
    const NAME: &'static str = "CreateVSwitch";
    const SUMMARY: &'static str = "Makes a vSwitch: part of the addresses of a VPC, in one zone.";
    const PERMISSION: &'static str = "vpc:CreateVSwitch";
    const EFFECT: Effect = Effect::Changes;
    const CAUSES: &'static [Cause] = &[
        causes::NETWORK_OF_NEW,
        causes::CIDR_OVERLAPS,
        causes::SUBNETS_FULL,
        shared::UNSUPPORTED,
        shared::ZONE,
        shared::TOKEN_REUSED,
    ];
    const EXAMPLE: &'static [(&'static str, &'static str)] = &[
        ("RegionId", "cn-hangzhou"),
        ("VpcId", "vpc-1"),
        ("ZoneId", "cn-hangzhou-b"),
        ("CidrBlock", "10.1.0.0/24"),
        ("VSwitchName", "web"),
    ];

    type Input = Input;
    type Output = Output;

    async fn run(input: Input, context: &Context) -> Result<Output, Refused> {
        labels::check("VSwitchName", input.vswitch_name.as_deref())?;
        labels::check("Description", input.description.as_deref())?;
        if input.ipv6_cidr_block.is_some() || input.vpc_ipv6_cidr_block.is_some() {
            return Err(Refused::NotSupported("IPv6 is not offered".into()));
        }
        let create = SubnetCreate {
            region: input.region_id,
            id_prefix: "vsw-",
            network: input.vpc_id,
            zone: input.zone_id,
            cidr: input.cidr_block,
            name: input.vswitch_name.unwrap_or_default(),
            description: input.description.unwrap_or_default(),
            tags: input.tags.0,
            token: input.client_token,
        };
        let id = context.control.subnet_create(&context.caller, create).await?.into_inner();
        Ok(Output { v_switch_id: id.into_string() })
    }
}
