//! DeleteAcl: takes a rule away that CreateAcl has made.

use control::Fault;
use control::fault::Absent;
use control::ids::{InstanceId, Region};
use control::rule::{Rule, RuleFilter, RulesWithdraw};

use crate::dialects::aliyun::action::{Action, Context, Done, Effect, Refused};
use crate::dialects::aliyun::alikafka::access_rules::{
    Described, Host, OperationType, Operations, PatternType, PermissionType, ResourceType, Spelled, UserName,
};
use crate::dialects::aliyun::params::{Text, parameters};

pub(crate) struct DeleteAcl;

parameters! {
    /// The rule, said as in CreateAcl.
    pub(crate) struct Input {
        /// The instance.
        instance_id: InstanceId = required("InstanceId"),
        /// The region in which it was bought.
        region_id: Region = required("RegionId"),
        /// The user, or * for the rule about every user.
        username: UserName = required("Username"),
        /// What it is about.
        acl_resource_type: Spelled<ResourceType> = required("AclResourceType"),
        /// The name, or its beginning; need not be there any more.
        acl_resource_name: Text = required("AclResourceName").range(1, 249),
        /// LITERAL or PREFIXED, as it was made.
        acl_resource_pattern_type: PatternType = required("AclResourcePatternType"),
        /// What is done.
        acl_operation_type: Spelled<OperationType> = required("AclOperationType"),
        /// Several operations between commas, in place of AclOperationType: all their rules or none.
        acl_operation_types: Option<Operations> = optional("AclOperationTypes"),
        /// ALLOW or DENY. Without it and Host the rule that allows from any address is meant or, where there is none, the
        /// oldest of the others.
        acl_permission_type: Option<PermissionType> = optional("AclPermissionType"),
        /// The IP address that users come from, or * for any.
        host: Option<Host> = optional("Host"),
    }
}

impl Action for DeleteAcl {
    const NAME: &'static str = "DeleteAcl";
    const SUMMARY: &'static str = "Takes away what CreateAcl has granted.";
    const PERMISSION: &'static str = "alikafka:DeleteAcl";
    const EFFECT: Effect = Effect::Changes;
    const MESSAGE: &'static str = "operation success";
    const EXAMPLE: &'static [(&'static str, &'static str)] = &[
        ("InstanceId", "INSTANCE"),
        ("RegionId", "cn-hangzhou"),
        ("Username", "test12"),
        ("AclResourceType", "Topic"),
        ("AclResourceName", "orders"),
        ("AclResourcePatternType", "LITERAL"),
        ("AclOperationType", "Write"),
    ];

    type Input = Input;
    type Output = Done;

    async fn run(input: Input, context: &Context) -> Result<Done, Refused> {
        let (region, instance) = (input.region_id, input.instance_id);
        let says_which = input.acl_permission_type.is_some() || input.host.is_some();
        let described = Described {
            user: input.username,
            resource: input.acl_resource_type,
            name: input.acl_resource_name,
            pattern: input.acl_resource_pattern_type,
            operation: input.acl_operation_type,
            operations: input.acl_operation_types,
            permission: input.acl_permission_type.unwrap_or(PermissionType::Allow),
            host: input.host,
        };
        let rules: Vec<_> = described.rules()?.into_iter().map(|written| written.rule).collect();
        let Context { caller, control, .. } = context;
        let withdraw = RulesWithdraw { region, instance, rules };
        match control.rules_withdraw(caller, withdraw.clone()).await {
            Err(Fault::Absent(Absent::Rule)) if !says_which => {}
            outcome => return Ok(outcome?.into()),
        }
        // Terraform deletes every rule like this, and means the one that it reads, which is the first.
        let mut rules = Vec::with_capacity(withdraw.rules.len());
        for rule in &withdraw.rules {
            let listed = control.rules_list(caller, &withdraw.region, &withdraw.instance, &alike(rule)).await?;
            let first = listed.into_iter().next().ok_or(Fault::from(Absent::Rule))?;
            rules.push(first.rule);
        }
        Ok(control.rules_withdraw(caller, RulesWithdraw { rules, ..withdraw }).await?.into())
    }
}

/// The rules that say the same, but for whether it may be and from where.
fn alike(rule: &Rule) -> RuleFilter {
    RuleFilter {
        user: Some(rule.user.clone()),
        resource: Some(rule.resource),
        name: Some(rule.names.as_str().to_owned()),
        pattern: Some(rule.names.pattern()),
        operation: Some(rule.operation),
        // What is not shown may be taken away too: it would be in force again with its topic.
        dormant: true,
        ..RuleFilter::default()
    }
}
