//! GetResourceGroup: one resource group.

use control::ids::ResourceGroupId;

use crate::dialects::aliyun::action::{Action, Context, Effect, Refused};
use crate::dialects::aliyun::params::parameters;
use crate::dialects::aliyun::resourcemanager::causes;
use crate::dialects::aliyun::resourcemanager::views::GroupInRegions;
use crate::refusal::Cause;

pub(crate) struct GetResourceGroup;

parameters! {
    /// Which group.
    pub(crate) struct Input {
        /// The group.
        resource_group_id: ResourceGroupId = required("ResourceGroupId"),
    }
}

impl Action for GetResourceGroup {
    const NAME: &'static str = "GetResourceGroup";
    const SUMMARY: &'static str = "Shows a resource group.";
    const PERMISSION: &'static str = "resourcemanager:GetResourceGroup";
    const EFFECT: Effect = Effect::Reads;
    const CAUSES: &'static [Cause] = &[causes::GROUP];
    const EXAMPLE: &'static [(&'static str, &'static str)] = &[("ResourceGroupId", "rg-1")];

    type Input = Input;
    type Output = GroupInRegions;

    async fn run(input: Input, context: &Context) -> Result<GroupInRegions, Refused> {
        let Context { caller, control, regions, .. } = context;
        let group = control.resource_group_find(caller, &input.resource_group_id).await?;
        Ok(GroupInRegions::new(group, &caller.account, regions))
    }
}
