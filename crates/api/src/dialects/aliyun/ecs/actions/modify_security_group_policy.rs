//! ModifySecurityGroupPolicy: whether members of a security group may reach each other.

use control::ids::{Region, SecurityGroupId};
use control::security_group::SecurityGroupChange;

use crate::dialects::aliyun::action::{Action, Context, Done, Effect, Refused};
use crate::dialects::aliyun::ecs::causes;
use crate::dialects::aliyun::params::{AnyCase, choice, parameters};
use crate::refusal::Cause;

pub(crate) struct ModifySecurityGroupPolicy;

parameters! {
    /// What to change.
    pub(crate) struct Input {
        /// The region.
        region_id: Region = required("RegionId"),
        /// The group.
        security_group_id: SecurityGroupId = required("SecurityGroupId"),
        /// Whether they may, in any case. A group of type enterprise has Drop.
        inner_access_policy: AnyCase<InnerAccess> = required("InnerAccessPolicy"),
    }
}

choice! {
    /// Whether members may reach each other.
    pub(crate) enum InnerAccess: String {
        /// They may.
        Accept = "Accept",
        /// They may not.
        Drop = "Drop",
    }
}

impl Action for ModifySecurityGroupPolicy {
    const NAME: &'static str = "ModifySecurityGroupPolicy";
    const SUMMARY: &'static str =
        "Sets whether members of a security group may reach each other. Kept and shown.";
    const PERMISSION: &'static str = "ecs:ModifySecurityGroupPolicy";
    const EFFECT: Effect = Effect::Changes;
    const CAUSES: &'static [Cause] = &[causes::GROUP, causes::INNER_ACCESS];
    const EXAMPLE: &'static [(&'static str, &'static str)] =
        &[("RegionId", "cn-hangzhou"), ("SecurityGroupId", "sg-1"), ("InnerAccessPolicy", "Drop")];

    type Input = Input;
    type Output = Done;

    async fn run(input: Input, context: &Context) -> Result<Done, Refused> {
        let Input { region_id, security_group_id, inner_access_policy: AnyCase(policy) } = input;
        let Context { caller, control, .. } = context;
        let change = SecurityGroupChange {
            inner_access: Some(policy == InnerAccess::Accept),
            ..SecurityGroupChange::default()
        };
        Ok(control.security_group_change(caller, &region_id, &security_group_id, change).await?.into())
    }
}
