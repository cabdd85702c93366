//! ListResourceGroups: the resource groups of an account.

use control::ids::ResourceGroupId;
use control::resource_group::ResourceGroup;
use control::topic::Paged;
use serde::Serialize;

use crate::dialects::aliyun::action::{Action, Context, Effect, Refused};
use crate::dialects::aliyun::companions::page;
use crate::dialects::aliyun::envelope::list_of;
use crate::dialects::aliyun::params::{Text, parameters};
use crate::dialects::aliyun::resourcemanager::views::{GroupView, Status};
use crate::dialects::aliyun::resourcemanager::{PRODUCT, RESOURCE_GROUP};
use crate::dialects::aliyun::visibility::cut;

pub(crate) struct ListResourceGroups;

parameters! {
    /// Which groups; conditions are joined by AND.
    pub(crate) struct Input {
        /// Which page, from 1.
        page_number: u32 = optional("PageNumber").range(1, 2_147_483_647).or("1"),
        /// How many on a page.
        page_size: u32 = optional("PageSize").range(1, 100).or("10"),
        /// Only groups in this state.
        status: Option<Status> = optional("Status"),
        /// Only the group of this id.
        resource_group_id: Option<ResourceGroupId> = optional("ResourceGroupId"),
        /// Only the group of this name.
        name: Option<Text> = optional("Name"),
        /// Only groups with this text in their display name.
        display_name: Option<Text> = optional("DisplayName"),
    }
}

/// A page of groups.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Output {
    total_count: usize,
    page_number: u32,
    page_size: u32,
    resource_groups: ResourceGroups,
}

list_of! {
    struct ResourceGroups: "ResourceGroup" [GroupView];
}

impl Action for ListResourceGroups {
    const NAME: &'static str = "ListResourceGroups";
    const SUMMARY: &'static str =
        "Lists the resource groups of the account: the default one, then the others, oldest first.";
    const PERMISSION: &'static str = "resourcemanager:ListResourceGroups";
    const EFFECT: Effect = Effect::Reads;
    const EXAMPLE: &'static [(&'static str, &'static str)] = &[("PageNumber", "1"), ("PageSize", "50")];

    type Input = Input;
    type Output = Output;

    async fn run(input: Input, context: &Context) -> Result<Output, Refused> {
        let Input { page_number, page_size, status, resource_group_id, name, display_name } = input;
        let Context { caller, control, .. } = context;
        let mut groups = control.resource_group_list(caller).await?;
        groups.retain(|group: &ResourceGroup| {
            status.is_none_or(|status| status == Status::Ok)
                && resource_group_id.as_ref().is_none_or(|id| *id == group.id)
                && name.as_ref().is_none_or(|name| *name == group.name)
                && display_name.as_ref().is_none_or(|text| group.label.contains(text))
        });
        let name =
            |group: &ResourceGroup| [context.own(PRODUCT.name, "", format!("{RESOURCE_GROUP}{}", group.id))];
        let shown = context.shown(Self::PERMISSION, groups, name).await?;
        let Paged { items, total: total_count } = cut(shown, page(page_number, page_size));
        let view = |group| GroupView::new(group, &caller.account, Status::Ok);
        Ok(Output {
            total_count,
            page_number,
            page_size,
            resource_groups: items.into_iter().map(view).collect(),
        })
    }
}
