//! DescribeVSwitches: the vSwitches of a region.

use control::Fault;
use control::fault::Conflict;
use control::ids::{NetworkId, Region, ResourceGroupId, RouteTableId, SubnetId, ZoneId};
use control::subnet::{Subnet, SubnetFilter};
use serde::Serialize;

use crate::dialects::aliyun::action::{Action, Context, Effect, Refused};
use crate::dialects::aliyun::companions::causes as shared;
use crate::dialects::aliyun::companions::page;
use crate::dialects::aliyun::companions::views::owner;
use crate::dialects::aliyun::envelope::list_of;
use crate::dialects::aliyun::params::{TagConditions, Text, parameters, parse_integer};
use crate::dialects::aliyun::vpc::views::VSwitchView;
use crate::dialects::aliyun::vpc::{PRODUCT, VSWITCH};
use crate::refusal::Cause;

pub(crate) struct DescribeVSwitches;

parameters! {
    /// Which vSwitches; conditions are joined by AND.
    pub(crate) struct Input {
        /// The region.
        region_id: Region = required("RegionId"),
        /// Only those of this VPC.
        vpc_id: Option<NetworkId> = optional("VpcId"),
        /// Only the one of this id.
        vswitch_id: Option<SubnetId> = optional("VSwitchId"),
        /// Only those in this zone.
        zone_id: Option<ZoneId> = optional("ZoneId"),
        /// Only those of this name.
        vswitch_name: Option<Text> = optional("VSwitchName"),
        /// Only those that were there from the start, which none was, or only others.
        is_default: Option<bool> = optional("IsDefault"),
        /// Only those of this resource group.
        resource_group_id: Option<ResourceGroupId> = optional("ResourceGroupId"),
        /// Only those with this route table.
        route_table_id: Option<RouteTableId> = optional("RouteTableId"),
        /// Only those of this account.
        vswitch_owner_id: Option<Text> = optional("VSwitchOwnerId"),
        /// Only those with all of these tags; without a value any will do.
        tags: TagConditions = optional("Tag").range(1, 20),
        /// Which page, from 1.
        page_number: u32 = optional("PageNumber").range(1, 2_147_483_647).or("1"),
        /// How many on a page.
        page_size: u32 = optional("PageSize").range(1, 50).or("10"),
        /// Check everything, list nothing, and answer DryRunOperation.
        dry_run: bool = optional("DryRun").or("false"),
    }
}

/// A page of vSwitches.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Output {
    total_count: usize,
    page_number: u32,
    page_size: u32,
    v_switches: VSwitches,
}

list_of! {
    struct VSwitches: "VSwitch" [VSwitchView];
}

impl Action for DescribeVSwitches {
    const NAME: &'static str = "DescribeVSwitches";
    const SUMMARY: &'static str = "Lists the vSwitches of a region, oldest first.";
    const PERMISSION: &'static str = "vpc:DescribeVSwitches";
    const EFFECT: Effect = Effect::Reads;
    const CAUSES: &'static [Cause] = &[shared::DRY_RUN];
    const EXAMPLE: &'static [(&'static str, &'static str)] =
        &[("RegionId", "cn-hangzhou"), ("VpcId", "vpc-1"), ("PageSize", "50")];

    type Input = Input;
    type Output = Output;

    async fn run(input: Input, context: &Context) -> Result<Output, Refused> {
        let Context { caller, control, .. } = context;
        if input.dry_run {
            return Err(Fault::from(Conflict::DryRun).into());
        }
        let filter = SubnetFilter {
            ids: input.vswitch_id.into_iter().collect(),
            network: input.vpc_id,
            zone: input.zone_id,
            name: input.vswitch_name,
            resource_group: input.resource_group_id,
            route_table: input.route_table_id,
            tags: input.tags.filters,
        };
        let owns =
            |id: &Text| parse_integer(id).is_some_and(|id| u64::try_from(id) == Ok(owner(&caller.account)));
        let impossible =
            input.is_default == Some(true) || input.vswitch_owner_id.as_ref().is_some_and(|id| !owns(id));
        let (page_number, page_size) = (input.page_number, input.page_size);
        if impossible {
            return Ok(Output {
                total_count: 0,
                page_number,
                page_size,
                v_switches: VSwitches { items: Vec::new() },
            });
        }
        let region = &input.region_id;
        let list = |part| control.subnet_list(caller, region, &filter, part);
        let name =
            |subnet: &Subnet| [context.own(PRODUCT.name, region.as_str(), format!("{VSWITCH}{}", subnet.id))];
        let listed = context.listed(Self::PERMISSION, page(page_number, page_size), list, name).await?;
        let views = listed.items.into_iter().map(|subnet| VSwitchView::new(subnet, &caller.account));
        Ok(Output { total_count: listed.total, page_number, page_size, v_switches: views.collect() })
    }
}
