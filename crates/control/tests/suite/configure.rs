//! Settings of a running instance: in force at once, one change at a time, and kept.

use control::Fault;
use control::engine::EngineError;
use control::fault::{Conflict, EngineTrouble};
use control::instance::{InstanceAnnotate, InstanceConfigure, InstanceState, Settings};
use serde_json::json;

use crate::world::{World, settings};

#[tokio::test]
async fn settings_are_in_force_recorded_and_survive_a_restart() {
    let world = World::new();
    let tenant = world.open().await;
    let id = tenant.running().await;
    let change = |settings: &mut Settings| {
        settings.retention_hours = 24;
        settings.extra.insert("num.partitions".into(), "6".into());
    };
    tenant.configure(&id, change).await.unwrap();
    let mut expected = settings();
    change(&mut expected);
    let instance = tenant.find(&id).await.unwrap();
    assert_eq!((instance.state, &instance.settings), (InstanceState::Running, &expected));
    assert_eq!(instance.endpoints.len(), 1);
    assert_eq!(world.engine.settings(&id).as_ref(), Some(&expected));
    assert_eq!(world.engine.calls("cluster_close"), 0, "nobody was interrupted");

    let tenant = world.reopen(&tenant).await;
    assert_eq!(tenant.find(&id).await.unwrap().settings, expected);
    assert_eq!(world.engine.settings(&id), Some(expected), "the cluster is opened with them");
}

#[tokio::test]
async fn it_serves_while_it_changes_and_a_second_change_waits() {
    let mut world = World::new();
    world.options.wait = std::time::Duration::from_millis(20);
    let tenant = world.open().await;
    let id = tenant.running().await;
    world.engine.hold("cluster_configure");
    // It answers, and the change goes on.
    tenant.configure(&id, |settings| settings.retention_hours = 24).await.unwrap();
    let changing = tenant.find(&id).await.unwrap();
    assert_eq!((changing.state, changing.endpoints.len()), (InstanceState::Changing, 1));
    assert_eq!(changing.settings.retention_hours, 72, "what is not in force is not shown");
    let second = tenant.configure(&id, |settings| settings.retention_hours = 48).await;
    assert!(matches!(second, Err(Fault::Conflict(Conflict::OperationRunning))), "{second:?}");
    let note = InstanceAnnotate { seen: changing, resource_group: None, details: json!({ "from": "note" }) };
    let note = tenant.control.instance_annotate(&tenant.caller, note).await.map(drop);
    assert!(matches!(note, Err(Fault::Conflict(Conflict::OperationRunning))), "{note:?}");
    let released = tenant.release(&id, true).await;
    assert!(matches!(released, Err(Fault::Conflict(Conflict::InstanceState(_)))), "{released:?}");
    assert!(tenant.topics(&id).await.is_empty(), "reads go on");
    world.engine.release("cluster_configure");
    let changed = tenant.until(&id, InstanceState::Running).await;
    assert_eq!(changed.settings.retention_hours, 24);
}

#[tokio::test]
async fn what_was_worked_out_from_something_else_is_refused() {
    let mut world = World::new();
    world.options.wait = std::time::Duration::from_millis(20);
    let tenant = world.open().await;
    let id = tenant.running().await;
    let seen = tenant.find(&id).await.unwrap();
    tenant.configure(&id, |settings| settings.retention_hours = 24).await.unwrap();
    let late = InstanceConfigure { settings: seen.settings.clone(), details: seen.details.clone(), seen };
    let late = tenant.control.instance_configure(&tenant.caller, late).await.map(drop);
    assert!(matches!(late, Err(Fault::Conflict(Conflict::OperationRunning))), "{late:?}");
    assert_eq!(tenant.find(&id).await.unwrap().settings.retention_hours, 24);
}

#[tokio::test]
async fn settings_that_cannot_be_put_in_force_are_taken_back() {
    let world = World::new();
    let tenant = world.open().await;
    let id = tenant.running().await;
    for _ in 0..3 {
        world.engine.fail_next("cluster_configure", false, || EngineError::Failed("no".into()));
    }
    let refused = tenant.configure(&id, |settings| settings.retention_hours = 24).await;
    assert!(matches!(refused, Err(Fault::Engine(EngineTrouble::Unavailable(_)))), "{refused:?}");
    let instance = tenant.find(&id).await.unwrap();
    assert_eq!((instance.state, instance.settings), (InstanceState::Running, settings()));
    tenant.configure(&id, |settings| settings.retention_hours = 24).await.unwrap();
}

#[tokio::test]
async fn only_what_serves_has_settings_to_change() {
    let world = World::new();
    let tenant = world.open().await;
    let id = tenant.order().await;
    let refused = tenant.configure(&id, |settings| settings.retention_hours = 24).await;
    assert!(matches!(refused, Err(Fault::Conflict(Conflict::InstanceState(InstanceState::Ordered)))));
    let elsewhere = tenant.find(&id).await.unwrap();
    let stranger = tenant.of_account("2000000000000002");
    let note = InstanceAnnotate { seen: elsewhere, resource_group: None, details: json!({}) };
    let note = stranger.control.instance_annotate(&stranger.caller, note).await.map(drop);
    assert!(matches!(note, Err(Fault::Absent(_))), "{note:?}");
}

#[test]
fn settings_written_before_there_were_more_can_be_read() {
    let old = json!({
        "acl_enabled": false, "private_tls_enabled": false, "retention_hours": 72,
        "message_bytes_max": 1_048_576, "extra": {},
    });
    assert_eq!(serde_json::from_value::<Settings>(old).unwrap(), settings());
}
