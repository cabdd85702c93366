//! Fetch: which bytes come back, when, and what ends a wait.

use std::time::Duration;

use kafka_broker::{ClusterSettings, Limits};
use kafka_wire::ErrorCode;
use kafka_wire::messages::{
    FetchRequest, FetchRequestPartition, MetadataRequest, MetadataRequestTopic, ProduceRequest,
};
use machine::clock::Clock;

use crate::harness::{Topic, Wire, World, batch, values};

/// A wait that a test would not sit out.
const LONG_MS: i32 = 60_000;

/// Produces batches of one value each to a partition, and tells their length: the same for all.
async fn filled(wire: &mut Wire, topic: &Topic, partition: i32, count: i64) -> usize {
    let batch = batch(&["value"]);
    for offset in 0..count {
        let produced = wire.produce(9, topic, partition, &batch).await;
        assert_eq!((produced.error, produced.base_offset), (ErrorCode::NONE, offset));
    }
    batch.len()
}

fn int(bytes: usize) -> i32 {
    i32::try_from(bytes).unwrap()
}

#[tokio::test]
async fn offsets_inside_at_and_beyond() {
    let world = World::start().await;
    let topic = world.topic("orders", 1, &[]).await;
    let mut wire = world.wire().await;
    wire.produce(9, &topic, 0, &batch(&["a", "b", "c"])).await;
    wire.produce(9, &topic, 0, &batch(&["d", "e"])).await;
    for (from, error, first, end) in [
        (0, ErrorCode::NONE, Some(0), 5),
        (1, ErrorCode::NONE, Some(0), 5),
        (2, ErrorCode::NONE, Some(0), 5),
        (3, ErrorCode::NONE, Some(3), 5),
        (4, ErrorCode::NONE, Some(3), 5),
        (5, ErrorCode::NONE, None, 5),
        (6, ErrorCode::OFFSET_OUT_OF_RANGE, None, -1),
        (-1, ErrorCode::OFFSET_OUT_OF_RANGE, None, -1),
        (i64::MIN, ErrorCode::OFFSET_OUT_OF_RANGE, None, -1),
        (i64::MAX, ErrorCode::OFFSET_OUT_OF_RANGE, None, -1),
    ] {
        for version in 4..=18 {
            let fetched = wire.fetch(version, &topic.fetch(&[(0, from)])).await.remove(0);
            assert_eq!((fetched.error, fetched.high_watermark), (error, end), "{from}, version {version}");
            let found = values(&fetched.records);
            assert_eq!(found.first().map(|(offset, _)| *offset), first, "{from}, version {version}");
            assert!(found.is_empty() || found.last() == Some(&(4, "e".into())), "{from}, version {version}");
        }
    }
}

#[tokio::test]
async fn what_is_not_there_is_told_at_once() {
    let mut world = World::start().await;
    let topic = world.topic("orders", 1, &[]).await;
    // So that there is an epoch before this one.
    world.restart().await;
    let mut wire = world.wire().await;
    let named = MetadataRequestTopic { name: Some(&topic.name), ..Default::default() };
    let metadata = MetadataRequest { topics: Some(vec![named]), ..Default::default() };
    let epoch = wire.ask(9, &metadata).await.read().topics[0].partitions[0].leader_epoch;
    for (why, version, from, partition, epoch, code) in [
        ("an unknown name", 12, &Topic::absent(), 0, -1, ErrorCode::UNKNOWN_TOPIC_OR_PARTITION),
        ("an unknown id", 13, &Topic::absent(), 0, -1, ErrorCode::UNKNOWN_TOPIC_ID),
        ("an unknown partition", 12, &topic, 1, -1, ErrorCode::UNKNOWN_TOPIC_OR_PARTITION),
        ("a negative partition", 13, &topic, -1, -1, ErrorCode::UNKNOWN_TOPIC_OR_PARTITION),
        ("an older epoch", 9, &topic, 0, epoch - 1, ErrorCode::FENCED_LEADER_EPOCH),
        ("a newer epoch", 18, &topic, 0, epoch + 1, ErrorCode::UNKNOWN_LEADER_EPOCH),
        ("a version without epochs", 8, &topic, 0, epoch + 1, ErrorCode::NONE),
        ("the epoch", 9, &topic, 0, epoch, ErrorCode::NONE),
    ] {
        let mut request = from.fetch(&[(partition, 0)]);
        request.topics[0].partitions[0].current_leader_epoch = epoch;
        if code != ErrorCode::NONE {
            request.max_wait_ms = LONG_MS;
        }
        let fetched = wire.fetch(version, &request).await.remove(0);
        assert_eq!(fetched.error, code, "{why}");
        assert!(fetched.records.is_empty(), "{why}");
    }
    let nothing = FetchRequest { max_wait_ms: LONG_MS, min_bytes: 1, ..Default::default() };
    assert!(wire.fetch(12, &nothing).await.is_empty(), "no partitions is no reason to wait");
}

#[tokio::test]
async fn whole_batches_within_the_limits_but_always_one() {
    let world = World::start().await;
    let topic = world.topic("orders", 3, &[]).await;
    let mut wire = world.wire().await;
    let one = filled(&mut wire, &topic, 0, 3).await;
    filled(&mut wire, &topic, 1, 3).await;
    // Partition 2 stays empty.
    for (why, order, each, all, expected) in [
        ("no limits", [0, 1, 2], 9 * one, 9 * one, [3, 3, 0]),
        ("two and a half each", [0, 1, 2], 2 * one + one / 2, 9 * one, [2, 2, 0]),
        ("four and a bit in all", [0, 1, 2], 9 * one, 4 * one + 1, [3, 1, 0]),
        ("exactly five", [0, 1, 2], 9 * one, 5 * one, [3, 2, 0]),
        ("less than one, and the first comes", [0, 1, 2], 1, 9 * one, [1, 0, 0]),
        ("less than one in all", [1, 0, 2], 9 * one, 1, [1, 0, 0]),
        ("the first that has any is the first", [2, 1, 0], 1, 1, [0, 1, 0]),
        ("nothing at all", [0, 1, 2], 0, 0, [1, 0, 0]),
    ] {
        let from = order.map(|partition| (partition, 0));
        let mut request = FetchRequest { max_bytes: int(all), ..topic.fetch(&from) };
        for partition in &mut request.topics[0].partitions {
            partition.partition_max_bytes = int(each);
        }
        let fetched = wire.fetch(12, &request).await;
        let counts: Vec<_> = fetched.iter().map(|partition| values(&partition.records).len()).collect();
        assert_eq!(counts, expected, "{why}");
    }
}

#[tokio::test]
async fn one_answer_reaches_over_segments_and_topics() {
    let world = World::start().await;
    let segments = world.topic("segments", 1, &[("segment.bytes", "1048576")]).await;
    let other = world.topic("other", 1, &[]).await;
    let mut wire = world.wire().await;
    let value = "x".repeat(300_000);
    for _ in 0..10 {
        let produced = wire.produce(9, &segments, 0, &batch(&[&value])).await;
        assert_eq!(produced.error, ErrorCode::NONE);
    }
    filled(&mut wire, &other, 0, 2).await;
    let mut request = segments.fetch(&[(0, 0)]);
    request.topics[0].partitions[0].partition_max_bytes = i32::MAX;
    request.topics.push(other.fetch(&[(0, 1)]).topics.remove(0));
    let fetched = wire.fetch(12, &request).await;
    let offsets: Vec<_> = values(&fetched[0].records).into_iter().map(|(offset, _)| offset).collect();
    assert_eq!(offsets, (0..10).collect::<Vec<_>>());
    assert_eq!(values(&fetched[1].records), [(1, "value".to_owned())]);
}

#[tokio::test]
async fn a_wait_without_data_lasts_as_long_as_asked() {
    let world = World::start().await;
    let topic = world.topic("orders", 1, &[]).await;
    let mut wire = world.wire().await;
    let one = filled(&mut wire, &topic, 0, 1).await;
    let clock = Clock::system();
    for (why, from, min_bytes, wait_ms, least_ms, count) in [
        ("none to come, and no wait", 1, 1, 0, 0, 0),
        ("a negative wait is none", 1, 1, -5, 0, 0),
        ("none to come", 1, 1, 120, 120, 0),
        ("fewer than wanted", 0, int(2 * one), 120, 120, 1),
        ("nothing wanted", 1, 0, LONG_MS, 0, 0),
        ("as many as wanted", 0, int(one), LONG_MS, 0, 1),
    ] {
        let request = FetchRequest { min_bytes, max_wait_ms: wait_ms, ..topic.fetch(&[(0, from)]) };
        let begun = clock.elapsed();
        let fetched = wire.fetch(12, &request).await.remove(0);
        let took = clock.elapsed() - begun;
        assert_eq!(values(&fetched.records).len(), count, "{why}");
        assert!(took >= Duration::from_millis(least_ms), "{why} took {took:?}");
    }
    // More than fits is never wanted.
    let request =
        FetchRequest { min_bytes: i32::MAX, max_bytes: 10, max_wait_ms: LONG_MS, ..topic.fetch(&[(0, 0)]) };
    assert_eq!(values(&wire.fetch(12, &request).await.remove(0).records).len(), 1);
}

#[tokio::test]
async fn a_produce_elsewhere_ends_the_wait() {
    let world = World::start().await;
    let topic = world.topic("orders", 2, &[]).await;
    let (mut reader, mut writer) = (world.wire().await, world.wire().await);
    let good = batch(&["value"]);
    for offset in 0..30 {
        // Version 12 by name, 13 by id; the wait is for either partition.
        let version = if offset % 2 == 0 { 12 } else { 13 };
        let request = FetchRequest { max_wait_ms: LONG_MS, ..topic.fetch(&[(0, 0), (1, offset)]) };
        reader.send(version, &request).await;
        writer.produce(9, &topic, 1, &good).await;
        let fetched = reader.fetched(version).await;
        assert!(fetched[0].records.is_empty());
        assert_eq!(values(&fetched[1].records), [(offset, "value".to_owned())]);
    }
}

#[tokio::test]
async fn the_wait_goes_on_until_there_is_enough() {
    let world = World::start().await;
    let topic = world.topic("orders", 2, &[]).await;
    let (mut reader, mut writer) = (world.wire().await, world.wire().await);
    let good = batch(&["value"]);
    let request = FetchRequest {
        min_bytes: int(3 * good.len()),
        max_wait_ms: LONG_MS,
        ..topic.fetch(&[(0, 0), (1, 0)])
    };
    reader.send(12, &request).await;
    for partition in [0, 1, 0] {
        writer.produce(9, &topic, partition, &good).await;
    }
    let counts: Vec<_> =
        reader.fetched(12).await.iter().map(|partition| values(&partition.records).len()).collect();
    assert_eq!(counts, [2, 1], "all three, of both partitions");
}

#[tokio::test]
async fn what_follows_a_waiting_fetch_waits_its_turn() {
    let world = World::start().await;
    let topic = world.topic("orders", 1, &[]).await;
    let (mut reader, mut writer) = (world.wire().await, world.wire().await);
    reader.send(12, &FetchRequest { max_wait_ms: LONG_MS, ..topic.fetch(&[(0, 0)]) }).await;
    for _ in 0..10 {
        reader.send(1, &MetadataRequest::default()).await;
    }
    let good = batch(&["value"]);
    reader.send(9, &topic.produce(-1, 0, Some(&good))).await;
    writer.produce(9, &topic, 0, &good).await;
    assert_eq!(values(&reader.fetched(12).await[0].records).len(), 1);
    for _ in 0..10 {
        reader.receive::<MetadataRequest<'_>>(1).await;
    }
    let answer = reader.receive::<ProduceRequest<'_>>(9).await;
    assert_eq!(answer.read().responses[0].partition_responses[0].base_offset, 1);
}

#[tokio::test]
async fn deleting_the_topic_ends_the_wait() {
    let world = World::start().await;
    for round in 0..20 {
        let version = 12 + round % 2;
        let topic = world.topic("orders", 1, &[]).await;
        let mut wire = world.wire().await;
        wire.send(version, &FetchRequest { max_wait_ms: LONG_MS, ..topic.fetch(&[(0, 0)]) }).await;
        world.cluster.topic_delete(topic.id).await.unwrap();
        let fetched = wire.fetched(version).await.remove(0);
        let gone = [ErrorCode::UNKNOWN_TOPIC_OR_PARTITION, ErrorCode::UNKNOWN_TOPIC_ID];
        assert!(gone.contains(&fetched.error), "{:?}", fetched.error);
    }
}

#[tokio::test]
async fn a_client_that_goes_ends_its_wait() {
    let limits = Limits { connections_max: 1, ..Limits::default() };
    let world = World::with(ClusterSettings::default(), limits).await;
    let topic = world.topic("orders", 1, &[]).await;
    for round in 0..3 {
        // The one place there is; the next round gets it only when this one's wait has ended.
        let mut wire = world.wire().await;
        wire.ask(1, &MetadataRequest::default()).await;
        let request = FetchRequest { max_wait_ms: LONG_MS, ..topic.fetch(&[(0, 0)]) };
        wire.send(12, &request).await;
        if round == 1 {
            // Also behind a request that will never be read.
            wire.send(1, &MetadataRequest::default()).await;
        }
    }
}

#[tokio::test]
async fn reading_only_what_is_committed_reads_all_there_is() {
    let world = World::start().await;
    let topic = world.topic("orders", 1, &[]).await;
    let mut wire = world.wire().await;
    filled(&mut wire, &topic, 0, 2).await;
    for version in 4..=18 {
        let request = FetchRequest { isolation_level: 1, ..topic.fetch(&[(0, 0)]) };
        let answer = wire.ask(version, &request).await;
        let partition = answer.read().responses.remove(0).partitions.remove(0);
        assert_eq!((partition.high_watermark, partition.last_stable_offset), (2, 2));
        assert_eq!(partition.log_start_offset, if version < 5 { -1 } else { 0 });
        assert_eq!(partition.preferred_read_replica, -1);
    }
}

#[tokio::test]
async fn a_partition_asked_for_twice_answers_twice() {
    let world = World::start().await;
    let topic = world.topic("orders", 1, &[]).await;
    let mut wire = world.wire().await;
    filled(&mut wire, &topic, 0, 2).await;
    let mut request = topic.fetch(&[(0, 0)]);
    let again = FetchRequestPartition { fetch_offset: 1, ..request.topics[0].partitions[0].clone() };
    request.topics[0].partitions.push(again);
    let counts: Vec<_> =
        wire.fetch(12, &request).await.iter().map(|partition| values(&partition.records).len()).collect();
    assert_eq!(counts, [2, 1]);
}
