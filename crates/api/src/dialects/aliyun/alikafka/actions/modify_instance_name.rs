//! ModifyInstanceName: gives an instance another name.

use control::ids::{InstanceId, InstanceName, Region};

use crate::dialects::aliyun::action::{Action, Context, Done, Effect, Refused};
use crate::dialects::aliyun::alikafka::causes;
use crate::dialects::aliyun::params::{Cut, parameters};
use crate::refusal::Cause;

pub(crate) struct ModifyInstanceName;

parameters! {
    /// Which instance, and its name from now on.
    pub(crate) struct Input {
        /// The instance.
        instance_id: InstanceId = required("InstanceId"),
        /// The region in which it was bought.
        region_id: Region = required("RegionId"),
        /// Its new name: 3 to 64 of A-Z a-z 0-9 _ -; a longer one is cut to 64. No other instance in the region may have it.
        instance_name: Cut<InstanceName> = required("InstanceName"),
    }
}

impl Action for ModifyInstanceName {
    const NAME: &'static str = "ModifyInstanceName";
    const SUMMARY: &'static str = "Gives an instance another name, in whatever state it is.";
    const PERMISSION: &'static str = "alikafka:UpdateInstance";
    const EFFECT: Effect = Effect::Changes;
    const CAUSES: &'static [Cause] = &[causes::INSTANCE, causes::NAME_TAKEN];
    const EXAMPLE: &'static [(&'static str, &'static str)] =
        &[("InstanceId", "INSTANCE"), ("RegionId", "cn-hangzhou"), ("InstanceName", "dev-test")];

    type Input = Input;
    type Output = Done;

    async fn run(input: Input, context: &Context) -> Result<Done, Refused> {
        let Input { instance_id, region_id, instance_name: Cut(name) } = input;
        let Context { caller, control, .. } = context;
        Ok(control.instance_rename(caller, &region_id, &instance_id, name).await?.into())
    }
}
