//! DescribeAcls: what a user may do with something.

use control::ids::{InstanceId, Region};
use control::rule::{RuleFilter, RulePermission, RuleUser, WrittenRule};
use serde::Serialize;

use crate::dialects::aliyun::action::{Action, Context, Effect, Refused};
use crate::dialects::aliyun::alikafka::access_rules::{
    Host, OperationType, PatternType, PermissionType, ResourceType, Spelled, Words,
};
use crate::dialects::aliyun::alikafka::causes;
use crate::dialects::aliyun::envelope::list_of;
use crate::dialects::aliyun::params::{Text, parameters};
use crate::refusal::Cause;

pub(crate) struct DescribeAcls;

parameters! {
    /// Which rules. All that is said has to be so.
    pub(crate) struct Input {
        /// The instance.
        instance_id: InstanceId = required("InstanceId"),
        /// The region in which it was bought.
        region_id: Region = required("RegionId"),
        /// The user; * is the rules about every user, and those only.
        username: Text = required("Username"),
        /// What they are about.
        acl_resource_type: Spelled<ResourceType> = required("AclResourceType"),
        /// The name, or its beginning, exactly; * is the rules about all of them, and those only.
        acl_resource_name: Text = required("AclResourceName"),
        /// LITERAL or PREFIXED; without it both.
        acl_resource_pattern_type: Option<PatternType> = optional("AclResourcePatternType"),
        /// What is done.
        acl_operation_type: Option<Spelled<OperationType>> = optional("AclOperationType"),
        /// ALLOW or DENY; without it both.
        acl_permission_type: Option<PermissionType> = optional("AclPermissionType"),
        /// The IP address that they are for; * is those for any, and those only.
        host: Option<Host> = optional("Host"),
    }
}

/// The rules.
#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
pub(crate) struct Output {
    kafka_acl_list: KafkaAclList,
}

list_of! {
    struct KafkaAclList: "KafkaAclVO" [KafkaAclVo];
}

#[derive(Serialize)]
#[serde(rename_all = "PascalCase")]
struct KafkaAclVo {
    acl_resource_name: String,
    username: String,
    acl_resource_type: String,
    acl_operation_type: String,
    acl_resource_pattern_type: PatternType,
    host: String,
    acl_permission_type: PermissionType,
}

impl Action for DescribeAcls {
    const NAME: &'static str = "DescribeAcls";
    const SUMMARY: &'static str = "Lists what a user may do with something, oldest rule first.";
    const PERMISSION: &'static str = "alikafka:ListAcl";
    const EFFECT: Effect = Effect::Reads;
    const CAUSES: &'static [Cause] = &[causes::INSTANCE];
    const EXAMPLE: &'static [(&'static str, &'static str)] = &[
        ("InstanceId", "INSTANCE"),
        ("RegionId", "cn-hangzhou"),
        ("Username", "test12"),
        ("AclResourceType", "Topic"),
        ("AclResourceName", "orders"),
    ];

    type Input = Input;
    type Output = Output;

    async fn run(input: Input, context: &Context) -> Result<Output, Refused> {
        let filter = RuleFilter {
            user: Some(RuleUser::new(input.username)),
            resource: Some(input.acl_resource_type.value.into()),
            name: Some(input.acl_resource_name),
            pattern: input.acl_resource_pattern_type.map(Into::into),
            operation: input.acl_operation_type.map(|operation| operation.value.into()),
            permission: input.acl_permission_type.map(Into::into),
            host: input.host.map(|host| host.address),
            ..RuleFilter::default()
        };
        let Context { caller, control, .. } = context;
        let rules = control.rules_list(caller, &input.region_id, &input.instance_id, &filter).await?;
        let kafka_acl_list = rules.into_iter().map(KafkaAclVo::new).collect::<Result<_, _>>()?;
        Ok(Output { kafka_acl_list })
    }
}

impl KafkaAclVo {
    fn new(written: WrittenRule) -> Result<Self, Refused> {
        let Words { resource, operation, host } = Words::of(&written)?;
        let rule = written.rule;
        Ok(Self {
            acl_resource_name: rule.names.as_str().to_owned(),
            username: rule.user.as_str().to_owned(),
            acl_resource_type: resource,
            acl_operation_type: operation,
            acl_resource_pattern_type: rule.names.pattern().into(),
            host,
            acl_permission_type: match rule.permission {
                RulePermission::Allow => PermissionType::Allow,
                RulePermission::Deny => PermissionType::Deny,
            },
        })
    }
}
