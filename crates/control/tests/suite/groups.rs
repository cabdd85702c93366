//! Consumer groups: registered, listed, deleted, and how far they have come.

use std::sync::Arc;

use control::Fault;
use control::fault::{Absent, Capacity, Conflict};
use control::group::GroupCreate;
use control::ids::GroupName;
use control::instance::InstanceState;
use control::tag::Tag;

use crate::world::World;

#[tokio::test]
async fn a_group_is_registered_once() {
    let world = World::new();
    let tenant = world.open().await;
    let id = tenant.running().await;
    let tag = Tag { key: "env".into(), value: "test".into() };
    let create = GroupCreate { tags: vec![tag.clone()], ..tenant.a_group(&id, "readers") };
    tenant.control.group_create(&tenant.caller, create).await.unwrap().into_inner();
    let again = tenant.group_create(&id, "readers").await;
    assert!(matches!(again, Err(Fault::Conflict(Conflict::GroupExists(_)))), "{again:?}");

    let groups = tenant.control.group_list(&tenant.caller, &tenant.region, &id, None).await.unwrap();
    assert_eq!(groups.len(), 1);
    assert_eq!((groups[0].remark.as_str(), groups[0].automatic), ("remark", false));
    assert_eq!(groups[0].tags, [tag]);
    // One that a consumer made already can be registered.
    world.engine.members(&id, "made-by-consumer", 1);
    tenant.group_create(&id, "made-by-consumer").await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_limit_on_groups_is_exact_however_many_come_at_once() {
    let world = World::new();
    let tenant = Arc::new(world.open().await);
    let id = tenant.running().await;
    let racing: Vec<_> = (0..10)
        .map(|number| {
            let (tenant, id) = (tenant.clone(), id.clone());
            tokio::spawn(async move { tenant.group_create(&id, &format!("group-{number}")).await })
        })
        .collect();
    let mut made = 0;
    for attempt in racing {
        match attempt.await.unwrap() {
            Ok(()) => made += 1,
            Err(Fault::Capacity(Capacity::Groups { limit })) => assert_eq!(limit, 3),
            Err(fault) => panic!("{fault:?}"),
        }
    }
    assert_eq!(made, 3);
    assert_eq!(tenant.group_names(&id).await.len(), 3);
}

#[tokio::test]
async fn a_group_with_members_stays() {
    let world = World::new();
    let tenant = world.open().await;
    let id = tenant.running().await;
    tenant.group_create(&id, "readers").await.unwrap();
    world.engine.members(&id, "readers", 1);
    let refused = tenant.group_delete(&id, "readers").await;
    assert!(matches!(refused, Err(Fault::Conflict(Conflict::GroupInUse(_)))), "{refused:?}");
    assert_eq!(tenant.group_names(&id).await, ["readers"]);

    world.engine.members(&id, "readers", 0);
    tenant.group_delete(&id, "readers").await.unwrap();
    assert!(tenant.group_names(&id).await.is_empty());
    let gone = tenant.group_delete(&id, "readers").await;
    assert!(matches!(gone, Err(Fault::Absent(Absent::Group(_)))), "{gone:?}");
}

#[tokio::test]
async fn a_group_that_only_the_engine_has_can_be_deleted() {
    let world = World::new();
    let tenant = world.open().await;
    let id = tenant.running().await;
    world.engine.members(&id, "made-by-consumer", 0);
    tenant.group_delete(&id, "made-by-consumer").await.unwrap();
    let gone = tenant.group_delete(&id, "made-by-consumer").await;
    assert!(matches!(gone, Err(Fault::Absent(Absent::Group(_)))));
}

#[tokio::test]
async fn groups_made_by_consumers_are_listed_when_that_is_asked_for() {
    for automatic_groups in [false, true] {
        let mut world = World::new();
        world.options.automatic_groups = automatic_groups;
        let tenant = world.open().await;
        let id = tenant.running().await;
        tenant.group_create(&id, "readers").await.unwrap();
        world.engine.members(&id, "readers", 1);
        world.engine.members(&id, "made-by-consumer", 1);
        let (control, caller, region) = (&tenant.control, &tenant.caller, &tenant.region);
        let groups = control.group_list(caller, region, &id, None).await.unwrap();
        let seen: Vec<_> = groups.iter().map(|group| (group.name.as_str(), group.automatic)).collect();
        let named = control.group_list(caller, region, &id, Some(&GroupName::new("made-by-consumer"))).await;
        if automatic_groups {
            assert_eq!(seen, [("made-by-consumer", true), ("readers", false)]);
            assert_eq!(named.unwrap().len(), 1);
        } else {
            assert_eq!(seen, [("readers", false)]);
            assert!(named.unwrap().is_empty());
        }
    }
}

#[tokio::test]
async fn one_group_is_found_by_its_exact_id() {
    let world = World::new();
    let tenant = world.open().await;
    let id = tenant.running().await;
    for name in ["read", "readers", "Readers"] {
        tenant.group_create(&id, name).await.unwrap();
    }
    for (name, found) in [("readers", 1), ("reader", 0)] {
        let name = GroupName::new(name);
        let list = tenant.control.group_list(&tenant.caller, &tenant.region, &id, Some(&name)).await.unwrap();
        assert_eq!(list.len(), found, "{name}");
    }
}

#[tokio::test]
async fn progress_is_what_the_engine_has() {
    let world = World::new();
    let tenant = world.open().await;
    let id = tenant.running().await;
    let progress = |group: &str| {
        let (tenant, id, group) = (tenant.clone(), id.clone(), GroupName::new(group));
        async move { tenant.control.group_progress(&tenant.caller, &tenant.region, &id, &group).await }
    };
    assert!(matches!(progress("readers").await, Err(Fault::Absent(Absent::Group(_)))));
    tenant.group_create(&id, "readers").await.unwrap();
    assert!(progress("readers").await.unwrap().topics.is_empty());
    world.engine.members(&id, "unregistered", 1);
    assert!(progress("unregistered").await.unwrap().topics.is_empty());

    for topic in ["orders", "events"] {
        tenant.topic_create(&id, topic).await.unwrap();
        world.engine.produce(&id, topic, 1, 10, 5_000);
    }
    world.engine.commit(&id, "readers", "orders", 1, 4, 4_000);
    world.engine.commit(&id, "readers", "events", 1, 10, 5_000);
    world.engine.commit(&id, "readers", "events", 0, 0, 0);
    let seen: Vec<_> = progress("readers")
        .await
        .unwrap()
        .topics
        .into_iter()
        .map(|topic| {
            let partitions: Vec<_> = topic
                .partitions
                .iter()
                .map(|at| (at.partition, at.committed, at.log_end, at.consumed_ms))
                .collect();
            (topic.topic.into_string(), partitions)
        })
        .collect();
    assert_eq!(
        seen,
        [
            ("events".to_owned(), vec![(0, 0, 0, 0), (1, 10, 10, 5_000)]),
            ("orders".to_owned(), vec![(1, 4, 10, 4_000)]),
        ]
    );
    // Commits on a deleted topic are gone from the progress.
    tenant.topic_delete(&id, "events").await.unwrap();
    assert_eq!(progress("readers").await.unwrap().topics.len(), 1);
}

#[tokio::test]
async fn groups_need_an_instance_that_runs() {
    let world = World::new();
    let tenant = world.open().await;
    let id = tenant.order().await;
    let name = GroupName::new("readers");
    let (control, caller, region) = (&tenant.control, &tenant.caller, &tenant.region);
    let refusals = [
        tenant.group_create(&id, "readers").await.unwrap_err(),
        tenant.group_delete(&id, "readers").await.unwrap_err(),
        control.group_list(caller, region, &id, None).await.unwrap_err(),
        control.group_progress(caller, region, &id, &name).await.unwrap_err(),
    ];
    for fault in refusals {
        let ordered = matches!(fault, Fault::Conflict(Conflict::InstanceState(InstanceState::Ordered)));
        assert!(ordered, "{fault:?}");
    }
}
