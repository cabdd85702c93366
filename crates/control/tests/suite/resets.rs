//! Groups go on elsewhere: where they were told to, in all partitions or in none, and only while nobody reads.

use control::Fault;
use control::engine::EngineError;
use control::fault::{Absent, Conflict};
use control::group::ResetTo;
use control::ids::InstanceId;

use crate::world::{Tenant, World, eventually};

/// An instance with two topics of two partitions. Of the first, partition 0 has five messages, each of its own time.
async fn running() -> (World, Tenant, InstanceId) {
    let world = World::new();
    let tenant = world.open().await;
    let id = tenant.running().await;
    for topic in ["events", "other"] {
        tenant.topic_create(&id, topic).await.unwrap();
    }
    for number in 0..5 {
        world.engine.message(&id, "events", 0, b"message", 1_000 + number);
    }
    (world, tenant, id)
}

fn committed(world: &World, id: &InstanceId, topic: &str) -> [Option<i64>; 2] {
    [0, 1].map(|partition| world.engine.committed(id, "readers", topic, partition))
}

#[tokio::test]
async fn a_group_goes_on_where_it_is_told_to() {
    let (world, tenant, id) = running().await;
    tenant.group_create(&id, "readers").await.unwrap();
    for (to, expected) in [
        (ResetTo::Latest, [Some(5), Some(0)]),
        (ResetTo::Earliest, [Some(0), Some(0)]),
        (ResetTo::Time(1_003), [Some(3), Some(0)]),
        (ResetTo::Time(9_999), [Some(5), Some(0)]),
        (ResetTo::Offsets(vec![(0, 2)]), [Some(2), Some(0)]),
        (ResetTo::Offsets(vec![(1, 0), (0, 5)]), [Some(5), Some(0)]),
    ] {
        tenant.reset(&id, "readers", Some("events"), to.clone()).await.unwrap();
        assert_eq!(committed(&world, &id, "events"), expected, "{to:?}");
        assert_eq!(committed(&world, &id, "other"), [None, None]);
    }
}

#[tokio::test]
async fn without_a_topic_it_is_every_topic_with_a_commit() {
    let (world, tenant, id) = running().await;
    world.engine.commit(&id, "readers", "other", 1, 0, 0);
    world.engine.produce(&id, "other", 0, 7, 1_000);
    tenant.reset(&id, "readers", None, ResetTo::Latest).await.unwrap();
    assert_eq!(committed(&world, &id, "other"), [Some(7), Some(0)]);
    assert_eq!(committed(&world, &id, "events"), [None, None]);
    // Nothing to do is no mistake.
    tenant.group_create(&id, "fresh").await.unwrap();
    tenant.reset(&id, "fresh", None, ResetTo::Latest).await.unwrap();
}

#[tokio::test]
async fn what_is_not_there_is_said_and_changes_nothing() {
    let (world, tenant, id) = running().await;
    world.engine.commit(&id, "readers", "events", 0, 4, 0);
    let reset = async |group: &str, topic: &str, to: ResetTo| {
        tenant.reset(&id, group, Some(topic), to).await.unwrap_err()
    };
    let absent = reset("nobody", "events", ResetTo::Latest).await;
    assert!(matches!(absent, Fault::Absent(Absent::Group(_))), "{absent:?}");
    let absent = reset("readers", "missing", ResetTo::Latest).await;
    assert!(matches!(absent, Fault::Absent(Absent::Topic(_))), "{absent:?}");
    let absent = reset("readers", "events", ResetTo::Offsets(vec![(0, 1), (2, 0)])).await;
    assert!(matches!(absent, Fault::Absent(Absent::Partition { partition: 2, .. })), "{absent:?}");
    for offset in [-1, 6] {
        let outside = reset("readers", "events", ResetTo::Offsets(vec![(1, 0), (0, offset)])).await;
        let expected = Conflict::OffsetOutside { partition: 0, start: 0, end: 5 };
        assert!(matches!(&outside, Fault::Conflict(found) if *found == expected), "{outside:?}");
    }
    assert_eq!(committed(&world, &id, "events"), [Some(4), None]);
}

#[tokio::test]
async fn a_group_that_is_read_stays_where_it_is() {
    let (world, tenant, id) = running().await;
    world.engine.commit(&id, "readers", "events", 0, 4, 0);
    world.engine.members(&id, "readers", 1);
    let in_use = tenant.reset(&id, "readers", Some("events"), ResetTo::Earliest).await;
    assert!(matches!(in_use, Err(Fault::Conflict(Conflict::GroupInUse(_)))), "{in_use:?}");
    assert_eq!(committed(&world, &id, "events"), [Some(4), None]);
    world.engine.members(&id, "readers", 0);
    tenant.reset(&id, "readers", Some("events"), ResetTo::Earliest).await.unwrap();
    assert_eq!(committed(&world, &id, "events"), [Some(0), Some(0)]);
}

#[tokio::test]
async fn a_lost_answer_leads_to_the_same_place() {
    let (world, tenant, id) = running().await;
    world.engine.commit(&id, "readers", "events", 0, 4, 0);
    world.engine.hold("group_reset");
    world.engine.fail_next("group_reset", true, || EngineError::Failed("no answer".into()));
    let resetting = tenant.reset(&id, "readers", Some("events"), ResetTo::Latest);
    let meanwhile = async {
        eventually(|| async { (world.engine.calls("group_reset") == 1).then_some(()) }).await;
        // Latest is what it was when that was asked for, also for the second try.
        world.engine.produce(&id, "events", 0, 10, 2_000);
        world.engine.release("group_reset");
    };
    let (reset, ()) = tokio::join!(resetting, meanwhile);
    reset.unwrap();
    assert_eq!(committed(&world, &id, "events"), [Some(5), Some(0)]);
    assert_eq!(world.engine.calls("group_reset"), 2);
}
