//! Topics: made once, within the limits, found in the engine, gone when deleted; and each refusal.

use std::sync::Arc;
use std::time::Duration;

use control::Fault;
use control::engine::EngineError;
use control::fault::{Absent, Capacity, Conflict, EngineTrouble};
use control::ids::TopicName;
use control::instance::InstanceState;
use control::topic::TopicCreate;

use crate::world::{Tenant, World, eventually};

fn exists(result: &Result<(), Fault>) -> bool {
    matches!(result, Err(Fault::Conflict(Conflict::TopicExists(_))))
}

fn absent(result: &Result<(), Fault>) -> bool {
    matches!(result, Err(Fault::Absent(Absent::Topic(_))))
}

async fn create_sized(tenant: &Tenant, create: TopicCreate, partitions: u32) -> Result<(), Fault> {
    let create = TopicCreate { partitions, ..create };
    tenant.control.topic_create(&tenant.caller, create).await.map(|done| done.into_inner())
}

#[tokio::test]
async fn a_topic_is_in_the_engine_when_the_call_returns() {
    let world = World::new();
    let tenant = world.open().await;
    let id = tenant.running().await;
    let create = TopicCreate {
        partitions: 6,
        local: true,
        compact: true,
        config: [("cleanup.policy".to_owned(), "compact".to_owned())].into(),
        config_text: r#"{"replications":3}"#.into(),
        ..tenant.a_topic(&id, "events")
    };
    tenant.control.topic_create(&tenant.caller, create).await.unwrap().into_inner();

    let made = &world.engine.topics(&id)[0];
    assert_eq!((made.name.as_str(), made.partitions), ("events", 6));
    assert_eq!(made.config["cleanup.policy"], "compact");
    let listed = &tenant.topics(&id).await[0];
    assert_eq!(listed.created_ms, made.created_ms);
    assert_eq!(
        (listed.remark.as_str(), listed.local, listed.compact, listed.automatic),
        ("remark", true, true, false)
    );
    assert_eq!(listed.config_text, r#"{"replications":3}"#);
}

#[tokio::test]
async fn a_name_is_taken_once() {
    let world = World::new();
    let tenant = world.open().await;
    let id = tenant.running().await;
    tenant.topic_create(&id, "events").await.unwrap();
    assert!(exists(&tenant.topic_create(&id, "events").await));
    // Also by a client's topic; names differ by case.
    world.engine.client_topic(&id, "automatic", 1, 7);
    assert!(exists(&tenant.topic_create(&id, "automatic").await));
    tenant.topic_create(&id, "Events").await.unwrap();
}

#[tokio::test]
async fn a_client_that_is_quicker_wins() {
    let world = World::new();
    let tenant = world.open().await;
    let id = tenant.running().await;
    world.engine.hold("topic_create");
    let racing = tokio::spawn({
        let (tenant, id) = (tenant.clone(), id.clone());
        async move { tenant.topic_create(&id, "events").await }
    });
    eventually(|| async { (world.engine.calls("topic_create") == 1).then_some(()) }).await;
    world.engine.client_topic(&id, "events", 3, 7);
    world.engine.release("topic_create");
    assert!(exists(&racing.await.unwrap()));
    let topics = tenant.topics(&id).await;
    assert_eq!((topics.len(), topics[0].automatic, topics[0].partitions), (1, true, 3));
    assert_eq!(world.engine.topics(&id).len(), 1, "the client's topic is untouched");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_at_once_exactly_one_makes_the_topic() {
    let world = World::new();
    let tenant = Arc::new(world.open().await);
    let id = tenant.running().await;
    let racing: Vec<_> = (0..16)
        .map(|_| {
            let (tenant, id) = (tenant.clone(), id.clone());
            tokio::spawn(async move { tenant.topic_create(&id, "events").await })
        })
        .collect();
    let mut made = 0;
    for attempt in racing {
        match attempt.await.unwrap() {
            Ok(()) => made += 1,
            refused => assert!(exists(&refused), "{refused:?}"),
        }
    }
    assert_eq!(made, 1);
    assert_eq!(world.engine.topics(&id).len(), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_limit_on_topics_is_exact_however_many_come_at_once() {
    let world = World::new();
    let tenant = Arc::new(world.open().await);
    let id = tenant.running().await;
    world.engine.client_topic(&id, "automatic", 1, 7);
    let racing: Vec<_> = (0..12)
        .map(|number| {
            let (tenant, id) = (tenant.clone(), id.clone());
            tokio::spawn(async move { tenant.topic_create(&id, &format!("topic-{number}")).await })
        })
        .collect();
    let mut made = 0;
    for attempt in racing {
        match attempt.await.unwrap() {
            Ok(()) => made += 1,
            Err(Fault::Capacity(Capacity::Topics { limit })) => assert_eq!(limit, 5),
            Err(fault) => panic!("{fault:?}"),
        }
    }
    // One of the five belongs to the client's topic.
    assert_eq!(made, 4);
    assert_eq!(world.engine.topics(&id).len(), 5);
    // Room is there again as soon as a topic is gone, whoever removed it.
    world.engine.client_topic_delete(&id, "automatic");
    tenant.topic_create(&id, "one-more").await.unwrap();
    tenant.topic_delete(&id, "one-more").await.unwrap();
    tenant.topic_create(&id, "another").await.unwrap();
    let full = tenant.topic_create(&id, "too-many").await;
    assert!(matches!(full, Err(Fault::Capacity(Capacity::Topics { limit: 5 }))));
}

#[tokio::test]
async fn the_limit_on_partitions_is_exact() {
    let world = World::new();
    let tenant = world.open().await;
    let id = tenant.running().await;
    create_sized(&tenant, tenant.a_topic(&id, "most"), 20).await.unwrap();
    let full = create_sized(&tenant, tenant.a_topic(&id, "rest"), 11).await;
    assert!(matches!(full, Err(Fault::Capacity(Capacity::Partitions { limit: 30 }))), "{full:?}");
    create_sized(&tenant, tenant.a_topic(&id, "rest"), 10).await.unwrap();
}

#[tokio::test]
async fn a_call_that_goes_away_is_finished_all_the_same() {
    let world = World::new();
    let tenant = world.open().await;
    let id = tenant.running().await;
    world.engine.hold("topic_create");
    let call = tokio::spawn({
        let (tenant, id) = (tenant.clone(), id.clone());
        async move { tenant.topic_create(&id, "events").await }
    });
    eventually(|| async { (world.engine.calls("topic_create") == 1).then_some(()) }).await;
    call.abort();
    assert!(call.await.unwrap_err().is_cancelled());
    world.engine.release("topic_create");
    tenant.until_no_operation().await;
    assert_eq!(tenant.topic_names(&id).await, ["events"]);
    assert!(exists(&tenant.topic_create(&id, "events").await));
}

#[tokio::test]
async fn an_engine_that_fails_leaves_nothing_behind() {
    let world = World::new();
    let tenant = world.open().await;
    let id = tenant.running().await;
    // The answers are lost, the effects are not.
    for _ in 0..3 {
        world.engine.fail_next("topic_create", true, || EngineError::Failed("no answer".into()));
    }
    let failed = tenant.topic_create(&id, "events").await;
    assert!(matches!(failed, Err(Fault::Engine(EngineTrouble::Unavailable(_)))), "{failed:?}");
    assert!(world.engine.topics(&id).is_empty());
    tenant.topic_create(&id, "events").await.unwrap();
}

#[tokio::test]
async fn a_full_disk_is_said_at_once() {
    let world = World::new();
    let tenant = world.open().await;
    let id = tenant.running().await;
    world.engine.fail_next("topic_create", false, || EngineError::StorageFull("0 bytes left".into()));
    let full = tenant.topic_create(&id, "events").await;
    assert!(matches!(full, Err(Fault::Engine(EngineTrouble::StorageFull(_)))), "{full:?}");
    assert_eq!(world.engine.calls("topic_create"), 1);
    assert!(tenant.topics(&id).await.is_empty());
}

#[tokio::test]
async fn deleting_removes_the_topic_and_what_was_known_of_it() {
    let world = World::new();
    let tenant = world.open().await;
    let id = tenant.running().await;
    let tag = control::tag::Tag { key: "env".into(), value: "test".into() };
    let create = TopicCreate { tags: vec![tag], ..tenant.a_topic(&id, "events") };
    tenant.control.topic_create(&tenant.caller, create).await.unwrap().into_inner();
    assert_eq!(tenant.topics(&id).await[0].tags.len(), 1);
    tenant.topic_delete(&id, "events").await.unwrap();
    assert!(world.engine.topics(&id).is_empty());
    assert!(absent(&tenant.topic_delete(&id, "events").await));
    tenant.topic_create(&id, "events").await.unwrap();
    assert!(tenant.topics(&id).await[0].tags.is_empty());
}

#[tokio::test]
async fn a_clients_topic_can_be_deleted() {
    let world = World::new();
    let tenant = world.open().await;
    let id = tenant.running().await;
    world.engine.client_topic(&id, "automatic", 1, 7);
    tenant.topic_delete(&id, "automatic").await.unwrap();
    assert!(world.engine.topics(&id).is_empty());
}

#[tokio::test]
async fn a_deletion_goes_on_until_the_engine_has_done_it() {
    let mut world = World::new();
    let tenant = world.open().await;
    let id = tenant.running().await;
    tenant.topic_create(&id, "events").await.unwrap();
    // What has to succeed has the time that it takes on a busy machine.
    world.options.wait = Duration::from_millis(30);
    let tenant = world.reopen(&tenant).await;
    world.engine.hold("topic_delete");
    let unfinished = tenant.topic_delete(&id, "events").await;
    assert!(matches!(unfinished, Err(Fault::Engine(EngineTrouble::Unavailable(_)))), "{unfinished:?}");
    let hindered = tenant.topic_delete(&id, "events").await;
    assert!(matches!(hindered, Err(Fault::Conflict(Conflict::OperationRunning))), "{hindered:?}");
    assert!(hindered.unwrap_err().retryable());
    for _ in 0..10 {
        world.engine.fail_next("topic_delete", false, || EngineError::Failed("not now".into()));
    }
    world.engine.release("topic_delete");
    tenant.until_no_operation().await;
    assert!(tenant.topics(&id).await.is_empty());
}

#[tokio::test]
async fn status_comes_from_the_engine() {
    let world = World::new();
    let tenant = world.open().await;
    let id = tenant.running().await;
    tenant.topic_create(&id, "events").await.unwrap();
    world.engine.produce(&id, "events", 1, 41, 1_700_000_000_000);
    let status =
        tenant.control.topic_status(&tenant.caller, None, &id, &TopicName::new("events")).await.unwrap();
    let seen: Vec<_> =
        status.iter().map(|end| (end.partition, end.offset_min, end.offset_max, end.newest_ms)).collect();
    assert_eq!(seen, [(0, 0, 0, 0), (1, 0, 41, 1_700_000_000_000)]);
    let missing = tenant.control.topic_status(&tenant.caller, None, &id, &TopicName::new("missing")).await;
    assert!(matches!(missing, Err(Fault::Absent(Absent::Topic(_)))));
}

#[tokio::test]
async fn topics_need_an_instance_that_runs() {
    let world = World::new();
    let tenant = world.open().await;
    let id = tenant.order().await;
    let name = TopicName::new("events");
    let expect = |fault: Fault, state: InstanceState| {
        assert!(
            matches!(fault, Fault::Conflict(Conflict::InstanceState(found)) if found == state),
            "{fault:?}"
        );
    };
    let refusals = |state| {
        let (tenant, id, name) = (tenant.clone(), id.clone(), name.clone());
        async move {
            expect(tenant.topic_create(&id, "events").await.unwrap_err(), state);
            expect(tenant.topic_delete(&id, "events").await.unwrap_err(), state);
            let (control, caller) = (&tenant.control, &tenant.caller);
            let list = control.topic_list(caller, None, &id, None, crate::world::ALL).await;
            expect(list.unwrap_err(), state);
            expect(control.topic_status(caller, None, &id, &name).await.unwrap_err(), state);
        }
    };
    refusals(InstanceState::Ordered).await;
    world.engine.hold("cluster_open");
    tenant.start(&id).await.unwrap();
    refusals(InstanceState::Deploying).await;
    world.engine.release("cluster_open");
    tenant.until(&id, InstanceState::Running).await;
    tenant.release(&id, false).await.unwrap();
    refusals(InstanceState::Released).await;
}
