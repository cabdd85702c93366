//! ModifyVSwitchAttribute: changes a vSwitch.

use control::ids::{Region, SubnetId};
use control::subnet::SubnetChange;

use crate::dialects::aliyun::action::{Action, Context, Done, Effect, Refused};
use crate::dialects::aliyun::companions::causes as shared;
use crate::dialects::aliyun::companions::labels;
use crate::dialects::aliyun::params::{Text, parameters};
use crate::dialects::aliyun::vpc::causes;
use crate::refusal::Cause;

pub(crate) struct ModifyVSwitchAttribute;

parameters! {
    /// What to change; what is left out stays.
    pub(crate) struct Input {
        /// The region.
        region_id: Region = required("RegionId"),
        /// The vSwitch.
        vswitch_id: SubnetId = required("VSwitchId"),
        /// Its name.
        vswitch_name: Option<Text> = optional("VSwitchName").range(1, 128).or_empty(),
        /// Its description.
        description: Option<Text> = optional("Description").range(1, 256).or_empty(),
        /// Whether it has IPv6 addresses, which is not offered.
        enable_ipv6: bool = optional("EnableIPv6").or("false"),
        /// Its IPv6 addresses, which are not offered.
        ipv6_cidr_block: Option<Text> = optional("Ipv6CidrBlock"),
    }
}

impl Action for ModifyVSwitchAttribute {
    const NAME: &'static str = "ModifyVSwitchAttribute";
    const SUMMARY: &'static str = "Changes a vSwitch's name or description.";
    const PERMISSION: &'static str = "vpc:ModifyVSwitchAttribute";
    const EFFECT: Effect = Effect::Changes;
    const CAUSES: &'static [Cause] = &[causes::SUBNET, shared::UNSUPPORTED];
    const EXAMPLE: &'static [(&'static str, &'static str)] =
        &[("RegionId", "cn-hangzhou"), ("VSwitchId", "vsw-1"), ("VSwitchName", "front")];

    type Input = Input;
    type Output = Done;

    async fn run(input: Input, context: &Context) -> Result<Done, Refused> {
        labels::check("VSwitchName", input.vswitch_name.as_deref())?;
        labels::check("Description", input.description.as_deref())?;
        if input.enable_ipv6 || input.ipv6_cidr_block.is_some() {
            return Err(Refused::NotSupported("IPv6 is not offered".into()));
        }
        let Context { caller, control, .. } = context;
        let change = SubnetChange { name: input.vswitch_name, description: input.description };
        Ok(control.subnet_change(caller, &input.region_id, &input.vswitch_id, change).await?.into())
    }
}
