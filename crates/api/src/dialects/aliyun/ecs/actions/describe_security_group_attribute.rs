//! DescribeSecurityGroupAttribute: one security group and its rules, of which there are none.

use control::ids::{NetworkId, Region, SecurityGroupId};
use serde::Serialize;

use crate::dialects::aliyun::action::{Action, Context, Effect, Refused};
use crate::dialects::aliyun::ecs::causes;
use crate::dialects::aliyun::envelope::list_of;
use crate::dialects::aliyun::params::parameters;
use crate::refusal::Cause;

pub(crate) struct DescribeSecurityGroupAttribute;

parameters! {
    /// Which one.
    pub(crate) struct Input {
        /// The region.
        region_id: Region = required("RegionId"),
        /// The group.
        security_group_id: SecurityGroupId = required("SecurityGroupId"),
    }
}

/// The group.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Output {
    region_id: String,
    security_group_id: String,
    security_group_name: String,
    description: String,
    vpc_id: String,
    inner_access_policy: &'static str,
    permissions: Permissions,
}

list_of! {
    struct Permissions: "Permission" [String];
}

impl Action for DescribeSecurityGroupAttribute {
    const NAME: &'static str = "DescribeSecurityGroupAttribute";
    const SUMMARY: &'static str = "Shows a security group. Rules are not offered, so it has none.";
    const PERMISSION: &'static str = "ecs:DescribeSecurityGroupAttribute";
    const EFFECT: Effect = Effect::Reads;
    const CAUSES: &'static [Cause] = &[causes::GROUP];
    const EXAMPLE: &'static [(&'static str, &'static str)] =
        &[("RegionId", "cn-hangzhou"), ("SecurityGroupId", "sg-1")];

    type Input = Input;
    type Output = Output;

    async fn run(input: Input, context: &Context) -> Result<Output, Refused> {
        let Input { region_id, security_group_id } = input;
        let Context { caller, control, .. } = context;
        let group = control.security_group_find(caller, &region_id, &security_group_id).await?;
        Ok(Output {
            region_id: region_id.into_string(),
            security_group_id: group.id.into_string(),
            security_group_name: group.name,
            description: group.description,
            vpc_id: group.network.map(NetworkId::into_string).unwrap_or_default(),
            inner_access_policy: if group.inner_access { "Accept" } else { "Drop" },
            permissions: Permissions { items: Vec::new() },
        })
    }
}
