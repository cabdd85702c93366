//! ConvertPostPayOrder: has an instance that is paid by use paid for a term.

use control::ids::{InstanceId, Region};
use control::instance::InstanceConvert;

use crate::dialects::aliyun::action::{Action, Context, Effect, Refused};
use crate::dialects::aliyun::alikafka::causes;
use crate::dialects::aliyun::alikafka::details::Details;
use crate::dialects::aliyun::alikafka::orders::{Ordered, Term, Terms};
use crate::dialects::aliyun::params::parameters;
use crate::refusal::Cause;

pub(crate) struct ConvertPostPayOrder;

parameters! {
    /// Which instance, and for how long.
    pub(crate) struct Input {
        /// The region in which the instance was bought.
        region_id: Region = required("RegionId"),
        /// The instance. Its id stays what it is.
        instance_id: InstanceId = required("InstanceId"),
        /// How many months are paid for, from now on.
        duration: Term = optional("Duration").or("1"),
    }
}

impl Action for ConvertPostPayOrder {
    const NAME: &'static str = "ConvertPostPayOrder";
    const SUMMARY: &'static str =
        "Turns an instance that is paid by use into one that is paid for a term; its configuration stays.";
    const PERMISSION: &'static str = "alikafka:UpdateInstance";
    const EFFECT: Effect = Effect::Changes;
    const CAUSES: &'static [Cause] = &[causes::NOT_SUPPORTED, causes::INSTANCE, causes::STATE];
    const EXAMPLE: &'static [(&'static str, &'static str)] =
        &[("RegionId", "cn-hangzhou"), ("InstanceId", "INSTANCE"), ("Duration", "1")];

    type Input = Input;
    type Output = Ordered;

    async fn run(input: Input, context: &Context) -> Result<Ordered, Refused> {
        let Input { region_id: region, instance_id: id, duration } = input;
        let Context { caller, control, .. } = context;
        let seen = control.instance_find(caller, &region, &id).await?;
        // What was bought never changes its kind, so this is as true when the order arrives.
        if Details::of(&seen)?.serverless.is_some() {
            return Err(Refused::NotSupported("A serverless instance is paid by use alone".into()));
        }
        let Terms { expires_ms, .. } = Terms::for_term(context.clock.now_ms(), duration);
        let convert = InstanceConvert { region, id, expires_ms };
        Ok(control.instance_convert(caller, convert).await?.into())
    }
}
