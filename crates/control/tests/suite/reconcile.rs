//! The reconcilers: what clients removed, terms that ended, records kept long enough, clusters nobody knows.

use std::time::Duration;

use control::Fault;
use control::ids::InstanceId;
use control::instance::{Billing, InstanceOrder, InstanceState};
use control::tag::Tag;
use control::topic::TopicCreate;
use machine::clock::Clock;

use crate::audit::outcomes;
use crate::world::{Tenant, World, eventually};

const KEPT: Duration = Duration::from_secs(168 * 3_600);

#[tokio::test]
async fn a_topic_that_a_client_removed_is_forgotten() {
    let world = World::new();
    let tenant = world.open().await;
    let id = tenant.running().await;
    let tag = Tag { key: "env".into(), value: "test".into() };
    let create = TopicCreate { tags: vec![tag], ..tenant.a_topic(&id, "events") };
    tenant.control.topic_create(&tenant.caller, create).await.unwrap().into_inner();
    tenant.topic_create(&id, "kept").await.unwrap();
    world.engine.client_topic_delete(&id, "events");
    assert_eq!(tenant.topic_names(&id).await, ["kept"], "it is gone at once for whoever looks");

    for _ in 0..3 {
        tenant.control.reconcile().await.unwrap();
    }
    world.engine.client_topic(&id, "events", 1, 7);
    let remade = tenant.topics(&id).await.into_iter().find(|topic| topic.name.as_str() == "events").unwrap();
    assert!(remade.automatic && remade.tags.is_empty() && remade.remark.is_empty());
    tenant.control.close().await;
    assert_eq!(outcomes(&world, "topic_forget").await, ["done"], "once, however often it ran");
}

#[tokio::test]
async fn a_name_that_a_client_freed_can_be_taken_before_the_reconciler_ran() {
    let world = World::new();
    let tenant = world.open().await;
    let id = tenant.running().await;
    tenant.topic_create(&id, "events").await.unwrap();
    world.engine.client_topic_delete(&id, "events");
    tenant.topic_create(&id, "events").await.unwrap();
    tenant.control.reconcile().await.unwrap();
    assert_eq!(tenant.topics(&id).await.len(), 1);
    assert!(!tenant.topics(&id).await[0].automatic);
}

#[tokio::test]
async fn a_topic_under_way_is_left_alone() {
    let world = World::new();
    let tenant = world.open().await;
    let id = tenant.running().await;
    world.engine.hold("topic_create");
    let creating = tokio::spawn({
        let (tenant, id) = (tenant.clone(), id.clone());
        async move { tenant.topic_create(&id, "events").await }
    });
    eventually(|| async { (world.engine.calls("topic_create") == 1).then_some(()) }).await;
    tenant.control.reconcile().await.unwrap();
    world.engine.release("topic_create");
    creating.await.unwrap().unwrap();
    assert_eq!(tenant.topics(&id).await[0].remark, "remark");
}

#[tokio::test]
async fn nothing_is_concluded_from_an_engine_that_does_not_answer() {
    let world = World::new();
    let tenant = world.open().await;
    let id = tenant.running().await;
    tenant.topic_create(&id, "events").await.unwrap();
    world.engine.fail_next("topic_list", false, || control::engine::EngineError::Failed("not now".into()));
    tenant.control.reconcile().await.unwrap();
    assert_eq!(tenant.topics(&id).await[0].remark, "remark");
}

/// A held clock's world with an instance whose term ends at 5,000.
async fn with_a_term(renewal: bool) -> (World, machine::clock::HeldClock, Tenant, InstanceId) {
    let mut world = World::new();
    let (clock, hand) = Clock::held(1_000);
    world.clock = clock;
    world.options.renewal = renewal;
    let tenant = world.open().await;
    let order = InstanceOrder { billing: Billing::Prepaid, expires_ms: 5_000, ..tenant.an_order() };
    let ordered = tenant.control.instance_order(&tenant.caller, order).await.unwrap();
    let id = ordered.into_inner().instance_id;
    tenant.start(&id).await.unwrap();
    tenant.until(&id, InstanceState::Running).await;
    (world, hand, tenant, id)
}

#[tokio::test]
async fn a_term_is_renewed_by_a_month_when_it_ends() {
    let (world, hand, tenant, id) = with_a_term(true).await;
    let ordered = InstanceOrder { billing: Billing::Prepaid, expires_ms: 5_000, ..tenant.an_order() };
    let ordered = tenant.control.instance_order(&tenant.caller, ordered).await.unwrap();
    let ids = [id, ordered.into_inner().instance_id];
    let by_use = InstanceOrder { expires_ms: 5_000, ..tenant.an_order() };
    let by_use =
        tenant.control.instance_order(&tenant.caller, by_use).await.unwrap().into_inner().instance_id;
    let ends = async || {
        tenant.control.reconcile().await.unwrap();
        let mut ends = Vec::new();
        for id in &ids {
            ends.push(tenant.find(id).await.unwrap().expires_ms);
        }
        ends
    };
    hand.set_ms(4_999);
    assert_eq!(ends().await, [5_000; 2]);
    hand.set_ms(5_000);
    let (january, day) = (31, 24 * 3_600 * 1_000);
    let renewed = 5_000 + january * day;
    for _ in 0..2 {
        assert_eq!(ends().await, [renewed; 2], "however often it runs");
    }
    // The server rested for a year: the day of the month stays.
    hand.set_ms(renewed + 365 * day);
    assert_eq!(ends().await, [renewed + (365 + 28) * day; 2]);
    assert_eq!(tenant.find(&ids[0]).await.unwrap().state, InstanceState::Running);
    assert_eq!(tenant.find(&by_use).await.unwrap().expires_ms, 5_000, "what is paid by use has no term");
    tenant.control.close().await;
    assert_eq!(outcomes(&world, "instance_renew").await, ["done"; 4]);
}

#[tokio::test]
async fn what_is_paid_by_use_does_not_end() {
    let mut world = World::new();
    let (clock, hand) = Clock::held(1_000);
    (world.clock, world.options.renewal) = (clock, false);
    let tenant = world.open().await;
    let order = InstanceOrder { expires_ms: 5_000, ..tenant.an_order() };
    let id = tenant.control.instance_order(&tenant.caller, order).await.unwrap().into_inner().instance_id;
    tenant.start(&id).await.unwrap();
    tenant.until(&id, InstanceState::Running).await;
    hand.set_ms(5_001);
    tenant.control.reconcile().await.unwrap();
    tenant.until_no_operation().await;
    assert_eq!(tenant.find(&id).await.unwrap().state, InstanceState::Running);
}

#[tokio::test]
async fn an_ended_term_stops_then_releases_then_removes() {
    let (world, hand, tenant, id) = with_a_term(false).await;
    let pass = || async {
        tenant.control.reconcile().await.unwrap();
        tenant.until_no_operation().await;
        tenant.find(&id).await.map(|instance| instance.state)
    };
    hand.set_ms(4_999);
    assert_eq!(pass().await.unwrap(), InstanceState::Running);
    hand.set_ms(5_000);
    assert_eq!(pass().await.unwrap(), InstanceState::Expired);
    assert_eq!(world.engine.clusters().len(), 1);
    hand.advance(KEPT);
    assert_eq!(pass().await.unwrap(), InstanceState::Expired);
    hand.advance(Duration::from_millis(1));
    assert_eq!(pass().await.unwrap(), InstanceState::Released);
    assert!(world.engine.clusters().is_empty());
    hand.advance(KEPT);
    assert_eq!(pass().await.unwrap(), InstanceState::Released);
    hand.advance(Duration::from_millis(1));
    assert!(matches!(pass().await, Err(Fault::Absent(_))));
}

#[tokio::test]
async fn clusters_without_an_instance_are_reported_and_left() {
    let world = World::new();
    let tenant = world.open().await;
    tenant.running().await;
    let stray = InstanceId::new("kind-nobody");
    world.engine.cluster_plant(&stray);
    tenant.control.reconcile().await.unwrap();
    assert_eq!(tenant.control.stats().await.unwrap().stray, vec![stray.clone()]);
    assert!(world.engine.clusters().contains(&stray));
}

#[tokio::test]
async fn seeing_that_a_topic_is_gone_wakes_them() {
    let world = World::new();
    let tenant = world.open().await;
    let id = tenant.running().await;
    tenant.topic_create(&id, "events").await.unwrap();
    world.engine.client_topic_delete(&id, "events");
    let before = tenant.control.stats().await.unwrap().commits;
    assert!(tenant.topics(&id).await.is_empty());
    eventually(|| async { (tenant.control.stats().await.unwrap().commits > before).then_some(()) }).await;
    tenant.control.close().await;
    assert_eq!(outcomes(&world, "topic_forget").await, ["done"]);
}

#[tokio::test]
async fn they_run_on_a_timer() {
    let mut world = World::new();
    world.options.reconcile_every = Duration::from_millis(5);
    let tenant = world.open().await;
    let stray = InstanceId::new("kind-nobody");
    world.engine.cluster_plant(&stray);
    eventually(|| async { (!tenant.control.stats().await.unwrap().stray.is_empty()).then_some(()) }).await;
}
