//! DeleteResourceGroup: removes a resource group.

use control::ids::ResourceGroupId;

use crate::dialects::aliyun::action::{Action, Context, Effect, Refused};
use crate::dialects::aliyun::params::parameters;
use crate::dialects::aliyun::resourcemanager::causes;
use crate::dialects::aliyun::resourcemanager::views::{OneGroup, Status};
use crate::refusal::Cause;

pub(crate) struct DeleteResourceGroup;

parameters! {
    /// Which group.
    pub(crate) struct Input {
        /// The group.
        resource_group_id: ResourceGroupId = required("ResourceGroupId"),
    }
}

impl Action for DeleteResourceGroup {
    const NAME: &'static str = "DeleteResourceGroup";
    const SUMMARY: &'static str = "Removes a resource group that nothing is in, at once.";
    const PERMISSION: &'static str = "resourcemanager:DeleteResourceGroup";
    const EFFECT: Effect = Effect::Changes;
    const CAUSES: &'static [Cause] = &[causes::GROUP, causes::IN_USE, causes::FIXED];
    const EXAMPLE: &'static [(&'static str, &'static str)] = &[("ResourceGroupId", "rg-1")];

    type Input = Input;
    type Output = OneGroup;

    async fn run(input: Input, context: &Context) -> Result<OneGroup, Refused> {
        let Context { caller, control, .. } = context;
        let gone = control.resource_group_delete(caller, &input.resource_group_id).await?.into_inner();
        Ok(OneGroup::new(gone, &caller.account, Status::PendingDelete))
    }
}
