//! Keys of sealed instances: from the deployment on, over rotations and restarts, and while the owner's key is out of use.

use std::time::Duration;

use control::cipher_key::{CipherKey, CipherKeyChange, CipherKeyCreate, Rotation};
use control::ids::{CipherKeyId, InstanceId};
use control::instance::{InstanceStart, InstanceState};
use control::placement::PlacementQuery;
use machine::clock::{Clock, HeldClock};
use machine::disk::RealDisk;
use machine::secret::Secret;
use sqlx::Row;

use crate::audit::{database, outcomes};
use crate::world::{Tenant, World};

const DAY_MS: i64 = 86_400_000;

async fn create(owner: &Tenant) -> CipherKey {
    let rotation = Rotation { on: true, every_ms: DAY_MS, every_text: "1d".into() };
    let create = CipherKeyCreate {
        region: owner.region.clone(),
        description: String::new(),
        rotation,
        tags: Vec::new(),
    };
    owner.control.cipher_key_create(&owner.caller, create).await.unwrap().into_inner()
}

async fn change(owner: &Tenant, key: &CipherKey, change: CipherKeyChange) {
    owner.control.cipher_key_change(&owner.caller, &key.id, change).await.unwrap().into_inner();
}

/// An instance that runs, sealed with this key.
async fn run(owner: &Tenant, cipher_key: Option<CipherKeyId>) -> InstanceId {
    let id = owner.order().await;
    let placement = PlacementQuery { cipher_key, ..PlacementQuery::default() };
    let start = InstanceStart { placement, ..owner.a_start(&id) };
    owner.control.instance_start(&owner.caller, start).await.unwrap().into_inner();
    owner.until(&id, InstanceState::Running).await;
    id
}

/// A world whose time only its test moves.
fn held() -> (World, HeldClock) {
    let mut world = World::new();
    let (clock, hand) = Clock::held(1_000);
    world.clock = clock;
    world.options.reconcile_every = Duration::from_secs(1_000 * 86_400);
    (world, hand)
}

/// What lies in the store of an instance's keys: cipher key, version, what it is encrypted to.
async fn rows(world: &World, id: &InstanceId) -> Vec<(String, String, String)> {
    let mut behind = database(world).await;
    let rows = sqlx::query("SELECT * FROM disk_keys WHERE instance = ? ORDER BY number")
        .bind(id.as_str())
        .fetch_all(&mut behind)
        .await
        .unwrap();
    rows.iter().map(|row| (row.get("cipher_key"), row.get("version"), row.get("wrapped"))).collect()
}

#[tokio::test]
async fn a_deployment_with_a_key_has_its_own_data_key_and_keeps_it() {
    let world = World::new();
    let owner = world.open().await;
    let plain = run(&owner, None).await;
    assert_eq!((world.engine.disk_keys(&plain), rows(&world, &plain).await), (vec![], vec![]));
    let key = create(&owner).await;
    let [one, other] = [run(&owner, Some(key.id.clone())).await, run(&owner, Some(key.id.clone())).await];
    let (first, second) = (world.engine.disk_keys(&one), world.engine.disk_keys(&other));
    assert_eq!((first.len(), second.len()), (1, 1));
    assert_ne!(first[0].1, second[0].1, "each instance has its own");
    let [(cipher_key, version, wrapped)] = rows(&world, &one).await.try_into().unwrap();
    assert_eq!((cipher_key, version), (key.id.to_string(), key.version.to_string()));
    assert!(!wrapped.is_empty());
    let owner = world.reopen(&owner).await;
    assert_eq!(world.engine.disk_keys(&one), first);

    // What lies there opens for nothing else: another's does not.
    let mut behind = database(&world).await;
    sqlx::query("UPDATE disk_keys SET wrapped = (SELECT wrapped FROM disk_keys WHERE instance = ?) WHERE instance = ?")
        .bind(other.as_str())
        .bind(one.as_str())
        .execute(&mut behind)
        .await
        .unwrap();
    drop(behind);
    let owner = world.reopen(&owner).await;
    assert_eq!(owner.find(&one).await.unwrap().state, InstanceState::Deploying);
    assert_eq!(owner.find(&other).await.unwrap().state, InstanceState::Running);
    assert!(owner.control.stats().await.unwrap().waiting[0].1.contains("data key 1 is damaged"));
}

#[tokio::test]
async fn a_key_that_is_not_this_servers_is_the_stores_own() {
    let world = World::new();
    let owner = world.open().await;
    let id = run(&owner, Some(CipherKeyId::new("key-elsewhere"))).await;
    let keys = world.engine.disk_keys(&id);
    assert_eq!(keys.len(), 1);
    assert_eq!(rows(&world, &id).await[0].0, "");
    let owner = world.reopen(&owner).await;
    assert_eq!(world.engine.disk_keys(&id), keys);
    // It stays so when the account gets keys.
    create(&owner).await;
    owner.control.reconcile().await.unwrap();
    world.reopen(&owner).await;
    assert_eq!(world.engine.disk_keys(&id), keys);
}

#[tokio::test]
async fn a_rotation_adds_a_data_key_and_takes_none() {
    let (world, hand) = held();
    let owner = world.open().await;
    let key = create(&owner).await;
    let id = run(&owner, Some(key.id.clone())).await;
    let first = world.engine.disk_keys(&id);
    owner.control.reconcile().await.unwrap();
    assert_eq!(world.engine.disk_keys(&id), first, "nothing was rotated");
    hand.advance(Duration::from_secs(86_400));
    owner.control.reconcile().await.unwrap();
    let second = world.engine.disk_keys(&id);
    assert_eq!((second.len(), &second[..1]), (2, &first[..]), "an open cluster is told");
    assert_ne!(second[0].1, second[1].1);
    owner.control.reconcile().await.unwrap();
    assert_eq!(world.engine.disk_keys(&id), second);
    let [first, later] = rows(&world, &id).await.try_into().unwrap();
    assert_ne!(first.1, later.1, "each by a version of its own");
    assert_eq!(outcomes(&world, "disk_key_create").await, ["done"]);
    let owner = world.reopen(&owner).await;
    assert_eq!(world.engine.disk_keys(&id), second);

    // While the key cannot be used, nothing is added.
    hand.advance(Duration::from_secs(86_400));
    change(&owner, &key, CipherKeyChange::Enabled(false)).await;
    owner.control.reconcile().await.unwrap();
    assert_eq!(world.engine.disk_keys(&id), second);
}

#[tokio::test]
async fn without_its_key_an_instance_goes_on_and_does_not_come_back() {
    let world = World::new();
    let mut owner = world.open().await;
    let key = create(&owner).await;
    let (sealed, plain) = (run(&owner, Some(key.id.clone())).await, run(&owner, None).await);
    for (out, back, why) in [
        (CipherKeyChange::Enabled(false), CipherKeyChange::Enabled(true), "is disabled"),
        (CipherKeyChange::Delete(DAY_MS), CipherKeyChange::Keep, "waits for its deletion"),
    ] {
        change(&owner, &key, out).await;
        owner.control.reconcile().await.unwrap();
        assert_eq!(owner.find(&sealed).await.unwrap().state, InstanceState::Running, "{why}");
        owner = world.reopen(&owner).await;
        assert_eq!(world.engine.open_slot(&sealed), None, "{why}");
        assert_eq!(owner.find(&plain).await.unwrap().state, InstanceState::Running, "{why}");
        let waiting = owner.find(&sealed).await.unwrap();
        assert_eq!((waiting.state, waiting.endpoints.len()), (InstanceState::Deploying, 0), "{why}");
        let waiting = owner.control.stats().await.unwrap().waiting;
        assert!(waiting.len() == 1 && waiting[0].0 == sealed, "{waiting:?}");
        assert!(waiting[0].1.contains(why) && waiting[0].1.contains(key.id.as_str()), "{waiting:?}");
        change(&owner, &key, back).await;
        owner.until(&sealed, InstanceState::Running).await;
    }
}

#[tokio::test]
async fn keys_go_with_the_data() {
    let world = World::new();
    let owner = world.open().await;
    let key = create(&owner).await;
    let id = run(&owner, Some(key.id.clone())).await;
    owner.release(&id, true).await.unwrap();
    owner.until(&id, InstanceState::Released).await;
    assert_eq!(rows(&world, &id).await, []);
}

#[tokio::test]
async fn whoever_looks_at_a_stopped_server_gets_them_with_the_master_key() {
    let world = World::new();
    let owner = world.open().await;
    let key = create(&owner).await;
    let (sealed, closed) = (run(&owner, Some(key.id.clone())).await, create(&owner).await);
    let other = run(&owner, Some(closed.id.clone())).await;
    run(&owner, None).await;
    change(&owner, &closed, CipherKeyChange::Enabled(false)).await;
    owner.control.close().await;
    let (path, master) = (world.database(), Secret::new(world.master_key));
    let found = control::disk_keys(&path, &RealDisk, Some(&master)).await.unwrap();
    assert_eq!(found.len(), 2);
    let keys = found[&sealed].as_ref().unwrap();
    assert_eq!(vec![(1, *keys[0].material.expose())], world.engine.disk_keys(&sealed));
    assert!(found[&other].as_ref().unwrap_err().contains("is disabled"));
    let found = control::disk_keys(&path, &RealDisk, None).await.unwrap();
    assert!(found[&sealed].as_ref().unwrap_err().contains("master key"));
}
