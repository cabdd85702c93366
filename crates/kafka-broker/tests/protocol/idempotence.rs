//! Idempotent producers over the wire: what was sent again is there once, what was lost on the way shows, and a
//! restart of the broker changes neither.

use kafka_wire::ErrorCode;
use kafka_wire::messages::{InitProducerIdRequest, MetadataRequest, MetadataRequestTopic};
use kafka_wire::records::{BatchBuilder, Compression};

use crate::harness::{Topic, Wire, World, built, values};

async fn producer_id(wire: &mut Wire) -> i64 {
    let answer = wire.ask(4, &InitProducerIdRequest::default()).await;
    let response = answer.read();
    assert_eq!((response.error_code, response.producer_epoch), (ErrorCode::NONE, 0));
    assert!(response.producer_id >= 0);
    response.producer_id
}

fn sequenced(producer: i64, epoch: i16, sequence: i32, values: &[&str]) -> Vec<u8> {
    built(BatchBuilder::new(Compression::None).producer(producer, epoch, sequence), values)
}

/// Produces, and tells code and offset.
async fn produced(wire: &mut Wire, topic: &Topic, batch: &[u8]) -> (ErrorCode, i64) {
    let produced = wire.produce(9, topic, 0, batch).await;
    (produced.error, produced.base_offset)
}

const OUT_OF_ORDER: (ErrorCode, i64) = (ErrorCode::OUT_OF_ORDER_SEQUENCE_NUMBER, -1);

#[tokio::test]
async fn ids_are_never_given_twice() {
    let mut world = World::start().await;
    let mut ids = Vec::new();
    for _ in 0..2 {
        let mut wire = world.wire().await;
        for _ in 0..3 {
            ids.push(producer_id(&mut wire).await);
        }
        world.restart().await;
    }
    let all = ids.len();
    ids.sort_unstable();
    ids.dedup();
    assert_eq!(ids.len(), all);
}

#[tokio::test]
async fn a_producer_renews_its_id_or_says_nothing_of_one() {
    let world = World::start().await;
    let mut wire = world.wire().await;
    let given = producer_id(&mut wire).await;
    for (why, transactional_id, producer_id, producer_epoch, code) in [
        ("both", None, given, 0, ErrorCode::NONE),
        ("an id alone", None, given, -1, ErrorCode::INVALID_REQUEST),
        ("an epoch alone", None, -1, 0, ErrorCode::INVALID_REQUEST),
        ("no transactional id", Some(""), -1, -1, ErrorCode::INVALID_REQUEST),
    ] {
        let request = InitProducerIdRequest {
            transactional_id,
            transaction_timeout_ms: 1_000,
            producer_id,
            producer_epoch,
            ..Default::default()
        };
        let answer = wire.ask(5, &request).await;
        let response = answer.read();
        assert_eq!(response.error_code, code, "{why}");
        assert_eq!(response.producer_id == -1, code != ErrorCode::NONE, "{why}");
        assert_ne!(response.producer_id, given, "{why}");
    }
}

#[tokio::test]
async fn what_is_sent_again_is_there_once_also_after_a_restart() {
    let mut world = World::start().await;
    let topic = world.topic("orders", 1, &[]).await;
    let mut wire = world.wire().await;
    let id = producer_id(&mut wire).await;
    // Two records in each batch: sequences 0, 2, 4, …
    let batches: Vec<_> = (0..6).map(|number| sequenced(id, 0, number * 2, &["a", "b"])).collect();
    for (offset, batch) in (0..).step_by(2).zip(&batches) {
        assert_eq!(produced(&mut wire, &topic, batch).await, (ErrorCode::NONE, offset));
    }
    for round in ["before", "after"] {
        // The last five are remembered.
        for (offset, batch) in (0..).step_by(2).zip(&batches).skip(1) {
            assert_eq!(produced(&mut wire, &topic, batch).await, (ErrorCode::NONE, offset), "{round}");
        }
        assert_eq!(produced(&mut wire, &topic, &batches[0]).await, OUT_OF_ORDER, "{round}");
        let ahead = sequenced(id, 0, 14, &["a"]);
        assert_eq!(produced(&mut wire, &topic, &ahead).await, OUT_OF_ORDER, "{round}: 12 and 13 are missing");
        if round == "before" {
            world.restart().await;
            wire = world.wire().await;
        }
    }
    let next = sequenced(id, 0, 12, &["c"]);
    assert_eq!(produced(&mut wire, &topic, &next).await, (ErrorCode::NONE, 12));
    let fetched = wire.fetch(12, &topic.fetch(&[(0, 0)])).await.remove(0);
    let offsets: Vec<_> = values(&fetched.records).into_iter().map(|(offset, _)| offset).collect();
    assert_eq!(offsets, (0..13).collect::<Vec<_>>());
}

#[tokio::test]
async fn epochs_only_rise_and_begin_at_zero() {
    let world = World::start().await;
    let topic = world.topic("orders", 1, &[]).await;
    let mut wire = world.wire().await;
    let id = producer_id(&mut wire).await;
    for (why, epoch, sequence, expected) in [
        ("one that is not known may begin anywhere", 3, 7, (ErrorCode::NONE, 0)),
        ("a newer epoch begins at zero", 4, 8, OUT_OF_ORDER),
        ("an older epoch is fenced", 2, 8, (ErrorCode::INVALID_PRODUCER_EPOCH, -1)),
        ("a newer epoch at zero", 4, 0, (ErrorCode::NONE, 1)),
        ("the epoch before it", 3, 8, (ErrorCode::INVALID_PRODUCER_EPOCH, -1)),
        ("the next", 4, 1, (ErrorCode::NONE, 2)),
    ] {
        let batch = sequenced(id, epoch, sequence, &["a"]);
        assert_eq!(produced(&mut wire, &topic, &batch).await, expected, "{why}");
    }
}

#[tokio::test]
async fn sequences_go_on_at_zero_behind_the_last() {
    let world = World::start().await;
    let topic = world.topic("orders", 1, &[]).await;
    let mut wire = world.wire().await;
    let id = producer_id(&mut wire).await;
    let last = sequenced(id, 0, i32::MAX - 1, &["a", "b", "c"]);
    assert_eq!(produced(&mut wire, &topic, &last).await, (ErrorCode::NONE, 0), "it ends at 0");
    assert_eq!(produced(&mut wire, &topic, &last).await, (ErrorCode::NONE, 0), "and is known again");
    let next = sequenced(id, 0, 1, &["d"]);
    assert_eq!(produced(&mut wire, &topic, &next).await, (ErrorCode::NONE, 3));
}

#[tokio::test]
async fn what_follows_a_failure_in_flight_fails_too() {
    let world = World::start().await;
    let topic = world.topic("orders", 1, &[("max.message.bytes", "200")]).await;
    let mut wire = world.wire().await;
    let id = producer_id(&mut wire).await;
    let long = "x".repeat(200);
    for (sequence, value) in (0..).zip(["a", long.as_str(), "c", "d"]) {
        let batch = sequenced(id, 0, sequence, &[value]);
        wire.send(9, &topic.produce(-1, 0, Some(&batch))).await;
    }
    for expected in [
        ErrorCode::NONE,
        ErrorCode::MESSAGE_TOO_LARGE,
        ErrorCode::OUT_OF_ORDER_SEQUENCE_NUMBER,
        ErrorCode::OUT_OF_ORDER_SEQUENCE_NUMBER,
    ] {
        assert_eq!(wire.produced(9).await.error, expected);
    }
    // Sent again, smaller, they go on where the good one ended.
    for (sequence, value) in (1..).zip(["b", "c", "d"]) {
        let batch = sequenced(id, 0, sequence, &[value]);
        assert_eq!(produced(&mut wire, &topic, &batch).await, (ErrorCode::NONE, i64::from(sequence)));
    }
}

#[tokio::test]
async fn partitions_count_for_themselves() {
    let world = World::start().await;
    let topic = world.topic("orders", 2, &[]).await;
    let mut wire = world.wire().await;
    let id = producer_id(&mut wire).await;
    for partition in [0, 1] {
        let produced = wire.produce(9, &topic, partition, &sequenced(id, 0, 0, &["a"])).await;
        assert_eq!((produced.error, produced.base_offset), (ErrorCode::NONE, 0));
    }
    // The topic's maker sees both.
    let asked = MetadataRequestTopic { name: Some(&topic.name), ..Default::default() };
    let request = MetadataRequest { topics: Some(vec![asked]), ..Default::default() };
    assert_eq!(wire.ask(9, &request).await.read().topics[0].partitions.len(), 2);
}
