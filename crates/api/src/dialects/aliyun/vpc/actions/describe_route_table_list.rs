//! DescribeRouteTableList: the route tables of a region, which are the system ones of its VPCs.

use control::ids::{NetworkId, Region, ResourceGroupId, RouteTableId, RouterId};
use control::network::{Network, NetworkFilter};
use serde::Serialize;

use crate::dialects::aliyun::action::{Action, Context, Effect, Refused};
use crate::dialects::aliyun::companions::page;
use crate::dialects::aliyun::envelope::list_of;
use crate::dialects::aliyun::params::parameters;
use crate::dialects::aliyun::vpc::views::RouteTableView;
use crate::dialects::aliyun::vpc::{PRODUCT, ROUTE_TABLE};

pub(crate) struct DescribeRouteTableList;

parameters! {
    /// Which route tables; conditions are joined by AND.
    pub(crate) struct Input {
        /// The region.
        region_id: Region = required("RegionId"),
        /// Only that of this VPC.
        vpc_id: Option<NetworkId> = optional("VpcId"),
        /// Only the one of this id.
        route_table_id: Option<RouteTableId> = optional("RouteTableId"),
        /// Only that of this router.
        router_id: Option<RouterId> = optional("RouterId"),
        /// Only those of this resource group.
        resource_group_id: Option<ResourceGroupId> = optional("ResourceGroupId"),
        /// Which page, from 1.
        page_number: u32 = optional("PageNumber").range(1, 2_147_483_647).or("1"),
        /// How many on a page.
        page_size: u32 = optional("PageSize").range(1, 50).or("10"),
    }
}

/// A page of route tables.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Output {
    total_count: usize,
    page_number: u32,
    page_size: u32,
    router_table_list: RouteTables,
}

list_of! {
    struct RouteTables: "RouterTableListType" [RouteTableView];
}

impl Action for DescribeRouteTableList {
    const NAME: &'static str = "DescribeRouteTableList";
    const SUMMARY: &'static str = "Lists route tables: each VPC's system route table, oldest first.";
    const PERMISSION: &'static str = "vpc:DescribeRouteTableList";
    const EFFECT: Effect = Effect::Reads;
    const EXAMPLE: &'static [(&'static str, &'static str)] =
        &[("RegionId", "cn-hangzhou"), ("VpcId", "vpc-1")];

    type Input = Input;
    type Output = Output;

    async fn run(input: Input, context: &Context) -> Result<Output, Refused> {
        let Input { region_id, vpc_id, route_table_id, router_id, resource_group_id, page_number, page_size } =
            input;
        let Context { caller, control, .. } = context;
        let filter = NetworkFilter {
            ids: vpc_id.into_iter().collect(),
            route_table: route_table_id,
            router: router_id,
            resource_group: resource_group_id,
            ..NetworkFilter::default()
        };
        let list = |part| control.network_list(caller, &region_id, &filter, part);
        let name = |vpc: &Network| {
            [context.own(PRODUCT.name, region_id.as_str(), format!("{ROUTE_TABLE}{}", vpc.route_table.id))]
        };
        let listed = context.listed(Self::PERMISSION, page(page_number, page_size), list, name).await?;
        let views = listed.items.into_iter().map(|vpc| RouteTableView::of(vpc, &caller.account));
        Ok(Output { total_count: listed.total, page_number, page_size, router_table_list: views.collect() })
    }
}
