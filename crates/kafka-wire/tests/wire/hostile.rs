//! Input that no client sends: cut, forged, padded, and the packets that killed another codec.

use std::sync::atomic::{AtomicUsize, Ordering};

use kafka_wire::header::response_header_decode;
use kafka_wire::messages::{
    ApiVersionsRequest, CODECS, Codec, Direction, ListGroupsResponse, Message, MetadataRequest,
    ProduceRequest, RecodeError,
};
use kafka_wire::records::{
    Batch, BatchBuilder, BatchHeader, Compression, HEADER_BYTES, NewRecord, RecordFault,
};
use kafka_wire::sample::Dice;
use kafka_wire::wire::{HEAP_FREE, HEAP_PER_BYTE};
use kafka_wire::{DecodeError, RequestHeader};

/// The three packets that make `kafka-protocol` 0.18.0 reserve memory until the process is killed.
#[test]
fn packets_that_killed_another_codec_are_refused() {
    let metadata = MetadataRequest::decode(1, &[0x7f, 0xff, 0xff, 0xff]);
    assert_eq!(metadata, Err(DecodeError::Count { claimed: i32::MAX.cast_unsigned(), possible: 0 }));

    let produce = [0xff, 0xff, 0x00, 0x01, 0x00, 0x00, 0x03, 0xe8, 0x7f, 0xff, 0xff, 0xff];
    let produce = ProduceRequest::decode(3, &produce);
    assert_eq!(produce, Err(DecodeError::Count { claimed: i32::MAX.cast_unsigned(), possible: 0 }));

    let mut builder = BatchBuilder::new(Compression::None);
    builder.push(&NewRecord { value: Some(b"v"), ..NewRecord::default() }).unwrap();
    let mut bytes = builder.build().unwrap();
    let mut header = BatchHeader::parse(&bytes).unwrap();
    header.amend(|header| {
        header.record_count = i32::MAX;
        header.last_offset_delta = i32::MAX - 1;
    });
    bytes[..HEADER_BYTES].copy_from_slice(&header.to_bytes());
    let (batch, _) = Batch::parse(&bytes).unwrap();
    batch.checksum_verify().unwrap();
    batch.producer_verify().unwrap();
    let last = batch.scan(1000).unwrap().last().unwrap().unwrap_err();
    assert_eq!((last.index, last.fault), (1, RecordFault::Truncated));
    let last = batch.plain(1000).unwrap().records().last().unwrap().map(drop).unwrap_err();
    assert_eq!((last.index, last.fault), (1, RecordFault::Truncated));
}

#[test]
fn every_cut_of_every_message_is_an_error() {
    for_each_body(3, |direction, version, body| {
        assert_eq!((direction.check)(version, body), Ok(()));
        for length in 0..body.len() {
            assert!(
                (direction.check)(version, &body[..length]).is_err(),
                "{version} cut to {length}: {body:?}"
            );
        }
    });
}

#[test]
fn a_byte_behind_any_message_is_an_error() {
    for_each_body(2, |direction, version, body| {
        let longer = [body, &[0]].concat();
        assert_eq!((direction.check)(version, &longer), Err(DecodeError::Trailing(1)));
    });
}

/// Every place where a length or a count could stand gets the largest there is, in each encoding. What
/// still decodes must be something else than before, or a field that really holds that number.
#[test]
fn forged_lengths_are_refused_or_harmless() {
    let refused = AtomicUsize::new(0);
    for_each_body(2, |direction, version, body| {
        for forgery in [&[0x7f, 0xff, 0xff, 0xff][..], &[0xff, 0xff, 0xff, 0xff, 0x07], &[0x7f, 0xff]] {
            for at in 0..body.len().saturating_sub(forgery.len() - 1) {
                let mut forged = body.to_vec();
                forged[at..at + forgery.len()].copy_from_slice(forgery);
                match (direction.again)(version, &forged) {
                    Ok(again) => assert!(again.bytes().len() <= forged.len() + 64, "{version}: {forged:?}"),
                    Err(RecodeError::Decode(_)) => {
                        refused.fetch_add(1, Ordering::Relaxed);
                    }
                    Err(RecodeError::Encode(error)) => panic!("{version}: {error}: {forged:?}"),
                }
            }
        }
    });
    assert!(refused.into_inner() > 10_000, "forgeries do hit lengths");
}

#[test]
fn noise_never_panics() {
    let mut dice = Dice::new(1);
    for _ in 0..300 {
        let noise: Vec<u8> = (0..dice.below(200)).map(|_| (dice.bits() >> 32) as u8).collect();
        drop(RequestHeader::decode(&noise));
        drop(response_header_decode(&noise, true));
        for codec in CODECS {
            for version in codec.api.versions.iter() {
                for direction in [&codec.request, &codec.response] {
                    drop((direction.render)(version, &noise));
                }
            }
        }
    }
}

#[test]
fn versions_outside_the_table_are_refused() {
    for Codec { api, request, response } in CODECS {
        for version in [api.versions.min - 1, api.versions.max + 1, i16::MIN, i16::MAX] {
            let error = DecodeError::Version { api: api.name, version };
            assert_eq!((request.check)(version, &[]), Err(error.clone()));
            assert_eq!((response.check)(version, &[]), Err(error));
        }
    }
}

#[test]
fn unknown_tagged_fields_are_skipped_and_known_ones_checked() {
    // Two strings, then tagged fields: 5 of two bytes, 9 of none.
    let body = [2, b'a', 2, b'b', 2, 5, 2, 0xee, 0xee, 9, 0];
    let request = ApiVersionsRequest::decode(3, &body).unwrap();
    assert_eq!((request.client_software_name, request.client_software_version), ("a", "b"));

    let repeated = [2, b'a', 2, b'b', 2, 5, 0, 5, 0];
    assert_eq!(ApiVersionsRequest::decode(3, &repeated), Err(DecodeError::TagOrder(5)));
    let descending = [2, b'a', 2, b'b', 2, 5, 0, 4, 0];
    assert_eq!(ApiVersionsRequest::decode(3, &descending), Err(DecodeError::TagOrder(4)));
    let too_long = [2, b'a', 2, b'b', 1, 5, 3, 0xee, 0xee];
    assert_eq!(
        ApiVersionsRequest::decode(3, &too_long),
        Err(DecodeError::Truncated { needed: 3, available: 2 })
    );
}

#[test]
fn null_is_refused_where_the_version_has_none() {
    assert_eq!(MetadataRequest::decode(0, &[0xff; 4]), Err(DecodeError::Null));
    assert_eq!(MetadataRequest::decode(1, &[0xff; 4]).map(|request| request.topics), Ok(None));
    assert_eq!(MetadataRequest::decode(1, &[0xff, 0xff, 0xff, 0xfe]), Err(DecodeError::NegativeLength(-2)));
    assert_eq!(ApiVersionsRequest::decode(3, &[0, 1, 0]), Err(DecodeError::Null));
}

/// Topics of no name, two bytes each, would become sixteen times their size in memory.
#[test]
fn what_would_take_far_more_memory_than_the_frame_is_refused() {
    let topics = |count: u32| {
        let mut body = Vec::new();
        kafka_wire::wire::varint::write_u32(count + 1, &mut body);
        // An empty name and no tagged fields.
        body.extend([1, 0].repeat(count as usize));
        // Three truth values and no tagged fields.
        body.extend([0, 0, 0, 0]);
        body
    };
    assert_eq!(MetadataRequest::decode(9, &topics(2000)).unwrap().topics.unwrap().len(), 2000);
    assert_eq!(MetadataRequest::decode(9, &topics(1_000_000)), Err(DecodeError::HeapExhausted));

    // Names of a few letters, as many as there could ever be topics, are no trouble.
    let mut body = 100_000_i32.to_be_bytes().to_vec();
    body.extend([0, 3, b'a', b'b', b'c'].repeat(100_000));
    let topics = MetadataRequest::decode(1, &body).unwrap().topics.unwrap();
    assert!(topics.capacity() * size_of_val(&topics[0]) <= body.len() * HEAP_PER_BYTE + HEAP_FREE);

    // Nor are, for a client, many groups with short names and without members.
    let mut body = vec![0, 0];
    body.extend(100_000_i32.to_be_bytes());
    body.extend([0, 2, b'g', b'1', 0, 0].repeat(100_000));
    assert_eq!(ListGroupsResponse::decode(0, &body).unwrap().groups.len(), 100_000);
}

/// Calls `test` with random bodies of every message in every version.
fn for_each_body(rounds: u64, test: impl Fn(&Direction, i16, &[u8])) {
    for codec in CODECS {
        for version in codec.api.versions.iter() {
            for round in 0..rounds {
                let mut dice = Dice::new(round);
                let frame = (codec.request.sample)(version, &mut dice).unwrap();
                let (_, body) = RequestHeader::decode(&frame.bytes()[4..]).unwrap();
                test(&codec.request, version, body);

                let frame = (codec.response.sample)(version, &mut dice).unwrap();
                let flexible = codec.api.response_header_flexible(version);
                let (_, body) = response_header_decode(&frame.bytes()[4..], flexible).unwrap();
                test(&codec.response, version, body);
            }
        }
    }
}
