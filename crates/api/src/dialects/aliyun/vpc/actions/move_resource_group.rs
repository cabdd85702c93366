//! MoveResourceGroup: puts a VPC into another resource group.

use control::ids::{NetworkId, Region, ResourceGroupId};
use control::network::NetworkChange;

use crate::dialects::aliyun::action::{Action, Context, Done, Effect, Refused};
use crate::dialects::aliyun::companions::causes as shared;
use crate::dialects::aliyun::params::{AnyCase, choice, parameters};
use crate::dialects::aliyun::vpc::causes;
use crate::refusal::Cause;

pub(crate) struct MoveResourceGroup;

parameters! {
    /// What to move, and where to.
    pub(crate) struct Input {
        /// The region.
        region_id: Region = required("RegionId"),
        /// The kind of the resource, in any case.
        resource_type: AnyCase<Movable> = required("ResourceType"),
        /// The VPC.
        resource_id: NetworkId = required("ResourceId"),
        /// The resource group.
        new_resource_group_id: ResourceGroupId = required("NewResourceGroupId"),
    }
}

choice! {
    /// What can be moved.
    pub(crate) enum Movable: String {
        /// A VPC.
        Vpc = "Vpc",
    }
}

impl Action for MoveResourceGroup {
    const NAME: &'static str = "MoveResourceGroup";
    const SUMMARY: &'static str = "Puts a VPC into another resource group, and its route table with it.";
    const PERMISSION: &'static str = "vpc:MoveResourceGroup";
    const EFFECT: Effect = Effect::Changes;
    const CAUSES: &'static [Cause] = &[causes::NETWORK, shared::RESOURCE_GROUP];
    const EXAMPLE: &'static [(&'static str, &'static str)] = &[
        ("RegionId", "cn-hangzhou"),
        ("ResourceType", "VPC"),
        ("ResourceId", "vpc-1"),
        ("NewResourceGroupId", "rg-1"),
    ];

    type Input = Input;
    type Output = Done;

    async fn run(input: Input, context: &Context) -> Result<Done, Refused> {
        let Input { region_id, resource_type: AnyCase(Movable::Vpc), resource_id, new_resource_group_id } =
            input;
        let Context { caller, control, .. } = context;
        let change =
            NetworkChange { resource_group: Some(new_resource_group_id), ..NetworkChange::default() };
        Ok(control.network_change(caller, &region_id, &resource_id, change).await?.into())
    }
}
