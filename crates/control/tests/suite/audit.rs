//! The audit record: complete, chained, and telling when it was touched.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use control::account::Caller;
use control::audit::{AuditDamage, ClientRefusal, DamageKind, Refusal, verify};
use control::fail::{Break, Place};
use control::ids::{InstanceId, SubUserId};
use control::quota::{QuotaStage, QuotasNote};
use machine::disk::RealDisk;
use serde_json::json;
use sha2::{Digest, Sha256};
use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions, Connection, Row, SqliteConnection};

use crate::world::{Tenant, World};

/// The database, for a test that looks at it or damages it behind the control plane's back.
pub async fn database(world: &World) -> SqliteConnection {
    SqliteConnectOptions::new().filename(world.database()).connect().await.unwrap()
}

/// How calls of this action ended, in order, leaving out that they were accepted.
pub async fn outcomes(world: &World, action: &str) -> Vec<String> {
    let mut database = database(world).await;
    let rows =
        sqlx::query("SELECT outcome FROM audit WHERE action = ? AND outcome <> 'accepted' ORDER BY sequence")
            .bind(action)
            .fetch_all(&mut database)
            .await
            .unwrap();
    database.close().await.unwrap();
    rows.iter().map(|row| row.get("outcome")).collect()
}

#[tokio::test]
async fn what_the_engine_keeps_is_noted_in_the_name_of_the_instances_account() {
    let world = World::new();
    let tenant = world.open().await;
    let id = tenant.running().await;
    let note = |instance: &InstanceId, stage| QuotasNote {
        instance: instance.clone(),
        address: "10.0.0.9:5000".into(),
        stage,
        details: json!({ "user": "admin" }),
    };
    for stage in [QuotaStage::Asked, QuotaStage::Made, QuotaStage::Failed] {
        tenant.control.quotas_note(note(&id, stage)).await.unwrap();
    }
    tenant.control.quotas_note(note(&InstanceId::new("nowhere"), QuotaStage::Asked)).await.unwrap_err();
    let account = tenant.caller.account.to_string();
    tenant.control.close().await;
    let mut database = database(&world).await;
    let rows = sqlx::query("SELECT * FROM audit WHERE action = 'quotas_change' ORDER BY sequence");
    let rows = rows.fetch_all(&mut database).await.unwrap();
    let outcomes: Vec<String> = rows.iter().map(|row| row.get("outcome")).collect();
    assert_eq!(outcomes, ["accepted", "done", "undone"]);
    for row in rows {
        let seen = ["account", "access_key_id", "address", "subject", "details"];
        let seen: Vec<String> = seen.iter().map(|column| row.get(*column)).collect();
        assert_eq!(seen, [&account, "kafka", "10.0.0.9:5000", id.as_str(), r#"{"user":"admin"}"#]);
    }
}

/// A closed database with a record of some length, and its world.
async fn recorded() -> World {
    let world = World::new();
    let tenant = world.open().await;
    let id = tenant.running().await;
    tenant.topic_create(&id, "events").await.unwrap();
    tenant.group_create(&id, "readers").await.unwrap();
    tenant.control.close().await;
    world
}

async fn damage(world: &World, statement: &'static str) -> Vec<AuditDamage> {
    let mut connection = database(world).await;
    sqlx::raw_sql(statement).execute(&mut connection).await.unwrap();
    connection.close().await.unwrap();
    verify(&world.database(), &RealDisk).await.unwrap().damage
}

#[tokio::test]
async fn every_change_leaves_its_records() {
    let world = World::new();
    let tenant = world.open().await;
    let id = tenant.running().await;
    tenant.topic_create(&id, "events").await.unwrap();
    tenant.topic_create(&id, "events").await.unwrap_err();
    tenant.group_create(&id, "readers").await.unwrap();
    tenant.group_delete(&id, "readers").await.unwrap();
    tenant.topic_delete(&id, "events").await.unwrap();
    tenant.release(&id, false).await.unwrap();
    tenant.release(&id, false).await.unwrap();
    tenant.delete(&id).await.unwrap();
    tenant.control.close().await;

    let mut connection = database(&world).await;
    let rows = sqlx::query("SELECT * FROM audit ORDER BY sequence").fetch_all(&mut connection).await.unwrap();
    let seen: Vec<(String, String, String)> = rows
        .iter()
        .map(|row| {
            let subject: String = row.get("subject");
            (row.get("action"), row.get("outcome"), subject.replace(id.as_str(), "ID"))
        })
        .collect();
    let seen: Vec<_> = seen.iter().map(|(a, o, s)| format!("{a} {s} {o}")).collect();
    assert_eq!(
        seen,
        [
            "instance_order ID done",
            "instance_start ID accepted",
            "instance_start ID done",
            "topic_create ID/events accepted",
            "topic_create ID/events done",
            "group_create ID/readers done",
            "group_delete ID/readers accepted",
            "group_delete ID/readers done",
            "topic_delete ID/events accepted",
            "topic_delete ID/events done",
            "instance_release ID accepted",
            "instance_release ID done",
            "instance_release ID done",
            "instance_delete ID accepted",
            "instance_delete ID done",
        ]
    );
    for row in &rows {
        assert_eq!(row.get::<String, _>("access_key_id"), "test-key");
        assert_eq!(row.get::<String, _>("request_id"), "test-request");
        assert_eq!(row.get::<String, _>("address"), "127.0.0.1");
        assert_eq!(row.get::<String, _>("account"), tenant.caller.account.as_str());
        assert_eq!(row.get::<String, _>("sub_user"), "");
    }
    connection.close().await.unwrap();
    let files = || {
        let entries = std::fs::read_dir(world.directory.path()).unwrap();
        let files = entries.map(|entry| entry.unwrap().path());
        files.map(|path| (path.clone(), std::fs::read(path).unwrap())).collect::<Vec<_>>()
    };
    let before = files();
    let report = verify(&world.database(), &RealDisk).await.unwrap();
    assert_eq!((report.records, report.damage), (15, vec![]));
    assert!(files() == before, "checking only reads");
}

#[tokio::test]
async fn refused_calls_are_recorded() {
    let world = World::new();
    let tenant = world.open().await;
    for _ in 0..600 {
        tenant.control.audit_refused(Refusal {
            caller: tenant.caller.clone(),
            action: "topic_create".into(),
            subject: "kind-x/events".into(),
            reason: "absent instance".into(),
        });
    }
    let before = tenant.control.stats().await.unwrap().commits;
    tenant.control.close().await;
    assert_eq!(outcomes(&world, "topic_create").await, vec!["refused"; 600]);
    assert!(before < 600, "many share a commit");
    assert!(verify(&world.database(), &RealDisk).await.unwrap().damage.is_empty());
}

#[tokio::test]
async fn records_say_which_sub_user_asked_also_when_a_restart_ends_it() {
    let world = World::new();
    let tenant = world.open().await;
    let id = tenant.running().await;
    let caller = Caller { user: Some(SubUserId::new("ann")), ..tenant.caller.clone() };
    let as_ann = Tenant { caller, ..tenant.clone() };
    as_ann.group_create(&id, "readers").await.unwrap();
    as_ann.control.audit_refused(Refusal {
        caller: as_ann.caller.clone(),
        action: "topic_delete".into(),
        subject: "kind-x/events".into(),
        reason: "permission".into(),
    });
    world.options.fail_points.add("topic_create", "make_topic", Place::Before, Break::Crash, 1);
    as_ann.topic_create(&id, "events").await.unwrap_err();
    let tenant = world.reopen(&tenant).await;
    tenant.until_no_operation().await;
    tenant.topic_delete(&id, "events").await.unwrap();
    tenant.control.close().await;

    let mut connection = database(&world).await;
    let rows = sqlx::query(
        "SELECT action, outcome, sub_user FROM audit WHERE action LIKE 'group%' OR action LIKE 'topic%'
         ORDER BY action, outcome, sequence",
    );
    let seen: Vec<(String, String, String)> = rows
        .fetch_all(&mut connection)
        .await
        .unwrap()
        .iter()
        .map(|row| (row.get("action"), row.get("outcome"), row.get("sub_user")))
        .collect();
    let expected = [
        ("group_create", "done", "ann"),
        ("topic_create", "accepted", "ann"),
        ("topic_create", "done", "ann"),
        ("topic_delete", "accepted", ""),
        ("topic_delete", "done", ""),
        ("topic_delete", "refused", "ann"),
    ];
    assert_eq!(seen, expected.map(|(action, outcome, user)| (action.into(), outcome.into(), user.into())));
    connection.close().await.unwrap();
    assert!(verify(&world.database(), &RealDisk).await.unwrap().damage.is_empty());
}

#[tokio::test]
async fn records_from_before_sub_users_were_kept_hold() {
    let world = recorded().await;
    let mut connection = database(&world).await;
    let rows = sqlx::query("SELECT * FROM audit ORDER BY sequence").fetch_all(&mut connection).await.unwrap();
    // As they were written then: the chain sealed without the text that there was none of.
    let mut previous = String::new();
    for row in &rows {
        let mut hash = Sha256::new();
        hash.update(row.get::<i64, _>("sequence").to_be_bytes());
        hash.update(row.get::<i64, _>("time_ms").to_be_bytes());
        let of_row =
            ["account", "access_key_id", "request_id", "address", "action", "subject", "outcome", "details"];
        for text in of_row.map(|name| row.get::<String, _>(name)).iter().chain([&previous]) {
            hash.update((text.len() as u64).to_be_bytes());
            hash.update(text.as_bytes());
        }
        let hash = STANDARD.encode(hash.finalize());
        sqlx::query("UPDATE audit SET previous = ?, hash = ? WHERE sequence = ?")
            .bind(&previous)
            .bind(&hash)
            .bind(row.get::<i64, _>("sequence"))
            .execute(&mut connection)
            .await
            .unwrap();
        previous = hash;
    }
    sqlx::query("UPDATE audit_head SET hash = ?").bind(&previous).execute(&mut connection).await.unwrap();
    sqlx::raw_sql(
        "ALTER TABLE audit DROP COLUMN sub_user;
         ALTER TABLE operations DROP COLUMN sub_user;
         DELETE FROM _sqlx_migrations WHERE description = 'audit sub users';",
    )
    .execute(&mut connection)
    .await
    .unwrap();
    connection.close().await.unwrap();

    let tenant = world.open().await;
    tenant.order().await;
    let report = tenant.control.audit_verify().await.unwrap();
    assert_eq!((report.records, report.damage), (rows.len() as u64 + 1, vec![]));
    tenant.control.close().await;
    let claimed = "UPDATE audit SET sub_user = '' WHERE sequence = 2";
    assert_eq!(damage(&world, claimed).await, [AuditDamage { sequence: 2, kind: DamageKind::Edited }]);
}

#[tokio::test]
async fn an_edit_of_any_field_is_found() {
    for statement in [
        "UPDATE audit SET time_ms = time_ms + 1 WHERE sequence = 2",
        "UPDATE audit SET account = 'x' WHERE sequence = 2",
        "UPDATE audit SET sub_user = 'x' WHERE sequence = 2",
        "UPDATE audit SET sub_user = NULL WHERE sequence = 2",
        "UPDATE audit SET access_key_id = 'x' WHERE sequence = 2",
        "UPDATE audit SET request_id = 'x' WHERE sequence = 2",
        "UPDATE audit SET address = 'x' WHERE sequence = 2",
        "UPDATE audit SET action = 'x' WHERE sequence = 2",
        "UPDATE audit SET subject = 'x' WHERE sequence = 2",
        "UPDATE audit SET outcome = 'refused' WHERE sequence = 2",
        "UPDATE audit SET details = '{}' WHERE sequence = 2",
        // Letters moved from one field to the next.
        "UPDATE audit SET access_key_id = 'test-keyt', request_id = 'est-request' WHERE sequence = 2",
    ] {
        let world = recorded().await;
        let found = damage(&world, statement).await;
        assert_eq!(found, [AuditDamage { sequence: 2, kind: DamageKind::Edited }], "{statement}");
    }
}

#[tokio::test]
async fn gaps_and_other_orders_are_found() {
    let unlinked = |sequence| AuditDamage { sequence, kind: DamageKind::Unlinked };

    let world = recorded().await;
    assert_eq!(damage(&world, "DELETE FROM audit WHERE sequence = 3").await, [unlinked(4)]);

    let world = recorded().await;
    let renumbered = "DELETE FROM audit WHERE sequence = 3;
                      UPDATE audit SET sequence = sequence - 1 WHERE sequence > 3;";
    let found = damage(&world, renumbered).await;
    assert!(found.contains(&unlinked(3)), "{found:?}");

    let world = recorded().await;
    let swapped = "UPDATE audit SET sequence = 99 WHERE sequence = 2;
                   UPDATE audit SET sequence = 2 WHERE sequence = 3;
                   UPDATE audit SET sequence = 3 WHERE sequence = 99;";
    let found = damage(&world, swapped).await;
    assert!(found.contains(&unlinked(2)) && found.contains(&unlinked(3)), "{found:?}");

    let world = recorded().await;
    let cut = "DELETE FROM audit WHERE sequence = (SELECT MAX(sequence) FROM audit)";
    let found = damage(&world, cut).await;
    assert_eq!(found.last().unwrap().kind, DamageKind::EndMoved, "{found:?}");

    let world = recorded().await;
    let added = "INSERT INTO audit SELECT sequence + 1, time_ms, account, access_key_id, request_id, address,
                 action, subject, outcome, details, hash, hash, sub_user FROM audit
                 WHERE sequence = (SELECT MAX(sequence) FROM audit)";
    let found = damage(&world, added).await;
    assert_eq!(found.last().unwrap().kind, DamageKind::EndMoved, "{found:?}");

    let world = recorded().await;
    let emptied = damage(&world, "DELETE FROM audit").await;
    assert_eq!(emptied, [AuditDamage { sequence: 0, kind: DamageKind::EndMoved }]);
}

#[tokio::test]
async fn a_record_can_be_checked_while_it_grows() {
    let world = World::new();
    let tenant = world.open().await;
    let id = tenant.running().await;
    let writing = async {
        for _ in 0..20 {
            tenant.order().await;
        }
        tenant.topic_create(&id, "events").await.unwrap();
    };
    let checking = async {
        for _ in 0..20 {
            let report = tenant.control.audit_verify().await.unwrap();
            assert_eq!(report.damage, []);
        }
    };
    tokio::join!(writing, checking);
}

#[tokio::test]
async fn the_record_goes_on_over_a_restart() {
    let world = World::new();
    let tenant: Tenant = world.open().await;
    tenant.order().await;
    let tenant = world.reopen(&tenant).await;
    tenant.order().await;
    let report = tenant.control.audit_verify().await.unwrap();
    assert_eq!((report.records, report.damage), (2, vec![]));
}

#[tokio::test]
async fn commits_that_are_only_in_the_log_are_checked_too() {
    let world = World::new();
    let tenant = world.open().await;
    tenant.order().await;
    tenant.order().await;
    // As after a kill: the files as they are while the server runs.
    let killed = World::new();
    for file in ["weir.db", "weir.db-wal"] {
        std::fs::copy(world.directory.path().join(file), killed.directory.path().join(file)).unwrap();
    }
    let report = verify(&killed.database(), &RealDisk).await.unwrap();
    assert_eq!((report.records, report.damage), (2, vec![]));
}

fn refused(instance: &InstanceId, topic: &str) -> ClientRefusal {
    ClientRefusal {
        instance: instance.clone(),
        address: [10, 0, 0, 1].into(),
        user: Some("billing".into()),
        action: "client_request",
        operation: "Write (Produce)".into(),
        subject: format!("topic/{topic}"),
        reason: "no rule allows it, or one denies it",
    }
}

#[tokio::test]
async fn what_clients_are_refused_is_recorded_once_and_counted_after_that() {
    let world = World::new();
    let tenant = world.open().await;
    let id = tenant.running().await;
    for _ in 0..1_000 {
        tenant.control.client_refused(refused(&id, "orders"));
    }
    // Whoever asks for something else each time fills neither the disk nor the record.
    for topic in 0..1_000 {
        tenant.control.client_refused(refused(&id, &topic.to_string()));
    }
    tenant.control.client_refused(refused(&InstanceId::new("kind-gone"), "orders"));
    tenant.control.close().await;

    let mut connection = database(&world).await;
    let rows = sqlx::query("SELECT * FROM audit WHERE action = 'client_request' ORDER BY sequence")
        .fetch_all(&mut connection)
        .await
        .unwrap();
    connection.close().await.unwrap();
    let told: Vec<(String, serde_json::Value)> = rows
        .iter()
        .map(|row| {
            assert_eq!(row.get::<String, _>("account"), tenant.caller.account.as_str());
            assert_eq!(row.get::<String, _>("outcome"), "refused");
            let details: String = row.get("details");
            (row.get("subject"), serde_json::from_str(&details).unwrap())
        })
        .collect();
    let (first, details) = &told[0];
    assert_eq!(*first, format!("{id}/topic/orders"));
    assert_eq!((&details["user"], &details["more"]), (&"billing".into(), &serde_json::Value::Null));
    let more: u64 = told.iter().filter_map(|(_, details)| details["more"].as_u64()).sum();
    let firsts = told.iter().filter(|(_, details)| details["more"].is_null()).count();
    assert_eq!((firsts, more), (16, 2_000 - 16), "of one address so many are told apart, and none is lost");
    assert_eq!(told.len(), firsts + 2, "the count of the first, and that of all that are not told apart");
    assert!(verify(&world.database(), &RealDisk).await.unwrap().damage.is_empty());
}
