//! DescribeVSwitchAttributes: one vSwitch.

use control::ids::{Region, SubnetId};

use crate::dialects::aliyun::action::{Action, Context, Effect, Refused};
use crate::dialects::aliyun::params::parameters;
use crate::dialects::aliyun::vpc::causes;
use crate::dialects::aliyun::vpc::views::VSwitchView;
use crate::refusal::Cause;

pub(crate) struct DescribeVSwitchAttributes;

parameters! {
    /// Which one.
    pub(crate) struct Input {
        /// The region.
        region_id: Region = required("RegionId"),
        /// The vSwitch.
        vswitch_id: SubnetId = required("VSwitchId"),
    }
}

impl Action for DescribeVSwitchAttributes {
    const NAME: &'static str = "DescribeVSwitchAttributes";
    const SUMMARY: &'static str = "Shows a vSwitch.";
    const PERMISSION: &'static str = "vpc:DescribeVSwitchAttributes";
    const EFFECT: Effect = Effect::Reads;
    const CAUSES: &'static [Cause] = &[causes::SUBNET];
    const EXAMPLE: &'static [(&'static str, &'static str)] =
        &[("RegionId", "cn-hangzhou"), ("VSwitchId", "vsw-1")];

    type Input = Input;
    type Output = VSwitchView;

    async fn run(input: Input, context: &Context) -> Result<VSwitchView, Refused> {
        let Input { region_id, vswitch_id } = input;
        let Context { caller, control, .. } = context;
        let subnet = control.subnet_find(caller, &region_id, &vswitch_id).await?;
        Ok(VSwitchView::new(subnet, &caller.account))
    }
}
