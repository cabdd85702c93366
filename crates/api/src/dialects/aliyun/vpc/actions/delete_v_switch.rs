//! DeleteVSwitch: removes a vSwitch.

use control::ids::{Region, SubnetId};

use crate::dialects::aliyun::action::{Action, Context, Done, Effect, Refused};
use crate::dialects::aliyun::params::parameters;
use crate::dialects::aliyun::vpc::causes;
use crate::refusal::Cause;

pub(crate) struct DeleteVSwitch;

parameters! {
    /// Which one.
    pub(crate) struct Input {
        /// The region.
        region_id: Region = required("RegionId"),
        /// The vSwitch.
        vswitch_id: SubnetId = required("VSwitchId"),
    }
}

impl Action for DeleteVSwitch {
    const NAME: &'static str = "DeleteVSwitch";
    const SUMMARY: &'static str = "Removes a vSwitch that no instance is in any more.";
    const PERMISSION: &'static str = "vpc:DeleteVSwitch";
    const EFFECT: Effect = Effect::Changes;
    const CAUSES: &'static [Cause] = &[causes::SUBNET, causes::INSTANCE_STAYS];
    const EXAMPLE: &'static [(&'static str, &'static str)] =
        &[("RegionId", "cn-hangzhou"), ("VSwitchId", "vsw-1")];

    type Input = Input;
    type Output = Done;

    async fn run(input: Input, context: &Context) -> Result<Done, Refused> {
        let Input { region_id, vswitch_id } = input;
        let Context { caller, control, .. } = context;
        Ok(control.subnet_delete(caller, &region_id, &vswitch_id).await?.into())
    }
}
