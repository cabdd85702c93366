//! ListOffsets and OffsetForLeaderEpoch: places in a log by time, by name and by epoch.

use kafka_wire::ErrorCode;
use kafka_wire::messages::{
    ListOffsetsRequest, ListOffsetsRequestPartition, ListOffsetsRequestTopic, OffsetForLeaderEpochRequest,
    OffsetForLeaderEpochRequestPartition, OffsetForLeaderEpochRequestTopic,
};
use kafka_wire::records::{BatchBuilder, Compression, NewRecord};

use crate::harness::{Topic, Wire, World, batch};

const LATEST: i64 = -1;
const EARLIEST: i64 = -2;
const MAX_TIMESTAMP: i64 = -3;
const EARLIEST_LOCAL: i64 = -4;
const LATEST_TIERED: i64 = -5;

/// What stands at a time, or the refusal: code, offset, timestamp.
type Found = (ErrorCode, i64, i64);

const NOTHING: Found = (ErrorCode::NONE, -1, -1);

fn refused(code: ErrorCode) -> Found {
    (code, -1, -1)
}

async fn listed(wire: &mut Wire, version: i16, topic: &str, asked: ListOffsetsRequestPartition) -> Found {
    let topics = vec![ListOffsetsRequestTopic { name: topic, partitions: vec![asked] }];
    let answer = wire.ask(version, &ListOffsetsRequest { topics, ..Default::default() }).await;
    let found = answer.read().topics.remove(0).partitions.remove(0);
    (found.error_code, found.offset, found.timestamp)
}

fn at(timestamp: i64) -> ListOffsetsRequestPartition {
    ListOffsetsRequestPartition { timestamp, ..Default::default() }
}

/// Produces records with these stamps, as one batch.
async fn produce(wire: &mut Wire, topic: &Topic, compression: Compression, timestamps: &[i64]) {
    let mut builder = BatchBuilder::new(compression);
    for &timestamp in timestamps {
        builder.push(&NewRecord { timestamp, value: Some(b"value"), ..Default::default() }).unwrap();
    }
    assert_eq!(wire.produce(9, topic, 0, &builder.build().unwrap()).await.error, ErrorCode::NONE);
}

#[tokio::test]
async fn times_are_found_to_the_record() {
    let world = World::start().await;
    for codec in ["none", "gzip", "snappy", "lz4", "zstd"] {
        let compression = Compression::from_name(codec).unwrap();
        let topic = world.topic(codec, 1, &[]).await;
        let mut wire = world.wire().await;
        // Stamps need not rise, neither in a batch nor over batches.
        produce(&mut wire, &topic, compression, &[1_000, 2_000, 1_500]).await;
        produce(&mut wire, &topic, compression, &[5_000, 3_000, 4_000]).await;
        produce(&mut wire, &topic, compression, &[3_500]).await;
        for (time, expected) in [
            (0, (ErrorCode::NONE, 0, 1_000)),
            (1_000, (ErrorCode::NONE, 0, 1_000)),
            (1_001, (ErrorCode::NONE, 1, 2_000)),
            (2_000, (ErrorCode::NONE, 1, 2_000)),
            (2_001, (ErrorCode::NONE, 3, 5_000)),
            (5_000, (ErrorCode::NONE, 3, 5_000)),
            (5_001, NOTHING),
            (i64::MAX, NOTHING),
        ] {
            for version in 1..=10 {
                let found = listed(&mut wire, version, &topic.name, at(time)).await;
                assert_eq!(found, expected, "{codec}, {time}, version {version}");
            }
        }
        let newest = listed(&mut wire, 7, &topic.name, at(MAX_TIMESTAMP)).await;
        assert_eq!(newest, (ErrorCode::NONE, 3, 5_000), "{codec}");
    }
}

#[tokio::test]
async fn places_with_names_begin_with_their_versions() {
    let world = World::start().await;
    let topic = world.topic("orders", 1, &[]).await;
    let mut wire = world.wire().await;
    produce(&mut wire, &topic, Compression::None, &[10, 30, 20]).await;
    for (place, from, expected) in [
        (LATEST, 1, (ErrorCode::NONE, 3, -1)),
        (EARLIEST, 1, (ErrorCode::NONE, 0, -1)),
        (MAX_TIMESTAMP, 7, (ErrorCode::NONE, 1, 30)),
        (EARLIEST_LOCAL, 8, (ErrorCode::NONE, 0, -1)),
        (LATEST_TIERED, 9, NOTHING),
        (-6, 11, NOTHING),
        (i64::MIN, 11, NOTHING),
    ] {
        for version in 1..=10 {
            let expected = if version < from { refused(ErrorCode::UNSUPPORTED_VERSION) } else { expected };
            let found = listed(&mut wire, version, &topic.name, at(place)).await;
            assert_eq!(found, expected, "{place}, version {version}");
        }
    }
}

#[tokio::test]
async fn an_empty_log_has_ends_and_no_times() {
    let world = World::start().await;
    let topic = world.topic("orders", 1, &[]).await;
    let mut wire = world.wire().await;
    for (place, expected) in [
        (LATEST, (ErrorCode::NONE, 0, -1)),
        (EARLIEST, (ErrorCode::NONE, 0, -1)),
        (MAX_TIMESTAMP, NOTHING),
        (LATEST_TIERED, NOTHING),
        (0, NOTHING),
    ] {
        assert_eq!(listed(&mut wire, 9, &topic.name, at(place)).await, expected, "{place}");
    }
}

#[tokio::test]
async fn what_is_not_there_or_asked_twice_is_refused() {
    let mut world = World::start().await;
    let topic = world.topic("orders", 2, &[]).await;
    world.restart().await;
    let mut wire = world.wire().await;
    for (why, name, asked, code) in [
        ("a topic", "nowhere", at(LATEST), ErrorCode::UNKNOWN_TOPIC_OR_PARTITION),
        (
            "a partition",
            "orders",
            ListOffsetsRequestPartition { partition_index: 2, ..at(LATEST) },
            ErrorCode::UNKNOWN_TOPIC_OR_PARTITION,
        ),
        (
            "an older epoch",
            "orders",
            ListOffsetsRequestPartition { current_leader_epoch: 0, ..at(LATEST) },
            ErrorCode::FENCED_LEADER_EPOCH,
        ),
        (
            "a newer epoch",
            "orders",
            ListOffsetsRequestPartition { current_leader_epoch: 9, ..at(LATEST) },
            ErrorCode::UNKNOWN_LEADER_EPOCH,
        ),
    ] {
        assert_eq!(listed(&mut wire, 9, name, asked).await, refused(code), "{why}");
    }
    let other = ListOffsetsRequestPartition { partition_index: 1, ..at(LATEST) };
    let partitions = vec![at(LATEST), other, at(EARLIEST)];
    let topics = vec![ListOffsetsRequestTopic { name: &topic.name, partitions }];
    let answer = wire.ask(9, &ListOffsetsRequest { topics, ..Default::default() }).await;
    let partitions = answer.read().topics.remove(0).partitions;
    let codes: Vec<_> = partitions.iter().map(|partition| partition.error_code).collect();
    assert_eq!(codes, [ErrorCode::INVALID_REQUEST, ErrorCode::NONE, ErrorCode::INVALID_REQUEST]);
}

/// Where an epoch ends: code, epoch, offset.
async fn epoch_end(
    wire: &mut Wire,
    topic: &str,
    current_leader_epoch: i32,
    leader_epoch: i32,
) -> (ErrorCode, i32, i64) {
    let partition = OffsetForLeaderEpochRequestPartition { current_leader_epoch, leader_epoch, partition: 0 };
    let topics = vec![OffsetForLeaderEpochRequestTopic { topic, partitions: vec![partition] }];
    let answer = wire.ask(4, &OffsetForLeaderEpochRequest { topics, ..Default::default() }).await;
    let end = answer.read().topics.remove(0).partitions.remove(0);
    (end.error_code, end.leader_epoch, end.end_offset)
}

#[tokio::test]
async fn epochs_rise_with_restarts_and_end_where_the_next_begins() {
    let mut world = World::start().await;
    let topic = world.topic("orders", 1, &[]).await;
    world.restart().await;
    // Epoch 1 writes two records, epoch 2 none, epoch 3 one, epoch 4 none yet.
    let mut wire = world.wire().await;
    wire.produce(9, &topic, 0, &batch(&["a", "b"])).await;
    world.restart().await;
    world.restart().await;
    let mut wire = world.wire().await;
    wire.produce(9, &topic, 0, &batch(&["c"])).await;
    world.restart().await;
    let mut wire = world.wire().await;
    for (why, current, asked, expected) in [
        ("before the first", -1, 0, (ErrorCode::NONE, 0, 0)),
        ("the first", -1, 1, (ErrorCode::NONE, 1, 2)),
        ("one that wrote nothing", -1, 2, (ErrorCode::NONE, 1, 2)),
        ("the last that wrote", -1, 3, (ErrorCode::NONE, 3, 3)),
        ("the present, which has written nothing", -1, 4, (ErrorCode::NONE, 4, 3)),
        ("none yet", -1, 5, (ErrorCode::NONE, -1, -1)),
        ("no epoch", -1, -1, (ErrorCode::NONE, -1, -1)),
        ("by a client that is up to date", 4, 3, (ErrorCode::NONE, 3, 3)),
        ("by a client behind", 3, 3, (ErrorCode::FENCED_LEADER_EPOCH, -1, -1)),
        ("by a client ahead", 5, 3, (ErrorCode::UNKNOWN_LEADER_EPOCH, -1, -1)),
    ] {
        assert_eq!(epoch_end(&mut wire, &topic.name, current, asked).await, expected, "{why}");
    }
    let unknown = (ErrorCode::UNKNOWN_TOPIC_OR_PARTITION, -1, -1);
    assert_eq!(epoch_end(&mut wire, "nowhere", -1, 1).await, unknown);
}
