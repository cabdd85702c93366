//! DescribeSecurityGroups: the security groups of a region.

use control::Fault;
use control::fault::Conflict;
use control::ids::{NetworkId, Region, ResourceGroupId, SecurityGroupId};
use control::security_group::{SecurityGroup, SecurityGroupFilter};
use serde::Serialize;

use crate::dialects::aliyun::action::{Action, Context, Effect, Refused};
use crate::dialects::aliyun::companions::causes as shared;
use crate::dialects::aliyun::companions::page;
use crate::dialects::aliyun::ecs::choices::GroupType;
use crate::dialects::aliyun::ecs::views::GroupView;
use crate::dialects::aliyun::ecs::{PRODUCT, SECURITY_GROUP};
use crate::dialects::aliyun::envelope::list_of;
use crate::dialects::aliyun::params::{TagConditions, Text, parameters};
use crate::refusal::Cause;

pub(crate) struct DescribeSecurityGroups;

parameters! {
    /// Which groups; conditions are joined by AND.
    pub(crate) struct Input {
        /// The region.
        region_id: Region = required("RegionId"),
        /// Only the one of this id.
        security_group_id: Option<SecurityGroupId> = optional("SecurityGroupId"),
        /// Only those of these ids, as a JSON list.
        security_group_ids: Vec<SecurityGroupId> = optional("SecurityGroupIds").range(1, 100),
        /// Only those for this VPC.
        vpc_id: Option<NetworkId> = optional("VpcId"),
        /// Only those of this name.
        security_group_name: Option<Text> = optional("SecurityGroupName"),
        /// Only those of this type.
        security_group_type: Option<GroupType> = optional("SecurityGroupType"),
        /// Only those of this resource group.
        resource_group_id: Option<ResourceGroupId> = optional("ResourceGroupId"),
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

/// A page of groups.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Output {
    total_count: usize,
    page_number: u32,
    page_size: u32,
    region_id: String,
    next_token: &'static str,
    security_groups: SecurityGroups,
}

list_of! {
    struct SecurityGroups: "SecurityGroup" [GroupView];
}

impl Action for DescribeSecurityGroups {
    const NAME: &'static str = "DescribeSecurityGroups";
    const SUMMARY: &'static str = "Lists the security groups of a region, oldest first.";
    const PERMISSION: &'static str = "ecs:DescribeSecurityGroups";
    const EFFECT: Effect = Effect::Reads;
    const CAUSES: &'static [Cause] = &[shared::DRY_RUN];
    const EXAMPLE: &'static [(&'static str, &'static str)] =
        &[("RegionId", "cn-hangzhou"), ("SecurityGroupId", "sg-1")];

    type Input = Input;
    type Output = Output;

    async fn run(input: Input, context: &Context) -> Result<Output, Refused> {
        let Context { caller, control, .. } = context;
        if input.dry_run {
            return Err(Fault::from(Conflict::DryRun).into());
        }
        let mut ids = input.security_group_ids;
        // One id among others narrows the list to itself, or to nothing.
        let excluded =
            input.security_group_id.as_ref().is_some_and(|id| !ids.is_empty() && !ids.contains(id));
        if let Some(id) = input.security_group_id {
            ids = vec![id];
        }
        let filter = SecurityGroupFilter {
            ids,
            network: input.vpc_id,
            name: input.security_group_name,
            kind: input.security_group_type.map(Into::into),
            resource_group: input.resource_group_id,
            tags: input.tags.filters,
        };
        let (page_number, page_size) = (input.page_number, input.page_size);
        let region = &input.region_id;
        let list = |part| control.security_group_list(caller, region, &filter, part);
        let name = |group: &SecurityGroup| {
            [context.own(PRODUCT.name, region.as_str(), format!("{SECURITY_GROUP}{}", group.id))]
        };
        let listed = context.listed(Self::PERMISSION, page(page_number, page_size), list, name).await?;
        let (total_count, items) = if excluded { (0, Vec::new()) } else { (listed.total, listed.items) };
        Ok(Output {
            total_count,
            page_number,
            page_size,
            region_id: region.to_string(),
            next_token: "",
            security_groups: items.into_iter().map(GroupView::from).collect(),
        })
    }
}
