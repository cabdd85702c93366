//! DescribeAcls, CreateAcls and DeleteAcls, with a keeper of the test's own.

use std::collections::BTreeSet;
use std::sync::Arc;

use kafka_broker::{AccessRule, Cluster, ClusterSettings, KeeperError, Kept, Limits, RuleChange, RuleKeeper};
use kafka_wire::ErrorCode;
use kafka_wire::messages::{
    CreateAclsRequest, CreateAclsRequestCreation, DeleteAclsRequest, DeleteAclsRequestFilter,
    DescribeAclsRequest,
};
use parking_lot::Mutex;

use crate::harness::{Wire, World};

const RULES_MAX: usize = 4;

/// Keeps rules in memory.
#[derive(Debug)]
struct Keeper {
    cluster: Arc<Cluster>,
    rules: Mutex<Vec<AccessRule>>,
}

impl RuleKeeper for Keeper {
    fn rules<'a>(&'a self, _: &'a str) -> Kept<'a, Vec<AccessRule>> {
        Box::pin(async { Ok(self.rules.lock().clone()) })
    }

    fn rules_change<'a>(&'a self, cluster: &'a str, change: RuleChange) -> Kept<'a, ()> {
        Box::pin(async move {
            assert_eq!(cluster, self.cluster.name());
            assert!(change.by.ip().is_loopback());
            let mut rules = self.rules.lock();
            let mut after = rules.clone();
            after.retain(|rule| !change.withdraw.contains(rule));
            for rule in change.grant {
                if !after.contains(&rule) {
                    after.push(rule);
                }
            }
            if after.len() > RULES_MAX {
                return Err(KeeperError::Full(RULES_MAX.try_into().unwrap()));
            }
            self.cluster.rules_replace(&after);
            *rules = after;
            Ok(())
        })
    }
}

/// A cluster that enforces rules, and has somebody who keeps them.
async fn world() -> World {
    let settings = ClusterSettings { rules_enforced: true, ..Default::default() };
    let world = World::with(settings, Limits::default()).await;
    let keeper = Keeper { cluster: world.cluster.clone(), rules: Mutex::default() };
    world.broker.rules_kept_by(Some(Arc::new(keeper)));
    world
}

fn creation<'a>(resource_name: &'a str, principal: &'a str, operation: i8) -> CreateAclsRequestCreation<'a> {
    CreateAclsRequestCreation {
        resource_type: 2,
        resource_name,
        principal,
        host: "*",
        operation,
        permission_type: 3,
        ..Default::default()
    }
}

async fn created(
    wire: &mut Wire,
    version: i16,
    creations: Vec<CreateAclsRequestCreation<'_>>,
) -> Vec<ErrorCode> {
    let answer = wire.ask(version, &CreateAclsRequest { creations }).await;
    let results = answer.read().results;
    for result in &results {
        assert_eq!(result.error_message.is_some(), result.error_code.is_error(), "{result:?}");
    }
    results.iter().map(|result| result.error_code).collect()
}

/// Everything that there is, as resource, principal and operation.
async fn described(wire: &mut Wire, version: i16) -> Result<BTreeSet<(String, String, i8)>, ErrorCode> {
    let request = DescribeAclsRequest {
        resource_type_filter: 1,
        pattern_type_filter: 1,
        operation: 1,
        permission_type: 1,
        ..Default::default()
    };
    let answer = wire.ask(version, &request).await;
    let response = answer.read();
    if response.error_code.is_error() {
        assert!(response.error_message.is_some() && response.resources.is_empty());
        return Err(response.error_code);
    }
    let mut found = BTreeSet::new();
    for resource in response.resources {
        for acl in resource.acls {
            found.insert((resource.resource_name.to_string(), acl.principal.to_string(), acl.operation));
        }
    }
    Ok(found)
}

fn filter(principal: Option<&str>) -> DeleteAclsRequestFilter<'_> {
    DeleteAclsRequestFilter {
        resource_type_filter: 1,
        pattern_type_filter: 1,
        principal_filter: principal,
        operation: 1,
        permission_type: 1,
        ..Default::default()
    }
}

/// For each filter its code and how many rules it took away.
async fn deleted(
    wire: &mut Wire,
    version: i16,
    filters: Vec<DeleteAclsRequestFilter<'_>>,
) -> Vec<(ErrorCode, usize)> {
    let answer = wire.ask(version, &DeleteAclsRequest { filters }).await;
    let results = answer.read().filter_results;
    results.iter().map(|result| (result.error_code, result.matching_acls.len())).collect()
}

fn row(name: &str, principal: &str, operation: i8) -> (String, String, i8) {
    (name.to_owned(), principal.to_owned(), operation)
}

#[tokio::test]
async fn rules_are_made_told_and_taken_away_by_their_keeper() {
    let world = world().await;
    let mut wire = world.wire().await;
    let none = ErrorCode::NONE;
    for version in 1..=3 {
        let meaningless =
            CreateAclsRequestCreation { host: "example.com", ..creation("orders", "User:a", 3) };
        let asked = vec![creation("orders", "User:alice", 3), meaningless, creation("orders", "User:bob", 4)];
        let told = created(&mut wire, version, asked).await;
        assert_eq!(told, [none, ErrorCode::INVALID_REQUEST, none], "version {version}");
        // The same again is the same.
        assert_eq!(created(&mut wire, version, vec![creation("orders", "User:bob", 4)]).await, [none]);
        let both = BTreeSet::from([row("orders", "User:alice", 3), row("orders", "User:bob", 4)]);
        assert_eq!(described(&mut wire, version).await, Ok(both));

        let unknown = DeleteAclsRequestFilter { operation: 99, ..filter(None) };
        let alice = || filter(Some("User:alice"));
        let told =
            deleted(&mut wire, version, vec![alice(), unknown, filter(Some("User:eve")), alice()]).await;
        assert_eq!(told, [(none, 1), (ErrorCode::INVALID_REQUEST, 0), (none, 0), (none, 0)]);
        let left = BTreeSet::from([row("orders", "User:bob", 4)]);
        assert_eq!(described(&mut wire, version).await, Ok(left));
        assert_eq!(deleted(&mut wire, version, vec![filter(None)]).await, [(none, 1)]);
        assert_eq!(described(&mut wire, version).await, Ok(BTreeSet::new()));
    }
}

#[tokio::test]
async fn where_there_are_too_many_none_is_made() {
    let world = world().await;
    let mut wire = world.wire().await;
    let refused = ErrorCode::POLICY_VIOLATION;
    let many = (2..8).map(|operation| creation("orders", "User:alice", operation)).collect();
    assert_eq!(created(&mut wire, 3, many).await, [refused; 6]);
    let same = vec![creation("orders", "User:alice", 3); 10_001];
    assert_eq!(created(&mut wire, 3, same).await, [refused; 10_001], "of one request");
    assert_eq!(deleted(&mut wire, 3, vec![filter(None); 1_001]).await, [(refused, 0); 1_001]);
    assert_eq!(described(&mut wire, 3).await, Ok(BTreeSet::new()));
}

#[tokio::test]
async fn where_rules_do_not_count_there_is_nothing_to_keep() {
    let world = World::start().await;
    let mut wire = world.wire().await;
    let disabled = ErrorCode::SECURITY_DISABLED;
    for version in 1..=3 {
        assert_eq!(described(&mut wire, version).await, Err(disabled));
        let asked = vec![creation("orders", "User:alice", 3), creation("", "", 0)];
        assert_eq!(created(&mut wire, version, asked).await, [disabled; 2]);
        assert_eq!(deleted(&mut wire, version, vec![filter(None)]).await, [(disabled, 0)]);
    }
}

#[tokio::test]
async fn without_a_keeper_clients_are_to_ask_again() {
    let world = world().await;
    world.broker.rules_kept_by(None);
    let mut wire = world.wire().await;
    let later = ErrorCode::REQUEST_TIMED_OUT;
    assert!(later.retriable());
    assert_eq!(described(&mut wire, 3).await, Err(later));
    assert_eq!(created(&mut wire, 3, vec![creation("orders", "User:alice", 3)]).await, [later]);
    assert_eq!(deleted(&mut wire, 3, vec![filter(None)]).await, [(later, 0)]);
}
