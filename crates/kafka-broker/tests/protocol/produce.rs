//! Produce: what is refused and how it is called, who hears of it, and in which order.

use kafka_wire::ErrorCode;
use kafka_wire::messages::{FetchRequest, MetadataRequest, ProduceRequest, ProduceRequestPartition};
use kafka_wire::records::{
    Attributes, Batch, BatchBuilder, Batches, Compression, NO_TIMESTAMP, NewRecord, TimestampType,
};
use machine::clock::Clock;

use crate::harness::{Topic, World, amended, batch, built, values};

/// The first version that tells which records were wrong.
const RECORD_ERRORS_FROM: i16 = 8;
const DAY_MS: i64 = 24 * 60 * 60 * 1_000;

/// A batch of one record for each timestamp; a key only where said.
fn stamped(keyed: bool, timestamps: &[i64]) -> Vec<u8> {
    let mut builder = BatchBuilder::new(Compression::None);
    for &timestamp in timestamps {
        let key = keyed.then_some(&b"key"[..]);
        builder.push(&NewRecord { timestamp, key, value: Some(b"value"), headers: &[] }).unwrap();
    }
    builder.build().unwrap()
}

fn set_attributes(batch: &[u8], change: impl FnOnce(Attributes) -> Attributes) -> Vec<u8> {
    amended(batch, |header| header.attributes = change(header.attributes))
}

fn with_byte(batch: &[u8], at: usize, byte: u8) -> Vec<u8> {
    let mut changed = batch.to_vec();
    changed[at] = byte;
    changed
}

/// What is wrong with a batch, whatever its topic: in Kafka's order, so that each row is right up to its fault.
fn unsound() -> Vec<(&'static str, Vec<u8>, ErrorCode)> {
    let good = batch(&["one", "two"]);
    let zeros = vec![0; 100_000];
    let mut bomb = BatchBuilder::new(Compression::Gzip);
    bomb.push(&NewRecord { value: Some(&zeros), ..Default::default() }).unwrap();
    let mut inside = good.clone();
    // The second record's length, wrong under a right checksum.
    let last = inside.len() - 1;
    inside[last] = 0x55;
    let checksum = {
        let (parsed, _) = Batch::parse(&inside).unwrap();
        parsed.header.checksum(parsed.payload())
    };
    inside[17..21].copy_from_slice(&checksum.to_be_bytes());
    vec![
        ("no bytes", Vec::new(), ErrorCode::INVALID_RECORD),
        ("two batches", [good.clone(), good.clone()].concat(), ErrorCode::INVALID_RECORD),
        ("magic 1", with_byte(&good, 16, 1), ErrorCode::INVALID_RECORD),
        ("magic 0", with_byte(&good, 16, 0), ErrorCode::INVALID_RECORD),
        ("a base offset", with_byte(&good, 7, 1), ErrorCode::INVALID_RECORD),
        ("a length below the header's", with_byte(&good, 11, 48), ErrorCode::CORRUPT_MESSAGE),
        ("a batch cut short", good[..good.len() - 1].to_vec(), ErrorCode::CORRUPT_MESSAGE),
        ("a header cut short", good[..60].to_vec(), ErrorCode::CORRUPT_MESSAGE),
        ("a wrong checksum", with_byte(&good, last, good[last] ^ 1), ErrorCode::CORRUPT_MESSAGE),
        ("more records than offsets", amended(&good, |h| h.record_count = 3), ErrorCode::INVALID_RECORD),
        ("more offsets than records", amended(&good, |h| h.last_offset_delta = 2), ErrorCode::INVALID_RECORD),
        ("no records", amended(&good, |h| h.record_count = 0), ErrorCode::INVALID_RECORD),
        (
            "fewer records than there are",
            amended(&good, |h| (h.record_count, h.last_offset_delta) = (1, 0)),
            ErrorCode::INVALID_RECORD,
        ),
        ("a control batch", set_attributes(&good, |a| a.with_control(true)), ErrorCode::INVALID_RECORD),
        ("a producer without a sequence", amended(&good, |h| h.producer_id = 1), ErrorCode::INVALID_RECORD),
        ("codec 5", set_attributes(&good, |a| Attributes(a.0 | 5)), ErrorCode::INVALID_RECORD),
        ("codec 7", set_attributes(&good, |a| Attributes(a.0 | 7)), ErrorCode::INVALID_RECORD),
        ("plain bytes called lz4", set_attributes(&good, |a| Attributes(a.0 | 3)), ErrorCode::INVALID_RECORD),
        ("garbage inside", inside, ErrorCode::INVALID_RECORD),
        ("a bomb", bomb.build().unwrap(), ErrorCode::INVALID_RECORD),
        (
            "a transaction without an id",
            set_attributes(&good, |a| a.with_transactional(true)),
            ErrorCode::TRANSACTIONAL_ID_AUTHORIZATION_FAILED,
        ),
        (
            "the broker's clock, claimed",
            set_attributes(&good, |a| a.with_timestamp_type(TimestampType::LogAppend)),
            ErrorCode::INVALID_TIMESTAMP,
        ),
    ]
}

#[tokio::test]
async fn an_unsound_batch_is_refused_with_its_reason() {
    let world = World::start().await;
    let mut wire = world.wire().await;
    for settings in [
        &[("max.message.bytes", "1000")][..],
        &[("message.timestamp.type", "LogAppendTime"), ("max.message.bytes", "1000")],
    ] {
        let topic = world.topic(&format!("topic-{}", settings.len()), 1, settings).await;
        for version in [3, 7, 8, 12, 13] {
            for (why, bytes, code) in unsound() {
                let produced = wire.produce(version, &topic, 0, &bytes).await;
                assert_eq!(produced.error, code, "{why}, version {version}");
                assert_eq!(produced.base_offset, -1, "{why}, version {version}");
            }
            wire.send(version, &topic.produce(-1, 0, None)).await;
            assert_eq!(wire.produced(version).await.error, ErrorCode::INVALID_RECORD, "null");
        }
        let first = wire.produce(13, &topic, 0, &batch(&["good"])).await;
        assert_eq!((first.error, first.base_offset), (ErrorCode::NONE, 0), "nothing of them was kept");
    }
}

#[tokio::test]
async fn where_and_how_it_is_produced_is_checked() {
    let world = World::start().await;
    let topic = world.topic("orders", 1, &[]).await;
    let replicated = world.topic("replicated", 1, &[("min.insync.replicas", "2")]).await;
    let mut wire = world.wire().await;
    let good = batch(&["value"]);
    let probe = world.probe().await;
    let renamed = Topic { name: "renamed".into(), ..topic.clone() };
    for (why, version, to, partition, acks, code) in [
        ("an unknown name", 12, &Topic::absent(), 0, -1, ErrorCode::UNKNOWN_TOPIC_OR_PARTITION),
        ("an unknown id", 13, &Topic::absent(), 0, -1, ErrorCode::UNKNOWN_TOPIC_ID),
        ("an id counts, not the name", 13, &renamed, 0, -1, ErrorCode::NONE),
        ("an unknown partition", 12, &topic, 1, -1, ErrorCode::UNKNOWN_TOPIC_OR_PARTITION),
        ("a negative partition", 13, &topic, -1, -1, ErrorCode::UNKNOWN_TOPIC_OR_PARTITION),
        ("the engine's own topic", 9, &probe, 0, -1, ErrorCode::INVALID_TOPIC_EXCEPTION),
        ("the engine's own topic, by its id", 13, &probe, 0, 1, ErrorCode::INVALID_TOPIC_EXCEPTION),
        ("acks 2", 9, &topic, 0, 2, ErrorCode::INVALID_REQUIRED_ACKS),
        ("acks -2", 9, &topic, 0, -2, ErrorCode::INVALID_REQUIRED_ACKS),
        ("acks 2 into nowhere", 9, &Topic::absent(), 0, 2, ErrorCode::UNKNOWN_TOPIC_OR_PARTITION),
        ("all of two replicas", 9, &replicated, 0, -1, ErrorCode::NOT_ENOUGH_REPLICAS),
        ("the leader alone", 9, &replicated, 0, 1, ErrorCode::NONE),
    ] {
        wire.send(version, &to.produce(acks, partition, Some(&good))).await;
        assert_eq!(wire.produced(version).await.error, code, "{why}");
    }
    // What the request is comes before how it is to be acknowledged.
    wire.send(9, &topic.produce(2, 0, None)).await;
    assert_eq!(wire.produced(9).await.error, ErrorCode::INVALID_RECORD);
}

#[tokio::test]
async fn only_the_host_writes_to_its_own_topic() {
    let world = World::start().await;
    let probe = world.probe().await;
    let good = batch(&["value"]);
    let mut silent = world.wire().await;
    silent.send_silent(9, &probe.produce(0, 0, Some(&good))).await;
    silent.closed("a client learns of the refusal by losing the connection").await;
    assert_eq!(world.cluster.topic_ends(&probe.name).unwrap()[0].end, 0);
    let (_expected, mut own) = world.own_wire().await;
    for version in [9, 13] {
        assert_eq!(own.produce(version, &probe, 0, &good).await.error, ErrorCode::NONE);
    }
    assert_eq!(world.cluster.topic_ends(&probe.name).unwrap()[0].end, 2);
}

#[tokio::test]
async fn a_topics_settings_bound_what_it_takes() {
    let world = World::start().await;
    let now = Clock::system().now_ms();
    let small = world.topic("small", 1, &[("max.message.bytes", "200")]).await;
    let keyed = world.topic("keyed", 1, &[("cleanup.policy", "compact")]).await;
    let recent = world.topic("recent", 1, &[("message.timestamp.before.max.ms", "60000")]).await;
    let stamping =
        [("message.timestamp.type", "LogAppendTime"), ("message.timestamp.before.max.ms", "60000")];
    let stamping = world.topic("stamping", 1, &stamping).await;
    let fits = batch(&["x"]);
    let long = batch(&["x".repeat(200).as_str()]);
    let mut wire = world.wire().await;
    for (why, topic, bytes, code, records) in [
        ("within the limit", &small, fits.clone(), ErrorCode::NONE, vec![]),
        ("over the limit", &small, long, ErrorCode::MESSAGE_TOO_LARGE, vec![]),
        ("a key each", &keyed, stamped(true, &[now, now]), ErrorCode::NONE, vec![]),
        ("no keys", &keyed, stamped(false, &[now, now]), ErrorCode::INVALID_RECORD, vec![0, 1]),
        ("stamps in range", &recent, stamped(true, &[now, now - 1_000]), ErrorCode::NONE, vec![]),
        ("no stamp", &recent, stamped(true, &[NO_TIMESTAMP]), ErrorCode::NONE, vec![]),
        ("too old", &recent, stamped(true, &[now, now - DAY_MS]), ErrorCode::INVALID_TIMESTAMP, vec![1]),
        ("too new", &recent, stamped(true, &[now + DAY_MS, now]), ErrorCode::INVALID_TIMESTAMP, vec![0]),
        ("keyless and too new", &keyed, stamped(false, &[now + DAY_MS]), ErrorCode::INVALID_RECORD, vec![0]),
        (
            "any stamp, where ours counts",
            &stamping,
            stamped(true, &[1, now + DAY_MS]),
            ErrorCode::NONE,
            vec![],
        ),
    ] {
        for version in [3, 7, 8, 9, 13] {
            let produced = wire.produce(version, topic, 0, &bytes).await;
            assert_eq!(produced.error, code, "{why}, version {version}");
            let told = if version < RECORD_ERRORS_FROM { vec![] } else { records.clone() };
            assert_eq!(produced.records, told, "{why}, version {version}");
        }
    }
}

#[tokio::test]
async fn every_codec_goes_in_and_out_unchanged() {
    let world = World::start().await;
    let topic = world.topic("orders", 1, &[]).await;
    let mut wire = world.wire().await;
    let mut sent = Vec::new();
    for codec in ["none", "gzip", "snappy", "lz4", "zstd"] {
        let codec = Compression::from_name(codec).unwrap();
        let bytes = built(BatchBuilder::new(codec), &["some", "some more", "and more"]);
        let version = if codec == Compression::Zstd {
            let refused = wire.produce(6, &topic, 0, &bytes).await;
            assert_eq!(
                refused.error,
                ErrorCode::UNSUPPORTED_COMPRESSION_TYPE,
                "such a client cannot read it"
            );
            7
        } else {
            3
        };
        assert_eq!(wire.produce(version, &topic, 0, &bytes).await.error, ErrorCode::NONE);
        sent.push(bytes);
    }
    let fetched = wire.fetch(12, &topic.fetch(&[(0, 0)])).await.remove(0).records;
    let mut rest = &fetched[..];
    for sent in sent {
        let (batch, behind) = Batch::parse(rest).unwrap();
        // All that has a checksum is the producer's: everything from the attributes on.
        assert_eq!(batch.bytes()[17..], sent[17..]);
        rest = behind;
    }
    assert!(rest.is_empty());
    assert_eq!(values(&fetched).len(), 15);
}

#[tokio::test]
async fn a_topic_stores_batches_in_the_compression_it_wants() {
    let world = World::start().await;
    let mut wire = world.wire().await;
    let words = ["some", "some more", "and more"];
    for wanted in ["uncompressed", "gzip", "snappy", "lz4", "zstd"] {
        let topic = world.topic(wanted, 1, &[("compression.type", wanted)]).await;
        let wanted = Compression::from_name(wanted).unwrap_or(Compression::None);
        for codec in Compression::ALL {
            let bytes = built(BatchBuilder::new(codec), &words);
            assert_eq!(wire.produce(9, &topic, 0, &bytes).await.error, ErrorCode::NONE, "{codec:?}");
        }
        let fetched = wire.fetch(12, &topic.fetch(&[(0, 0)])).await.remove(0).records;
        let found: Vec<_> =
            Batches::new(&fetched).map(|batch| batch.unwrap().compression().unwrap()).collect();
        assert_eq!(found, [wanted; 5]);
        assert_eq!(values(&fetched).len(), 5 * words.len());
        // Such a client cannot read zstd, and learns it at once.
        for version in [4, 9, 10] {
            let expected = match version < 10 && wanted == Compression::Zstd {
                true => ErrorCode::UNSUPPORTED_COMPRESSION_TYPE,
                false => ErrorCode::NONE,
            };
            let fetched = wire.fetch(version, &topic.fetch(&[(0, 0)])).await.remove(0);
            assert_eq!(fetched.error, expected, "{wanted:?}, version {version}");
        }
    }
}

#[tokio::test]
async fn a_batch_in_another_compression_is_the_producers_all_the_same() {
    let world = World::start().await;
    let settings = [("compression.type", "gzip"), ("message.timestamp.type", "LogAppendTime")];
    let topic = world.topic("orders", 1, &settings).await;
    let mut wire = world.wire().await;
    let numbered =
        |sequence| built(BatchBuilder::new(Compression::Lz4).producer(7, 0, sequence), &["a", "b"]);
    for (sequence, error, offset) in [
        (0, ErrorCode::NONE, 0),
        (2, ErrorCode::NONE, 2),
        (0, ErrorCode::NONE, 0),
        (5, ErrorCode::OUT_OF_ORDER_SEQUENCE_NUMBER, -1),
    ] {
        let produced = wire.produce(9, &topic, 0, &numbered(sequence)).await;
        assert_eq!((produced.error, produced.base_offset), (error, offset), "{sequence}");
    }
    let fetched = wire.fetch(12, &topic.fetch(&[(0, 0)])).await.remove(0).records;
    assert_eq!(values(&fetched).len(), 4, "what was sent twice is there once");
}

#[tokio::test]
async fn a_batch_must_fit_as_it_is_stored() {
    let world = World::start().await;
    let settings = [("compression.type", "uncompressed"), ("max.message.bytes", "1000")];
    let topic = world.topic("orders", 1, &settings).await;
    let mut wire = world.wire().await;
    for (length, error) in [(500, ErrorCode::NONE), (5_000, ErrorCode::MESSAGE_TOO_LARGE)] {
        let packed = built(BatchBuilder::new(Compression::Zstd), &["x".repeat(length).as_str()]);
        assert!(packed.len() < 200);
        assert_eq!(wire.produce(9, &topic, 0, &packed).await.error, error, "{length}");
    }
}

#[tokio::test]
async fn the_brokers_stamp_stands_on_every_record() {
    let world = World::start().await;
    let topic = world.topic("orders", 1, &[("message.timestamp.type", "LogAppendTime")]).await;
    let mut wire = world.wire().await;
    let before = Clock::system().now_ms();
    let produced = wire.produce(9, &topic, 0, &stamped(true, &[1, 2])).await;
    let after = Clock::system().now_ms();
    assert!((before..=after).contains(&produced.append_time), "{produced:?}");
    let fetched = wire.fetch(12, &topic.fetch(&[(0, 0)])).await.remove(0).records;
    let (batch, _) = Batch::parse(&fetched).unwrap();
    batch.checksum_verify().unwrap();
    for record in batch.plain(usize::MAX).unwrap().records() {
        assert_eq!(record.unwrap().timestamp, produced.append_time);
    }
    let plain = world.topic("plain", 1, &[]).await;
    assert_eq!(wire.produce(9, &plain, 0, &stamped(true, &[1, 2])).await.append_time, -1);
}

#[tokio::test]
async fn without_acks_nothing_is_said() {
    let world = World::start().await;
    let topic = world.topic("orders", 1, &[]).await;
    let mut wire = world.wire().await;
    let good = batch(&["value"]);
    for version in 3..=13 {
        wire.send_silent(version, &topic.produce(0, 0, Some(&good))).await;
        // The next bytes are the answer to the next request.
        wire.ask(1, &MetadataRequest::default()).await;
    }
    // Nobody said when they can be read: wait for as many bytes.
    let bytes = i32::try_from(11 * good.len()).unwrap();
    let all = FetchRequest { min_bytes: bytes, max_wait_ms: 10_000, ..topic.fetch(&[(0, 0)]) };
    let fetched = wire.fetch(12, &all).await.remove(0);
    assert_eq!(values(&fetched.records).len(), 11, "all of them are there");
    for (why, request) in [
        ("an unknown partition", topic.produce(0, 7, Some(&good))),
        ("a bad batch", topic.produce(0, 0, Some(&good[..70]))),
        ("no batch", topic.produce(0, 0, None)),
    ] {
        let mut wire = world.wire().await;
        wire.send_silent(9, &request).await;
        wire.closed(why).await;
    }
    assert_eq!(world.cluster.counters().panics, 0);
}

#[tokio::test]
async fn one_acknowledgement_is_enough_for_one() {
    let world = World::start().await;
    let topic = world.topic("orders", 1, &[]).await;
    let mut wire = world.wire().await;
    for offset in 0..3 {
        wire.send(9, &topic.produce(1, 0, Some(&batch(&["value"])))).await;
        assert_eq!(wire.produced(9).await.base_offset, offset);
    }
}

#[tokio::test]
async fn produces_in_flight_are_appended_and_answered_in_order() {
    let world = World::start().await;
    let topic = world.topic("orders", 1, &[("max.message.bytes", "200")]).await;
    let mut wire = world.wire().await;
    let long = batch(&["x".repeat(200).as_str()]);
    for number in 0..300 {
        let bytes = if number % 100 == 50 { long.clone() } else { batch(&[&number.to_string()]) };
        let acks = if number % 2 == 0 { -1 } else { 1 };
        wire.send(9, &topic.produce(acks, 0, Some(&bytes))).await;
    }
    let mut offset = 0;
    for number in 0..300 {
        let produced = wire.produced(9).await;
        if number % 100 == 50 {
            assert_eq!(produced.error, ErrorCode::MESSAGE_TOO_LARGE);
        } else {
            assert_eq!((produced.error, produced.base_offset), (ErrorCode::NONE, offset));
            offset += 1;
        }
    }
    let expected: Vec<_> = (0..)
        .zip((0..300).filter(|number| number % 100 != 50).map(|number: i32| number.to_string()))
        .collect();
    let fetched = wire.fetch(12, &topic.fetch(&[(0, 0)])).await.remove(0);
    assert_eq!(values(&fetched.records), expected);
}

#[tokio::test]
async fn each_partition_of_a_request_answers_for_itself() {
    let world = World::start().await;
    let topic = world.topic("orders", 3, &[]).await;
    let (good, bad) = (batch(&["value"]), batch(&["value"])[..70].to_vec());
    let mut request = topic.produce(-1, 2, Some(&good));
    for (index, records) in [(1, &bad), (0, &good), (9, &good)] {
        request.topic_data[0].partition_data.push(ProduceRequestPartition { index, records: Some(records) });
    }
    let mut wire = world.wire().await;
    let answer = wire.ask::<ProduceRequest<'_>>(9, &request).await;
    let partitions = answer.read().responses.remove(0).partition_responses;
    let told: Vec<_> = partitions
        .iter()
        .map(|partition| (partition.index, partition.error_code, partition.base_offset))
        .collect();
    let expected = [
        (2, ErrorCode::NONE, 0),
        (1, ErrorCode::CORRUPT_MESSAGE, -1),
        (0, ErrorCode::NONE, 0),
        (9, ErrorCode::UNKNOWN_TOPIC_OR_PARTITION, -1),
    ];
    assert_eq!(told, expected);
}

#[tokio::test]
async fn a_client_that_sends_and_goes_leaves_what_it_sent() {
    let world = World::start().await;
    let topic = world.topic("orders", 1, &[]).await;
    let good = batch(&["value"]);
    let mut wire = world.wire().await;
    for _ in 0..50 {
        wire.send_silent(9, &topic.produce(0, 0, Some(&good))).await;
    }
    drop(wire);
    let min_bytes = i32::try_from(50 * good.len()).unwrap();
    let all = FetchRequest { min_bytes, max_wait_ms: 10_000, ..topic.fetch(&[(0, 0)]) };
    let fetched = world.wire().await.fetch(12, &all).await.remove(0);
    assert_eq!(values(&fetched.records).len(), 50);
}

#[tokio::test]
async fn a_produce_into_a_topic_that_goes_is_answered() {
    let world = World::start().await;
    let good = batch(&["value"]);
    let mut wire = world.wire().await;
    for round in 0..30 {
        let topic = world.topic("orders", 1, &[]).await;
        for _ in 0..5 {
            wire.send(12, &topic.produce(-1, 0, Some(&good))).await;
        }
        world.cluster.topic_delete(topic.id).await.unwrap();
        let mut gone = false;
        for _ in 0..5 {
            let error = wire.produced(12).await.error;
            let expected = [ErrorCode::NONE, ErrorCode::UNKNOWN_TOPIC_OR_PARTITION];
            assert!(expected.contains(&error), "round {round}: {error:?}");
            assert!(!gone || error != ErrorCode::NONE, "round {round}: it is not there again");
            gone = error != ErrorCode::NONE;
        }
    }
}
