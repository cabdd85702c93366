//! Topics get other settings: those that were asked for and no others, and the record says what the engine has.

use control::Fault;
use control::engine::EngineError;
use control::fault::{Absent, Conflict, EngineTrouble};
use control::ids::InstanceId;
use serde_json::json;

use crate::world::{Tenant, World, eventually};

async fn running() -> (World, Tenant, InstanceId) {
    let world = World::new();
    let tenant = world.open().await;
    let id = tenant.running().await;
    tenant.topic_create(&id, "events").await.unwrap();
    (world, tenant, id)
}

/// What the engine has of the first topic, and what its owner is shown.
async fn held(world: &World, tenant: &Tenant, id: &InstanceId) -> (String, String) {
    let engine = json!(world.engine.topics(id)[0].config).to_string();
    (engine, tenant.topics(id).await[0].config_text.clone())
}

fn both(text: &str) -> (String, String) {
    (text.to_owned(), text.to_owned())
}

#[tokio::test]
async fn settings_replace_those_that_were_set_and_a_restart_keeps_them() {
    let (world, tenant, id) = running().await;
    tenant.topic_configure(&id, "events", "retention.ms", "5").await.unwrap();
    assert_eq!(held(&world, &tenant, &id).await, both(r#"{"retention.ms":"5"}"#));
    tenant.topic_configure(&id, "events", "max.message.bytes", "7").await.unwrap();
    let tenant = world.reopen(&tenant).await;
    assert_eq!(held(&world, &tenant, &id).await, both(r#"{"max.message.bytes":"7"}"#));
    let absent = tenant.topic_configure(&id, "missing", "retention.ms", "5").await;
    assert!(matches!(absent, Err(Fault::Absent(Absent::Topic(_)))), "{absent:?}");
}

#[tokio::test]
async fn what_the_engine_has_beside_them_stays() {
    let (world, tenant, id) = running().await;
    world.engine.client_topic(&id, "automatic", 1, 7);
    world.engine.topic_set(&id, "automatic", "cleanup.policy", "compact");
    tenant.topic_configure(&id, "automatic", "retention.ms", "5").await.unwrap();
    tenant.topic_configure(&id, "automatic", "retention.ms", "6").await.unwrap();
    let expected = json!({"cleanup.policy": "compact", "retention.ms": "6"});
    assert_eq!(json!(world.engine.topics(&id)[0].config), expected);
    let listed = tenant.topics(&id).await;
    let seen = listed.iter().find(|topic| topic.name.as_str() == "automatic").unwrap();
    assert_eq!(
        (seen.automatic, seen.compact, seen.config_text.as_str()),
        (true, true, r#"{"retention.ms":"6"}"#)
    );
}

#[tokio::test]
async fn of_two_that_saw_the_same_the_second_is_overtaken() {
    let (world, tenant, id) = running().await;
    let late = tenant.a_configure(&id, "events", "retention.ms", "9").await.unwrap();
    tenant.topic_configure(&id, "events", "max.message.bytes", "7").await.unwrap();
    let overtaken = tenant.control.topic_configure(&tenant.caller, late).await.map(|done| done.into_inner());
    assert!(matches!(overtaken, Err(Fault::Conflict(Conflict::Overtaken))), "{overtaken:?}");
    assert_eq!(held(&world, &tenant, &id).await, both(r#"{"max.message.bytes":"7"}"#));
}

#[tokio::test]
async fn what_fails_leaves_what_was() {
    let (world, tenant, id) = running().await;
    tenant.topic_configure(&id, "events", "retention.ms", "5").await.unwrap();
    for _ in 0..3 {
        // The answers are lost, the settings are not.
        world.engine.fail_next("topic_configure", true, || EngineError::Failed("not now".into()));
    }
    let failed = tenant.topic_configure(&id, "events", "retention.ms", "6").await;
    assert!(matches!(failed, Err(Fault::Engine(EngineTrouble::Unavailable(_)))), "{failed:?}");
    tenant.until_no_operation().await;
    assert_eq!(held(&world, &tenant, &id).await, both(r#"{"retention.ms":"5"}"#));
}

#[tokio::test]
async fn a_topic_made_again_meanwhile_keeps_its_settings() {
    let (world, tenant, id) = running().await;
    world.engine.hold("topic_configure");
    let configure = tenant.a_configure(&id, "events", "retention.ms", "5").await.unwrap();
    let configuring = {
        let (control, caller) = (tenant.control.clone(), tenant.caller.clone());
        tokio::spawn(async move {
            control.topic_configure(&caller, configure).await.map(|done| done.into_inner())
        })
    };
    eventually(|| async { (world.engine.calls("topic_configure") == 1).then_some(()) }).await;
    world.engine.client_topic_delete(&id, "events");
    world.engine.client_topic(&id, "events", 1, 9);
    world.engine.release("topic_configure");
    let refused = configuring.await.unwrap();
    assert!(matches!(refused, Err(Fault::Absent(Absent::Topic(_)))), "{refused:?}");
    assert!(world.engine.topics(&id)[0].config.is_empty());
}
