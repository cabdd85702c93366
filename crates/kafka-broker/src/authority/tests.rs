//! The index against rules read one after the other, and Kafka's words for the cases that matter.

use std::net::IpAddr;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::select;

use super::*;

const USERS: [&str; 2] = ["alice", "bob"];
const HOSTS: [&str; 2] = ["10.0.0.1", "10.0.0.2"];
/// Names that begin like others, and one whose beginnings are not all texts.
const NAMES: [&str; 7] = ["a", "ab", "abc", "abd", "b", "é", "éa"];
const KINDS: [ResourceKind; 4] =
    [ResourceKind::Topic, ResourceKind::Group, ResourceKind::Cluster, ResourceKind::TransactionalId];
const OPERATIONS: [Operation; 10] = [
    Operation::Read,
    Operation::Write,
    Operation::Create,
    Operation::Delete,
    Operation::Alter,
    Operation::Describe,
    Operation::ClusterAction,
    Operation::DescribeConfigs,
    Operation::AlterConfigs,
    Operation::IdempotentWrite,
];

fn host(text: &str) -> IpAddr {
    text.parse().unwrap()
}

/// One question, answered by reading all rules.
struct Oracle<'a> {
    rules: &'a [AccessRule],
    user: &'a str,
    host: IpAddr,
    kind: ResourceKind,
}

impl Oracle<'_> {
    fn concerns(&self, rule: &AccessRule) -> bool {
        rule.user.as_deref().is_none_or(|user| user == self.user)
            && rule.host.is_none_or(|host| host == self.host)
            && rule.resource == self.kind
    }

    fn permits(&self, name: &str, operation: Operation) -> bool {
        let matching = self.rules.iter().filter(|rule| {
            self.concerns(rule)
                && match &rule.names {
                    Names::All => true,
                    Names::Equal(equal) => equal == name,
                    Names::Prefixed(prefix) => name.starts_with(&**prefix),
                }
        });
        let (allows, denies): (Vec<_>, Vec<_>) =
            matching.partition(|rule| rule.permission == Permission::Allow);
        let is = |rule: &&AccessRule, wanted: &[Operation]| {
            rule.operation == Operation::All || wanted.contains(&rule.operation)
        };
        let implying: &[Operation] = match operation {
            Operation::Describe => {
                &[Operation::Describe, Operation::Read, Operation::Write, Operation::Delete, Operation::Alter]
            }
            Operation::DescribeConfigs => &[Operation::DescribeConfigs, Operation::AlterConfigs],
            _ => &[operation],
        };
        !denies.iter().any(|rule| is(rule, &[operation])) && allows.iter().any(|rule| is(rule, implying))
    }

    /// Kafka's `authorizeByResourceType`, step by step.
    fn permits_some(&self, operation: Operation) -> bool {
        let named = |rule: &&AccessRule| {
            self.concerns(rule) && (rule.operation == Operation::All || rule.operation == operation)
        };
        let with =
            |permission| self.rules.iter().filter(named).filter(move |rule| rule.permission == permission);
        let denied = |names: &Names| with(Permission::Deny).any(|rule| rule.names == *names);
        if denied(&Names::All) {
            return false;
        }
        let beginning_denied = |text: &str| {
            text.char_indices()
                .any(|(at, character)| denied(&Names::Prefixed(text[..at + character.len_utf8()].to_owned())))
        };
        with(Permission::Allow).any(|rule| match &rule.names {
            Names::All => true,
            Names::Equal(name) => !denied(&rule.names) && !beginning_denied(name),
            Names::Prefixed(prefix) => !beginning_denied(prefix),
        })
    }
}

fn rule() -> impl Strategy<Value = AccessRule> {
    let names = prop_oneof![
        1 => Just(Names::All),
        3 => select(&NAMES[..]).prop_map(|name| Names::Equal(name.into())),
        3 => select(&NAMES[..]).prop_map(|name| Names::Prefixed(name.into())),
    ];
    let user = prop_oneof![Just(None), select(&USERS[..]).prop_map(|user| Some(user.to_owned()))];
    let from = prop_oneof![3 => Just(None), 1 => select(&HOSTS[..]).prop_map(|from| Some(host(from)))];
    let operation = prop_oneof![1 => Just(Operation::All), 8 => select(&OPERATIONS[..])];
    let permission = prop_oneof![2 => Just(Permission::Allow), 1 => Just(Permission::Deny)];
    (user, from, select(&KINDS[..2]), names, operation, permission).prop_map(
        |(user, host, resource, names, operation, permission)| AccessRule {
            user,
            host,
            resource,
            names,
            operation,
            permission,
        },
    )
}

proptest! {
    #[test]
    fn the_index_answers_as_the_rules_read_one_by_one(rules in vec(rule(), 0..12)) {
        let authority = Authority::new(true, &rules);
        for user in USERS.into_iter().chain(["stranger"]) {
            for from in HOSTS.into_iter().chain(["10.0.0.3"]).map(host) {
                let rights = authority.rights(&Principal::user(user), from);
                for kind in KINDS {
                    let oracle = Oracle { rules: &rules, user, host: from, kind };
                    for operation in OPERATIONS {
                        for name in NAMES.into_iter().chain(["", "c", "abcd"]) {
                            let permits = oracle.permits(name, operation);
                            prop_assert_eq!(
                                rights.permit(operation, kind, name), permits, "{} {:?} {:?}", name, operation, kind
                            );
                            let sensible = OperationSet::sensible(kind).contains(operation);
                            prop_assert_eq!(
                                rights.permitted(kind, name).contains(operation), permits && sensible
                            );
                        }
                        // Implied operations are not asked for in this way, by us or by Kafka.
                        if !matches!(operation, Operation::Describe | Operation::DescribeConfigs) {
                            prop_assert_eq!(
                                rights.permit_some(operation, kind), oracle.permits_some(operation),
                                "some {:?} {:?}", operation, kind
                            );
                        }
                    }
                }
            }
        }
    }
}

proptest! {
    #[test]
    fn an_explanation_is_the_answer_and_a_rule_that_gives_it(
        rules in vec(rule(), 0..12),
        (user, from, operation) in (select(&USERS[..]), select(&HOSTS[..]), select(&OPERATIONS[..])),
        (resource, name) in (select(&KINDS[..2]), select(&NAMES[..])),
    ) {
        let authority = Authority::new(true, &rules);
        let host = host(from);
        let question = AccessQuestion { user: user.into(), host, operation, resource, name: name.into() };
        let AccessAnswer { permitted, because } = authority.explain(&question);
        let oracle = |rules: &[AccessRule]| Oracle { rules, user, host, kind: resource }.permits(name, operation);
        prop_assert_eq!(permitted, oracle(&rules));
        match because {
            Because::Rule(rule) if permitted => prop_assert!(rules.contains(&rule) && oracle(&[rule])),
            Because::Rule(rule) => {
                prop_assert!(rule.permission == Permission::Deny && rules.contains(&rule));
                // Turned around, it would allow: it is about this user, host, thing and operation.
                let turned = AccessRule { permission: Permission::Allow, ..rule };
                prop_assert!(oracle(&[turned]));
            }
            Because::NoRule => {
                prop_assert!(!permitted && rules.iter().all(|rule| !oracle(std::slice::from_ref(rule))));
            }
            Because::Unenforced => prop_assert!(false, "they are in force"),
        }
    }
}

#[test]
fn a_denial_explains_before_a_permission_and_the_older_of_two_alike() {
    let explain = |authority: &Authority| {
        let question = AccessQuestion {
            user: "alice".into(),
            host: host("::ffff:10.0.0.1"),
            operation: Operation::Write,
            resource: ResourceKind::Topic,
            name: "orders".into(),
        };
        authority.explain(&question)
    };
    let exact = allow("alice", Names::Equal("orders".into()), Operation::Write);
    let everybodys = allow("*", Names::All, Operation::All);
    let denied = AccessRule {
        host: Some(host("10.0.0.1")),
        ..deny("*", Names::Prefixed("ord".into()), Operation::Write)
    };
    let answer = |permitted, because| AccessAnswer { permitted, because };
    for (rules, expected) in [
        (vec![], answer(false, Because::NoRule)),
        (vec![exact.clone(), everybodys.clone()], answer(true, Because::Rule(exact.clone()))),
        (vec![everybodys.clone(), exact.clone()], answer(true, Because::Rule(everybodys))),
        (vec![exact.clone(), denied.clone()], answer(false, Because::Rule(denied))),
    ] {
        assert_eq!(explain(&Authority::new(true, &rules)), expected);
    }
    assert_eq!(explain(&Authority::new(false, &[])), answer(true, Because::Unenforced));
}

fn allow(user: &str, names: Names, operation: Operation) -> AccessRule {
    let resource = ResourceKind::Topic;
    AccessRule {
        user: (user != "*").then(|| user.to_owned()),
        host: None,
        resource,
        names,
        operation,
        permission: Permission::Allow,
    }
}

fn deny(user: &str, names: Names, operation: Operation) -> AccessRule {
    AccessRule { permission: Permission::Deny, ..allow(user, names, operation) }
}

fn may(rules: &[AccessRule], operation: Operation, topic: &str) -> bool {
    let rights = Authority::new(true, rules).rights(&Principal::user("alice"), host("10.0.0.1"));
    rights.permit(operation, ResourceKind::Topic, topic)
}

#[test]
fn a_denial_holds_however_general_and_a_permission_however_exact() {
    let exact = allow("alice", Names::Equal("orders".into()), Operation::Read);
    assert!(may(std::slice::from_ref(&exact), Operation::Read, "orders"));
    for names in [Names::All, Names::Prefixed("ord".into()), Names::Equal("orders".into())] {
        for user in ["alice", "*"] {
            let denied = deny(user, names.clone(), Operation::Read);
            assert!(!may(&[exact.clone(), denied.clone()], Operation::Read, "orders"), "{denied:?}");
            assert!(!may(&[denied, exact.clone()], Operation::Read, "orders"));
        }
    }
    let other = deny("bob", Names::All, Operation::All);
    assert!(may(&[exact, other], Operation::Read, "orders"));
}

#[test]
fn permissions_imply_and_denials_do_not() {
    for operation in [Operation::Read, Operation::Write, Operation::Delete, Operation::Alter] {
        assert!(may(&[allow("alice", Names::All, operation)], Operation::Describe, "t"), "{operation:?}");
    }
    assert!(!may(&[allow("alice", Names::All, Operation::Create)], Operation::Describe, "t"));
    assert!(may(&[allow("alice", Names::All, Operation::AlterConfigs)], Operation::DescribeConfigs, "t"));
    let everything = allow("alice", Names::All, Operation::All);
    let no_reading = deny("alice", Names::All, Operation::Read);
    assert!(may(&[everything.clone(), no_reading.clone()], Operation::Describe, "t"));
    assert!(!may(&[everything, no_reading], Operation::Read, "t"));
}

#[test]
fn rules_for_one_address_count_from_there_alone() {
    let here = |rule: AccessRule| AccessRule { host: Some(host("10.0.0.1")), ..rule };
    let there = |rule: AccessRule| AccessRule { host: Some(host("10.0.0.2")), ..rule };
    let orders = || Names::Equal("orders".into());
    let write = |rules: &[AccessRule], from: &str| {
        let rights = Authority::new(true, rules).rights(&Principal::user("alice"), host(from));
        let (some, this) = (
            rights.permit_some(Operation::Write, ResourceKind::Topic),
            rights.permit(Operation::Write, ResourceKind::Topic, "orders"),
        );
        assert_eq!(some, this, "no other topic may be written to: {rules:?}");
        this
    };
    let allowed = allow("alice", orders(), Operation::Write);
    let denied = deny("*", Names::Prefixed("o".into()), Operation::Write);
    for (rules, expected) in [
        (vec![here(allowed.clone())], [true, false, false]),
        (vec![here(allowed.clone()), there(allowed.clone())], [true, true, false]),
        (vec![allowed.clone(), there(denied.clone())], [true, false, true]),
        (vec![allowed.clone(), here(denied.clone()), there(denied.clone())], [false, false, true]),
        (vec![here(allowed.clone()), there(allowed), denied], [false, false, false]),
    ] {
        let from = ["10.0.0.1", "10.0.0.2", "10.0.0.3"];
        assert_eq!(from.map(|from| write(&rules, from)), expected, "{rules:?}");
    }
}

#[test]
fn users_are_judged_where_rules_are_in_force_and_others_never() {
    let authority = Authority::new(false, &[]);
    let address = host("10.0.0.1");
    let may = |authority: &Authority, principal: &Principal| {
        let rights = authority.rights(principal, address);
        let all = rights.permitted(ResourceKind::Topic, "t") == OperationSet::sensible(ResourceKind::Topic);
        assert_eq!(all, rights.permit_some(Operation::Write, ResourceKind::Topic));
        all
    };
    let (alice, nobody) = (Principal::user("alice"), Principal::anonymous());
    assert!(may(&authority, &alice) && may(&authority, &nobody));
    authority.enforce(true);
    assert!(!may(&authority, &alice) && may(&authority, &nobody));
    authority.replace(&[allow("*", Names::Prefixed("t".into()), Operation::All)]);
    assert!(may(&authority, &alice));
    authority.replace(&[]);
    assert!(!may(&authority, &alice));
    authority.enforce(false);
    assert!(may(&authority, &alice));
}
