//! DeleteSecurityGroup: removes a security group.

use control::ids::{Region, SecurityGroupId};

use crate::dialects::aliyun::action::{Action, Context, Done, Effect, Refused};
use crate::dialects::aliyun::ecs::causes;
use crate::dialects::aliyun::params::parameters;
use crate::refusal::Cause;

pub(crate) struct DeleteSecurityGroup;

parameters! {
    /// Which one.
    pub(crate) struct Input {
        /// The region.
        region_id: Region = required("RegionId"),
        /// The group.
        security_group_id: SecurityGroupId = required("SecurityGroupId"),
    }
}

impl Action for DeleteSecurityGroup {
    const NAME: &'static str = "DeleteSecurityGroup";
    const SUMMARY: &'static str = "Removes a security group that no instance names any more.";
    const PERMISSION: &'static str = "ecs:DeleteSecurityGroup";
    const EFFECT: Effect = Effect::Changes;
    const CAUSES: &'static [Cause] = &[causes::GROUP, causes::INSTANCE_STAYS];
    const EXAMPLE: &'static [(&'static str, &'static str)] =
        &[("RegionId", "cn-hangzhou"), ("SecurityGroupId", "sg-1")];

    type Input = Input;
    type Output = Done;

    async fn run(input: Input, context: &Context) -> Result<Done, Refused> {
        let Input { region_id, security_group_id } = input;
        let Context { caller, control, .. } = context;
        Ok(control.security_group_delete(caller, &region_id, &security_group_id).await?.into())
    }
}
