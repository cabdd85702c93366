//! Who may log in to an instance: what is recorded is what the engine checks, at every moment.

use control::Fault;
use control::engine::EngineError;
use control::fault::{Absent, Capacity, Conflict};
use control::ids::{InstanceId, UserName};
use control::instance::{InstanceStart, InstanceState};
use control::testing::FakeEngine;
use control::user::{FirstUser, LoginKind, Mechanism, USERS_MAX, UserPut};
use machine::secret::Secret;
use sqlx::Row;

use crate::audit::{database, outcomes};
use crate::world::{Tenant, World, eventually};

async fn put(tenant: &Tenant, put: UserPut) -> Result<(), Fault> {
    tenant.control.user_put(&tenant.caller, put).await.map(control::Committed::into_inner)
}

/// What is recorded, which is what the engine checks.
async fn both(world: &World, tenant: &Tenant, id: &InstanceId) -> Vec<String> {
    let recorded = tenant.users(id).await;
    assert_eq!(world.engine.users(id), recorded);
    recorded
}

#[tokio::test]
async fn users_come_change_and_go() {
    let world = World::new();
    let owner = world.open().await;
    let id = owner.running().await;
    assert!(both(&world, &owner, &id).await.is_empty());
    owner.user_put(&id, "writer", "one").await.unwrap();
    put(&owner, owner.a_user(&id, "writer", LoginKind::Scram, "two")).await.unwrap();
    owner.user_put(&id, "reader", "three").await.unwrap();
    let expected = ["reader Plain three", "writer Plain one", "writer ScramSha256 two"];
    assert_eq!(both(&world, &owner, &id).await, expected);
    owner.user_put(&id, "reader", "four").await.unwrap();
    owner.user_delete(&id, "writer", LoginKind::Plain).await.unwrap();
    assert_eq!(both(&world, &owner, &id).await, ["reader Plain four", "writer ScramSha256 two"]);
    for (name, kind) in
        [("writer", LoginKind::Plain), ("reader", LoginKind::Scram), ("READER", LoginKind::Plain)]
    {
        let fault = owner.user_delete(&id, name, kind).await.unwrap_err();
        assert!(matches!(&fault, Fault::Absent(Absent::User(named)) if named == name), "{fault:?}");
    }
    owner.control.close().await;
    assert_eq!(outcomes(&world, "user_put").await, ["done"; 4]);
    assert_eq!(outcomes(&world, "user_delete").await, ["done"]);
}

#[tokio::test]
async fn a_mechanism_stays_until_another_is_chosen() {
    let world = World::new();
    let owner = world.open().await;
    let id = owner.running().await;
    let with = |mechanism, password| UserPut {
        mechanism,
        ..owner.a_user(&id, "writer", LoginKind::Scram, password)
    };
    for (mechanism, password, expected) in [
        (Some(Mechanism::ScramSha512), "one", "writer ScramSha512 one"),
        (None, "two", "writer ScramSha512 two"),
        (Some(Mechanism::ScramSha256), "two", "writer ScramSha256 two"),
        (None, "two", "writer ScramSha256 two"),
    ] {
        put(&owner, with(mechanism, password)).await.unwrap();
        assert_eq!(both(&world, &owner, &id).await, [expected]);
    }
}

#[tokio::test]
async fn what_is_kept_of_a_user_is_what_is_there_when_it_is_recorded() {
    let world = World::new();
    let owner = world.open().await;
    let id = owner.running().await;
    let with = |mechanism, password| UserPut {
        mechanism,
        ..owner.a_user(&id, "writer", LoginKind::Scram, password)
    };
    put(&owner, with(Some(Mechanism::ScramSha512), "one")).await.unwrap();
    world.engine.hold("user_verifier");
    let putting = tokio::spawn({
        let (owner, put_two) = (owner.clone(), with(None, "two"));
        async move { put(&owner, put_two).await }
    });
    eventually(|| async { (world.engine.calls("user_verifier") == 2).then_some(()) }).await;
    // While its verifier is made for the mechanism that the user had, the user goes.
    owner.user_delete(&id, "writer", LoginKind::Scram).await.unwrap();
    world.engine.release("user_verifier");
    putting.await.unwrap().unwrap();
    assert_eq!(both(&world, &owner, &id).await, ["writer ScramSha256 two"]);
    assert_eq!(world.engine.calls("user_verifier"), 3);
    owner.control.close().await;
    assert_eq!(outcomes(&world, "user_put").await, ["done"; 2]);
}

#[tokio::test]
async fn a_password_that_is_there_already_ends_no_login() {
    let world = World::new();
    let owner = world.open().await;
    let id = owner.running().await;
    owner.user_put(&id, "writer", "one").await.unwrap();
    owner.user_put(&id, "writer", "one").await.unwrap();
    // A verifier made anew would be another one, and whoever is logged in would have to go.
    assert_eq!(world.engine.calls("user_verifier"), 1);
    owner.user_put(&id, "writer", "two").await.unwrap();
    assert_eq!(world.engine.calls("user_verifier"), 2);
}

#[tokio::test]
async fn passwords_lie_sealed_and_open_again() {
    let world = World::new();
    let owner = world.open().await;
    let id = owner.running().await;
    owner.user_put(&id, "writer", "hunter2").await.unwrap();
    let owner = world.reopen(&owner).await;
    assert_eq!(both(&world, &owner, &id).await, ["writer Plain hunter2"]);
    assert_eq!(world.engine.calls("user_verifier"), 1, "opening a cluster makes none");
    owner.control.close().await;
    let mut connection = database(&world).await;
    let row = sqlx::query("SELECT password, verifier FROM users").fetch_one(&mut connection).await.unwrap();
    for column in ["password", "verifier"] {
        let sealed: String = row.get(column);
        assert!(sealed.starts_with("1:") && !sealed.contains("hunter2"), "{sealed}");
    }
    let everything = std::fs::read(world.database()).unwrap();
    assert!(!everything.windows(7).any(|bytes| bytes == b"hunter2"), "nor does it lie anywhere else");
}

#[tokio::test]
async fn an_instance_has_so_many_users_and_no_more() {
    let world = World::new();
    let owner = world.open().await;
    let id = owner.running().await;
    owner.user_put(&id, "first", "secret").await.unwrap();
    owner.control.close().await;
    // One by one would take long; nobody reads what lies in these.
    let mut connection = database(&world).await;
    sqlx::query(
        "WITH RECURSIVE numbers (number) AS (SELECT 1 UNION ALL SELECT number + 1 FROM numbers WHERE number < $1)
         INSERT INTO users (account, region, instance, name, login, mechanism, password, verifier, created_ms)
         SELECT account, region, instance, 'user-' || number, 'plain', 'plain', '', '', 0 FROM users, numbers",
    )
    .bind(USERS_MAX - 1)
    .execute(&mut connection)
    .await
    .unwrap();
    drop(connection);
    world.engine.restart();
    let owner = world.open().await;
    let fault = owner.user_put(&id, "beyond", "secret").await.unwrap_err();
    assert!(matches!(fault, Fault::Capacity(Capacity::Users { limit: USERS_MAX })), "{fault:?}");
    owner.user_delete(&id, "user-1", LoginKind::Plain).await.unwrap();
}

#[tokio::test]
async fn the_first_user_is_there_when_the_instance_runs() {
    let world = World::new();
    let owner = world.open().await;
    let named = |name: &str, password: Option<&str>| FirstUser {
        name: UserName::new(name),
        password: password.map(|password| Secret::new(password.into())),
    };
    let mut drawn = Vec::new();
    for (first, expected) in
        [(named("given", Some("secret")), Some("given Plain secret")), (named("drawn", None), None)]
    {
        let id = owner.order().await;
        let start = InstanceStart { first_user: Some(first), ..owner.a_start(&id) };
        owner.control.instance_start(&owner.caller, start).await.unwrap().into_inner();
        owner.until(&id, InstanceState::Running).await;
        let users = both(&world, &owner, &id).await;
        match expected {
            Some(expected) => assert_eq!(users, [expected]),
            None => drawn = users,
        }
    }
    let password = drawn[0].strip_prefix("drawn Plain ").unwrap();
    assert_eq!((drawn.len(), password.len()), (1, 24));
}

#[tokio::test]
async fn each_deployment_begins_with_its_own_users() {
    let world = World::new();
    let owner = world.open().await;
    let id = owner.order().await;
    for _ in 0..3 {
        world.engine.fail_next("cluster_open", false, || EngineError::Failed("no answer".into()));
    }
    let first = FirstUser { name: UserName::new("first"), password: None };
    let start = InstanceStart { first_user: Some(first), ..owner.a_start(&id) };
    owner.control.instance_start(&owner.caller, start).await.unwrap().into_inner();
    owner.until(&id, InstanceState::Ordered).await;
    owner.start(&id).await.unwrap();
    owner.until(&id, InstanceState::Running).await;
    assert!(both(&world, &owner, &id).await.is_empty());
}

#[tokio::test]
async fn only_an_instance_that_serves_has_users() {
    let world = World::new();
    let owner = world.open().await;
    let id = owner.order().await;
    let refused = |fault: Fault, state: InstanceState| {
        assert!(matches!(&fault, Fault::Conflict(Conflict::InstanceState(is)) if *is == state), "{fault:?}");
    };
    refused(owner.user_put(&id, "writer", "one").await.unwrap_err(), InstanceState::Ordered);
    let deleted = owner.user_delete(&id, "writer", LoginKind::Plain).await;
    refused(deleted.unwrap_err(), InstanceState::Ordered);
    let listed = owner.control.user_list(&owner.caller, &owner.region, &id).await;
    refused(listed.unwrap_err(), InstanceState::Ordered);
    owner.start(&id).await.unwrap();
    owner.until(&id, InstanceState::Running).await;
    owner.user_put(&id, "writer", "one").await.unwrap();
    owner.stop(&id).await.unwrap();
    refused(owner.user_put(&id, "writer", "two").await.unwrap_err(), InstanceState::Stopped);
    owner.reopen(&id).await.unwrap();
    assert_eq!(both(&world, &owner, &id).await, ["writer Plain one"]);
    // They go with the record.
    owner.release(&id, true).await.unwrap();
    owner.delete(&id).await.unwrap();
}

#[tokio::test]
async fn a_cluster_that_is_not_open_has_its_users_when_it_is() {
    let world = World::new();
    let owner = world.open().await;
    let id = owner.running().await;
    owner.control.close().await;
    world.engine.restart();
    world.engine.port_take(FakeEngine::PORT_BASE);
    let owner = world.open().await;
    owner.user_put(&id, "writer", "one").await.unwrap();
    assert_eq!(world.engine.open_slot(&id), None);
    world.engine.port_free(FakeEngine::PORT_BASE);
    eventually(|| async { world.engine.open_slot(&id) }).await;
    assert_eq!(both(&world, &owner, &id).await, ["writer Plain one"]);
}

#[tokio::test]
async fn many_changes_at_once_leave_the_engine_with_the_last_of_each() {
    let world = World::new();
    let owner = world.open().await;
    let id = owner.running().await;
    let changes = (0..8).map(|number| {
        let (owner, id) = (owner.clone(), id.clone());
        tokio::spawn(async move { owner.user_put(&id, &format!("user-{number}"), "secret").await })
    });
    for change in changes.collect::<Vec<_>>() {
        change.await.unwrap().unwrap();
    }
    assert_eq!(both(&world, &owner, &id).await.len(), 8);
}

#[tokio::test]
async fn an_engine_that_does_not_answer_is_told_again() {
    let world = World::new();
    let owner = world.open().await;
    let id = owner.running().await;
    for after_effect in [false, true, false, false] {
        world.engine.fail_next("users_set", after_effect, || EngineError::Failed("no answer".into()));
    }
    owner.user_put(&id, "writer", "one").await.unwrap();
    assert_eq!(both(&world, &owner, &id).await, ["writer Plain one"]);
    assert_eq!(world.engine.calls("users_set"), 5);
}

#[tokio::test]
async fn a_user_whose_verifier_does_not_open_is_left_out_and_the_instance_opens() {
    let world = World::new();
    let owner = world.open().await;
    let id = owner.running().await;
    owner.user_put(&id, "damaged", "one").await.unwrap();
    owner.user_put(&id, "sound", "two").await.unwrap();
    owner.control.close().await;
    let mut store = database(&world).await;
    let damage = "UPDATE users SET verifier = password WHERE name = 'damaged'";
    sqlx::raw_sql(damage).execute(&mut store).await.unwrap();
    sqlx::Connection::close(store).await.unwrap();

    world.engine.restart();
    let owner = world.open().await;
    eventually(|| async { world.engine.open_slot(&id) }).await;
    assert_eq!(world.engine.users(&id), ["sound Plain two"]);
    owner.user_put(&id, "sound", "three").await.unwrap();
    assert_eq!(world.engine.users(&id), ["sound Plain three"]);
    // The way out that the log names.
    owner.user_delete(&id, "damaged", LoginKind::Plain).await.unwrap();
    owner.user_put(&id, "damaged", "four").await.unwrap();
    assert_eq!(world.engine.users(&id), ["damaged Plain four", "sound Plain three"]);
}
