//! The database file: its mode, its version, and a commit whose answer is lost.

use std::os::unix::fs::PermissionsExt;

use control::Fault;
use control::config::OpenError;
use control::fail::{Break, Place};
use control::fault::EngineTrouble;
use sqlx::Connection;

use crate::audit::database;
use crate::world::World;

#[tokio::test]
async fn only_the_owner_can_read_the_files() {
    let world = World::new();
    let tenant = world.open().await;
    tenant.order().await;
    let mut seen = Vec::new();
    for entry in std::fs::read_dir(world.directory.path()).unwrap() {
        let entry = entry.unwrap();
        let name = entry.file_name().into_string().unwrap();
        assert_eq!(entry.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{name}");
        seen.push(name);
    }
    assert!(seen.contains(&"weir.db-wal".to_owned()), "{seen:?}");
    tenant.control.close().await;
    let left = std::fs::read_dir(world.directory.path()).unwrap().count();
    assert_eq!(left, 1, "closing folds the log into the database");
}

#[tokio::test]
async fn odd_paths_are_paths() {
    let outer = tempfile::tempdir().unwrap();
    let odd = outer.path().join("a b?c#d{é}%41&mode=ro");
    std::fs::create_dir(&odd).unwrap();
    let world = World { directory: tempfile::tempdir_in(&odd).unwrap(), ..World::new() };
    let tenant = world.open().await;
    tenant.order().await;
    assert!(world.database().exists());
}

#[tokio::test]
async fn a_missing_folder_is_said() {
    let world = World::new();
    let mut config = world.config();
    config.database = world.directory.path().join("missing").join("weir.db");
    let refused = control::Control::open(config).await;
    assert!(matches!(&refused, Err(OpenError::File { .. })), "{refused:?}");
}

#[tokio::test]
async fn tables_of_a_later_version_are_refused_and_left_alone() {
    let world = World::new();
    world.open().await.control.close().await;
    let mut connection = database(&world).await;
    sqlx::raw_sql(
        "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
         VALUES (9999, 'from the future', 1, x'00', 0)",
    )
    .execute(&mut connection)
    .await
    .unwrap();
    connection.close().await.unwrap();

    let before = std::fs::read(world.database()).unwrap();
    let refused = world.try_open().await;
    assert!(matches!(refused, Err(OpenError::Tables(_))), "{refused:?}");
    assert!(std::fs::read(world.database()).unwrap() == before);
}

#[tokio::test]
async fn garbage_is_not_opened() {
    let world = World::new();
    std::fs::write(world.database(), b"this is not a database, whatever its name says".repeat(100)).unwrap();
    assert!(world.try_open().await.is_err());
}

#[tokio::test]
async fn nothing_is_written_after_a_commit_without_an_answer() {
    let world = World::new();
    let tenant = world.open().await;
    let id = tenant.running().await;
    world.options.fail_points.add("store", "commit", Place::AfterEffect, Break::Fail, 1);
    let unknown = tenant.topic_create(&id, "events").await;
    assert!(matches!(unknown, Err(Fault::Engine(EngineTrouble::Store(_)))), "{unknown:?}");
    assert!(unknown.unwrap_err().retryable());
    let refused = tenant.group_create(&id, "readers").await;
    assert!(matches!(refused, Err(Fault::Engine(EngineTrouble::Store(_)))), "{refused:?}");
    assert!(!tenant.control.stats().await.unwrap().store_writable);
    assert!(tenant.find(&id).await.is_ok(), "reading goes on");
    assert!(world.engine.topics(&id).is_empty(), "an intent that may not be there has no effect");

    // The commit had happened: the next start finds the intent and finishes it, once.
    let tenant = world.reopen(&tenant).await;
    tenant.until_no_operation().await;
    assert_eq!(tenant.topic_names(&id).await, ["events"]);
    assert!(tenant.control.audit_verify().await.unwrap().damage.is_empty());
    tenant.group_create(&id, "readers").await.unwrap();
}

#[tokio::test]
async fn a_lost_answer_to_the_last_commit_is_not_repeated() {
    let world = World::new();
    let tenant = world.open().await;
    let id = tenant.running().await;
    world.engine.hold("topic_create");
    let creating = tokio::spawn({
        let (tenant, id) = (tenant.clone(), id.clone());
        async move { tenant.topic_create(&id, "events").await }
    });
    crate::world::eventually(|| async { (world.engine.calls("topic_create") == 1).then_some(()) }).await;
    world.options.fail_points.add("store", "commit", Place::AfterEffect, Break::Fail, 1);
    world.engine.release("topic_create");
    let unknown = creating.await.unwrap();
    assert!(matches!(unknown, Err(Fault::Engine(EngineTrouble::Store(_)))), "{unknown:?}");

    let tenant = world.reopen(&tenant).await;
    assert_eq!(tenant.control.stats().await.unwrap().operations_running, 0);
    assert_eq!(tenant.topic_names(&id).await, ["events"]);
    assert_eq!(world.engine.calls("topic_create"), 1);
}
