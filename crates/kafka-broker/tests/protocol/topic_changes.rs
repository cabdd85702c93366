//! Topics that change under their clients: more partitions, other settings, and which groups read them.

use std::collections::BTreeMap;

use kafka_broker::{ClusterBounds, ClusterError, ClusterSettings, Limits};
use kafka_wire::ErrorCode;
use kafka_wire::messages::{
    DescribeConfigsRequest, DescribeConfigsRequestResource, MetadataRequest, MetadataRequestTopic,
    OffsetCommitRequest, OffsetCommitRequestPartition, OffsetCommitRequestTopic,
};

use crate::harness::{Topic, Wire, World, batch};

/// The numbers of a topic's partitions, as clients are told.
async fn partitions(wire: &mut Wire, topic: &Topic) -> Vec<i32> {
    let named = MetadataRequestTopic { name: Some(&topic.name), ..Default::default() };
    let request = MetadataRequest { topics: Some(vec![named]), ..Default::default() };
    let answer = wire.ask(9, &request).await;
    let told = answer.read().topics.remove(0);
    told.partitions.iter().map(|partition| partition.partition_index).collect()
}

#[tokio::test]
async fn new_partitions_are_there_at_once_and_after_a_restart() {
    let mut world = World::start().await;
    let topic = world.topic("grows", 1, &[]).await;
    let mut wire = world.wire().await;
    assert_eq!(wire.produce(9, &topic, 0, &batch(&["before"])).await.error, ErrorCode::NONE);
    let early = wire.produce(9, &topic, 2, &batch(&["early"])).await;
    assert_eq!(early.error, ErrorCode::UNKNOWN_TOPIC_OR_PARTITION);

    world.cluster.topic_grow(topic.id, 3).await.unwrap();
    // The same again, and less, changes nothing.
    world.cluster.topic_grow(topic.id, 3).await.unwrap();
    world.cluster.topic_grow(topic.id, 2).await.unwrap();
    assert_eq!(partitions(&mut wire, &topic).await, [0, 1, 2]);
    assert_eq!(wire.produce(9, &topic, 2, &batch(&["late"])).await.error, ErrorCode::NONE);
    // The log that was there has gone on.
    assert_eq!(wire.produce(9, &topic, 0, &batch(&["after"])).await.base_offset, 1);

    world.restart().await;
    let mut wire = world.wire().await;
    assert_eq!(partitions(&mut wire, &topic).await, [0, 1, 2]);
    let ends: Vec<_> = world.cluster.topic_ends("grows").unwrap().iter().map(|ends| ends.end).collect();
    assert_eq!(ends, [2, 0, 1]);
}

#[tokio::test]
async fn growth_keeps_to_the_limit_of_the_cluster() {
    let limits = Limits { partitions_max: 4, ..Limits::default() };
    let world = World::with(ClusterSettings::default(), limits).await;
    let topic = world.topic("grows", 2, &[]).await;
    world.topic("other", 1, &[]).await;
    let refused = world.cluster.topic_grow(topic.id, 4).await;
    assert_eq!(refused, Err(ClusterError::PartitionLimit(4)));
    assert_eq!(partitions(&mut world.wire().await, &topic).await, [0, 1]);
    world.cluster.topic_grow(topic.id, 3).await.unwrap();
    let absent = world.cluster.topic_grow(Topic::absent().id, 2).await;
    assert!(matches!(absent, Err(ClusterError::Absent(_))), "{absent:?}");
}

#[tokio::test]
async fn what_a_cluster_may_hold_can_change_and_takes_nothing_away() {
    let world = World::start().await;
    let topic = world.topic("grows", 3, &[]).await;
    world.cluster.bound(ClusterBounds { partitions: 2, ..Default::default() });
    assert_eq!(world.cluster.topic_grow(topic.id, 4).await, Err(ClusterError::PartitionLimit(2)));
    assert_eq!(partitions(&mut world.wire().await, &topic).await, [0, 1, 2]);
    // The broker's own topics do not count.
    world.cluster.probe_topic().await.unwrap();
    world.cluster.bound(ClusterBounds { partitions: 4, ..Default::default() });
    world.cluster.topic_grow(topic.id, 4).await.unwrap();
    assert_eq!(world.cluster.topic_grow(topic.id, 5).await, Err(ClusterError::PartitionLimit(4)));
}

#[tokio::test]
async fn settings_count_from_the_next_append_on_and_stay() {
    let mut world = World::start().await;
    let topic = world.topic("changes", 2, &[("retention.ms", "3600000")]).await;
    let mut wire = world.wire().await;
    let large = batch(&["x".repeat(2_000).as_str()]);
    assert_eq!(wire.produce(9, &topic, 1, &large).await.error, ErrorCode::NONE);

    let config = BTreeMap::from([("max.message.bytes".to_owned(), "1000".to_owned())]);
    world.cluster.topic_configure(topic.id, config.clone()).await.unwrap();
    for round in ["at once", "after a restart"] {
        let refused = wire.produce(9, &topic, 1, &large).await;
        assert_eq!(refused.error, ErrorCode::MESSAGE_TOO_LARGE, "{round}");
        assert_eq!(
            world.cluster.topic("changes").unwrap().config,
            config,
            "{round}: what was there is replaced"
        );
        let resources = vec![DescribeConfigsRequestResource {
            resource_type: 2,
            resource_name: "changes",
            ..Default::default()
        }];
        let answer = wire.ask(4, &DescribeConfigsRequest { resources, ..Default::default() }).await;
        let told = answer.read();
        let bytes = told.results[0].configs.iter().find(|config| config.name == "max.message.bytes");
        assert_eq!(bytes.unwrap().value.as_deref(), Some("1000"), "{round}");
        world.restart().await;
        wire = world.wire().await;
    }
    world.cluster.topic_configure(topic.id, BTreeMap::new()).await.unwrap();
    assert_eq!(wire.produce(9, &topic, 1, &large).await.base_offset, 1);
    let absent = world.cluster.topic_configure(Topic::absent().id, BTreeMap::new()).await;
    assert!(matches!(absent, Err(ClusterError::Absent(_))), "{absent:?}");
}

#[tokio::test]
async fn groups_of_a_topic_are_those_with_commits_in_it() {
    let world = World::start().await;
    let read = world.topic("read", 2, &[]).await;
    let other = world.topic("other", 1, &[]).await;
    let mut wire = world.wire().await;
    for (group, topic, partition) in [("b", &read, 1), ("a", &read, 0), ("c", &other, 0)] {
        let partitions =
            vec![OffsetCommitRequestPartition { partition_index: partition, ..Default::default() }];
        let request = OffsetCommitRequest {
            group_id: group,
            generation_id_or_member_epoch: -1,
            topics: vec![OffsetCommitRequestTopic { name: &topic.name, partitions, ..Default::default() }],
            ..Default::default()
        };
        let answer = wire.ask(8, &request).await;
        assert_eq!(answer.read().topics[0].partitions[0].error_code, ErrorCode::NONE);
    }
    assert_eq!(world.cluster.topic_groups("read").unwrap(), ["a", "b"]);
    assert_eq!(world.cluster.topic_groups("other").unwrap(), ["c"]);
    assert!(matches!(world.cluster.topic_groups("nowhere"), Err(ClusterError::Absent(_))));
    world.cluster.topic_delete(other.id).await.unwrap();
    assert!(world.cluster.topic_groups("other").is_err());
}
