//! Access rules in the numbers and texts of the wire.

use std::net::IpAddr;
use std::sync::Arc;

use kafka_wire::ErrorCode;

use super::Context;
use super::config_resource::Refusal;
use crate::authority::{
    AccessRule, CLUSTER_NAME, KeeperError, Names, Operation, Permission, ResourceKind, RuleKeeper,
};

/// What stands for everything, as a name and as an address.
const EVERYTHING: &str = "*";
/// What stands before the name of a user.
const USER: &str = "User:";
/// The longest name in a rule, in bytes. Longer ones are no topic's and no user's.
const NAME_BYTES_MAX: usize = 1_024;

/// In a filter.
const ANY: i8 = 1;
/// Every rule that counts for a name.
const MATCH: i8 = 2;
const LITERAL: i8 = 3;
const PREFIXED: i8 = 4;

/// A rule as it is written on the wire.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Written {
    pub(super) resource_type: i8,
    pub(super) resource_name: String,
    pub(super) pattern_type: i8,
    pub(super) principal: String,
    pub(super) host: String,
    pub(super) operation: i8,
    pub(super) permission_type: i8,
}

impl Written {
    /// How a rule is written.
    pub(super) fn new(rule: &AccessRule) -> Self {
        let (resource_name, pattern_type) = match &rule.names {
            Names::All => (EVERYTHING, LITERAL),
            Names::Equal(name) => (name.as_str(), LITERAL),
            Names::Prefixed(prefix) => (prefix.as_str(), PREFIXED),
        };
        Self {
            resource_type: match rule.resource {
                ResourceKind::Topic => 2,
                ResourceKind::Group => 3,
                ResourceKind::Cluster => 4,
                ResourceKind::TransactionalId => 5,
            },
            resource_name: resource_name.to_owned(),
            pattern_type,
            principal: format!("{USER}{}", rule.user.as_deref().unwrap_or(EVERYTHING)),
            host: rule.host.map_or_else(|| EVERYTHING.to_owned(), |host| host.to_string()),
            operation: rule.operation as i8,
            permission_type: match rule.permission {
                Permission::Deny => 2,
                Permission::Allow => 3,
            },
        }
    }

    /// The rule that is written so; error 42 when it could mean nothing here.
    pub(super) fn read(&self) -> Result<AccessRule, Refusal> {
        let invalid = |text: &str| (ErrorCode::INVALID_REQUEST, text.to_owned());
        let names = [&self.resource_name, &self.principal, &self.host];
        if names.iter().any(|name| name.len() > NAME_BYTES_MAX) {
            return Err(invalid("a name is too long"));
        }
        let resource = match self.resource_type {
            2 => ResourceKind::Topic,
            3 => ResourceKind::Group,
            4 => ResourceKind::Cluster,
            5 => ResourceKind::TransactionalId,
            _ => return Err(invalid("the resource is no topic, group, cluster or transactional id")),
        };
        if resource == ResourceKind::Cluster && self.resource_name != CLUSTER_NAME {
            return Err(invalid("the only name of a cluster is kafka-cluster"));
        }
        let names = match (self.pattern_type, self.resource_name.as_str()) {
            (_, "") => return Err(invalid("the name of the resource is empty")),
            (LITERAL, EVERYTHING) => Names::All,
            (LITERAL, name) => Names::Equal(name.to_owned()),
            (PREFIXED, prefix) => Names::Prefixed(prefix.to_owned()),
            _ => return Err(invalid("the pattern is neither literal nor prefixed")),
        };
        let user = match self.principal.strip_prefix(USER) {
            None | Some("") => return Err(invalid("the principal is no user, which is User: and a name")),
            Some(EVERYTHING) => None,
            Some(name) => Some(name.to_owned()),
        };
        let host = match self.host.as_str() {
            EVERYTHING => None,
            // A client is what it is, however its address is written.
            address => match address.parse::<IpAddr>() {
                Ok(address) => Some(address.to_canonical()),
                Err(_) => return Err(invalid("the host is neither an address nor *")),
            },
        };
        let operation = Operation::EACH.into_iter().find(|operation| *operation as i8 == self.operation);
        let permission = match self.permission_type {
            2 => Permission::Deny,
            3 => Permission::Allow,
            _ => return Err(invalid("the permission type neither allows nor denies")),
        };
        let operation = operation.ok_or_else(|| invalid("there is no such operation"))?;
        Ok(AccessRule { user, host, resource, names, operation, permission })
    }
}

/// Which rules.
#[derive(Clone, Copy, Debug)]
pub(super) struct Filter<'a> {
    pub(super) resource_type: i8,
    pub(super) resource_name: Option<&'a str>,
    pub(super) pattern_type: i8,
    pub(super) principal: Option<&'a str>,
    pub(super) host: Option<&'a str>,
    pub(super) operation: i8,
    pub(super) permission_type: i8,
}

impl Filter<'_> {
    /// Fails when it has numbers that mean nothing to us, and may mean something to the client.
    pub(super) fn check(&self) -> Result<(), Refusal> {
        let known = (ANY..=7).contains(&self.resource_type)
            && (ANY..=PREFIXED).contains(&self.pattern_type)
            && (ANY..=14).contains(&self.operation)
            && (ANY..=3).contains(&self.permission_type);
        let unknown =
            || (ErrorCode::INVALID_REQUEST, "the filter has elements that are not known".to_owned());
        known.then_some(()).ok_or_else(unknown)
    }

    pub(super) fn admits(&self, rule: &Written) -> bool {
        let is = |filter: i8, value: i8| filter == ANY || filter == value;
        let same = |filter: Option<&str>, value: &str| filter.is_none_or(|filter| filter == value);
        is(self.resource_type, rule.resource_type)
            && (self.pattern_type == MATCH || is(self.pattern_type, rule.pattern_type))
            && self.resource_name.is_none_or(|name| self.names(name, rule))
            && same(self.principal, &rule.principal)
            && same(self.host, &rule.host)
            && is(self.operation, rule.operation)
            && is(self.permission_type, rule.permission_type)
    }

    fn names(&self, name: &str, rule: &Written) -> bool {
        match (self.pattern_type, rule.pattern_type) {
            (MATCH, PREFIXED) => name.starts_with(&rule.resource_name),
            (MATCH, _) => name == rule.resource_name || rule.resource_name == EVERYTHING,
            _ => name == rule.resource_name,
        }
    }
}

impl Context<'_> {
    /// Who keeps the rules; error 54 where none are enforced.
    pub(super) fn rule_keeper(&self) -> Result<Arc<dyn RuleKeeper>, Refusal> {
        if !self.cluster.settings().rules_enforced {
            let text = "access rules are not enforced here; they are switched on for the instance";
            return Err((ErrorCode::SECURITY_DISABLED, text.into()));
        }
        let early = || KeeperError::Unavailable("access rules cannot be asked for yet, or any more".into());
        self.cluster.rule_keeper().ok_or_else(|| refusal(&early()))
    }
}

/// What a keeper's refusal is called.
pub(super) fn refusal(error: &KeeperError) -> Refusal {
    let code = match error {
        KeeperError::Full(_) => ErrorCode::POLICY_VIOLATION,
        // Clients try again after it.
        KeeperError::Unavailable(_) => ErrorCode::REQUEST_TIMED_OUT,
    };
    (code, error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(resource_type: i8, resource_name: &str, pattern_type: i8) -> Written {
        Written {
            resource_type,
            resource_name: resource_name.into(),
            pattern_type,
            principal: "User:alice".into(),
            host: "*".into(),
            operation: 3,
            permission_type: 3,
        }
    }

    #[test]
    fn a_rule_is_read_as_it_was_written() {
        for rule in [
            written(2, "orders", LITERAL),
            written(2, "*", LITERAL),
            written(3, "read", PREFIXED),
            written(4, "kafka-cluster", LITERAL),
            written(5, "transfer", LITERAL),
            Written { principal: "User:*".into(), host: "10.0.0.1".into(), ..written(2, "a", LITERAL) },
            Written { principal: "User:a:b".into(), host: "::1".into(), ..written(2, "a", LITERAL) },
        ] {
            assert_eq!(Written::new(&rule.read().unwrap()), rule);
        }
        for operation in 2..=12 {
            for permission_type in 2..=3 {
                let rule = Written { operation, permission_type, ..written(2, "orders", LITERAL) };
                assert_eq!(Written::new(&rule.read().unwrap()), rule);
            }
        }
        let as_ipv6 = Written { host: "::ffff:10.0.0.1".into(), ..written(2, "a", LITERAL) };
        assert_eq!(Written::new(&as_ipv6.read().unwrap()).host, "10.0.0.1");
    }

    #[test]
    fn what_could_mean_nothing_is_refused() {
        let long = "x".repeat(NAME_BYTES_MAX + 1);
        let plain = || written(2, "orders", LITERAL);
        for rule in [
            written(0, "orders", LITERAL),
            written(ANY, "orders", LITERAL),
            written(6, "token", LITERAL),
            written(7, "alice", LITERAL),
            written(2, "", LITERAL),
            written(2, &long, LITERAL),
            written(2, "orders", ANY),
            written(2, "orders", MATCH),
            written(2, "orders", 0),
            written(4, "cluster", LITERAL),
            Written { principal: "alice".into(), ..plain() },
            Written { principal: "User:".into(), ..plain() },
            Written { principal: "Group:g".into(), ..plain() },
            Written { principal: format!("User:{long}"), ..plain() },
            Written { host: "example.com".into(), ..plain() },
            Written { host: String::new(), ..plain() },
            Written { operation: 0, ..plain() },
            Written { operation: ANY, ..plain() },
            Written { operation: 13, ..plain() },
            Written { permission_type: ANY, ..plain() },
            Written { permission_type: 0, ..plain() },
        ] {
            assert_eq!(rule.read().map_err(|(code, _)| code), Err(ErrorCode::INVALID_REQUEST), "{rule:?}");
        }
    }

    const EVERY: Filter<'static> = Filter {
        resource_type: ANY,
        resource_name: None,
        pattern_type: ANY,
        principal: None,
        host: None,
        operation: ANY,
        permission_type: ANY,
    };

    #[test]
    fn a_filter_admits_what_has_all_that_it_names() {
        let rules = [
            written(2, "orders", LITERAL),
            written(2, "ord", PREFIXED),
            written(2, "*", LITERAL),
            written(3, "orders", LITERAL),
            Written {
                principal: "User:*".into(),
                operation: 8,
                permission_type: 2,
                ..written(2, "o", PREFIXED)
            },
            Written { host: "10.0.0.1".into(), ..written(2, "other", LITERAL) },
        ];
        let named = |name, pattern_type| Filter { resource_name: Some(name), pattern_type, ..EVERY };
        let topics = |filter| Filter { resource_type: 2, ..filter };
        for (filter, admitted) in [
            (EVERY, vec![0, 1, 2, 3, 4, 5]),
            (Filter { resource_type: 3, ..EVERY }, vec![3]),
            (Filter { pattern_type: PREFIXED, ..EVERY }, vec![1, 4]),
            (Filter { pattern_type: MATCH, ..EVERY }, vec![0, 1, 2, 3, 4, 5]),
            (named("orders", ANY), vec![0, 3]),
            (named("ord", ANY), vec![1]),
            (named("ord", LITERAL), vec![]),
            (named("ord", PREFIXED), vec![1]),
            (topics(named("orders", MATCH)), vec![0, 1, 2, 4]),
            (topics(named("o", MATCH)), vec![2, 4]),
            (named("*", LITERAL), vec![2]),
            (Filter { principal: Some("User:*"), ..EVERY }, vec![4]),
            (Filter { principal: Some("User:bob"), ..EVERY }, vec![]),
            (Filter { host: Some("10.0.0.1"), ..EVERY }, vec![5]),
            (Filter { host: Some("*"), ..EVERY }, vec![0, 1, 2, 3, 4]),
            (Filter { operation: 8, ..EVERY }, vec![4]),
            (Filter { operation: 2, ..EVERY }, vec![]),
            (Filter { permission_type: 2, ..EVERY }, vec![4]),
        ] {
            assert!(filter.check().is_ok());
            let found: Vec<_> = (0..rules.len()).filter(|index| filter.admits(&rules[*index])).collect();
            assert_eq!(found, admitted, "{filter:?}");
        }
    }

    #[test]
    fn a_filter_of_what_is_not_known_is_refused() {
        for filter in [
            Filter { resource_type: 0, ..EVERY },
            Filter { resource_type: 8, ..EVERY },
            Filter { pattern_type: 0, ..EVERY },
            Filter { pattern_type: 5, ..EVERY },
            Filter { operation: 0, ..EVERY },
            Filter { operation: 15, ..EVERY },
            Filter { permission_type: 0, ..EVERY },
            Filter { permission_type: 4, ..EVERY },
        ] {
            assert!(filter.check().is_err(), "{filter:?}");
        }
    }
}
