//! The life of an instance: order, start, release, delete; and each refusal on the way.

use control::Fault;
use control::engine::EngineError;
use control::fault::{Conflict, EngineTrouble};
use control::instance::{Billing, InstanceState};
use control::testing::FakeEngine;
use serde_json::json;

use crate::audit::database;
use crate::world::{Tenant, World, eventually};

fn in_state(result: Result<(), Fault>, state: InstanceState) {
    assert!(
        matches!(&result, Err(Fault::Conflict(Conflict::InstanceState(found))) if *found == state),
        "{result:?}"
    );
}

#[tokio::test]
async fn an_order_makes_an_instance_at_once() {
    let world = World::new();
    let tenant = world.open().await;
    let ordered = tenant.control.instance_order(&tenant.caller, tenant.an_order()).await.unwrap();
    let ordered = ordered.into_inner();

    let id = ordered.instance_id.as_str().strip_prefix("kind-").unwrap();
    assert_eq!(id.len(), 12);
    assert!(id.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit()));
    assert_eq!(ordered.order_id.as_str().len(), 15);
    assert!(ordered.order_id.as_str().bytes().all(|byte| byte.is_ascii_digit()));
    assert_ne!(ordered.order_id.as_str().as_bytes()[0], b'0');

    let instance = tenant.find(&ordered.instance_id).await.unwrap();
    assert_eq!(instance.state, InstanceState::Ordered);
    assert_eq!(instance.order_id, ordered.order_id);
    assert_eq!(instance.name, ordered.instance_id.as_str());
    assert_eq!(instance.version, "");
    assert_eq!(instance.details, json!({ "from": "order" }));
    assert!(instance.endpoints.is_empty());
    assert!(world.engine.clusters().is_empty());
}

#[tokio::test]
async fn a_started_instance_runs_after_a_message_went_through() {
    let world = World::new();
    let tenant = world.open().await;
    let id = tenant.order().await;
    let start = control::instance::InstanceStart { name: Some("orders".into()), ..tenant.a_start(&id) };
    tenant.control.instance_start(&tenant.caller, start).await.unwrap().into_inner();
    let instance = tenant.until(&id, InstanceState::Running).await;

    assert_eq!(world.engine.calls("cluster_probe"), 1);
    assert_eq!(instance.name, "orders");
    assert_eq!(instance.version, "2.2.0");
    assert_eq!(instance.details, json!({ "from": "start" }));
    assert_eq!(instance.endpoints[0].address, format!("127.0.0.1:{}", FakeEngine::PORT_BASE));
    assert_eq!(instance.failure, None);
}

#[tokio::test]
async fn instances_get_the_lowest_free_slot() {
    let world = World::new();
    let tenant = world.open().await;
    let (first, second, third) = (tenant.running().await, tenant.running().await, tenant.running().await);
    assert_eq!(world.engine.open_slot(&first), Some(0));
    assert_eq!(world.engine.open_slot(&third), Some(2));
    tenant.release(&second, false).await.unwrap();
    let fourth = tenant.running().await;
    assert_eq!(world.engine.open_slot(&fourth), Some(1));
}

#[tokio::test]
async fn ports_of_somebody_else_are_passed_over() {
    let world = World::new();
    world.engine.port_take(FakeEngine::PORT_BASE + 2);
    world.engine.port_take(FakeEngine::PORT_BASE + 10);
    let tenant = world.open().await;
    let id = tenant.running().await;
    assert_eq!(world.engine.open_slot(&id), Some(2));
    // The choice is kept, also when the ports below become free.
    world.engine.port_free(FakeEngine::PORT_BASE + 2);
    let tenant = world.reopen(&tenant).await;
    assert_eq!(world.engine.open_slot(&id), Some(2));
    assert_eq!(tenant.find(&id).await.unwrap().state, InstanceState::Running);
}

#[tokio::test]
async fn no_free_ports_refuse_a_start() {
    let mut world = World::new();
    world.options.slots = 1;
    let tenant = world.open().await;
    tenant.running().await;
    let second = tenant.order().await;
    let refused = tenant.start(&second).await;
    assert!(matches!(refused, Err(Fault::Engine(EngineTrouble::Unavailable(_)))), "{refused:?}");
    assert_eq!(tenant.find(&second).await.unwrap().state, InstanceState::Ordered);
}

#[tokio::test]
async fn only_an_ordered_instance_starts() {
    let world = World::new();
    let tenant = world.open().await;
    let id = tenant.order().await;
    world.engine.hold("cluster_open");
    tenant.start(&id).await.unwrap();
    in_state(tenant.start(&id).await, InstanceState::Deploying);
    world.engine.release("cluster_open");
    tenant.until(&id, InstanceState::Running).await;
    in_state(tenant.start(&id).await, InstanceState::Running);
    tenant.release(&id, false).await.unwrap();
    in_state(tenant.start(&id).await, InstanceState::Released);
}

#[tokio::test]
async fn names_are_unique_per_account_and_region() {
    let world = World::new();
    let tenant = world.open().await;
    let named = |tenant: &Tenant, id| control::instance::InstanceStart {
        name: Some("orders".into()),
        ..tenant.a_start(id)
    };
    let (first, second) = (tenant.order().await, tenant.order().await);
    tenant.control.instance_start(&tenant.caller, named(&tenant, &first)).await.unwrap().into_inner();
    let taken = tenant.control.instance_start(&tenant.caller, named(&tenant, &second)).await;
    assert!(
        matches!(&taken, Err(Fault::Conflict(Conflict::InstanceNameTaken(name))) if name == "orders"),
        "{taken:?}"
    );
    // Another instance's id is its name until it has another.
    let third = control::instance::InstanceStart {
        name: Some(second.to_string()),
        ..tenant.a_start(&tenant.order().await)
    };
    let taken = tenant.control.instance_start(&tenant.caller, third).await;
    assert!(matches!(taken, Err(Fault::Conflict(Conflict::InstanceNameTaken(_)))));
    let elsewhere = tenant.in_region("region-b");
    let fourth = elsewhere.order().await;
    elsewhere.control.instance_start(&tenant.caller, named(&elsewhere, &fourth)).await.unwrap().into_inner();
}

#[tokio::test]
async fn a_deployment_that_keeps_failing_is_taken_back() {
    let world = World::new();
    let tenant = world.open().await;
    let id = tenant.order().await;
    for _ in 0..3 {
        world.engine.fail_next("cluster_probe", false, || EngineError::Failed("no leader".into()));
    }
    tenant.start(&id).await.unwrap();
    let instance = eventually(|| async {
        let instance = tenant.find(&id).await.unwrap();
        instance.failure.is_some().then_some(instance)
    })
    .await;
    assert_eq!(instance.state, InstanceState::Ordered);
    assert!(instance.failure.unwrap().contains("no leader"));
    tenant.until_no_operation().await;
    assert!(world.engine.clusters().is_empty(), "nothing is left in the engine");
    // It can be started again, and the failure is forgotten.
    tenant.start(&id).await.unwrap();
    let instance = tenant.until(&id, InstanceState::Running).await;
    assert_eq!(instance.failure, None);
    assert_eq!(world.engine.open_slot(&id), Some(0));
}

#[tokio::test]
async fn a_deployment_survives_a_few_failures() {
    let world = World::new();
    let tenant = world.open().await;
    let id = tenant.order().await;
    world.engine.fail_next("cluster_open", true, || EngineError::Failed("answer lost".into()));
    world.engine.fail_next("cluster_open", false, || EngineError::Failed("not now".into()));
    world.engine.fail_next("cluster_probe", false, || EngineError::Failed("not yet".into()));
    tenant.start(&id).await.unwrap();
    tenant.until(&id, InstanceState::Running).await;
}

#[tokio::test]
async fn a_full_disk_is_not_tried_again() {
    let world = World::new();
    let tenant = world.open().await;
    let id = tenant.order().await;
    world.engine.fail_next("cluster_open", false, || EngineError::StorageFull("0 bytes left".into()));
    tenant.start(&id).await.unwrap();
    tenant.until_no_operation().await;
    assert_eq!(world.engine.calls("cluster_open"), 1);
    assert_eq!(tenant.find(&id).await.unwrap().state, InstanceState::Ordered);
}

#[tokio::test]
async fn release_and_delete_end_an_instance() {
    let world = World::new();
    let tenant = world.open().await;
    let id = tenant.running().await;
    in_state(tenant.delete(&id).await, InstanceState::Running);

    tenant.release(&id, false).await.unwrap();
    let released = tenant.find(&id).await.unwrap();
    assert_eq!(released.state, InstanceState::Released);
    assert!(released.endpoints.is_empty());
    assert_eq!(world.engine.open_slot(&id), None);
    assert_eq!(world.engine.clusters(), vec![id.clone()], "data stays without force");
    tenant.release(&id, true).await.unwrap();
    assert_eq!(world.engine.clusters(), vec![id.clone()], "a second release changes nothing");

    tenant.delete(&id).await.unwrap();
    assert!(world.engine.clusters().is_empty());
    assert!(matches!(tenant.find(&id).await, Err(Fault::Absent(_))));
    assert!(matches!(tenant.delete(&id).await, Err(Fault::Absent(_))));
}

#[tokio::test]
async fn an_ordered_instance_can_be_deleted_or_released() {
    let world = World::new();
    let tenant = world.open().await;
    let (first, second) = (tenant.order().await, tenant.order().await);
    tenant.delete(&first).await.unwrap();
    tenant.release(&second, false).await.unwrap();
    assert_eq!(tenant.find(&second).await.unwrap().state, InstanceState::Released);
}

#[tokio::test]
async fn only_force_releases_what_is_not_empty() {
    let world = World::new();
    let tenant = world.open().await;
    let not_empty = |result: Result<(), Fault>| {
        assert!(matches!(result, Err(Fault::Conflict(Conflict::InstanceNotEmpty))), "{result:?}");
    };
    let id = tenant.running().await;
    tenant.topic_create(&id, "events").await.unwrap();
    not_empty(tenant.release(&id, false).await);
    tenant.topic_delete(&id, "events").await.unwrap();
    world.engine.client_topic(&id, "automatic", 1, 5);
    not_empty(tenant.release(&id, false).await);
    world.engine.client_topic_delete(&id, "automatic");
    tenant.group_create(&id, "readers").await.unwrap();
    not_empty(tenant.release(&id, false).await);
    assert_eq!(tenant.find(&id).await.unwrap().state, InstanceState::Running);

    tenant.topic_create(&id, "events").await.unwrap();
    tenant.release(&id, true).await.unwrap();
    assert!(world.engine.clusters().is_empty(), "force frees the data at once");
    assert_eq!(tenant.find(&id).await.unwrap().state, InstanceState::Released);
    let left = "SELECT (SELECT COUNT(*) FROM topics) + (SELECT COUNT(*) FROM consumer_groups)";
    let mut connection = database(&world).await;
    let left: i64 = sqlx::query_scalar(left).fetch_one(&mut connection).await.unwrap();
    assert_eq!(left, 0, "and nothing is remembered of what was in it");
}

#[tokio::test]
async fn a_forced_release_does_not_wait_for_work_that_cannot_get_on() {
    let world = World::new();
    let tenant = world.open().await;
    let id = tenant.running().await;
    tenant.topic_create(&id, "events").await.unwrap();
    world.engine.hold("topic_delete");
    let deleting = tokio::spawn({
        let (tenant, id) = (tenant.clone(), id.clone());
        async move { tenant.topic_delete(&id, "events").await }
    });
    eventually(|| async { (world.engine.calls("topic_delete") == 1).then_some(()) }).await;
    tenant.release(&id, true).await.unwrap();
    assert_eq!(tenant.find(&id).await.unwrap().state, InstanceState::Released);
    assert_eq!(tenant.control.stats().await.unwrap().operations_running, 0);
    // The one that was called off finds that out, and its caller is told.
    world.engine.release("topic_delete");
    let called_off = deleting.await.unwrap();
    assert!(matches!(called_off, Err(Fault::Engine(EngineTrouble::Unavailable(_)))), "{called_off:?}");
    tenant.delete(&id).await.unwrap();
    tenant.control.close().await;
}

#[tokio::test]
async fn an_instance_paid_for_a_term_is_not_released() {
    let world = World::new();
    let tenant = world.open().await;
    let order = control::instance::InstanceOrder { billing: Billing::Prepaid, ..tenant.an_order() };
    let id = tenant.control.instance_order(&tenant.caller, order).await.unwrap().into_inner().instance_id;
    let refused = tenant.release(&id, true).await;
    assert!(matches!(refused, Err(Fault::Conflict(Conflict::NotForThisInstance(_)))), "{refused:?}");
}

#[tokio::test]
async fn a_deploying_instance_is_neither_released_nor_deleted() {
    let world = World::new();
    let tenant = world.open().await;
    let id = tenant.order().await;
    world.engine.hold("cluster_open");
    tenant.start(&id).await.unwrap();
    in_state(tenant.release(&id, true).await, InstanceState::Deploying);
    in_state(tenant.delete(&id).await, InstanceState::Deploying);
    world.engine.release("cluster_open");
    tenant.until(&id, InstanceState::Running).await;
}

#[tokio::test]
async fn a_slow_release_answers_and_goes_on() {
    let mut world = World::new();
    world.options.wait = std::time::Duration::from_millis(20);
    let tenant = world.open().await;
    let id = tenant.running().await;
    world.engine.hold("cluster_close");
    tenant.release(&id, false).await.unwrap();
    // It is shown as it is: still there.
    assert_eq!(tenant.find(&id).await.unwrap().state, InstanceState::Running);
    let hindered = tenant.topic_create(&id, "events").await;
    assert!(matches!(hindered, Err(Fault::Engine(_) | Fault::Conflict(Conflict::OperationRunning))));
    world.engine.release("cluster_close");
    tenant.until(&id, InstanceState::Released).await;
}
