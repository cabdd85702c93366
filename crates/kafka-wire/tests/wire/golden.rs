//! What Apache Kafka 4.1.0 itself writes for versions that the differential tests cannot reach.
//! Printed by a few lines of Java over `kafka-clients`.

use kafka_wire::messages::{
    InitProducerIdRequest, Message, OffsetCommitRequest, OffsetCommitRequestPartition,
    OffsetCommitRequestTopic, OffsetFetchRequest, OffsetFetchRequestGroup, OffsetFetchRequestGroupTopic,
};
use kafka_wire::{RequestHeader, Rope};
use uuid::Uuid;

const TOPIC: Uuid = Uuid::from_u128(0x0102_0304_0506_0708_090a_0b0c_0d0e_0f10);

macro_rules! same {
    ($request:ident, $version:literal, $hex:literal, $value:expr) => {
        let mut rope = Rope::new();
        rope.request($version, 1, None, &$value).unwrap();
        let (_, body) = RequestHeader::decode(&rope.bytes()[4..]).unwrap();
        let hex: String = body.iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hex, $hex);
        assert_eq!($request::decode($version, body), Ok($value));
    };
}

#[test]
fn offset_commit_by_topic_id() {
    same!(
        OffsetCommitRequest,
        10,
        "087265616465727300000007036d3107737461746963020102030405060708090a0b0c0d0e0f10\
         0200000003000000000000002a00000005056e6f7465000000",
        OffsetCommitRequest {
            group_id: "readers",
            generation_id_or_member_epoch: 7,
            member_id: "m1",
            group_instance_id: Some("static"),
            topics: vec![OffsetCommitRequestTopic {
                topic_id: TOPIC,
                partitions: vec![OffsetCommitRequestPartition {
                    partition_index: 3,
                    committed_offset: 42,
                    committed_leader_epoch: 5,
                    committed_metadata: Some("note"),
                }],
                ..Default::default()
            }],
            ..Default::default()
        }
    );
}

#[test]
fn offset_fetch_by_topic_id() {
    same!(
        OffsetFetchRequest,
        10,
        "020872656164657273036d3100000007020102030405060708090a0b0c0d0e0f1003000000030000000400000100",
        OffsetFetchRequest {
            groups: vec![OffsetFetchRequestGroup {
                group_id: "readers",
                member_id: Some("m1"),
                member_epoch: 7,
                topics: Some(vec![OffsetFetchRequestGroupTopic {
                    topic_id: TOPIC,
                    partition_indexes: vec![3, 4],
                    ..Default::default()
                }]),
            }],
            require_stable: true,
            ..Default::default()
        }
    );
}

#[test]
fn init_producer_id_with_two_phase_commit() {
    same!(
        InitProducerIdRequest,
        6,
        "0374780000ea6000000000000000090002010100",
        InitProducerIdRequest {
            transactional_id: Some("tx"),
            transaction_timeout_ms: 60_000,
            producer_id: 9,
            producer_epoch: 2,
            enable_2pc: true,
            keep_prepared_txn: true,
        }
    );
}
