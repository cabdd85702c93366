//! What CreateAcl and DeleteAcl are given: a rule, or several that differ in the operation.

use control::ids::{InstanceId, Region};
use control::rule::{Rule, RuleNames, WrittenRule};

use super::access_rules::{
    Host, OperationType, Operations, PatternType, PermissionType, ResourceType, Spelled, UserName, Words,
};
use crate::dialects::aliyun::action::Refused;
use crate::dialects::aliyun::params::{Rejection, Text, parameters};

parameters! {
    /// The rule.
    pub(crate) struct RuleInput {
        /// The instance. Rules are made where enable.acl is true.
        instance_id: InstanceId = required("InstanceId"),
        /// The region in which it was bought.
        region_id: Region = required("RegionId"),
        /// The user, who need not be there, or * for the rule about every user.
        username: UserName = required("Username"),
        /// What it is about. TOPIC, TRANSACTIONAL_ID and so on are understood too.
        acl_resource_type: Spelled<ResourceType> = required("AclResourceType"),
        /// The name of a topic or group, which must be there when a rule is made and names it whole; of a transactional id;
        /// any text for the cluster. * is all of them.
        acl_resource_name: Text = required("AclResourceName").range(1, 249),
        /// LITERAL: the name is whole. PREFIXED: names that begin so; not with *.
        acl_resource_pattern_type: PatternType = required("AclResourcePatternType"),
        /// What is done: Write, Read, Describe or DescribeConfigs for a topic, Read for a group, IdempotentWrite or
        /// DescribeConfigs for the cluster, Describe or Write for a transactional id. IDEMPOTENT_WRITE and so on are
        /// understood too.
        acl_operation_type: Spelled<OperationType> = required("AclOperationType"),
        /// Several operations between commas, in place of AclOperationType: one rule for each, all of them or none.
        acl_operation_types: Option<Operations> = optional("AclOperationTypes"),
        /// ALLOW, which is meant when it is absent, lets users do it, unless a rule with DENY forbids it. DeleteAcl without it
        /// and Host takes away what there is of both, from every address.
        acl_permission_type: Option<PermissionType> = optional("AclPermissionType"),
        /// The IP address that users come from, or * for any, which is meant when it is absent.
        host: Option<Host> = optional("Host"),
    }
}

/// What it comes to.
pub(crate) struct DescribedRules {
    pub(crate) region: Region,
    pub(crate) instance: InstanceId,
    /// The rules, each with its words.
    pub(crate) rules: Vec<WrittenRule>,
    /// Whether it was said if they allow, or from where.
    pub(crate) is_exact: bool,
}

impl RuleInput {
    /// What is described, if it can be a rule.
    pub(crate) fn described(self) -> Result<DescribedRules, Refused> {
        let UserName(user) = self.username;
        let (resource, name, pattern) =
            (self.acl_resource_type, self.acl_resource_name, self.acl_resource_pattern_type);
        if pattern == PatternType::Prefixed && name == "*" {
            let reason = "must not be * where AclResourcePatternType is PREFIXED";
            return Err(Rejection::rule("AclResourceName", reason).into());
        }
        let (field, operations) = match self.acl_operation_types {
            None => ("AclOperationType", vec![self.acl_operation_type]),
            Some(Operations(several)) => ("AclOperationTypes", several),
        };
        let is_exact = self.acl_permission_type.is_some() || self.host.is_some();
        let permission = self.acl_permission_type.unwrap_or(PermissionType::Allow);
        let (address, host) = self.host.map_or((None, "*".to_owned()), |host| (host.address, host.text));
        let rule = |operation: Spelled<OperationType>| {
            ensure_fits(field, resource.value, operation.value)?;
            let rule = Rule {
                user: user.clone(),
                resource: resource.value.into(),
                names: RuleNames::new(pattern.into(), name.clone()),
                operation: operation.value.into(),
                permission: permission.into(),
                host: address,
            };
            let words =
                Words { resource: resource.text.clone(), operation: operation.text, host: host.clone() };
            Ok(WrittenRule { rule, spelling: words.kept() })
        };
        let rules = operations.into_iter().map(rule).collect::<Result<_, Refused>>()?;
        Ok(DescribedRules { region: self.region_id, instance: self.instance_id, rules, is_exact })
    }
}

/// Refuses an operation that means nothing for the kind of thing.
fn ensure_fits(
    field: &'static str,
    resource: ResourceType,
    operation: OperationType,
) -> Result<(), Rejection> {
    use OperationType::{Describe, DescribeConfigs, IdempotentWrite, Read, Write};
    let fitting: &[(OperationType, &str)] = match resource {
        ResourceType::Topic => {
            &[(Write, "Write"), (Read, "Read"), (Describe, "Describe"), (DescribeConfigs, "DescribeConfigs")]
        }
        ResourceType::Group => &[(Read, "Read")],
        ResourceType::Cluster => {
            &[(IdempotentWrite, "IdempotentWrite"), (DescribeConfigs, "DescribeConfigs")]
        }
        ResourceType::TransactionalId => &[(Describe, "Describe"), (Write, "Write")],
    };
    if fitting.iter().any(|(fits, _)| *fits == operation) {
        return Ok(());
    }
    let words: Vec<_> = fitting.iter().map(|(_, word)| *word).collect();
    Err(Rejection::rule(field, format!("must be {} for this AclResourceType", words.join(" or "))))
}
