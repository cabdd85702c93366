//! EnableAutoGroupCreation: says whether groups that only consumers have made count as groups of the instance.

use control::ids::{InstanceId, Region};

use crate::dialects::aliyun::action::{Action, Context, Done, Effect, Refused};
use crate::dialects::aliyun::alikafka::causes;
use crate::dialects::aliyun::alikafka::configuration::configure;
use crate::dialects::aliyun::params::parameters;
use crate::refusal::Cause;

pub(crate) struct EnableAutoGroupCreation;

parameters! {
    /// Which instance, and whether.
    pub(crate) struct Input {
        /// The instance.
        instance_id: InstanceId = required("InstanceId"),
        /// The region in which it was bought.
        region_id: Region = required("RegionId"),
        /// Whether groups that consumers made are listed beside those that were created.
        enable: bool = required("Enable"),
    }
}

impl Action for EnableAutoGroupCreation {
    const NAME: &'static str = "EnableAutoGroupCreation";
    const SUMMARY: &'static str = "Says whether groups that only consumers have made are listed.";
    const PERMISSION: &'static str = "alikafka:UpdateInstance";
    const EFFECT: Effect = Effect::Changes;
    const CAUSES: &'static [Cause] = &[causes::INSTANCE, causes::STATE, causes::RUNNING];
    const EXAMPLE: &'static [(&'static str, &'static str)] =
        &[("InstanceId", "INSTANCE"), ("RegionId", "cn-hangzhou"), ("Enable", "true")];

    type Input = Input;
    type Output = Done;

    async fn run(input: Input, context: &Context) -> Result<Done, Refused> {
        let Input { instance_id, region_id, enable } = input;
        let configured = configure(context, &region_id, &instance_id, |_, settings, _| {
            settings.automatic_groups = enable;
            Ok(())
        });
        Ok(configured.await?.into())
    }
}
