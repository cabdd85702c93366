//! OffsetCommit and OffsetFetch of version 10, which name topics by id.

use kafka_broker::{
    AccessRule, ClusterSettings, Limits, Mechanism, Names, Operation, Permission, ResourceKind,
};
use kafka_wire::ErrorCode;
use kafka_wire::messages::{
    OffsetCommitRequest, OffsetCommitRequestPartition, OffsetCommitRequestTopic, OffsetFetchRequest,
    OffsetFetchRequestGroup, OffsetFetchRequestGroupTopic,
};
use uuid::Uuid;

use crate::harness::{Wire, World};
use crate::login::{anybody, logged_in, user};

const VERSION: i16 = 10;
const OK: ErrorCode = ErrorCode::NONE;

/// Commits offset 7 in these partitions: the codes, by topic id and partition.
async fn commit(wire: &mut Wire, asked: &[(Uuid, i32)]) -> Vec<(Uuid, i32, ErrorCode)> {
    let topic = |&(topic_id, partition_index): &(Uuid, i32)| {
        let partition =
            OffsetCommitRequestPartition { partition_index, committed_offset: 7, ..Default::default() };
        OffsetCommitRequestTopic { topic_id, partitions: vec![partition], ..Default::default() }
    };
    let topics = asked.iter().map(topic).collect();
    let request = OffsetCommitRequest { group_id: "readers", topics, ..Default::default() };
    let answer = wire.ask(VERSION, &request).await;
    let topics = answer.read().topics;
    let told = topics.iter().map(|topic| {
        assert_eq!(topic.name, "");
        (topic.topic_id, topic.partitions[0].partition_index, topic.partitions[0].error_code)
    });
    told.collect()
}

/// The commits in these partitions, or all: offsets and codes, by topic id and partition.
async fn fetch(wire: &mut Wire, asked: Option<&[(Uuid, i32)]>) -> Vec<(Uuid, i32, i64, ErrorCode)> {
    let topic = |&(topic_id, partition): &(Uuid, i32)| OffsetFetchRequestGroupTopic {
        topic_id,
        partition_indexes: vec![partition],
        ..Default::default()
    };
    let topics = asked.map(|asked| asked.iter().map(topic).collect());
    let group = OffsetFetchRequestGroup { group_id: "readers", topics, ..Default::default() };
    let answer = wire.ask(VERSION, &OffsetFetchRequest { groups: vec![group], ..Default::default() }).await;
    let group = answer.read().groups.remove(0);
    assert_eq!(group.error_code, OK);
    let told = group.topics.iter().flat_map(|topic| {
        assert_eq!(topic.name, "");
        topic.partitions.iter().map(|partition| {
            (topic.topic_id, partition.partition_index, partition.committed_offset, partition.error_code)
        })
    });
    told.collect()
}

#[tokio::test]
async fn ids_are_answered_by_and_unknown_ones_refused() {
    let mut world = World::start().await;
    let id = world.topic("orders", 2, &[]).await.id;
    let (nowhere, nil) = (Uuid::from_u128(7), Uuid::nil());
    let unknown = ErrorCode::UNKNOWN_TOPIC_ID;
    let mut wire = world.wire().await;
    let told = commit(&mut wire, &[(nowhere, 0), (id, 0), (id, 2), (nil, 0)]).await;
    let partition = ErrorCode::UNKNOWN_TOPIC_OR_PARTITION;
    assert_eq!(told, [(nowhere, 0, unknown), (id, 0, OK), (id, 2, partition), (nil, 0, unknown)]);
    world.restart().await;
    let mut wire = world.wire().await;
    let told = fetch(&mut wire, Some(&[(nowhere, 0), (id, 0), (id, 1), (nil, 0)])).await;
    assert_eq!(told, [(nowhere, 0, -1, unknown), (id, 0, 7, OK), (id, 1, -1, OK), (nil, 0, -1, unknown)]);
    assert_eq!(fetch(&mut wire, None).await, [(id, 0, 7, OK)]);
    // Another topic of the name has another id, and none of the commits.
    world.cluster.topic_delete(id).await.unwrap();
    let again = world.topic("orders", 2, &[]).await.id;
    assert_eq!(commit(&mut wire, &[(id, 0)]).await, [(id, 0, unknown)]);
    let told = fetch(&mut wire, Some(&[(id, 0), (again, 0)])).await;
    assert_eq!(told, [(id, 0, -1, unknown), (again, 0, -1, OK)]);
    assert_eq!(fetch(&mut wire, None).await, []);
}

#[tokio::test]
async fn an_id_is_no_way_around_the_rules() {
    let settings = ClusterSettings { rules_enforced: true, ..ClusterSettings::default() };
    let world = World::with(settings, Limits::default()).await;
    world.cluster.users_set(vec![user("reader", Mechanism::Plain, "pencil")]);
    world.cluster.logins_set(vec![anybody()]).await.unwrap();
    let id = world.topic("orders", 1, &[]).await.id;
    commit(&mut world.wire().await, &[(id, 0)]).await;
    let readers = AccessRule {
        user: Some("reader".into()),
        host: None,
        resource: ResourceKind::Group,
        names: Names::Equal("readers".into()),
        operation: Operation::Read,
        permission: Permission::Allow,
    };
    world.cluster.rules_replace(&[readers]);
    let mut wire = logged_in(world.cluster.login_addresses().await[0], "reader", "pencil").await;
    let denied = ErrorCode::TOPIC_AUTHORIZATION_FAILED;
    assert_eq!(commit(&mut wire, &[(id, 0)]).await, [(id, 0, denied)]);
    assert_eq!(fetch(&mut wire, Some(&[(id, 0)])).await, [(id, 0, -1, denied)]);
    assert_eq!(fetch(&mut wire, None).await, []);
}
