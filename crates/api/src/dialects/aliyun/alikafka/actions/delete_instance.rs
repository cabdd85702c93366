//! DeleteInstance: removes the record of an instance that is released, expired or was never deployed.

use control::ids::{InstanceId, Region};

use crate::dialects::aliyun::action::{Action, Context, Done, Effect, Refused};
use crate::dialects::aliyun::alikafka::causes;
use crate::dialects::aliyun::params::parameters;
use crate::refusal::Cause;

pub(crate) struct DeleteInstance;

parameters! {
    /// What to remove.
    pub(crate) struct Input {
        /// The instance.
        instance_id: InstanceId = required("InstanceId"),
        /// The region in which it was bought.
        region_id: Region = required("RegionId"),
    }
}

impl Action for DeleteInstance {
    const NAME: &'static str = "DeleteInstance";
    const SUMMARY: &'static str =
        "Removes an instance that is released, expired or was never deployed, and all that was in it.";
    const PERMISSION: &'static str = "alikafka:ReleaseInstance";
    const EFFECT: Effect = Effect::Changes;
    const CAUSES: &'static [Cause] = &[causes::INSTANCE, causes::STATE];
    const EXAMPLE: &'static [(&'static str, &'static str)] =
        &[("InstanceId", "INSTANCE"), ("RegionId", "cn-hangzhou")];

    type Input = Input;
    type Output = Done;

    async fn run(input: Input, context: &Context) -> Result<Done, Refused> {
        let Context { caller, control, .. } = context;
        Ok(control.instance_delete(caller, &input.region_id, &input.instance_id).await?.into())
    }
}
