//! DeleteScheduledScalingRule: removes a scaling rule that is switched off or over.

use control::ids::{InstanceId, Region};

use crate::dialects::aliyun::action::{Action, Context, Done, Effect, Refused};
use crate::dialects::aliyun::alikafka::causes;
use crate::dialects::aliyun::alikafka::scaling_rules::change_rules;
use crate::dialects::aliyun::params::{Text, parameters};
use crate::refusal::Cause;

pub(crate) struct DeleteScheduledScalingRule;

parameters! {
    /// Which rule.
    pub(crate) struct Input {
        /// The instance.
        instance_id: InstanceId = required("InstanceId"),
        /// The region in which it was bought.
        region_id: Region = required("RegionId"),
        /// The rule: one that is switched off, or was for once and has been carried out.
        rule_name: Text = required("RuleName"),
    }
}

impl Action for DeleteScheduledScalingRule {
    const NAME: &'static str = "DeleteScheduledScalingRule";
    const SUMMARY: &'static str = "Removes a scaling rule that is switched off, or over.";
    const PERMISSION: &'static str = "alikafka:UpdateInstance";
    const EFFECT: Effect = Effect::Changes;
    const CAUSES: &'static [Cause] =
        &[causes::NOT_SUPPORTED, causes::INSTANCE, causes::STATE, causes::RUNNING, causes::SCALING_RULE];
    const EXAMPLE: &'static [(&'static str, &'static str)] =
        &[("InstanceId", "INSTANCE"), ("RegionId", "cn-hangzhou"), ("RuleName", "market-days")];

    type Input = Input;
    type Output = Done;

    async fn run(input: Input, context: &Context) -> Result<Done, Refused> {
        let Input { instance_id: id, region_id: region, rule_name: name } = input;
        let changed = change_rules(context, &region, &id, |rules, _, now_ms| rules.remove(&name, now_ms));
        Ok(changed.await?.into())
    }
}
