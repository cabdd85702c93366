//! What a restart keeps: instances, ports, operations; and what happens when a port is gone meanwhile.

use std::time::Duration;

use control::engine::EngineError;
use control::fault::EngineTrouble;
use control::instance::InstanceState;
use control::testing::FakeEngine;
use control::{Fault, fault::Conflict};
use machine::clock::Clock;

use crate::world::{World, eventually};

#[tokio::test]
async fn running_instances_are_back_on_their_ports() {
    let world = World::new();
    let tenant = world.open().await;
    let (first, second) = (tenant.running().await, tenant.running().await);
    let before = tenant.find(&second).await.unwrap().endpoints;
    tenant.release(&first, true).await.unwrap();
    tenant.topic_create(&second, "events").await.unwrap();

    let tenant = world.reopen(&tenant).await;
    let after = tenant.find(&second).await.unwrap();
    assert_eq!((after.state, after.endpoints), (InstanceState::Running, before));
    assert_eq!(world.engine.open_slot(&first), None);
    assert_eq!(tenant.topic_names(&second).await, ["events"]);
    assert_eq!(tenant.find(&first).await.unwrap().state, InstanceState::Released);
}

#[tokio::test]
async fn a_foreign_port_holder_delays_only_its_instance() {
    let world = World::new();
    let tenant = world.open().await;
    let (blocked, free) = (tenant.running().await, tenant.running().await);
    tenant.control.close().await;
    world.engine.restart();
    world.engine.port_take(FakeEngine::PORT_BASE);

    let tenant = world.open().await;
    assert_eq!(tenant.find(&free).await.unwrap().state, InstanceState::Running);
    let waiting = tenant.find(&blocked).await.unwrap();
    assert_eq!(waiting.state, InstanceState::Deploying, "not said to serve while it does not");
    assert!(waiting.endpoints.is_empty());
    let stats = tenant.control.stats().await.unwrap();
    assert_eq!(stats.waiting.len(), 1);
    assert!(stats.waiting[0].0 == blocked && stats.waiting[0].1.contains("9092"), "{stats:?}");
    let refused = tenant.topic_create(&blocked, "events").await;
    assert!(matches!(refused, Err(Fault::Engine(EngineTrouble::Unavailable(_)))), "{refused:?}");

    world.engine.port_free(FakeEngine::PORT_BASE);
    tenant.until(&blocked, InstanceState::Running).await;
    assert_eq!(world.engine.open_slot(&blocked), Some(0));
    assert!(tenant.control.stats().await.unwrap().waiting.is_empty());
}

#[tokio::test]
async fn an_instance_whose_disk_is_full_serves_what_it_can() {
    let world = World::new();
    let tenant = world.open().await;
    let id = tenant.running().await;
    tenant.topic_create(&id, "events").await.unwrap();
    tenant.control.close().await;
    world.engine.restart();
    world.engine.fail_next("cluster_probe", false, || EngineError::StorageFull("no room".into()));

    let tenant = world.open().await;
    assert_eq!(tenant.find(&id).await.unwrap().state, InstanceState::Running);
    assert!(tenant.control.stats().await.unwrap().waiting.is_empty());
    assert_eq!(tenant.topic_names(&id).await, ["events"]);
}

#[tokio::test]
async fn an_instance_released_while_it_waits_for_its_port_stays_closed() {
    let mut world = World::new();
    let (clock, hand) = Clock::held(1_000);
    world.clock = clock;
    let tenant = world.open().await;
    let id = tenant.running().await;
    tenant.control.close().await;
    world.engine.restart();
    world.engine.port_take(FakeEngine::PORT_BASE);
    let tenant = world.open().await;
    assert_eq!(tenant.control.stats().await.unwrap().waiting.len(), 1);

    tenant.release(&id, true).await.unwrap();
    world.engine.port_free(FakeEngine::PORT_BASE);
    let tried = world.engine.calls("cluster_open");
    // Whoever was still to try wakes up now; on this one thread it has had its turn after a few yields.
    hand.advance(Duration::from_secs(60));
    for _ in 0..100 {
        tokio::task::yield_now().await;
    }
    assert_eq!(world.engine.calls("cluster_open"), tried);
    assert!(world.engine.clusters().is_empty());
    assert!(tenant.control.stats().await.unwrap().waiting.is_empty());
}

#[tokio::test]
async fn stats_count() {
    let world = World::new();
    let tenant = world.open().await;
    let running = tenant.running().await;
    tenant.order().await;
    tenant.order().await;
    world.engine.hold("topic_create");
    let creating = tokio::spawn({
        let (tenant, id) = (tenant.clone(), running.clone());
        async move { tenant.topic_create(&id, "events").await }
    });
    eventually(|| async { (world.engine.calls("topic_create") == 1).then_some(()) }).await;
    let stats = tenant.control.stats().await.unwrap();
    assert_eq!(stats.instances, [(InstanceState::Ordered, 2), (InstanceState::Running, 1)]);
    assert_eq!((stats.operations_running, stats.operations_failing), (1, 0));
    assert!(stats.commits > 0 && stats.store_writable);
    world.engine.release("topic_create");
    creating.await.unwrap().unwrap();
    assert_eq!(tenant.control.stats().await.unwrap().operations_running, 0);
}

#[tokio::test]
async fn a_closed_control_plane_refuses() {
    let world = World::new();
    let tenant = world.open().await;
    let id = tenant.running().await;
    tenant.control.close().await;
    assert!(matches!(tenant.find(&id).await, Err(Fault::Engine(EngineTrouble::Store(_)))));
    let refused = tenant.topic_create(&id, "events").await;
    assert!(matches!(refused, Err(Fault::Engine(EngineTrouble::Store(_)))), "{refused:?}");
    // Closing twice is closing once.
    tenant.control.close().await;
}

#[tokio::test]
async fn closing_waits_for_the_step_under_way() {
    let world = World::new();
    let tenant = world.open().await;
    let id = tenant.running().await;
    world.engine.hold("topic_create");
    let creating = tokio::spawn({
        let (tenant, id) = (tenant.clone(), id.clone());
        async move { tenant.topic_create(&id, "events").await }
    });
    eventually(|| async { (world.engine.calls("topic_create") == 1).then_some(()) }).await;
    let closing = tokio::spawn({
        let tenant = tenant.clone();
        async move { tenant.control.close().await }
    });
    world.engine.release("topic_create");
    creating.await.unwrap().unwrap();
    closing.await.unwrap();
    let tenant = world.reopen(&tenant).await;
    assert_eq!(tenant.topic_names(&id).await, ["events"]);
    let again = tenant.topic_create(&id, "events").await;
    assert!(matches!(again, Err(Fault::Conflict(Conflict::TopicExists(_)))));
}
