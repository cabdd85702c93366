//! UpgradeInstanceVersion: changes which version of Kafka the clients of an instance see.

use control::ids::{InstanceId, Region};
use control::instance::InstanceChange;

use super::start_instance::ServiceVersion;
use crate::dialects::aliyun::action::{Action, Context, Done, Effect, Refused};
use crate::dialects::aliyun::alikafka::causes;
use crate::dialects::aliyun::alikafka::details::Details;
use crate::dialects::aliyun::alikafka::serverless;
use crate::dialects::aliyun::alikafka::upgrades::ensure_changeable;
use crate::dialects::aliyun::params::{Rejection, Scalar, parameters};
use crate::rate::Rate;
use crate::refusal::Cause;

pub(crate) struct UpgradeInstanceVersion;

parameters! {
    /// Which instance, and its version from now on.
    pub(crate) struct Input {
        /// The instance.
        instance_id: InstanceId = required("InstanceId"),
        /// The region in which it was bought.
        region_id: Region = required("RegionId"),
        /// The version: 0.10.2, 2.2.0 or 2.6.2, of a serverless instance 3.3.1. There is no way back.
        target_version: ServiceVersion = required("TargetVersion"),
    }
}

impl Action for UpgradeInstanceVersion {
    const NAME: &'static str = "UpgradeInstanceVersion";
    const SUMMARY: &'static str = "Changes which version of Kafka the clients of an instance see.";
    const PERMISSION: &'static str = "alikafka:UpdateInstance";
    const RATE: Rate = Rate::per_second(2);
    const EFFECT: Effect = Effect::Changes;
    const CAUSES: &'static [Cause] =
        &[causes::NOT_SUPPORTED, causes::INSTANCE, causes::STATE, causes::RUNNING, causes::UP_TO_DATE];
    const EXAMPLE: &'static [(&'static str, &'static str)] =
        &[("InstanceId", "INSTANCE"), ("RegionId", "cn-hangzhou"), ("TargetVersion", "2.2.0")];

    type Input = Input;
    type Output = Done;

    async fn run(input: Input, context: &Context) -> Result<Done, Refused> {
        let Input { instance_id, region_id, target_version: ServiceVersion(version) } = input;
        let Context { caller, control, .. } = context;
        let seen = control.instance_find(caller, &region_id, &instance_id).await?;
        ensure_changeable(&seen)?;
        let is_serverless = Details::of(&seen)?.serverless.is_some();
        if version == serverless::VERSION && !is_serverless {
            let reason = format!("{version} is the version of serverless instances alone");
            return Err(Refused::NotSupported(reason));
        }
        // They are listed from old to new.
        let place = |version: &str| ServiceVersion::CHOICES.iter().position(|known| *known == version);
        if let Some(now) = place(&seen.version) {
            match place(&version).cmp(&Some(now)) {
                std::cmp::Ordering::Less => {
                    let reason = format!("must not be before the present one, {}", seen.version);
                    return Err(Rejection::rule("TargetVersion", reason).into());
                }
                // Minor versions come with the server: every instance has the latest.
                std::cmp::Ordering::Equal => return Err(Refused::UpToDate),
                std::cmp::Ordering::Greater => {}
            }
        }
        let (limits, details) = (seen.limits, seen.details.clone());
        let change = InstanceChange { seen, limits, version, details };
        Ok(control.instance_change(caller, change).await?.map(drop).into())
    }
}
