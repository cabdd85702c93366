//! ReleaseInstance: gives back an instance that is paid by use.

use control::ids::{InstanceId, Region};
use control::instance::{Billing, InstanceRelease};

use crate::dialects::aliyun::action::{Action, Context, Done, Effect, Refused};
use crate::dialects::aliyun::alikafka::causes;
use crate::dialects::aliyun::params::parameters;
use crate::refusal::Cause;

pub(crate) struct ReleaseInstance;

parameters! {
    /// What to give back, and how.
    pub(crate) struct Input {
        /// The instance.
        instance_id: InstanceId = required("InstanceId"),
        /// The region in which it was bought.
        region_id: Region = required("RegionId"),
        /// Whether to free its data at once, even when topics or groups are left.
        force_delete_instance: bool = optional("ForceDeleteInstance").or("false"),
    }
}

impl Action for ReleaseInstance {
    const NAME: &'static str = "ReleaseInstance";
    const SUMMARY: &'static str =
        "Gives back an instance that is paid by use; its record stays until it is deleted.";
    const PERMISSION: &'static str = "alikafka:ReleaseInstance";
    const EFFECT: Effect = Effect::Changes;
    const CAUSES: &'static [Cause] = &[causes::NOT_SUPPORTED, causes::INSTANCE, causes::STATE];
    const EXAMPLE: &'static [(&'static str, &'static str)] =
        &[("InstanceId", "INSTANCE"), ("RegionId", "cn-hangzhou"), ("ForceDeleteInstance", "true")];

    type Input = Input;
    type Output = Done;

    async fn run(input: Input, context: &Context) -> Result<Done, Refused> {
        let Input { instance_id: id, region_id: region, force_delete_instance: force } = input;
        let Context { caller, control, .. } = context;
        match control.instance_find(caller, &region, &id).await?.billing {
            Billing::Postpaid => {}
            Billing::Prepaid => {
                let reason = "Only instances that are paid by use can be released".to_owned();
                return Err(Refused::NotSupported(reason));
            }
        }
        Ok(control.instance_release(caller, InstanceRelease { region, id, force }).await?.into())
    }
}
