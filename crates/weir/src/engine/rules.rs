//! Access rules in the broker's terms.

use std::net::{IpAddr, Ipv4Addr};

use control::rule::{
    Rule, RuleAnswer, RuleBecause, RuleNames, RuleOperation, RulePermission, RuleQuestion, RuleResource,
    RuleUser,
};
use kafka_broker::{
    AccessAnswer, AccessQuestion, AccessRule, Because, CLUSTER_NAME, Names, Operation, Permission,
    ResourceKind,
};

/// Who may do what.
pub(super) fn access_rules(rules: &[Rule]) -> Vec<AccessRule> {
    rules.iter().map(access_rule).collect()
}

pub(super) fn access_rule(rule: &Rule) -> AccessRule {
    let resource = resource_kind(rule.resource);
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
        operation: access_operation(rule.operation),
        permission: match rule.permission {
            RulePermission::Allow => Permission::Allow,
            RulePermission::Deny => Permission::Deny,
        },
    }
}

/// A question in the broker's terms. Who is nowhere in particular is where no rule says anything of.
pub(super) fn access_question(question: &RuleQuestion) -> AccessQuestion {
    let RuleQuestion { user, host, operation, resource, name } = question;
    let resource = resource_kind(*resource);
    AccessQuestion {
        user: user.clone(),
        host: host.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED)),
        operation: access_operation(*operation),
        name: if resource == ResourceKind::Cluster { CLUSTER_NAME.to_owned() } else { name.clone() },
        resource,
    }
}

/// The broker's answer in the control plane's terms.
pub(super) fn rule_answer(answer: AccessAnswer) -> RuleAnswer {
    RuleAnswer {
        permitted: answer.permitted,
        because: match answer.because {
            Because::Unenforced => RuleBecause::Unenforced,
            Because::Rule(deciding) => RuleBecause::Rule(rule(&deciding)),
            Because::NoRule => RuleBecause::NoRule,
        },
    }
}

fn resource_kind(resource: RuleResource) -> ResourceKind {
    match resource {
        RuleResource::Topic => ResourceKind::Topic,
        RuleResource::Group => ResourceKind::Group,
        RuleResource::Cluster => ResourceKind::Cluster,
        RuleResource::TransactionalId => ResourceKind::TransactionalId,
    }
}

fn access_operation(operation: RuleOperation) -> Operation {
    match operation {
        RuleOperation::Read => Operation::Read,
        RuleOperation::Write => Operation::Write,
        RuleOperation::Describe => Operation::Describe,
        RuleOperation::DescribeSettings => Operation::DescribeConfigs,
        RuleOperation::IdempotentWrite => Operation::IdempotentWrite,
        RuleOperation::All => Operation::All,
        RuleOperation::Create => Operation::Create,
        RuleOperation::Delete => Operation::Delete,
        RuleOperation::Alter => Operation::Alter,
        RuleOperation::AlterSettings => Operation::AlterConfigs,
        RuleOperation::ClusterAction => Operation::ClusterAction,
    }
}

/// A rule of the broker's in the control plane's terms. The same broker's rule can stand for several of these, which
/// differ in what their owner calls the cluster.
pub(super) fn rule(rule: &AccessRule) -> Rule {
    Rule {
        user: match &rule.user {
            None => RuleUser::Everybody,
            Some(name) => RuleUser::Named(name.clone()),
        },
        resource: match rule.resource {
            ResourceKind::Topic => RuleResource::Topic,
            ResourceKind::Group => RuleResource::Group,
            ResourceKind::Cluster => RuleResource::Cluster,
            ResourceKind::TransactionalId => RuleResource::TransactionalId,
        },
        names: match &rule.names {
            Names::All => RuleNames::All,
            Names::Equal(name) => RuleNames::Equal(name.clone()),
            Names::Prefixed(prefix) => RuleNames::Prefixed(prefix.clone()),
        },
        operation: match rule.operation {
            Operation::All => RuleOperation::All,
            Operation::Read => RuleOperation::Read,
            Operation::Write => RuleOperation::Write,
            Operation::Create => RuleOperation::Create,
            Operation::Delete => RuleOperation::Delete,
            Operation::Alter => RuleOperation::Alter,
            Operation::Describe => RuleOperation::Describe,
            Operation::ClusterAction => RuleOperation::ClusterAction,
            Operation::DescribeConfigs => RuleOperation::DescribeSettings,
            Operation::AlterConfigs => RuleOperation::AlterSettings,
            Operation::IdempotentWrite => RuleOperation::IdempotentWrite,
        },
        permission: match rule.permission {
            Permission::Allow => RulePermission::Allow,
            Permission::Deny => RulePermission::Deny,
        },
        host: rule.host,
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
    fn a_rule_of_the_brokers_comes_back_as_it_was() {
        use Operation::{
            All, Alter, AlterConfigs, ClusterAction, Create, Delete, Describe, DescribeConfigs,
            IdempotentWrite, Read, Write,
        };
        for operation in [
            All,
            Read,
            Write,
            Create,
            Delete,
            Alter,
            Describe,
            ClusterAction,
            DescribeConfigs,
            AlterConfigs,
            IdempotentWrite,
        ] {
            for (resource, names) in [
                (ResourceKind::Topic, Names::All),
                (ResourceKind::Group, Names::Equal("readers".into())),
                (ResourceKind::TransactionalId, Names::Prefixed("pay".into())),
                (ResourceKind::Cluster, Names::Equal(CLUSTER_NAME.into())),
            ] {
                let allowed = AccessRule {
                    user: Some("alice".into()),
                    host: None,
                    resource,
                    names,
                    operation,
                    permission: Permission::Allow,
                };
                let host = Some("10.0.0.1".parse().unwrap());
                let denied = AccessRule { user: None, host, permission: Permission::Deny, ..allowed.clone() };
                for one in [allowed, denied] {
                    assert_eq!(access_rule(&super::rule(&one)), one);
                }
            }
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
