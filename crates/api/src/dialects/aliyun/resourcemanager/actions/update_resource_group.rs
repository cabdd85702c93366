//! UpdateResourceGroup: changes what a resource group is called where people read it.

use control::ids::ResourceGroupId;

use crate::dialects::aliyun::action::{Action, Context, Effect, Refused};
use crate::dialects::aliyun::params::{Text, parameters};
use crate::dialects::aliyun::resourcemanager::causes;
use crate::dialects::aliyun::resourcemanager::views::{OneGroup, Status};
use crate::refusal::Cause;

pub(crate) struct UpdateResourceGroup;

parameters! {
    /// What to call which group.
    pub(crate) struct Input {
        /// The group.
        resource_group_id: ResourceGroupId = required("ResourceGroupId"),
        /// What it is called from now on.
        new_display_name: Text = required("NewDisplayName").range(1, 50),
    }
}

impl Action for UpdateResourceGroup {
    const NAME: &'static str = "UpdateResourceGroup";
    const SUMMARY: &'static str = "Changes a resource group's display name.";
    const PERMISSION: &'static str = "resourcemanager:UpdateResourceGroup";
    const EFFECT: Effect = Effect::Changes;
    const CAUSES: &'static [Cause] = &[causes::GROUP, causes::FIXED];
    const EXAMPLE: &'static [(&'static str, &'static str)] =
        &[("ResourceGroupId", "rg-1"), ("NewDisplayName", "Payments")];

    type Input = Input;
    type Output = OneGroup;

    async fn run(input: Input, context: &Context) -> Result<OneGroup, Refused> {
        let Context { caller, control, .. } = context;
        let label = input.new_display_name;
        let changed = control.resource_group_change(caller, &input.resource_group_id, label).await?;
        Ok(OneGroup::new(changed.into_inner(), &caller.account, Status::Ok))
    }
}
