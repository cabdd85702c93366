//! DescribeVpcs: the VPCs of a region.

use control::Fault;
use control::fault::Conflict;
use control::ids::{NetworkId, Region, ResourceGroupId};
use control::network::{Network, NetworkFilter};
use serde::Serialize;

use crate::dialects::aliyun::action::{Action, Context, Effect, Refused};
use crate::dialects::aliyun::companions::causes as shared;
use crate::dialects::aliyun::companions::page;
use crate::dialects::aliyun::companions::views::owner;
use crate::dialects::aliyun::envelope::list_of;
use crate::dialects::aliyun::params::{TagConditions, Text, parameters, parse_integer};
use crate::dialects::aliyun::vpc::views::VpcView;
use crate::dialects::aliyun::vpc::{PRODUCT, VPC};
use crate::refusal::Cause;

pub(crate) struct DescribeVpcs;

parameters! {
    /// Which VPCs; conditions are joined by AND.
    pub(crate) struct Input {
        /// The region.
        region_id: Region = required("RegionId"),
        /// Only VPCs of these ids, separated by commas.
        vpc_id: Option<Text> = optional("VpcId"),
        /// Only the VPCs of this name.
        vpc_name: Option<Text> = optional("VpcName"),
        /// Only those that were there from the start, which none was, or only others.
        is_default: Option<bool> = optional("IsDefault"),
        /// Only VPCs of this resource group.
        resource_group_id: Option<ResourceGroupId> = optional("ResourceGroupId"),
        /// Only VPCs of this account.
        vpc_owner_id: Option<Text> = optional("VpcOwnerId"),
        /// Only VPCs with this set of DHCP options, which none has.
        dhcp_options_set_id: Option<Text> = optional("DhcpOptionsSetId"),
        /// Only VPCs with all of these tags; without a value any will do.
        tags: TagConditions = optional("Tag").range(1, 20),
        /// Which page, from 1.
        page_number: u32 = optional("PageNumber").range(1, 2_147_483_647).or("1"),
        /// How many on a page.
        page_size: u32 = optional("PageSize").range(1, 50).or("10"),
        /// Check everything, list nothing, and answer DryRunOperation.
        dry_run: bool = optional("DryRun").or("false"),
    }
}

/// A page of VPCs.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Output {
    total_count: usize,
    page_number: u32,
    page_size: u32,
    vpcs: Vpcs,
}

list_of! {
    struct Vpcs: "Vpc" [VpcView];
}

impl Action for DescribeVpcs {
    const NAME: &'static str = "DescribeVpcs";
    const SUMMARY: &'static str = "Lists the VPCs of a region, oldest first.";
    const PERMISSION: &'static str = "vpc:DescribeVpcs";
    const EFFECT: Effect = Effect::Reads;
    const CAUSES: &'static [Cause] = &[shared::DRY_RUN];
    const EXAMPLE: &'static [(&'static str, &'static str)] =
        &[("RegionId", "cn-hangzhou"), ("PageNumber", "1"), ("PageSize", "50")];

    type Input = Input;
    type Output = Output;

    async fn run(input: Input, context: &Context) -> Result<Output, Refused> {
        let Context { caller, control, .. } = context;
        if input.dry_run {
            return Err(Fault::from(Conflict::DryRun).into());
        }
        let ids = input.vpc_id.unwrap_or_default();
        let filter = NetworkFilter {
            ids: ids.split(',').filter(|id| !id.is_empty()).map(NetworkId::new).collect(),
            name: input.vpc_name,
            resource_group: input.resource_group_id,
            tags: input.tags.filters,
            ..NetworkFilter::default()
        };
        let owns =
            |id: &Text| parse_integer(id).is_some_and(|id| u64::try_from(id) == Ok(owner(&caller.account)));
        let impossible = input.is_default == Some(true)
            || input.dhcp_options_set_id.is_some()
            || input.vpc_owner_id.as_ref().is_some_and(|id| !owns(id));
        let (page_number, page_size) = (input.page_number, input.page_size);
        if impossible {
            return Ok(Output { total_count: 0, page_number, page_size, vpcs: Vpcs { items: Vec::new() } });
        }
        let region = &input.region_id;
        let list = |part| control.network_list(caller, region, &filter, part);
        let name = |vpc: &Network| [context.own(PRODUCT.name, region.as_str(), format!("{VPC}{}", vpc.id))];
        let listed = context.listed(Self::PERMISSION, page(page_number, page_size), list, name).await?;
        let views = listed.items.into_iter().map(|vpc| VpcView::new(vpc, region, &caller.account));
        Ok(Output { total_count: listed.total, page_number, page_size, vpcs: views.collect() })
    }
}
