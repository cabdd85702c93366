//! DeleteRecords and OffsetDelete.

use kafka_wire::ErrorCode;
use kafka_wire::messages::{
    DeleteRecordsRequest, DeleteRecordsRequestPartition, DeleteRecordsRequestTopic, ListOffsetsRequest,
    ListOffsetsRequestPartition, ListOffsetsRequestTopic, OffsetCommitRequest, OffsetCommitRequestPartition,
    OffsetCommitRequestTopic, OffsetDeleteRequest, OffsetDeleteRequestPartition, OffsetDeleteRequestTopic,
};

use crate::harness::{Topic, Wire, World, batch, values};

/// What deleting before these offsets is answered with: where partitions begin, and codes.
async fn deleted(
    wire: &mut Wire,
    version: i16,
    topic: &str,
    partitions: &[(i32, i64)],
) -> Vec<(i32, i64, ErrorCode)> {
    let partition =
        |&(partition_index, offset): &(i32, i64)| DeleteRecordsRequestPartition { partition_index, offset };
    let partitions = partitions.iter().map(partition).collect();
    let topics = vec![DeleteRecordsRequestTopic { name: topic, partitions }];
    let answer = wire.ask(version, &DeleteRecordsRequest { topics, ..Default::default() }).await;
    let told = answer.read().topics.remove(0);
    assert_eq!(told.name, topic);
    told.partitions.iter().map(|told| (told.partition_index, told.low_watermark, told.error_code)).collect()
}

/// The first offset of a partition, as clients are told.
async fn earliest(wire: &mut Wire, topic: &Topic, partition_index: i32) -> i64 {
    let partition = ListOffsetsRequestPartition { partition_index, timestamp: -2, ..Default::default() };
    let topics = vec![ListOffsetsRequestTopic { name: &topic.name, partitions: vec![partition] }];
    let answer = wire.ask(7, &ListOffsetsRequest { topics, ..Default::default() }).await;
    answer.read().topics[0].partitions[0].offset
}

#[tokio::test]
async fn deleted_records_are_gone_for_every_reader_and_after_a_restart() {
    let mut world = World::start().await;
    let topic = world.topic("orders", 3, &[]).await;
    let mut wire = world.wire().await;
    for partition in 0..3 {
        wire.produce(9, &topic, partition, &batch(&["a", "b", "c"])).await;
        wire.produce(9, &topic, partition, &batch(&["d", "e"])).await;
    }
    for version in 0..=2 {
        let asked = [(0, 4), (1, -1), (2, 0), (3, 0)];
        let unknown = ErrorCode::UNKNOWN_TOPIC_OR_PARTITION;
        let expected =
            [(0, 4, ErrorCode::NONE), (1, 5, ErrorCode::NONE), (2, 0, ErrorCode::NONE), (3, -1, unknown)];
        assert_eq!(deleted(&mut wire, version, "orders", &asked).await, expected, "version {version}");
        // What is gone stays gone.
        let back = deleted(&mut wire, version, "orders", &[(0, 1)]).await;
        assert_eq!(back, [(0, 4, ErrorCode::NONE)], "version {version}");
        let twice = deleted(&mut wire, version, "orders", &[(2, 1), (2, 3)]).await;
        assert_eq!(twice, [(2, -1, ErrorCode::INVALID_REQUEST); 2], "version {version}");
        for offset in [6, -2, i64::MIN, i64::MAX] {
            let refused = deleted(&mut wire, version, "orders", &[(0, offset)]).await;
            assert_eq!(refused, [(0, -1, ErrorCode::OFFSET_OUT_OF_RANGE)], "{offset}");
        }
    }
    for _ in 0..2 {
        assert_eq!(earliest(&mut wire, &topic, 0).await, 4);
        assert_eq!(earliest(&mut wire, &topic, 1).await, 5);
        let fetched = wire.fetch(11, &topic.fetch(&[(0, 3), (0, 4), (1, 4), (1, 5), (2, 0)])).await;
        let codes: Vec<_> = fetched.iter().map(|fetched| fetched.error).collect();
        let (none, gone) = (ErrorCode::NONE, ErrorCode::OFFSET_OUT_OF_RANGE);
        assert_eq!(codes, [gone, none, gone, none, none]);
        // The batch that it begins in comes whole; clients skip.
        assert_eq!(values(&fetched[1].records).last(), Some(&(4, "e".to_owned())));
        assert!(fetched[3].records.is_empty());
        assert_eq!(values(&fetched[4].records).len(), 5);
        world.restart().await;
        wire = world.wire().await;
    }
    assert_eq!(wire.produce(9, &topic, 1, &batch(&["f"])).await.base_offset, 5, "offsets go on");
}

#[tokio::test]
async fn what_is_not_deleted_by_age_is_not_deleted_by_hand() {
    let world = World::start().await;
    let keys = world.topic("keys", 1, &[("cleanup.policy", "compact")]).await;
    world.topic("both", 1, &[("cleanup.policy", "compact,delete")]).await;
    let probe = world.cluster.probe_topic().await.unwrap();
    let mut wire = world.wire().await;
    wire.produce(9, &keys, 0, &batch(&["a"])).await;
    for (name, code) in [
        ("keys", ErrorCode::POLICY_VIOLATION),
        ("both", ErrorCode::NONE),
        ("nowhere", ErrorCode::UNKNOWN_TOPIC_OR_PARTITION),
        (probe.as_str(), ErrorCode::INVALID_TOPIC_EXCEPTION),
    ] {
        let told = deleted(&mut wire, 2, name, &[(0, -1)]).await;
        assert_eq!(told, [(0, if code.is_error() { -1 } else { 0 }, code)], "{name}");
    }
    assert_eq!(earliest(&mut wire, &keys, 0).await, 0);
}

async fn commit(wire: &mut Wire, group: &str, topic: &Topic, partition_index: i32) {
    let partitions = vec![OffsetCommitRequestPartition { partition_index, ..Default::default() }];
    let request = OffsetCommitRequest {
        group_id: group,
        generation_id_or_member_epoch: -1,
        topics: vec![OffsetCommitRequestTopic { name: &topic.name, partitions, ..Default::default() }],
        ..Default::default()
    };
    let answer = wire.ask(8, &request).await;
    assert_eq!(answer.read().topics[0].partitions[0].error_code, ErrorCode::NONE);
}

/// What forgetting commits is answered with.
async fn forgotten(
    wire: &mut Wire,
    group_id: &str,
    topics: &[(&str, &[i32])],
) -> (ErrorCode, Vec<Vec<ErrorCode>>) {
    let partition = |&partition_index: &i32| OffsetDeleteRequestPartition { partition_index };
    let mut asked = Vec::new();
    for &(name, partitions) in topics {
        let partitions = partitions.iter().map(partition).collect();
        asked.push(OffsetDeleteRequestTopic { name, partitions });
    }
    let request = OffsetDeleteRequest { group_id, topics: asked };
    let answer = wire.ask(0, &request).await;
    let response = answer.read();
    let codes = |topic: &kafka_wire::messages::OffsetDeleteResponseTopic<'_>| {
        topic.partitions.iter().map(|partition| partition.error_code).collect()
    };
    (response.error_code, response.topics.iter().map(codes).collect())
}

#[tokio::test]
async fn single_commits_go_and_the_others_stay() {
    let mut world = World::start().await;
    let orders = world.topic("orders", 3, &[]).await;
    let other = world.topic("other", 1, &[]).await;
    let mut wire = world.wire().await;
    for partition in 0..3 {
        commit(&mut wire, "readers", &orders, partition).await;
    }
    commit(&mut wire, "readers", &other, 0).await;
    let told = forgotten(&mut wire, "readers", &[("orders", &[0, 2, 7]), ("nowhere", &[0])]).await;
    let unknown = ErrorCode::UNKNOWN_TOPIC_OR_PARTITION;
    let expected = vec![vec![ErrorCode::NONE, ErrorCode::NONE, unknown], vec![unknown]];
    assert_eq!(told, (ErrorCode::NONE, expected));
    // One that is not there is gone already.
    assert_eq!(forgotten(&mut wire, "readers", &[("orders", &[0])]).await.1, [[ErrorCode::NONE]]);
    for asked in [&[("orders", &[0][..])][..], &[]] {
        assert_eq!(forgotten(&mut wire, "nobody", asked).await, (ErrorCode::GROUP_ID_NOT_FOUND, vec![]));
    }
    assert_eq!(forgotten(&mut wire, "readers", &[]).await, (ErrorCode::NONE, vec![]));
    for _ in 0..2 {
        let commits = world.cluster.group_commits("readers").unwrap();
        let left: Vec<_> = commits.iter().map(|commit| (commit.topic.as_str(), commit.partition)).collect();
        assert_eq!(left, [("orders", 1), ("other", 0)]);
        world.restart().await;
    }
}
