//! Topics get more partitions: as many as asked for, within the limits, and once.

use std::sync::Arc;

use control::Fault;
use control::engine::EngineError;
use control::fault::{Absent, Capacity, EngineTrouble};
use control::ids::TopicName;

use crate::world::{Tenant, World, eventually};

async fn running() -> (World, Tenant, control::ids::InstanceId) {
    let world = World::new();
    let tenant = world.open().await;
    let id = tenant.running().await;
    tenant.topic_create(&id, "events").await.unwrap();
    (world, tenant, id)
}

fn is_full(result: &Result<(), Fault>) -> bool {
    matches!(result, Err(Fault::Capacity(Capacity::Partitions { limit: 30 })))
}

#[tokio::test]
async fn a_topic_grows_and_the_restart_keeps_it() {
    let (world, tenant, id) = running().await;
    tenant.grow(&id, "events", 4).await.unwrap();
    assert_eq!(world.engine.topics(&id)[0].partitions, 6);
    let tenant = world.reopen(&tenant).await;
    assert_eq!(tenant.topics(&id).await[0].partitions, 6);
    let absent = tenant.grow(&id, "missing", 1).await;
    assert!(matches!(absent, Err(Fault::Absent(Absent::Topic(_)))), "{absent:?}");
}

#[tokio::test]
async fn a_clients_topic_grows_and_stays_the_clients() {
    let (world, tenant, id) = running().await;
    world.engine.client_topic(&id, "automatic", 3, 7);
    tenant.grow(&id, "automatic", 2).await.unwrap();
    let listed = tenant.topics(&id).await;
    let seen = listed.iter().find(|topic| topic.name.as_str() == "automatic").unwrap();
    assert_eq!((seen.partitions, seen.automatic, seen.created_ms), (5, true, 7));
}

#[tokio::test]
async fn the_limits_of_topic_and_instance_are_exact() {
    let (world, tenant, id) = running().await;
    let over = tenant.grow(&id, "events", 19).await;
    assert!(matches!(over, Err(Fault::Capacity(Capacity::PartitionsOfTopic { limit: 20 }))), "{over:?}");
    tenant.grow(&id, "events", 18).await.unwrap();
    world.engine.client_topic(&id, "automatic", 5, 7);
    assert!(is_full(&tenant.grow(&id, "automatic", 6).await));
    assert_eq!(world.engine.topics(&id)[0].partitions, 5, "nothing was changed");
    tenant.grow(&id, "automatic", 5).await.unwrap();
    assert!(is_full(&tenant.topic_create(&id, "more").await));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn growth_on_its_way_counts_for_everybody_else() {
    let (world, tenant, id) = running().await;
    let tenant = Arc::new(tenant);
    tenant.topic_create(&id, "other").await.unwrap();
    world.engine.hold("topic_grow");
    let growing = tokio::spawn({
        let (tenant, id) = (tenant.clone(), id.clone());
        async move { tenant.grow(&id, "events", 18).await }
    });
    eventually(|| async { (world.engine.calls("topic_grow") == 1).then_some(()) }).await;
    // 20 claimed by the one, 2 of the other: 8 are left.
    assert!(is_full(&tenant.grow(&id, "other", 9).await));
    world.engine.release("topic_grow");
    growing.await.unwrap().unwrap();
    let many: Vec<_> = (0..12)
        .map(|_| {
            let (tenant, id) = (tenant.clone(), id.clone());
            tokio::spawn(async move { tenant.grow(&id, "other", 1).await })
        })
        .collect();
    let mut grown = 0;
    for attempt in many {
        match attempt.await.unwrap() {
            Ok(()) => grown += 1,
            full => assert!(is_full(&full), "{full:?}"),
        }
    }
    assert_eq!(grown, 8);
}

#[tokio::test]
async fn growth_that_fails_claims_nothing() {
    let (world, tenant, id) = running().await;
    for _ in 0..3 {
        world.engine.fail_next("topic_grow", false, || EngineError::Failed("not now".into()));
    }
    let failed = tenant.grow(&id, "events", 18).await;
    assert!(matches!(failed, Err(Fault::Engine(EngineTrouble::Unavailable(_)))), "{failed:?}");
    world.engine.fail_next("topic_grow", false, || EngineError::PartitionLimit(30));
    assert!(is_full(&tenant.grow(&id, "events", 18).await));
    // All of it is free again.
    tenant.until_no_operation().await;
    let create = control::topic::TopicCreate { partitions: 28, ..tenant.a_topic(&id, "rest") };
    tenant.control.topic_create(&tenant.caller, create).await.unwrap().into_inner();
}

#[tokio::test]
async fn a_topic_made_again_meanwhile_does_not_grow() {
    let (world, tenant, id) = running().await;
    world.engine.hold("topic_grow");
    let growing = tokio::spawn({
        let (tenant, id) = (tenant.clone(), id.clone());
        async move { tenant.grow(&id, "events", 2).await }
    });
    eventually(|| async { (world.engine.calls("topic_grow") == 1).then_some(()) }).await;
    world.engine.client_topic_delete(&id, "events");
    world.engine.client_topic(&id, "events", 1, 9);
    world.engine.release("topic_grow");
    let refused = growing.await.unwrap();
    assert!(matches!(refused, Err(Fault::Absent(Absent::Topic(_)))), "{refused:?}");
    assert_eq!(world.engine.topics(&id)[0].partitions, 1);
}

#[tokio::test]
async fn groups_of_a_topic_come_from_the_engine() {
    let (world, tenant, id) = running().await;
    world.engine.commit(&id, "readers", "events", 0, 1, 0);
    let groups = async |topic: &str| {
        let topic = TopicName::new(topic);
        tenant.control.topic_groups(&tenant.caller, &tenant.region, &id, &topic).await
    };
    let names: Vec<_> = groups("events").await.unwrap().iter().map(ToString::to_string).collect();
    assert_eq!(names, ["readers"]);
    assert!(matches!(groups("missing").await, Err(Fault::Absent(Absent::Topic(_)))));
}
