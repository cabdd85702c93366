//! Access rules in the broker's terms.

use control::rule::{Rule, RuleNames, RuleOperation, RulePermission, RuleResource, RuleUser};
use kafka_broker::{AccessRule, CLUSTER_NAME, Names, Operation, Permission, ResourceKind};

/// Who may do what.
pub(super) fn access_rules(rules: &[Rule]) -> Vec<AccessRule> {
    rules.iter().map(access_rule).collect()
}

fn access_rule(rule: &Rule) -> AccessRule {
    let resource = match rule.resource {
        RuleResource::Topic => ResourceKind::Topic,
        RuleResource::Group => ResourceKind::Group,
        RuleResource::Cluster => ResourceKind::Cluster,
        RuleResource::TransactionalId => ResourceKind::TransactionalId,
    };
    let names = match &rule.names {
        // There is one, and owners call it as they like.
        _ if resource == ResourceKind::Cluster => Names::Equal(CLUSTER_NAME.to_owned()),
        RuleNames::All => Names::All,
        RuleNames::Equal(name) => Names::Equal(name.clone()),
        RuleNames::Prefixed(prefix) => Names::Prefixed(prefix.clone()),
    };
    AccessRule {
        user: match &rule.user {
            RuleUser::Everybody => None,
            RuleUser::Named(name) => Some(name.clone()),
        },
        host: rule.host,
        resource,
        names,
        operation: match rule.operation {
            RuleOperation::Read => Operation::Read,
            RuleOperation::Write => Operation::Write,
            RuleOperation::Describe => Operation::Describe,
            RuleOperation::DescribeSettings => Operation::DescribeConfigs,
            RuleOperation::IdempotentWrite => Operation::IdempotentWrite,
        },
        permission: match rule.permission {
            RulePermission::Allow => Permission::Allow,
            RulePermission::Deny => Permission::Deny,
        },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rule(resource: RuleResource, names: RuleNames, operation: RuleOperation) -> Rule {
        Rule {
            user: RuleUser::Named("alice".into()),
            resource,
            names,
            operation,
            permission: RulePermission::Allow,
            host: None,
        }
    }

    #[test]
    fn each_rule_says_the_same_in_the_brokers_terms() {
        let orders = || RuleNames::Equal("orders".into());
        let host = "10.0.0.1".parse().unwrap();
        let rules = [
            rule(RuleResource::Topic, orders(), RuleOperation::Write),
            Rule {
                user: RuleUser::Everybody,
                permission: RulePermission::Deny,
                host: Some(host),
                ..rule(RuleResource::Group, RuleNames::All, RuleOperation::Read)
            },
            rule(RuleResource::TransactionalId, RuleNames::Prefixed("pay".into()), RuleOperation::Describe),
            // Whatever its owner calls it, there is one.
            rule(RuleResource::Cluster, orders(), RuleOperation::IdempotentWrite),
            rule(RuleResource::Cluster, RuleNames::Prefixed("kaf".into()), RuleOperation::DescribeSettings),
        ];
        let expected = |resource, names, operation| AccessRule {
            user: Some("alice".into()),
            host: None,
            resource,
            names,
            operation,
            permission: Permission::Allow,
        };
        let cluster = || Names::Equal(CLUSTER_NAME.into());
        let expected = [
            expected(ResourceKind::Topic, Names::Equal("orders".into()), Operation::Write),
            AccessRule {
                user: None,
                permission: Permission::Deny,
                host: Some(host),
                ..expected(ResourceKind::Group, Names::All, Operation::Read)
            },
            expected(ResourceKind::TransactionalId, Names::Prefixed("pay".into()), Operation::Describe),
            expected(ResourceKind::Cluster, cluster(), Operation::IdempotentWrite),
            expected(ResourceKind::Cluster, cluster(), Operation::DescribeConfigs),
        ];
        assert_eq!(access_rules(&rules), expected);
    }
}
