//! CreateAcl: lets users do something with topics, groups or transactional ids, or forbids it.

use control::ids::{InstanceId, Region};
use control::rule::RulesGrant;

use crate::dialects::aliyun::action::{Action, Context, Done, Effect, Refused};
use crate::dialects::aliyun::alikafka::access_rules::{
    Described, Host, OperationType, Operations, PatternType, PermissionType, ResourceType, Spelled, UserName,
};
use crate::dialects::aliyun::params::{Text, parameters};

pub(crate) struct CreateAcl;

parameters! {
    /// The rule.
    pub(crate) struct Input {
        /// The instance, with enable.acl.
        instance_id: InstanceId = required("InstanceId"),
        /// The region in which it was bought.
        region_id: Region = required("RegionId"),
        /// The user, who need not be there, or * for every user.
        username: UserName = required("Username"),
        /// What it is about. TOPIC, TRANSACTIONAL_ID and so on are understood too.
        acl_resource_type: Spelled<ResourceType> = required("AclResourceType"),
        /// The name of a topic or group, which must be there when it is given whole; of a transactional id; any text for
        /// the cluster. * is all of them.
        acl_resource_name: Text = required("AclResourceName").range(1, 249),
        /// LITERAL: the name is whole. PREFIXED: names that begin so; not with *.
        acl_resource_pattern_type: PatternType = required("AclResourcePatternType"),
        /// What is done: Write, Read, Describe or DescribeConfigs for a topic, Read for a group, IdempotentWrite or
        /// DescribeConfigs for the cluster, Describe or Write for a transactional id. IDEMPOTENT_WRITE and so on are
        /// understood too.
        acl_operation_type: Spelled<OperationType> = required("AclOperationType"),
        /// Several operations between commas, in place of AclOperationType: one rule for each, all of them or none.
        acl_operation_types: Option<Operations> = optional("AclOperationTypes"),
        /// ALLOW lets users do it, unless a rule with DENY forbids it.
        acl_permission_type: PermissionType = optional("AclPermissionType").or("ALLOW"),
        /// The IP address that users come from, or * for any.
        host: Option<Host> = optional("Host"),
    }
}

impl Action for CreateAcl {
    const NAME: &'static str = "CreateAcl";
    const SUMMARY: &'static str = "Lets users do something with what an instance has, or forbids it.";
    const PERMISSION: &'static str = "alikafka:CreateAcl";
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
        let described = Described {
            user: input.username,
            resource: input.acl_resource_type,
            name: input.acl_resource_name,
            pattern: input.acl_resource_pattern_type,
            operation: input.acl_operation_type,
            operations: input.acl_operation_types,
            permission: input.acl_permission_type,
            host: input.host,
        };
        let grant = RulesGrant { region, instance, rules: described.rules()? };
        Ok(context.control.rules_grant(&context.caller, grant).await?.into())
    }
}
