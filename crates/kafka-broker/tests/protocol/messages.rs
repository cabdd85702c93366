//! What the cluster's host sees of the records that clients sent.

use kafka_broker::{ClusterError, Excerpt, Message, MessageLimits, MessagePlace};
use kafka_wire::ErrorCode;
use kafka_wire::records::{BatchBuilder, Compression, NewRecord};

use crate::harness::{Topic, Wire, World, batch};

const LIMITS: MessageLimits = MessageLimits { messages: 10, bytes: 1 << 20, excerpt_bytes: 1 << 10 };

/// Stamps that the broker accepts, whenever this runs.
const FIRST_MS: i64 = 1_600_000_000_000;

async fn produce(wire: &mut Wire, topic: &Topic, partition: i32, batch: &[u8]) -> i64 {
    let produced = wire.produce(9, topic, partition, batch).await;
    assert_eq!(produced.error, ErrorCode::NONE);
    produced.base_offset
}

/// A batch whose records have these times and values; their keys are their times.
fn timed(compression: Compression, records: &[(i64, &[u8])]) -> Vec<u8> {
    let mut builder = BatchBuilder::new(compression);
    for (time, value) in records {
        let key = time.to_string();
        let record =
            NewRecord { timestamp: *time, key: Some(key.as_bytes()), value: Some(value), headers: &[] };
        builder.push(&record).unwrap();
    }
    builder.build().unwrap()
}

fn offsets(messages: &[Message]) -> Vec<i64> {
    messages.iter().map(|message| message.offset).collect()
}

#[tokio::test]
async fn every_compression_is_seen_through_and_long_values_are_cut() {
    let world = World::start().await;
    let topic = world.topic("seen", 5, &[]).await;
    let mut wire = world.wire().await;
    let long: Vec<u8> = (0..70_000_u32).map(|number| u8::try_from(number % 251).unwrap()).collect();
    for (partition, compression) in (0..).zip(Compression::ALL) {
        let records = [(FIRST_MS, &b"short"[..]), (FIRST_MS + 1, &long), (FIRST_MS + 2, b"")];
        produce(&mut wire, &topic, partition, &timed(compression, &records)).await;
        let number = u32::try_from(partition).unwrap();
        let found = world.cluster.messages("seen", number, 0, LIMITS).unwrap();
        assert_eq!(offsets(&found), [0, 1, 2], "{compression:?}");
        let excerpt = |bytes: &[u8], whole| Some(Excerpt { bytes: bytes.to_vec(), whole });
        assert_eq!(found[0].value, excerpt(b"short", 5));
        assert_eq!(found[1].value, excerpt(&long[..1_024], 70_000));
        assert_eq!(found[2].value, excerpt(b"", 0));
        assert_eq!(found[1].key, excerpt((FIRST_MS + 1).to_string().as_bytes(), 13));
        let times: Vec<_> = found.iter().map(|message| message.timestamp_ms - FIRST_MS).collect();
        assert_eq!(times, [0, 1, 2]);
        // What Kafka's consumer computes of this time, a key of 13 bytes and a value of 5.
        assert_eq!(found[0].checksum, crc32c_of(FIRST_MS, 13, 5));
        let middle = world.cluster.messages("seen", number, 1, LIMITS).unwrap();
        assert_eq!(offsets(&middle), [1, 2], "from within a batch");
    }
}

fn crc32c_of(timestamp: i64, key_bytes: i32, value_bytes: i32) -> u32 {
    let [time, key, value] = [
        timestamp.to_be_bytes().to_vec(),
        key_bytes.to_be_bytes().to_vec(),
        value_bytes.to_be_bytes().to_vec(),
    ];
    crc32c::crc32c(&[time, key, value].concat())
}

#[tokio::test]
async fn no_more_is_shown_than_was_asked_for() {
    let world = World::start().await;
    let topic = world.topic("many", 1, &[]).await;
    let mut wire = world.wire().await;
    for _ in 0..3 {
        produce(&mut wire, &topic, 0, &batch(&["12345", "12345", "12345", "12345"])).await;
    }
    let found = |offset, messages, bytes| {
        let limits = MessageLimits { messages, bytes, ..LIMITS };
        offsets(&world.cluster.messages("many", 0, offset, limits).unwrap())
    };
    assert_eq!(found(2, 5, 1_000), [2, 3, 4, 5, 6]);
    // Each has a key of 3 bytes.
    assert_eq!(found(2, 100, 40), [2, 3, 4, 5, 6]);
    assert_eq!(found(2, 100, 39), [2, 3, 4, 5]);
    assert_eq!(found(2, 100, 1), [2], "one is always shown");
    assert_eq!(found(11, 100, 1_000), [11]);
    // Outside of the partition is where it begins or ends.
    assert_eq!(found(12, 100, 1_000), [0_i64; 0]);
    assert_eq!(found(i64::MAX, 100, 1_000), [0_i64; 0]);
    assert_eq!(found(-7, 1, 1_000), [0]);
    for (name, partition) in [("nowhere", 0), ("many", 1), ("many", u32::MAX)] {
        let absent = world.cluster.messages(name, partition, 0, LIMITS);
        assert!(matches!(absent, Err(ClusterError::Absent(_))), "{absent:?}");
    }
}

#[tokio::test]
async fn a_time_leads_to_the_record_and_not_to_its_batch() {
    let mut world = World::start().await;
    let topic = world.topic("timed", 3, &[]).await;
    let mut wire = world.wire().await;
    let at = |after: i64| FIRST_MS + after;
    for (partition, compression, times) in
        [(0, Compression::Lz4, [at(0), at(10), at(20)]), (2, Compression::None, [at(5), at(5), at(30)])]
    {
        let records = times.map(|time| (time, &b"v"[..]));
        produce(&mut wire, &topic, partition, &timed(compression, &records)).await;
    }
    for round in ["at once", "after a restart"] {
        let found = |after: i64| world.cluster.topic_at_time("timed", None, at(after)).unwrap();
        let place =
            |partition, offset, after: i64| MessagePlace { partition, offset, timestamp_ms: at(after) };
        assert_eq!(found(0), [place(0, 0, 0), place(2, 0, 5)], "{round}");
        assert_eq!(found(6), [place(0, 1, 10), place(2, 2, 30)], "{round}");
        assert_eq!(found(21), [place(2, 2, 30)], "{round}");
        assert_eq!(found(31), [], "{round}");
        let found = |partition| world.cluster.topic_at_time("timed", Some(partition), at(6));
        assert_eq!(found(0).unwrap(), [place(0, 1, 10)], "{round}");
        assert_eq!(found(1).unwrap(), [], "{round}");
        for absent in [3, u32::MAX] {
            assert!(matches!(found(absent), Err(ClusterError::Absent(_))), "{round}");
        }
        world.restart().await;
    }
}

#[tokio::test]
async fn the_broker_stamps_where_the_topic_says_so() {
    let world = World::start().await;
    let topic = world.topic("stamped", 1, &[("message.timestamp.type", "LogAppendTime")]).await;
    let mut wire = world.wire().await;
    produce(&mut wire, &topic, 0, &timed(Compression::Gzip, &[(FIRST_MS, b"v"), (FIRST_MS, b"w")])).await;
    let found = world.cluster.messages("stamped", 0, 0, LIMITS).unwrap();
    assert!(found.iter().all(|message| message.is_append_time && message.timestamp_ms > FIRST_MS));
}
