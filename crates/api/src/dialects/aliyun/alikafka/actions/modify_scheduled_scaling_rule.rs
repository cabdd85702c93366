//! ModifyScheduledScalingRule: switches a scaling rule on or off.

use control::ids::{InstanceId, Region};

use crate::dialects::aliyun::action::{Action, Context, Done, Effect, Refused};
use crate::dialects::aliyun::alikafka::causes;
use crate::dialects::aliyun::alikafka::scaling_rules::change_rules;
use crate::dialects::aliyun::params::{Text, parameters};
use crate::refusal::Cause;

pub(crate) struct ModifyScheduledScalingRule;

parameters! {
    /// Which rule, and whether it is carried out from now on.
    pub(crate) struct Input {
        /// The instance.
        instance_id: InstanceId = required("InstanceId"),
        /// The region in which it was bought.
        region_id: Region = required("RegionId"),
        /// The rule.
        rule_name: Text = required("RuleName"),
        /// Whether it is carried out. One that is carried out once is switched on at least 30 minutes before.
        enable: bool = required("Enable"),
    }
}

impl Action for ModifyScheduledScalingRule {
    const NAME: &'static str = "ModifyScheduledScalingRule";
    const SUMMARY: &'static str = "Switches a scaling rule on or off.";
    const PERMISSION: &'static str = "alikafka:UpdateInstance";
    const EFFECT: Effect = Effect::Changes;
    const CAUSES: &'static [Cause] = &[
        causes::FIELD,
        causes::NOT_SUPPORTED,
        causes::INSTANCE,
        causes::STATE,
        causes::RUNNING,
        causes::SCALING_RULE,
    ];
    const EXAMPLE: &'static [(&'static str, &'static str)] = &[
        ("InstanceId", "INSTANCE"),
        ("RegionId", "cn-hangzhou"),
        ("RuleName", "market-days"),
        ("Enable", "false"),
    ];

    type Input = Input;
    type Output = Done;

    async fn run(input: Input, context: &Context) -> Result<Done, Refused> {
        let Input { instance_id: id, region_id: region, rule_name: name, enable } = input;
        let changed =
            change_rules(context, &region, &id, |rules, _, now_ms| rules.switch(&name, enable, now_ms));
        Ok(changed.await?.into())
    }
}
