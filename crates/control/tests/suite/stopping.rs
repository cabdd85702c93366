//! Switching instances off and on.

use control::Fault;
use control::fault::{Conflict, EngineTrouble};
use control::instance::{Billing, InstanceOrder, InstanceState};
use control::testing::FakeEngine;

use crate::world::World;

fn in_state(result: Result<(), Fault>, state: InstanceState) {
    let found = matches!(&result, Err(Fault::Conflict(Conflict::InstanceState(found))) if *found == state);
    assert!(found, "{result:?}");
}

#[tokio::test]
async fn data_and_ports_stay_while_it_is_off_and_over_a_restart() {
    let world = World::new();
    let tenant = world.open().await;
    let id = tenant.running().await;
    tenant.topic_create(&id, "events").await.unwrap();
    world.engine.produce(&id, "events", 0, 7, 1_000);
    let before = tenant.find(&id).await.unwrap().endpoints;
    tenant.stop(&id).await.unwrap();
    let stopped = tenant.find(&id).await.unwrap();
    assert_eq!((stopped.state, stopped.endpoints.len()), (InstanceState::Stopped, 0));
    assert_eq!(world.engine.open_slot(&id), None);

    let tenant = world.reopen(&tenant).await;
    assert_eq!(tenant.find(&id).await.unwrap().state, InstanceState::Stopped);
    assert_eq!(world.engine.open_slot(&id), None, "a restart does not switch it on");
    let other = tenant.running().await;
    assert_ne!(tenant.find(&other).await.unwrap().endpoints, before, "its ports are not given away");

    tenant.reopen(&id).await.unwrap();
    let reopened = tenant.find(&id).await.unwrap();
    assert_eq!((reopened.state, reopened.endpoints), (InstanceState::Running, before));
    assert_eq!(tenant.topic_names(&id).await, ["events"]);
    tenant.topic_create(&id, "more").await.unwrap();
}

#[tokio::test]
async fn what_may_be_done_with_an_instance_that_is_off() {
    let world = World::new();
    let tenant = world.open().await;
    let id = tenant.running().await;
    tenant.topic_create(&id, "events").await.unwrap();
    in_state(tenant.reopen(&id).await, InstanceState::Running);
    tenant.stop(&id).await.unwrap();
    in_state(tenant.stop(&id).await, InstanceState::Stopped);
    in_state(tenant.start(&id).await, InstanceState::Stopped);
    in_state(tenant.delete(&id).await, InstanceState::Stopped);
    in_state(tenant.convert(&id).await.map(drop), InstanceState::Stopped);
    in_state(tenant.configure(&id, |settings| settings.retention_hours = 24).await, InstanceState::Stopped);
    in_state(tenant.topic_create(&id, "more").await, InstanceState::Stopped);
    tenant.control.reconcile().await.unwrap();
    assert_eq!(tenant.find(&id).await.unwrap().state, InstanceState::Stopped);

    let not_empty = tenant.release(&id, false).await;
    assert!(matches!(not_empty, Err(Fault::Conflict(Conflict::InstanceNotEmpty))), "{not_empty:?}");
    tenant.release(&id, true).await.unwrap();
    assert_eq!(tenant.find(&id).await.unwrap().state, InstanceState::Released);
    assert!(world.engine.clusters().is_empty());
    in_state(tenant.reopen(&id).await, InstanceState::Released);
    // Now its ports are free.
    let next = tenant.running().await;
    assert_eq!(world.engine.open_slot(&next), Some(0));
}

#[tokio::test]
async fn one_that_is_empty_is_released_without_force() {
    let world = World::new();
    let tenant = world.open().await;
    let id = tenant.running().await;
    tenant.stop(&id).await.unwrap();
    tenant.release(&id, false).await.unwrap();
    assert_eq!(tenant.find(&id).await.unwrap().state, InstanceState::Released);
}

#[tokio::test]
async fn ports_that_somebody_took_meanwhile_leave_it_off() {
    let world = World::new();
    let tenant = world.open().await;
    let id = tenant.running().await;
    tenant.stop(&id).await.unwrap();
    world.engine.port_take(FakeEngine::PORT_BASE);
    let refused = tenant.reopen(&id).await;
    assert!(matches!(refused, Err(Fault::Engine(EngineTrouble::Unavailable(_)))), "{refused:?}");
    let off = tenant.find(&id).await.unwrap();
    assert_eq!((off.state, off.failure.is_some()), (InstanceState::Stopped, true));
    world.engine.port_free(FakeEngine::PORT_BASE);
    tenant.reopen(&id).await.unwrap();
    let on = tenant.find(&id).await.unwrap();
    assert_eq!((on.state, on.failure), (InstanceState::Running, None));
}

#[tokio::test]
async fn only_what_is_paid_by_use_and_ones_own_is_switched() {
    let world = World::new();
    let tenant = world.open().await;
    let order = InstanceOrder { billing: Billing::Prepaid, ..tenant.an_order() };
    let id = tenant.control.instance_order(&tenant.caller, order).await.unwrap().into_inner().instance_id;
    tenant.start(&id).await.unwrap();
    tenant.until(&id, InstanceState::Running).await;
    for refused in [tenant.stop(&id).await, tenant.reopen(&id).await] {
        assert!(matches!(refused, Err(Fault::Conflict(Conflict::NotForThisInstance(_)))), "{refused:?}");
    }
    let stranger = tenant.of_account("2000000000000002");
    for refused in [stranger.stop(&id).await, stranger.reopen(&id).await] {
        assert!(matches!(refused, Err(Fault::Absent(_))), "{refused:?}");
    }
}
