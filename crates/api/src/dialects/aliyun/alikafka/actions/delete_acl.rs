//! DeleteAcl: takes rules away that CreateAcl has made.
//!
//! Terraform names the user, the thing and the operation, whatever else the rule says. All rules with these go then: had
//! the call chosen one of several, another one would go when a client repeats it.

use control::rule::{RuleFilter, RulesWithdraw};

use crate::dialects::aliyun::action::{Action, Context, Done, Effect, Refused};
use crate::dialects::aliyun::alikafka::causes;
use crate::dialects::aliyun::alikafka::rule_input::{DescribedRules, RuleInput};
use crate::refusal::Cause;

pub(crate) struct DeleteAcl;

impl Action for DeleteAcl {
    const NAME: &'static str = "DeleteAcl";
    const SUMMARY: &'static str = "Takes away what CreateAcl has granted.";
    const PERMISSION: &'static str = "alikafka:DeleteAcl";
    const EFFECT: Effect = Effect::Changes;
    const MESSAGE: &'static str = "operation success";
    const CAUSES: &'static [Cause] = &[causes::INSTANCE, causes::RULE];
    const EXAMPLE: &'static [(&'static str, &'static str)] = &[
        ("InstanceId", "INSTANCE"),
        ("RegionId", "cn-hangzhou"),
        ("Username", "test12"),
        ("AclResourceType", "Topic"),
        ("AclResourceName", "orders"),
        ("AclResourcePatternType", "LITERAL"),
        ("AclOperationType", "Write"),
    ];

    type Input = RuleInput;
    type Output = Done;

    async fn run(input: RuleInput, context: &Context) -> Result<Done, Refused> {
        let DescribedRules { region, instance, rules, is_exact } = input.described()?;
        let filter = if is_exact { RuleFilter::exactly } else { RuleFilter::alike };
        let filters = rules.iter().map(|written| filter(&written.rule)).collect();
        let withdraw = RulesWithdraw { region, instance, filters };
        Ok(context.control.rules_withdraw(&context.caller, withdraw).await?.into())
    }
}
