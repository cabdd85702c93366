//! ExplainAcl: whether a user may do something in an instance, and which rule decides.

use control::ids::{InstanceId, Region};
use control::rule::{Rule, RuleBecause, RulePermission, RuleQuestion};
use serde::Serialize;

use crate::dialects::aliyun::action::{Action, Context, Effect, Refused};
use crate::dialects::aliyun::alikafka::access_rules::{
    Host, PatternType, PermissionType, ResourceType, Words,
};
use crate::dialects::aliyun::alikafka::causes;
use crate::dialects::aliyun::params::{Text, parameters};
use crate::dialects::aliyun::weir::operation::Operation;
use crate::refusal::Cause;

pub(crate) struct ExplainAcl;

parameters! {
    /// Who would do what.
    pub(crate) struct Input {
        /// The instance.
        instance_id: InstanceId = required("InstanceId"),
        /// The region in which it was bought.
        region_id: Region = required("RegionId"),
        /// The user, who need not be there.
        username: Text = required("Username").range(1, 256),
        /// What would be done.
        operation: Operation = required("Operation"),
        /// To what kind of thing.
        resource_type: ResourceType = required("ResourceType"),
        /// Its name; not for Cluster.
        resource_name: Option<Text> = optional("ResourceName").range(1, 256),
        /// The IP address that the user comes from; without it, or with *, one that no rule names.
        host: Option<Host> = optional("Host"),
    }
}

/// The verdict, which is that of a request at this moment.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Output {
    permitted: bool,
    /// RULE: the rule below decides. NO_RULE: none speaks of it. UNENFORCED: enable.acl is not on.
    reason: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    rule: Option<RuleView>,
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct RuleView {
    username: String,
    permission_type: PermissionType,
    operation: String,
    resource_type: String,
    resource_name: String,
    pattern_type: PatternType,
    host: String,
}

impl RuleView {
    fn new(rule: &Rule) -> Self {
        let Words { resource, operation, host } = Words::for_rule(rule);
        Self {
            username: rule.user.as_str().to_owned(),
            permission_type: match rule.permission {
                RulePermission::Allow => PermissionType::Allow,
                RulePermission::Deny => PermissionType::Deny,
            },
            operation,
            resource_type: resource,
            resource_name: rule.names.as_str().to_owned(),
            pattern_type: rule.names.pattern().into(),
            host,
        }
    }
}

impl Action for ExplainAcl {
    const NAME: &'static str = "ExplainAcl";
    const SUMMARY: &'static str = "Tells whether a Kafka user may do something, and which rule decides.";
    const PERMISSION: &'static str = "weir:ExplainAcl";
    const EFFECT: Effect = Effect::Reads;
    const CAUSES: &'static [Cause] = &[causes::INSTANCE, causes::STATE];
    const EXAMPLE: &'static [(&'static str, &'static str)] = &[
        ("InstanceId", "INSTANCE"),
        ("RegionId", "cn-hangzhou"),
        ("Username", "test12"),
        ("Operation", "Write"),
        ("ResourceType", "Topic"),
        ("ResourceName", "orders"),
    ];

    type Input = Input;
    type Output = Output;

    async fn run(input: Input, context: &Context) -> Result<Output, Refused> {
        let question = RuleQuestion {
            user: input.username,
            host: input.host.and_then(|host| host.address),
            operation: input.operation.into(),
            resource: input.resource_type.into(),
            name: input.resource_name.unwrap_or_default(),
        };
        let Context { caller, control, .. } = context;
        let answer = control.rule_explain(caller, &input.region_id, &input.instance_id, &question).await?;
        let (reason, rule) = match answer.because {
            RuleBecause::Unenforced => ("UNENFORCED", None),
            RuleBecause::NoRule => ("NO_RULE", None),
            RuleBecause::Rule(rule) => ("RULE", Some(RuleView::new(&rule))),
        };
        Ok(Output { permitted: answer.permitted, reason, rule })
    }
}
