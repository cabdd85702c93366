//! CreateVpc: makes a VPC with its router and system route table.

use control::cidr::Cidr;
use control::ids::{ClientToken, Region, ResourceGroupId};
use control::network::{NetworkCreate, NetworkCreated};
use serde::Serialize;

use crate::dialects::aliyun::action::{Action, Context, Effect, Refused};
use crate::dialects::aliyun::companions::causes as shared;
use crate::dialects::aliyun::companions::labels;
use crate::dialects::aliyun::params::{NewTags, Rejection, Text, parameters};
use crate::dialects::aliyun::vpc::causes;
use crate::refusal::Cause;

pub(crate) struct CreateVpc;

parameters! {
    /// What to make.
    pub(crate) struct Input {
        /// The region.
        region_id: Region = required("RegionId"),
        /// Its addresses: a block with a prefix of 8 to 28, outside 100.64.0.0/10, 127.0.0.0/8, 169.254.0.0/16 and 224.0.0.0/4.
        cidr_block: Cidr = optional("CidrBlock").or("172.16.0.0/12"),
        /// Its name.
        vpc_name: Option<Text> = optional("VpcName").range(1, 128),
        /// Its description.
        description: Option<Text> = optional("Description").range(1, 256),
        /// Its resource group; by default the account's default one.
        resource_group_id: Option<ResourceGroupId> = optional("ResourceGroupId"),
        /// Up to three blocks outside it that its owner uses, separated by commas.
        user_cidr: Option<Text> = optional("UserCidr"),
        /// Whether hosts in it are to have names. Kept and shown.
        enable_dns_hostname: bool = optional("EnableDnsHostname").or("false"),
        /// Whether it has IPv6 addresses, which is not offered.
        enable_ipv6: bool = optional("EnableIpv6").or("false"),
        /// Its IPv6 addresses, which are not offered.
        ipv6_cidr_block: Option<Text> = optional("Ipv6CidrBlock"),
        /// A pool to take its addresses from, which is not offered.
        ipv4_ipam_pool_id: Option<Text> = optional("Ipv4IpamPoolId"),
        /// Its tags.
        tags: NewTags = optional("Tag").range(1, 20),
        /// Repeating the request with the same token gives the first answer again.
        client_token: Option<ClientToken> = optional("ClientToken").range(1, 64),
        /// Check everything, make nothing, and answer DryRunOperation.
        dry_run: bool = optional("DryRun").or("false"),
    }
}

/// What was made.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Output {
    vpc_id: String,
    v_router_id: String,
    route_table_id: String,
    resource_group_id: String,
}

impl Action for CreateVpc {
    const NAME: &'static str = "CreateVpc";
    const SUMMARY: &'static str =
        "Makes a VPC: a record for others to refer to, with a router and a system route table.";
    const PERMISSION: &'static str = "vpc:CreateVpc";
    const EFFECT: Effect = Effect::Changes;
    const CAUSES: &'static [Cause] = &[
        causes::CIDR,
        causes::NETWORKS_FULL,
        shared::UNSUPPORTED,
        shared::RESOURCE_GROUP,
        shared::TOKEN_REUSED,
        shared::DRY_RUN,
    ];
    const EXAMPLE: &'static [(&'static str, &'static str)] = &[
        ("RegionId", "cn-hangzhou"),
        ("CidrBlock", "10.0.0.0/8"),
        ("VpcName", "payments"),
        ("ClientToken", "e4567-e89b-12d3"),
    ];

    type Input = Input;
    type Output = Output;

    async fn run(input: Input, context: &Context) -> Result<Output, Refused> {
        let create = input.create()?;
        let created = context.control.network_create(&context.caller, create).await?.into_inner();
        let NetworkCreated { id, router, route_table, resource_group } = created;
        Ok(Output {
            vpc_id: id.into_string(),
            v_router_id: router.into_string(),
            route_table_id: route_table.into_string(),
            resource_group_id: resource_group.into_string(),
        })
    }
}

impl Input {
    fn create(self) -> Result<NetworkCreate, Refused> {
        labels::check("VpcName", self.vpc_name.as_deref())?;
        labels::check("Description", self.description.as_deref())?;
        if self.enable_ipv6 || self.ipv6_cidr_block.is_some() {
            return Err(Refused::NotSupported("IPv6 is not offered".into()));
        }
        if self.ipv4_ipam_pool_id.is_some() {
            return Err(Refused::NotSupported("IPAM pools are not offered".into()));
        }
        Ok(NetworkCreate {
            region: self.region_id,
            id_prefix: "vpc-",
            router_prefix: "vrt-",
            route_table_prefix: "vtb-",
            name: self.vpc_name.unwrap_or_default(),
            description: self.description.unwrap_or_default(),
            cidr: self.cidr_block,
            cidrs_user: user_cidrs(self.user_cidr.as_deref().unwrap_or_default())?,
            host_names: self.enable_dns_hostname,
            resource_group: self.resource_group_id,
            tags: self.tags.0,
            token: self.client_token,
            dry_run: self.dry_run,
        })
    }
}

/// The blocks of a list with commas.
fn user_cidrs(text: &str) -> Result<Vec<Cidr>, Rejection> {
    let blocks = text.split(',').filter(|_| !text.is_empty());
    blocks
        .map(|block| {
            let reason = "must be blocks of IPv4 addresses, separated by commas";
            Cidr::parse(block).ok_or_else(|| Rejection::rule("UserCidr", reason))
        })
        .collect()
}
