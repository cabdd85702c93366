//! Batches: built and read back, read as Apache Kafka wrote them, and read as nobody should write them.

use kafka_protocol::records::RecordBatchDecoder;
use kafka_wire::records::{
    Batch, BatchBuilder, BatchError, BatchHeader, Batches, Compression, HEADER_BYTES, Header, NewRecord,
    Record, RecordError, RecordFault, RecordRules, TimestampType,
};
use kafka_wire::sample::Dice;
use proptest::prelude::*;

/// More than any batch here inflates to.
const ROOMY: usize = 1 << 20;

const ANYTHING: RecordRules =
    RecordRules { inflated_max: ROOMY, key_required: false, timestamps: i64::MIN..=i64::MAX };

/// What Apache Kafka 4.1.0 makes of the same four records in each compression: transactional, producer
/// 4711, epoch 3, sequence 17.
const KAFKA: [(Compression, &str); 5] = [
    (
        Compression::None,
        "0000000000000000000002beffffffff0285f4675900100000000300000000000003e800000000000007d00000\
         0000000012670003000000110000000426000000026b0a6669727374040268023102680118000102010c736563\
         6f6e64001000d00f0402740100c20900e807060262b0097a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a\
         7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a\
         7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a\
         7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a\
         7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a\
         7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a\
         7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a\
         7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a\
         7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a\
         7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a\
         7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a\
         7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a\
         7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a\
         7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a7a00",
    ),
    (
        Compression::Gzip,
        "000000000000000000000080ffffffff02b1d43eec00110000000300000000000003e800000000000007d00000\
         000000001267000300000011000000041f8b08000000000000ff5363606060cae64acb2c2a2e6161ca603264ca\
         609460606462e4294e4dcecf4b611060b8c0cfc254c2c8708893e1053b1b53d206ceaa51300a680018001149f2\
         568d020000",
    ),
    (
        Compression::Snappy,
        "00000000000000000000009fffffffff0215dac1d200120000000300000000000003e800000000000007d00000\
         0000000012670003000000110000000482534e415050590000000001000000010000005a8d05d826000000026b\
         0a6669727374040268023102680118000102010c7365636f6e64001000d00f0402740100c20900e807060262b0\
         097a7a7afe0200fe0200fe0200fe0200fe0200fe0200fe0200fe0200fe02005202000000",
    ),
    (
        Compression::Lz4,
        "000000000000000000000082ffffffff02cf3f73dc00130000000300000000000003e800000000000007d00000\
         0000000012670003000000110000000404224d1860408242000000ff2626000000026b0a666972737404026802\
         3102680118000102010c7365636f6e64001000d00f0402740100c20900e807060262b0097a0100ffff42507a7a\
         7a7a0000000000",
    ),
    (
        Compression::Zstd,
        "00000000000000000000007bffffffff0296f7bdbc00140000000300000000000003e800000000000007d00000\
         0000000012670003000000110000000428b52ffd0058f40100640326000000026b0a6669727374040268023102\
         680118000102010c7365636f6e64001000d00f0402740100c20900e807060262b0097a00010045a50250010000",
    ),
];

#[test]
fn what_kafka_writes_is_understood() {
    let headers = [Header { key: b"h", value: Some(b"1") }, Header { key: b"h", value: None }];
    let big = [b'z'; 600];
    let expected = [
        (1000, Some(&b"k"[..]), Some(&b"first"[..]), 2),
        (999, None, Some(b"second"), 0),
        (2000, Some(b"t"), None, 0),
        (1500, Some(b"b"), Some(&big), 0),
    ];
    for (compression, hex) in KAFKA {
        let bytes = unhex(hex);
        let (batch, rest) = Batch::parse(&bytes).unwrap();
        assert!(rest.is_empty());
        batch.checksum_verify().unwrap();
        batch.producer_verify().unwrap();
        assert_eq!(batch.compression(), Ok(compression));
        let header = batch.header;
        assert_eq!((header.producer_id, header.producer_epoch), (4711, 3));
        assert_eq!((header.base_sequence, header.last_sequence()), (17, 20));
        assert!(header.attributes.is_transactional() && !header.attributes.is_control());
        assert_eq!(header.to_bytes(), bytes[..HEADER_BYTES], "the header survives");

        let plain = batch.plain(ROOMY).unwrap();
        let records: Vec<Record<'_>> = plain.records().collect::<Result<_, _>>().unwrap();
        let seen: Vec<_> = records.iter().map(|r| (r.timestamp, r.key, r.value, r.headers.len())).collect();
        assert_eq!(seen, expected, "{compression:?}");
        assert!(records[0].headers.iter().eq(headers), "repeated header keys survive");

        let summary = batch.records_verify(&ANYTHING).unwrap();
        assert_eq!((summary.timestamp_max, summary.timestamp_max_offset_delta), (2000, 2));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_is_built_is_read_back(records in prop::collection::vec(record(), 1..40), code in 0_u8..5) {
        let compression = Compression::from_code(code).unwrap();
        let bytes = build(compression, &records);
        let (batch, rest) = Batch::parse(&bytes).unwrap();
        prop_assert!(rest.is_empty());
        prop_assert_eq!(batch.checksum_verify(), Ok(()));
        prop_assert_eq!(batch.producer_verify(), Ok(()));

        let plain = batch.plain(usize::MAX).unwrap();
        let read: Vec<Owned> = plain.records().map(|record| Owned::from(record.unwrap())).collect();
        prop_assert_eq!(&read, &records);
        let shapes: Vec<_> = batch.scan(usize::MAX).unwrap().collect::<Result<_, _>>().unwrap();
        for (shape, record) in shapes.iter().zip(&records) {
            prop_assert_eq!(shape.timestamp, record.timestamp);
            prop_assert_eq!(shape.key_bytes, record.key.as_ref().map(Vec::len));
            prop_assert_eq!(shape.value_bytes, record.value.as_ref().map(Vec::len));
            prop_assert_eq!(shape.header_count, record.headers.len());
        }
        prop_assert_eq!(shapes.len(), records.len());
        prop_assert_eq!(batch.header.max_timestamp, records.iter().map(|r| r.timestamp).max().unwrap().max(-1));
    }

    #[test]
    fn another_codec_reads_what_is_built(records in prop::collection::vec(record(), 1..20)) {
        let bytes = build(Compression::None, &records);
        let theirs = RecordBatchDecoder::decode(&mut bytes::Bytes::from(bytes)).unwrap().records;
        prop_assert_eq!(theirs.len(), records.len());
        for (index, (theirs, ours)) in theirs.iter().zip(&records).enumerate() {
            prop_assert_eq!(theirs.offset, i64::try_from(index).unwrap());
            prop_assert_eq!(theirs.timestamp, ours.timestamp);
            prop_assert_eq!(theirs.key.as_deref(), ours.key.as_deref());
            prop_assert_eq!(theirs.value.as_deref(), ours.value.as_deref());
            prop_assert_eq!(theirs.sequence, 17 + i32::try_from(index).unwrap());
        }
    }

    /// The beginnings of keys and values are those of the records, also of records that are seen in pieces.
    #[test]
    fn excerpts_are_the_beginnings_of_keys_and_values(
        records in prop::collection::vec(record(), 1..6), code in 0_u8..=4, max in 0_usize..40,
        piece_bytes in 1_usize..60,
    ) {
        let begin = |bytes: &Option<Vec<u8>>| {
            bytes.as_deref().map_or(Vec::new(), |bytes| bytes[..bytes.len().min(max)].to_vec())
        };
        let bytes = build(Compression::from_code(code).unwrap(), &records);
        let plain = build(Compression::None, &records);
        let pieces = in_pieces(&Batch::parse(&plain).unwrap().0, piece_bytes);
        for bytes in [&bytes, &pieces] {
            let (batch, _) = Batch::parse(bytes).unwrap();
            let excerpts = batch.scan(usize::MAX).unwrap().excerpts(max).collect::<Result<Vec<_>, _>>();
            let excerpts = excerpts.unwrap();
            prop_assert_eq!(excerpts.len(), records.len());
            for (excerpt, record) in excerpts.iter().zip(&records) {
                prop_assert_eq!(&excerpt.key, &begin(&record.key));
                prop_assert_eq!(&excerpt.value, &begin(&record.value));
                prop_assert_eq!(excerpt.shape.value_bytes, record.value.as_ref().map(Vec::len));
            }
        }
    }

    /// Any damage to a batch: the walk over whole records, the one that sees them in pieces, and the one
    /// that borrows them agree whether it is one.
    #[test]
    fn all_walks_agree_on_damaged_records(
        records in prop::collection::vec(record(), 1..4),
        at in any::<prop::sample::Index>(),
        step in prop_oneof![Just(1_u8), Just(2), Just(254), Just(255), any::<u8>()],
        piece_bytes in 1_usize..60,
    ) {
        let mut bytes = build(Compression::None, &records);
        // The lengths in front are of interest, not the values behind.
        let at = HEADER_BYTES + at.index((bytes.len() - HEADER_BYTES).min(20));
        bytes[at] = bytes[at].wrapping_add(step);
        let (batch, _) = Batch::parse(&bytes).unwrap();
        let walked = batch.scan(ROOMY).unwrap().collect::<Result<Vec<_>, _>>();
        let plain = batch.plain(ROOMY).unwrap();
        let read = plain.records().collect::<Result<Vec<_>, _>>();
        prop_assert_eq!(walked.is_ok(), read.is_ok(), "{:?} {:?}", walked, read);

        let pieces = in_pieces(&batch, piece_bytes);
        let (batch, _) = Batch::parse(&pieces).unwrap();
        let pieced = batch.scan(usize::MAX).unwrap().collect::<Result<Vec<_>, _>>();
        match (&walked, &pieced) {
            (Ok(walked), Ok(pieced)) => prop_assert_eq!(walked, pieced),
            (Err(walked), Err(pieced)) => prop_assert_eq!(walked.index, pieced.index),
            _ => prop_assert!(false, "{:?} {:?}", walked, pieced),
        }
    }

    #[test]
    fn an_amended_header_has_the_right_checksum(
        records in prop::collection::vec(record(), 1..6), timestamp in any::<i64>(), code in 0_u8..5,
    ) {
        let mut bytes = build(Compression::from_code(code).unwrap(), &records);
        let mut header = BatchHeader::parse(&bytes).unwrap();
        header.append_time_set(timestamp);
        header.base_offset = 1_000_000;
        header.partition_leader_epoch = 5;
        bytes[..HEADER_BYTES].copy_from_slice(&header.to_bytes());
        let (batch, _) = Batch::parse(&bytes).unwrap();
        prop_assert_eq!(batch.checksum_verify(), Ok(()));
        prop_assert_eq!(batch.header.checksum(batch.payload()), batch.header.crc);
        prop_assert_eq!(batch.header.attributes.timestamp_type(), TimestampType::LogAppend);
        let plain = batch.plain(usize::MAX).unwrap();
        for (record, offset) in plain.records().zip(1_000_000..) {
            let record = record.unwrap();
            prop_assert_eq!((record.timestamp, record.offset), (timestamp, offset));
        }
    }
}

#[test]
fn a_row_of_batches_ends_where_one_is_cut() {
    let one = build(Compression::None, &[Owned::default()]);
    let row = [&one[..], &one[..], &one[..one.len() - 1]].concat();
    let mut batches = Batches::new(&row);
    assert!(batches.next().unwrap().is_ok() && batches.next().unwrap().is_ok());
    let needed = one.len();
    assert_eq!(batches.next(), Some(Err(BatchError::Truncated { needed, available: needed - 1 })));
    assert_eq!((batches.next(), batches.rest().len()), (None, needed - 1));
}

#[test]
fn every_cut_of_a_batch_is_an_error() {
    for (_, hex) in KAFKA {
        let bytes = unhex(hex);
        for length in 0..bytes.len() {
            let error = Batch::parse(&bytes[..length]).unwrap_err();
            assert!(matches!(error, BatchError::Truncated { .. }), "{length}: {error}");
        }
    }
}

#[test]
fn every_flipped_bit_behind_the_checksum_is_found() {
    for (_, hex) in KAFKA {
        let bytes = unhex(hex);
        for bit in 17 * 8..bytes.len() * 8 {
            let mut bytes = bytes.clone();
            bytes[bit / 8] ^= 1 << (bit % 8);
            let (batch, _) = Batch::parse(&bytes).unwrap();
            assert!(matches!(batch.checksum_verify(), Err(BatchError::Checksum { .. })), "bit {bit}");
        }
    }
}

/// A batch cut inside its compressed records, with a length and checksum that fit.
#[test]
fn every_cut_of_the_payload_is_an_error() {
    for (compression, hex) in KAFKA {
        let bytes = unhex(hex);
        let header = BatchHeader::parse(&bytes).unwrap();
        for length in 0..header.payload_bytes() {
            // The last bytes of gzip and zstd only repeat what is known; losing them is still an error.
            let cut = resealed(header, &bytes[HEADER_BYTES..HEADER_BYTES + length]);
            let (batch, _) = Batch::parse(&cut).unwrap();
            batch.checksum_verify().unwrap();
            // LZ4 readers, Kafka's among them, do not insist on the end mark.
            if compression == Compression::Lz4 && header.payload_bytes() - length <= 4 {
                continue;
            }
            batch.records_verify(&ANYTHING).expect_err(&format!("{compression:?} cut to {length}"));
        }
    }
}

#[test]
fn the_header_tells_what_a_producer_may_not_do() {
    let refused = |change: fn(&mut BatchHeader)| {
        let mut bytes = build(Compression::None, &[Owned::default(), Owned::default()]);
        let mut header = BatchHeader::parse(&bytes).unwrap();
        header.amend(change);
        bytes[..HEADER_BYTES].copy_from_slice(&header.to_bytes());
        let (batch, _) = Batch::parse(&bytes).unwrap();
        batch.checksum_verify().unwrap();
        batch.producer_verify()
    };
    assert_eq!(refused(|_| {}), Ok(()));
    assert_eq!(refused(|h| h.base_offset = 1), Err(BatchError::BaseOffset(1)));
    let count =
        |record_count, last_offset_delta| Err(BatchError::RecordCount { record_count, last_offset_delta });
    assert_eq!(refused(|h| h.record_count = 0), count(0, 1));
    assert_eq!(refused(|h| h.record_count = i32::MIN), count(i32::MIN, 1));
    assert_eq!(refused(|h| h.last_offset_delta = 2), count(2, 2));
    assert_eq!(refused(|h| h.attributes = h.attributes.with_control(true)), Err(BatchError::Control));
    assert_eq!(
        refused(|h| h.base_sequence = -1),
        Err(BatchError::Sequence { producer_id: 4711, base_sequence: -1 })
    );
    assert_eq!(refused(|h| h.attributes.0 |= 6), Err(BatchError::Compression(6)));
}

#[test]
fn the_header_refuses_other_formats_and_lengths() {
    let bytes = build(Compression::None, &[Owned::default()]);
    let with = |at: usize, value: &[u8]| {
        let mut bytes = bytes.clone();
        bytes[at..at + value.len()].copy_from_slice(value);
        BatchHeader::parse(&bytes).unwrap_err()
    };
    assert_eq!(with(16, &[1]), BatchError::Magic(1));
    assert_eq!(with(16, &[0xff]), BatchError::Magic(-1));
    assert_eq!(with(8, &48_i32.to_be_bytes()), BatchError::Length(48));
    assert_eq!(with(8, &(-1_i32).to_be_bytes()), BatchError::Length(-1));
    assert_eq!(
        BatchHeader::parse(&[0; 61]).unwrap_err(),
        BatchError::Magic(0),
        "a tail of zeros is no batch"
    );
    // An old message is recognised before it is found too short for a new one.
    assert_eq!(BatchHeader::parse(&[0; 20]).unwrap_err(), BatchError::Magic(0));
}

#[test]
fn sequences_and_offsets_stay_in_range() {
    let mut header = BatchHeader::parse(&build(Compression::None, &[Owned::default()])).unwrap();
    header.last_offset_delta = 2;
    header.base_sequence = i32::MAX - 1;
    assert_eq!(header.last_sequence(), 0);
    header.base_sequence = i32::MAX - 2;
    assert_eq!(header.last_sequence(), i32::MAX);
    header.base_offset = i64::MAX;
    assert_eq!(header.next_offset(), i64::MAX);
}

#[test]
fn the_rules_of_a_topic_name_each_record() {
    let good = Owned { key: Some(b"key".to_vec()), timestamp: 1000, ..Owned::default() };
    let keyless = Owned { key: None, ..good.clone() };
    let late = Owned { timestamp: 5000, ..good.clone() };
    let unstamped = Owned { timestamp: -1, ..good.clone() };
    let bytes = build(Compression::Zstd, &[good, keyless, late, unstamped]);
    let (batch, _) = Batch::parse(&bytes).unwrap();
    let rules = RecordRules { inflated_max: ROOMY, key_required: true, timestamps: 0..=1000 };
    let errors = batch.records_verify(&rules).unwrap_err();
    assert_eq!(
        errors,
        [
            RecordError { index: 1, fault: RecordFault::KeyMissing },
            RecordError { index: 2, fault: RecordFault::Timestamp(5000) },
        ]
    );
}

#[test]
fn records_that_do_not_fit_their_batch_are_named() {
    let two = |change: fn(&mut BatchHeader, &mut Vec<u8>)| {
        let bytes = build(Compression::None, &[Owned::default(), Owned::default()]);
        let mut header = BatchHeader::parse(&bytes).unwrap();
        let mut payload = bytes[HEADER_BYTES..].to_vec();
        change(&mut header, &mut payload);
        let bytes = resealed(header, &payload);
        let (batch, _) = Batch::parse(&bytes).unwrap();
        let errors = batch.records_verify(&ANYTHING).unwrap_err();
        // The same when no record arrives in one piece.
        let pieces = in_pieces(&batch, 3);
        assert_eq!(Batch::parse(&pieces).unwrap().0.records_verify(&ANYTHING).as_ref(), Err(&errors));
        errors
    };
    let error = |index, fault| vec![RecordError { index, fault }];
    assert_eq!(two(|h, _| h.record_count = 1), error(1, RecordFault::Trailing));
    assert_eq!(two(|h, _| h.record_count = 3), error(2, RecordFault::Truncated));
    assert_eq!(two(|_, payload| payload.push(0)), error(2, RecordFault::Trailing));
    // The record's size, attributes, time delta and offset delta take a byte each; then comes the key.
    assert_eq!(
        two(|_, payload| payload[3] = 2),
        error(0, RecordFault::OffsetDelta { expected: 0, found: 1 })
    );
    assert_eq!(two(|_, payload| payload[4] = 3), error(0, RecordFault::Length(-2)));
    assert_eq!(two(|_, payload| payload[0] -= 2), error(0, RecordFault::Size));
    assert_eq!(two(|_, payload| payload[0] += 2), error(0, RecordFault::Size));
    assert_eq!(two(|_, payload| payload[0] = 1), error(0, RecordFault::Length(-1)));
    // A time delta of ten bytes whose last says more than 64 bits; the size grows by nine, twice because
    // of its sign.
    let over_long = |_: &mut BatchHeader, payload: &mut Vec<u8>| {
        payload[0] += 18;
        payload.splice(2..3, [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02]);
    };
    assert_eq!(two(over_long), error(0, RecordFault::Varint));
}

/// Zeros that pack well: inflating each stops at its cap.
#[test]
fn a_bomb_stops_at_its_cap() {
    let value = vec![0; 64 << 20];
    for compression in Compression::ALL {
        let mut builder = BatchBuilder::new(compression);
        builder.push(&NewRecord { value: Some(&value), ..NewRecord::default() }).unwrap();
        let bytes = builder.build().unwrap();
        let (batch, _) = Batch::parse(&bytes).unwrap();
        let rules = RecordRules { inflated_max: ROOMY, ..ANYTHING };
        let too_large = RecordError { index: 0, fault: RecordFault::TooLarge(ROOMY) };
        if compression == Compression::None {
            // It has all arrived, so there is nothing to cap.
            assert!(bytes.len() > value.len() && batch.records_verify(&rules).is_ok());
            continue;
        }
        assert!(bytes.len() < value.len() / 15, "{compression:?} packs zeros well");
        assert_eq!(batch.records_verify(&rules), Err(vec![too_large.clone()]), "{compression:?}");
        assert_eq!(batch.plain(ROOMY).unwrap_err(), too_large, "{compression:?}");
    }
}

#[test]
fn noise_is_never_a_batch_and_never_a_panic() {
    let mut dice = Dice::new(7);
    for round in 0..2000 {
        let noise: Vec<u8> = (0..dice.below(400)).map(|_| dice.bits() as u8).collect();
        for compression in Compression::ALL {
            let mut builder = BatchBuilder::new(compression);
            builder.push(&NewRecord::default()).unwrap();
            let header = BatchHeader::parse(&builder.build().unwrap()).unwrap();
            let bytes = resealed(header, &noise);
            let (batch, _) = Batch::parse(&bytes).unwrap();
            // Noise may by chance be one record, but then both walks say so.
            let walked = batch.records_verify(&ANYTHING).is_ok();
            let read = batch.plain(ROOMY).is_ok_and(|plain| plain.records().all(|record| record.is_ok()));
            assert!(read || !walked, "round {round}: {noise:?}");
        }
        drop(Batches::new(&noise).collect::<Vec<_>>());
    }
}

/// A record that owns what it holds, for comparing.
#[derive(Clone, Debug, Default, PartialEq)]
struct Owned {
    timestamp: i64,
    key: Option<Vec<u8>>,
    value: Option<Vec<u8>>,
    headers: Vec<(Vec<u8>, Option<Vec<u8>>)>,
}

impl From<Record<'_>> for Owned {
    fn from(record: Record<'_>) -> Self {
        let headers = record.headers.iter().map(|h| (h.key.to_vec(), h.value.map(<[u8]>::to_vec)));
        Self {
            timestamp: record.timestamp,
            key: record.key.map(<[u8]>::to_vec),
            value: record.value.map(<[u8]>::to_vec),
            headers: headers.collect(),
        }
    }
}

fn record() -> impl Strategy<Value = Owned> {
    let bytes = || prop_oneof![prop::collection::vec(any::<u8>(), 0..80), Just(vec![b'x'; 70_000])];
    let header = ("[a-z]{0,8}", prop::option::of(prop::collection::vec(any::<u8>(), 0..9)))
        .prop_map(|(key, value)| (key.into_bytes(), value));
    (
        0..i64::from(u32::MAX) * 1000,
        prop::option::of(bytes()),
        prop::option::of(bytes()),
        prop::collection::vec(header, 0..4),
    )
        .prop_map(|(timestamp, key, value, headers)| Owned { timestamp, key, value, headers })
}

fn build(compression: Compression, records: &[Owned]) -> Vec<u8> {
    let mut builder = BatchBuilder::new(compression).producer(4711, 3, 17);
    for record in records {
        let headers: Vec<Header<'_>> =
            record.headers.iter().map(|(key, value)| Header { key, value: value.as_deref() }).collect();
        let (key, value) = (record.key.as_deref(), record.value.as_deref());
        builder.push(&NewRecord { timestamp: record.timestamp, key, value, headers: &headers }).unwrap();
    }
    builder.build().unwrap()
}

/// A batch of this header and these bytes, whose length and checksum fit.
fn resealed(mut header: BatchHeader, payload: &[u8]) -> Vec<u8> {
    header.batch_length = u32::try_from(HEADER_BYTES - 12 + payload.len()).unwrap();
    header.crc = header.checksum(payload);
    [&header.to_bytes(), payload].concat()
}

/// The same records as snappy blocks of a few bytes each, so that a walk gets them piece by piece.
fn in_pieces(batch: &Batch<'_>, piece_bytes: usize) -> Vec<u8> {
    let mut payload = b"\x82SNAPPY\0\0\0\0\x01\0\0\0\x01".to_vec();
    for piece in batch.payload().chunks(piece_bytes) {
        // A block is its plain length and, here, one literal: both fit in a byte up to 60.
        let length = u8::try_from(piece.len()).unwrap();
        payload.extend(u32::from(length + 2).to_be_bytes());
        payload.extend([length, (length - 1) << 2]);
        payload.extend(piece);
    }
    let mut header = batch.header;
    header.attributes = header.attributes.with_compression(Compression::Snappy);
    resealed(header, &payload)
}

fn unhex(hex: &str) -> Vec<u8> {
    let digits: Vec<u32> = hex.chars().map(|c| c.to_digit(16).unwrap()).collect();
    digits.chunks(2).map(|pair| u8::try_from(pair[0] * 16 + pair[1]).unwrap()).collect()
}
