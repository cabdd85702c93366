//! JoinResourceGroup: puts a security group into another resource group.

use control::ids::{Region, ResourceGroupId, SecurityGroupId};
use control::security_group::SecurityGroupChange;

use crate::dialects::aliyun::action::{Action, Context, Done, Effect, Refused};
use crate::dialects::aliyun::companions::causes as shared;
use crate::dialects::aliyun::ecs::causes;
use crate::dialects::aliyun::ecs::choices::ResourceType;
use crate::dialects::aliyun::params::{AnyCase, parameters};
use crate::refusal::Cause;

pub(crate) struct JoinResourceGroup;

parameters! {
    /// What to move, and where to.
    pub(crate) struct Input {
        /// The region.
        region_id: Region = required("RegionId"),
        /// The kind of the resource, in any case.
        resource_type: AnyCase<ResourceType> = required("ResourceType"),
        /// The security group.
        resource_id: SecurityGroupId = required("ResourceId"),
        /// The resource group.
        resource_group_id: ResourceGroupId = required("ResourceGroupId"),
    }
}

impl Action for JoinResourceGroup {
    const NAME: &'static str = "JoinResourceGroup";
    const SUMMARY: &'static str = "Puts a security group into another resource group.";
    const PERMISSION: &'static str = "ecs:JoinResourceGroup";
    const EFFECT: Effect = Effect::Changes;
    const CAUSES: &'static [Cause] = &[causes::GROUP, shared::RESOURCE_GROUP];
    const EXAMPLE: &'static [(&'static str, &'static str)] = &[
        ("RegionId", "cn-hangzhou"),
        ("ResourceType", "securitygroup"),
        ("ResourceId", "sg-1"),
        ("ResourceGroupId", "rg-1"),
    ];

    type Input = Input;
    type Output = Done;

    async fn run(input: Input, context: &Context) -> Result<Done, Refused> {
        let Input {
            region_id,
            resource_type: AnyCase(ResourceType::SecurityGroup),
            resource_id,
            resource_group_id,
        } = input;
        let Context { caller, control, .. } = context;
        let change =
            SecurityGroupChange { resource_group: Some(resource_group_id), ..SecurityGroupChange::default() };
        Ok(control.security_group_change(caller, &region_id, &resource_id, change).await?.into())
    }
}
