//! From where an instance may be used: what is listed is what the engine enforces, at every moment.

use control::Fault;
use control::allowed::AllowedEdit;
use control::engine::EngineError;
use control::fault::{Capacity, Conflict};
use control::ids::InstanceId;
use control::instance::{Access, InstanceState};
use control::testing::FakeEngine;

use crate::world::{Tenant, World, address, eventually};

async fn add(tenant: &Tenant, id: &InstanceId, texts: &[&str]) -> Result<(), Fault> {
    let addresses = texts.iter().map(|text| address(text)).collect();
    tenant.allow(id, Access::Plain, AllowedEdit::Add(addresses)).await
}

async fn remove(tenant: &Tenant, id: &InstanceId, text: &str) -> Result<(), Fault> {
    tenant.allow(id, Access::Plain, AllowedEdit::Remove(address(text))).await
}

/// What is listed and what is enforced.
async fn both(world: &World, tenant: &Tenant, id: &InstanceId) -> (Vec<String>, Vec<String>) {
    (tenant.allowed(id, Access::Plain).await, world.engine.allowed(id, Access::Plain))
}

fn texts(texts: &[&str]) -> Vec<String> {
    texts.iter().map(ToString::to_string).collect()
}

#[tokio::test]
async fn a_deployed_instance_lets_everybody_in_until_its_owner_says_otherwise() {
    let world = World::new();
    let owner = world.open().await;
    let id = owner.running().await;
    for access in [Access::Plain, Access::PublicTls, Access::PrivateLogin, Access::PrivateTls] {
        assert_eq!(owner.allowed(&id, access).await, ["0.0.0.0/0"]);
    }
    assert_eq!(world.engine.allowed(&id, Access::Plain), ["0.0.0.0/0"]);
    // Spelled as it was sent, in the order in which it came; enforced as what it means.
    add(&owner, &id, &["192.168.1.9/16", "10.0.0.1", "0.0.0.0/0", "10.0.0.1"]).await.unwrap();
    remove(&owner, &id, "0.0.0.0/0").await.unwrap();
    add(&owner, &id, &["10.0.0.1/32"]).await.unwrap();
    let listed = texts(&["192.168.1.9/16", "10.0.0.1", "10.0.0.1/32"]);
    let enforced = texts(&["192.168.0.0/16", "10.0.0.1/32", "10.0.0.1/32"]);
    assert_eq!(both(&world, &owner, &id).await, (listed.clone(), enforced.clone()));
    assert_eq!(owner.allowed(&id, Access::PublicTls).await, ["0.0.0.0/0"]);
    // Another spelling is another entry, and one that is not there is no error.
    remove(&owner, &id, "10.0.0.2").await.unwrap();
    remove(&owner, &id, "192.168.0.0/16").await.unwrap();
    assert_eq!(both(&world, &owner, &id).await, (listed.clone(), enforced.clone()));
    // The lists are enforced from the first connection after a restart on.
    let owner = world.reopen(&owner).await;
    assert_eq!(both(&world, &owner, &id).await, (listed, enforced));
    for text in ["192.168.1.9/16", "10.0.0.1", "10.0.0.1/32"] {
        remove(&owner, &id, text).await.unwrap();
    }
    assert_eq!(both(&world, &owner, &id).await, (vec![], vec![]));
    let owner = world.reopen(&owner).await;
    assert_eq!(both(&world, &owner, &id).await, (vec![], vec![]));
}

#[tokio::test]
async fn a_list_has_a_hundred_addresses_at_most() {
    let world = World::new();
    let owner = world.open().await;
    let id = owner.running().await;
    let many: Vec<_> = (1..100).map(|n| format!("10.0.0.{n}")).collect();
    add(&owner, &id, &many.iter().map(String::as_str).collect::<Vec<_>>()).await.unwrap();
    let before = both(&world, &owner, &id).await;
    assert_eq!(before.0.len(), 100);
    let fault = add(&owner, &id, &["10.0.0.1", "10.0.1.1"]).await.unwrap_err();
    assert!(matches!(fault, Fault::Capacity(Capacity::AllowedAddresses { limit: 100 })), "{fault:?}");
    assert_eq!(both(&world, &owner, &id).await, before);
    add(&owner, &id, &["10.0.0.1"]).await.unwrap();
    remove(&owner, &id, "10.0.0.1").await.unwrap();
    add(&owner, &id, &["10.0.1.1"]).await.unwrap();
    assert_eq!(owner.allowed(&id, Access::Plain).await.last().unwrap(), "10.0.1.1");
}

#[tokio::test]
async fn changes_at_one_time_end_in_one_state() {
    let world = World::new();
    let owner = world.open().await;
    let id = owner.running().await;
    let changes = (0..8).map(|n| {
        let (owner, id) = (owner.clone(), id.clone());
        tokio::spawn(async move { add(&owner, &id, &[&format!("10.0.0.{n}")]).await })
    });
    for change in changes.collect::<Vec<_>>() {
        change.await.unwrap().unwrap();
    }
    let (listed, enforced) = both(&world, &owner, &id).await;
    assert_eq!(listed.len(), 9);
    let meant: Vec<_> = listed[1..].iter().map(|text| format!("{text}/32")).collect();
    assert_eq!(enforced[1..], meant);
}

#[tokio::test]
async fn a_cluster_that_is_not_open_has_the_list_when_it_is() {
    let world = World::new();
    let owner = world.open().await;
    let id = owner.running().await;
    owner.control.close().await;
    world.engine.restart();
    world.engine.port_take(FakeEngine::PORT_BASE);
    let owner = world.open().await;
    add(&owner, &id, &["10.0.0.1"]).await.unwrap();
    remove(&owner, &id, "0.0.0.0/0").await.unwrap();
    assert_eq!(world.engine.open_slot(&id), None);
    world.engine.port_free(FakeEngine::PORT_BASE);
    eventually(|| async { world.engine.open_slot(&id) }).await;
    assert_eq!(world.engine.allowed(&id, Access::Plain), ["10.0.0.1/32"]);
}

#[tokio::test]
async fn an_engine_that_does_not_answer_is_asked_again() {
    let world = World::new();
    let owner = world.open().await;
    let id = owner.running().await;
    for after_effect in [false, true, false, false] {
        world.engine.fail_next("cluster_allow", after_effect, || EngineError::Failed("no answer".into()));
    }
    remove(&owner, &id, "0.0.0.0/0").await.unwrap();
    assert_eq!(both(&world, &owner, &id).await, (vec![], vec![]));
    assert_eq!(world.engine.calls("cluster_allow"), 5);
}

#[tokio::test]
async fn only_what_is_deployed_has_lists_and_each_deployment_begins_anew() {
    let world = World::new();
    let owner = world.open().await;
    let id = owner.order().await;
    let refused = |fault: Fault, state: InstanceState| {
        assert!(matches!(&fault, Fault::Conflict(Conflict::InstanceState(is)) if *is == state), "{fault:?}");
    };
    refused(add(&owner, &id, &["10.0.0.1"]).await.unwrap_err(), InstanceState::Ordered);
    let listed = owner.control.allowed_list(&owner.caller, &owner.region, &id).await;
    refused(listed.unwrap_err(), InstanceState::Ordered);
    owner.start(&id).await.unwrap();
    owner.until(&id, InstanceState::Running).await;
    remove(&owner, &id, "0.0.0.0/0").await.unwrap();
    owner.release(&id, true).await.unwrap();
    refused(add(&owner, &id, &["10.0.0.1"]).await.unwrap_err(), InstanceState::Released);
    owner.delete(&id).await.unwrap();
}
