//! What users may do: what is listed is what the engine enforces, at every moment.

use control::engine::EngineError;
use control::fault::{Absent, Capacity, Conflict};
use control::ids::InstanceId;
use control::instance::InstanceState;
use control::rule::{
    Rule, RuleFilter, RuleNames, RuleOperation, RulePattern, RulePermission, RuleResource, RuleUser,
    RulesAdminister,
};
use control::testing::FakeEngine;
use control::{Committed, Fault};
use serde_json::json;

use crate::world::{Tenant, World, eventually, rule};

/// An instance with topic `events` that enforces its rules.
async fn enforcing(tenant: &Tenant) -> InstanceId {
    let id = tenant.running().await;
    tenant.topic_create(&id, "events").await.unwrap();
    tenant.configure(&id, |settings| settings.acl_enabled = true).await.unwrap();
    id
}

fn is_rule(fault: &Fault) -> bool {
    matches!(fault, Fault::Absent(Absent::Rule))
}

#[tokio::test]
async fn rules_are_enforced_as_they_are_listed_also_after_a_restart() {
    let world = World::new();
    let owner = world.open().await;
    let id = enforcing(&owner).await;
    assert_eq!((owner.rules(&id).await, world.engine.rules(&id)), (vec![], vec![]));
    let group = Rule {
        resource: RuleResource::Group,
        names: RuleNames::Prefixed("gr".into()),
        permission: RulePermission::Deny,
        host: Some("10.0.0.1".parse().unwrap()),
        ..rule("bob", "")
    };
    let cluster = Rule {
        resource: RuleResource::Cluster,
        names: RuleNames::Equal("whatever".into()),
        operation: RuleOperation::IdempotentWrite,
        ..rule("*", "")
    };
    let all = vec![rule("alice", "events"), group, cluster];
    owner.grant(&id, &all[..1]).await.unwrap();
    owner.grant(&id, &all[1..]).await.unwrap();
    assert_eq!((owner.rules(&id).await, world.engine.rules(&id)), (all.clone(), all.clone()));
    let owner = world.reopen(&owner).await;
    assert_eq!((owner.rules(&id).await, world.engine.rules(&id)), (all.clone(), all.clone()));
    owner.withdraw(&id, &all[1..]).await.unwrap();
    assert_eq!((owner.rules(&id).await, world.engine.rules(&id)), (all[..1].to_vec(), all[..1].to_vec()));
    let owner = world.reopen(&owner).await;
    assert_eq!((owner.rules(&id).await, world.engine.rules(&id)), (all[..1].to_vec(), all[..1].to_vec()));
}

#[tokio::test]
async fn a_rule_is_there_once_and_several_come_together_or_not_at_all() {
    let world = World::new();
    let owner = world.open().await;
    let id = enforcing(&owner).await;
    let first = rule("alice", "events");
    owner.grant(&id, std::slice::from_ref(&first)).await.unwrap();
    let others = [
        Rule { operation: RuleOperation::Write, ..first.clone() },
        Rule { permission: RulePermission::Deny, ..first.clone() },
        Rule { host: Some("::1".parse().unwrap()), ..first.clone() },
        Rule { names: RuleNames::Prefixed("events".into()), ..first.clone() },
        Rule { names: RuleNames::All, ..first.clone() },
        Rule { user: RuleUser::Everybody, ..first.clone() },
    ];
    let with_known = [&others[..], std::slice::from_ref(&first)].concat();
    let fault = owner.grant(&id, &with_known).await.unwrap_err();
    assert!(matches!(fault, Fault::Conflict(Conflict::RuleExists)), "{fault:?}");
    assert_eq!((owner.rules(&id).await.len(), world.engine.rules(&id).len()), (1, 1));
    let twice = [others[0].clone(), others[0].clone()];
    let fault = owner.grant(&id, &twice).await.unwrap_err();
    assert!(matches!(fault, Fault::Conflict(Conflict::RuleExists)), "{fault:?}");
    owner.grant(&id, &others).await.unwrap();
    assert_eq!(world.engine.rules(&id).len(), 7);

    let with_unknown = [others[0].clone(), rule("carol", "events")];
    let fault = owner.withdraw(&id, &with_unknown).await.unwrap_err();
    assert!(is_rule(&fault), "{fault:?}");
    assert_eq!((owner.rules(&id).await.len(), world.engine.rules(&id).len()), (7, 7));
    owner.withdraw(&id, &others).await.unwrap();
    assert_eq!(world.engine.rules(&id), [first]);
}

#[tokio::test]
async fn all_that_is_met_goes_at_once_and_a_repeated_call_meets_nothing() {
    let world = World::new();
    let owner = world.open().await;
    let id = enforcing(&owner).await;
    let first = rule("alice", "events");
    let alike = [
        Rule { permission: RulePermission::Deny, ..first.clone() },
        Rule { host: Some("10.0.0.1".parse().unwrap()), ..first.clone() },
        first.clone(),
    ];
    let others = [
        Rule { operation: RuleOperation::Write, ..first.clone() },
        Rule { names: RuleNames::Prefixed("events".into()), ..first.clone() },
        rule("bob", "events"),
    ];
    owner.grant(&id, &alike).await.unwrap();
    owner.grant(&id, &others).await.unwrap();
    let nowhere = rule("carol", "events");
    let with_unknown = [&first, &nowhere].map(RuleFilter::alike).to_vec();
    assert!(is_rule(&owner.withdraw_met(&id, with_unknown).await.unwrap_err()));
    assert_eq!(owner.rules(&id).await.len(), 6);
    // Two at one time: one of them has met all, the other none.
    let filters = || vec![RuleFilter::alike(&first)];
    let (one, other) = tokio::join!(owner.withdraw_met(&id, filters()), owner.withdraw_met(&id, filters()));
    let faults: Vec<_> = [one, other].into_iter().filter_map(Result::err).collect();
    assert!(matches!(faults.as_slice(), [fault] if is_rule(fault)), "{faults:?}");
    assert_eq!((owner.rules(&id).await, world.engine.rules(&id)), (others.to_vec(), others.to_vec()));
}

#[tokio::test]
async fn only_what_is_there_can_be_named_and_what_is_gone_is_not_listed() {
    let world = World::new();
    let owner = world.open().await;
    let id = enforcing(&owner).await;
    let fault = owner.grant(&id, &[rule("alice", "events"), rule("alice", "nowhere")]).await.unwrap_err();
    assert!(matches!(&fault, Fault::Absent(Absent::Topic(name)) if name == "nowhere"), "{fault:?}");
    let group = |name: &str| Rule {
        resource: RuleResource::Group,
        names: RuleNames::new(RulePattern::Literal, name),
        ..rule("alice", "")
    };
    let fault = owner.grant(&id, &[group("readers")]).await.unwrap_err();
    assert!(matches!(&fault, Fault::Absent(Absent::Group(name)) if name == "readers"), "{fault:?}");
    owner.group_create(&id, "readers").await.unwrap();
    world.engine.members(&id, "made-by-consumers", 1);
    // About all, about beginnings, and about what comes and goes there can always be rules.
    let prefix = Rule { names: RuleNames::Prefixed("no".into()), ..rule("alice", "") };
    let transfers = Rule { resource: RuleResource::TransactionalId, ..rule("alice", "nowhere") };
    let granted = [
        rule("alice", "events"),
        group("readers"),
        group("made-by-consumers"),
        group("*"),
        rule("alice", "*"),
        prefix,
        transfers,
    ];
    owner.grant(&id, &granted).await.unwrap();
    assert_eq!(owner.rules(&id).await, granted);
    owner.topic_delete(&id, "events").await.unwrap();
    owner.group_delete(&id, "readers").await.unwrap();
    assert_eq!(owner.rules(&id).await, granted[2..]);
    // They go on being enforced, and can be taken away.
    assert_eq!(world.engine.rules(&id), granted);
    owner.topic_create(&id, "events").await.unwrap();
    assert_eq!(owner.rules(&id).await.len(), granted.len() - 1);
    owner.withdraw(&id, &granted[1..2]).await.unwrap();
}

#[tokio::test]
async fn rules_are_granted_where_they_are_enforced() {
    let world = World::new();
    let owner = world.open().await;
    let id = owner.running().await;
    let off =
        |fault: Fault| assert!(matches!(fault, Fault::Conflict(Conflict::RulesNotEnforced)), "{fault:?}");
    // That comes before what the rule is about.
    off(owner.grant(&id, &[rule("alice", "nowhere")]).await.unwrap_err());
    owner.topic_create(&id, "events").await.unwrap();
    owner.configure(&id, |settings| settings.acl_enabled = true).await.unwrap();
    owner.grant(&id, &[rule("alice", "events"), rule("bob", "events")]).await.unwrap();
    owner.configure(&id, |settings| settings.acl_enabled = false).await.unwrap();
    off(owner.grant(&id, &[rule("carol", "events")]).await.unwrap_err());
    assert_eq!(owner.rules(&id).await, []);
    assert!(is_rule(&owner.withdraw(&id, &[rule("carol", "events")]).await.unwrap_err()));
    owner.withdraw(&id, &[rule("alice", "events")]).await.unwrap();
    // What was not taken away counts again.
    owner.configure(&id, |settings| settings.acl_enabled = true).await.unwrap();
    assert_eq!((owner.rules(&id).await, world.engine.rules(&id).len()), (vec![rule("bob", "events")], 1));
}

#[tokio::test]
async fn rules_are_found_by_what_they_say() {
    let world = World::new();
    let owner = world.open().await;
    let id = enforcing(&owner).await;
    let all = [
        rule("alice", "events"),
        rule("*", "events"),
        Rule { operation: RuleOperation::Write, ..rule("alice", "events") },
        Rule { names: RuleNames::Prefixed("events".into()), ..rule("alice", "") },
        rule("alice", "*"),
        Rule { permission: RulePermission::Deny, ..rule("alice", "events") },
        Rule { host: Some("10.0.0.1".parse().unwrap()), ..rule("alice", "events") },
        Rule { resource: RuleResource::Cluster, ..rule("alice", "events") },
    ];
    owner.grant(&id, &all).await.unwrap();
    let about = RuleFilter {
        user: Some(RuleUser::Named("alice".into())),
        resource: Some(RuleResource::Topic),
        name: Some("events".into()),
        ..RuleFilter::default()
    };
    let listed = async |filter: RuleFilter| -> Vec<usize> {
        let found = owner.control.rules_list(&owner.caller, &owner.region, &id, &filter).await.unwrap();
        assert!(found.iter().all(|written| written.spelling == json!("as written")));
        found.iter().map(|written| all.iter().position(|rule| *rule == written.rule).unwrap()).collect()
    };
    assert_eq!(listed(about.clone()).await, [0, 2, 3, 5, 6]);
    assert_eq!(listed(RuleFilter { user: Some(RuleUser::Everybody), ..about.clone() }).await, [1]);
    assert_eq!(listed(RuleFilter { name: Some("*".into()), ..about.clone() }).await, [4]);
    let literal = RuleFilter { pattern: Some(RulePattern::Literal), ..about.clone() };
    assert_eq!(listed(literal).await, [0, 2, 5, 6]);
    let writes = RuleFilter { operation: Some(RuleOperation::Write), ..about.clone() };
    assert_eq!(listed(writes).await, [2]);
    let denials = RuleFilter { permission: Some(RulePermission::Deny), ..about.clone() };
    assert_eq!(listed(denials).await, [5]);
    assert_eq!(listed(RuleFilter { host: Some(None), ..about.clone() }).await, [0, 2, 3, 5]);
    let from = Some(Some("10.0.0.1".parse().unwrap()));
    assert_eq!(listed(RuleFilter { host: from, ..about }).await, [6]);
}

#[tokio::test]
async fn changes_at_one_time_end_in_one_state() {
    let world = World::new();
    let owner = world.open().await;
    let id = enforcing(&owner).await;
    let grants = (0..8).map(|n| {
        let (owner, id) = (owner.clone(), id.clone());
        tokio::spawn(async move { owner.grant(&id, &[rule(&format!("user-{n}"), "events")]).await })
    });
    for grant in grants.collect::<Vec<_>>() {
        grant.await.unwrap().unwrap();
    }
    let listed = owner.rules(&id).await;
    assert_eq!((listed.len(), &world.engine.rules(&id)), (8, &listed));
}

#[tokio::test]
async fn who_comes_through_the_engine_changes_the_same_rules() {
    let world = World::new();
    let owner = world.open().await;
    let id = enforcing(&owner).await;
    let administer = async |owner: &Tenant, grant: &[Rule], withdraw: &[Rule]| {
        let (instance, address) = (id.clone(), "127.0.0.1:4000".to_owned());
        let administer =
            RulesAdminister { instance, address, grant: grant.to_vec(), withdraw: withdraw.to_vec() };
        owner.control.rules_administer(administer).await.map(Committed::into_inner)
    };
    let (alice, bob) = (rule("alice", "events"), rule("bob", "events"));
    let create = Rule { operation: RuleOperation::Create, ..rule("carol", "*") };
    owner.grant(&id, std::slice::from_ref(&alice)).await.unwrap();
    // What is there already, or twice, is there once.
    administer(&owner, &[alice.clone(), bob.clone(), bob.clone(), create.clone()], &[]).await.unwrap();
    let all = [alice.clone(), bob.clone(), create.clone()];
    assert_eq!((owner.rules(&id).await, world.engine.rules(&id)), (all.to_vec(), all.to_vec()));
    // One about a topic that is not there is dormant, and in force.
    let dormant = rule("dave", "to-come");
    administer(&owner, std::slice::from_ref(&dormant), &[alice.clone(), rule("nobody", "events")])
        .await
        .unwrap();
    assert_eq!(owner.rules(&id).await, [bob.clone(), create.clone()]);
    assert_eq!(world.engine.rules(&id), [bob.clone(), create.clone(), dormant.clone()]);
    assert_eq!(owner.control.rules_everywhere(&id).await.unwrap(), world.engine.rules(&id));
    let owner = world.reopen(&owner).await;
    assert_eq!(world.engine.rules(&id), [bob.clone(), create.clone(), dormant]);
    // The owner takes away what they made.
    owner.withdraw(&id, &[bob]).await.unwrap();

    owner.configure(&id, |settings| settings.acl_enabled = false).await.unwrap();
    let refused = administer(&owner, &[alice], &[]).await.unwrap_err();
    assert!(matches!(refused, Fault::Conflict(Conflict::RulesNotEnforced)), "{refused:?}");
    let everywhere = owner.control.rules_everywhere(&InstanceId::new("nowhere")).await.unwrap();
    assert_eq!(everywhere, []);
}

#[tokio::test]
async fn an_engine_that_does_not_answer_is_asked_again() {
    let world = World::new();
    let owner = world.open().await;
    let id = enforcing(&owner).await;
    for after_effect in [false, true, false, false] {
        world.engine.fail_next("cluster_judge", after_effect, || EngineError::Failed("no answer".into()));
    }
    owner.grant(&id, &[rule("alice", "events")]).await.unwrap();
    assert_eq!(world.engine.rules(&id), [rule("alice", "events")]);
    assert_eq!(world.engine.calls("cluster_judge"), 5);
}

#[tokio::test]
async fn a_cluster_that_is_not_open_has_the_rules_when_it_is() {
    let world = World::new();
    let owner = world.open().await;
    let id = enforcing(&owner).await;
    owner.grant(&id, &[rule("alice", "events"), rule("bob", "events")]).await.unwrap();
    owner.control.close().await;
    world.engine.restart();
    world.engine.port_take(FakeEngine::PORT_BASE);
    let owner = world.open().await;
    owner.withdraw(&id, &[rule("alice", "events")]).await.unwrap();
    owner.grant(&id, &[rule("carol", "*")]).await.unwrap();
    assert_eq!(world.engine.open_slot(&id), None);
    world.engine.port_free(FakeEngine::PORT_BASE);
    eventually(|| async { world.engine.open_slot(&id) }).await;
    assert_eq!(world.engine.rules(&id), [rule("bob", "events"), rule("carol", "*")]);
}

#[tokio::test]
async fn an_instance_has_ten_thousand_rules_at_most_and_none_when_it_is_gone() {
    let world = World::new();
    let owner = world.open().await;
    let id = enforcing(&owner).await;
    let rules = |from: usize, to: usize| -> Vec<Rule> {
        (from..to).map(|n| rule(&format!("user-{n}"), "*")).collect()
    };
    owner.grant(&id, &rules(0, 9_999)).await.unwrap();
    let fault = owner.grant(&id, &rules(9_999, 10_001)).await.unwrap_err();
    assert!(matches!(fault, Fault::Capacity(Capacity::Rules { limit: 10_000 })), "{fault:?}");
    owner.grant(&id, &rules(9_999, 10_000)).await.unwrap();
    assert_eq!(world.engine.rules(&id).len(), 10_000);
    owner.release(&id, true).await.unwrap();
    let fault = owner.withdraw(&id, &rules(0, 1)).await.unwrap_err();
    let released = Fault::Conflict(Conflict::InstanceState(InstanceState::Released));
    assert_eq!(format!("{fault:?}"), format!("{released:?}"));
    owner.delete(&id).await.unwrap();
    let stored = {
        let mut database = crate::audit::database(&world).await;
        let count = sqlx::query_scalar::<_, i64>("SELECT COUNT(*) FROM access_rules");
        count.fetch_one(&mut database).await.unwrap()
    };
    assert_eq!(stored, 0);
}

#[tokio::test]
async fn somebody_elses_rules_do_not_exist() {
    let world = World::new();
    let owner = world.open().await;
    let id = enforcing(&owner).await;
    owner.grant(&id, &[rule("alice", "events")]).await.unwrap();
    for stranger in [owner.of_account("other"), owner.in_region("region-b")] {
        let absent = |fault: Fault| assert!(matches!(fault, Fault::Absent(Absent::Instance(_))), "{fault:?}");
        absent(stranger.grant(&id, &[rule("mallory", "events")]).await.unwrap_err());
        absent(stranger.withdraw(&id, &[rule("alice", "events")]).await.unwrap_err());
        let filter = RuleFilter::default();
        let listed = stranger.control.rules_list(&stranger.caller, &stranger.region, &id, &filter).await;
        absent(listed.unwrap_err());
    }
    assert_eq!(owner.rules(&id).await, [rule("alice", "events")]);
}
