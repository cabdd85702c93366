//! CreateAcl: lets users do something with topics, groups or transactional ids, or forbids it.

use control::rule::RulesGrant;

use crate::dialects::aliyun::action::{Action, Context, Done, Effect, Refused};
use crate::dialects::aliyun::alikafka::causes;
use crate::dialects::aliyun::alikafka::rule_input::{DescribedRules, RuleInput};
use crate::refusal::Cause;

pub(crate) struct CreateAcl;

impl Action for CreateAcl {
    const NAME: &'static str = "CreateAcl";
    const SUMMARY: &'static str = "Lets users do something with what an instance has, or forbids it.";
    const PERMISSION: &'static str = "alikafka:CreateAcl";
    const EFFECT: Effect = Effect::Changes;
    const MESSAGE: &'static str = "operation success";
    const CAUSES: &'static [Cause] =
        &[causes::INSTANCE, causes::FULL, causes::TOPIC, causes::GROUP, causes::ACL_OFF, causes::RULE_EXISTS];
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
        let DescribedRules { region, instance, rules, .. } = input.described()?;
        let grant = RulesGrant { region, instance, rules };
        Ok(context.control.rules_grant(&context.caller, grant).await?.into())
    }
}
