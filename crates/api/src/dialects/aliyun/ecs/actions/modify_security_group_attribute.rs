//! ModifySecurityGroupAttribute: changes a security group.

use control::ids::{Region, SecurityGroupId};
use control::security_group::SecurityGroupChange;

use crate::dialects::aliyun::action::{Action, Context, Done, Effect, Refused};
use crate::dialects::aliyun::companions::labels;
use crate::dialects::aliyun::ecs::causes;
use crate::dialects::aliyun::params::{Text, parameters};
use crate::refusal::Cause;

pub(crate) struct ModifySecurityGroupAttribute;

parameters! {
    /// What to change; what is left out stays.
    pub(crate) struct Input {
        /// The region.
        region_id: Region = required("RegionId"),
        /// The group.
        security_group_id: SecurityGroupId = required("SecurityGroupId"),
        /// Its name; starts with a letter.
        security_group_name: Option<Text> = optional("SecurityGroupName").range(2, 128).or_empty(),
        /// Its description.
        description: Option<Text> = optional("Description").range(2, 256).or_empty(),
    }
}

impl Action for ModifySecurityGroupAttribute {
    const NAME: &'static str = "ModifySecurityGroupAttribute";
    const SUMMARY: &'static str = "Changes a security group's name or description.";
    const PERMISSION: &'static str = "ecs:ModifySecurityGroupAttribute";
    const EFFECT: Effect = Effect::Changes;
    const CAUSES: &'static [Cause] = &[causes::GROUP];
    const EXAMPLE: &'static [(&'static str, &'static str)] =
        &[("RegionId", "cn-hangzhou"), ("SecurityGroupId", "sg-1"), ("SecurityGroupName", "back")];

    type Input = Input;
    type Output = Done;

    async fn run(input: Input, context: &Context) -> Result<Done, Refused> {
        labels::check_letter("SecurityGroupName", input.security_group_name.as_deref())?;
        labels::check("Description", input.description.as_deref())?;
        let Context { caller, control, .. } = context;
        let change = SecurityGroupChange {
            name: input.security_group_name,
            description: input.description,
            ..SecurityGroupChange::default()
        };
        let (region, id) = (&input.region_id, &input.security_group_id);
        Ok(control.security_group_change(caller, region, id, change).await?.into())
    }
}
