//! The first account and its keys; secrets at rest.

use control::config::{FirstKey, OpenError};
use machine::secret::Secret;

use crate::audit::database;
use crate::world::World;

fn key(id: &str, secret: &str) -> Option<FirstKey> {
    Some(FirstKey { id: id.into(), secret: Secret::new(secret.into()) })
}

#[tokio::test]
async fn the_first_start_makes_an_account_and_a_key() {
    let world = World::new();
    let opened = world.try_open().await.unwrap();
    let made = opened.first_key;
    assert_eq!((made.id.len(), made.secret.expose().len()), (24, 30));
    assert!(made.id.bytes().chain(made.secret.expose().bytes()).all(|byte| byte.is_ascii_alphanumeric()));
    assert_eq!(made.account.as_str().len(), 16);
    let found = opened.control.access_key_find(&made.id).await.unwrap().unwrap();
    assert_eq!(
        (found.secret.expose(), &found.account, found.active),
        (made.secret.expose(), &made.account, true)
    );
    assert!(opened.control.access_key_find("nobody").await.unwrap().is_none());
    opened.control.close().await;

    let again = world.try_open().await.unwrap();
    assert_eq!(again.first_key.id, made.id);
    assert_eq!(again.first_key.secret.expose(), made.secret.expose());
    assert_eq!(again.first_key.account, made.account);
}

#[tokio::test]
async fn the_operators_key_is_added_and_its_secret_replaced() {
    let mut world = World::new();
    let made = world.try_open().await.unwrap();
    made.control.close().await;

    world.first_key = key("operator", "one");
    let opened = world.try_open().await.unwrap();
    assert_eq!(opened.first_key.account, made.first_key.account);
    let find = |id: &'static str| {
        let control = opened.control.clone();
        async move { control.access_key_find(id).await.unwrap().unwrap().secret.expose().clone() }
    };
    assert_eq!(find("operator").await, "one");
    assert!(opened.control.access_key_find(&made.first_key.id).await.unwrap().is_some(), "the old one stays");
    opened.control.close().await;

    world.first_key = key("operator", "two");
    let opened = world.try_open().await.unwrap();
    assert_eq!(opened.first_key.secret.expose(), "two");
    let found = opened.control.access_key_find("operator").await.unwrap().unwrap();
    assert_eq!(found.secret.expose(), "two");
}

#[tokio::test]
async fn secrets_are_not_in_the_files() {
    const CANARY: &str = "canary-in-a-coal-mine";
    let mut world = World::new();
    world.first_key = key("operator", CANARY);
    let tenant = world.open().await;
    let mut looked = 0;
    let mut look = || {
        for entry in std::fs::read_dir(world.directory.path()).unwrap() {
            let bytes = std::fs::read(entry.unwrap().path()).unwrap();
            let found = bytes.windows(CANARY.len()).any(|window| window == CANARY.as_bytes());
            assert!(!found);
            looked += bytes.len();
        }
    };
    look();
    tenant.control.close().await;
    look();
    assert!(looked > 0);
}

#[tokio::test]
async fn another_master_key_opens_nothing() {
    let mut world = World::new();
    let tenant = world.open().await;
    tenant.control.close().await;
    world.master_key = [43; 32];
    let refused = world.try_open().await;
    assert!(matches!(refused, Err(OpenError::MasterKey)), "{refused:?}");
    world.master_key = [42; 32];
    world.try_open().await.unwrap();
}

#[tokio::test]
async fn a_secret_moved_to_another_key_does_not_open() {
    let mut world = World::new();
    world.first_key = key("operator", "one");
    world.open().await.control.close().await;
    world.first_key = key("second", "two");
    world.open().await.control.close().await;
    let mut connection = database(&world).await;
    sqlx::raw_sql(
        "UPDATE access_keys SET secret = (SELECT secret FROM access_keys WHERE id = 'operator')
         WHERE id = 'second'",
    )
    .execute(&mut connection)
    .await
    .unwrap();
    drop(connection);
    let refused = world.try_open().await;
    assert!(matches!(refused, Err(OpenError::Contents(_))), "{refused:?}");
}
