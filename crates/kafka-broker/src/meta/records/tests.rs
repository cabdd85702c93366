use proptest::collection::{btree_map, btree_set, vec};
use proptest::option;
use proptest::prelude::*;

use super::super::consumer_groups::{ConsumerMemberRecord, Partitions};
use super::*;
use crate::meta::{EntityName, QuotaKey, QuotaValue, TransactionPhase};

fn text() -> impl Strategy<Value = Arc<str>> {
    "[a-c]{0,3}|\\PC{0,8}".prop_map(Arc::from)
}

/// Few names, so that records of one history meet.
fn group_name() -> impl Strategy<Value = Arc<str>> {
    "g[0-3]".prop_map(Arc::from)
}

fn topic_id() -> impl Strategy<Value = Uuid> {
    (1..5_u128).prop_map(Uuid::from_u128)
}

fn topic() -> impl Strategy<Value = Topic> {
    let config = btree_map("[a-z.]{1,8}", ".{0,8}", 0..3);
    (topic_id(), any::<i32>(), any::<i64>(), any::<bool>(), config).prop_map(
        |(id, partitions, created_ms, internal, config)| Topic {
            // One name per id, as the rules for topics see to.
            name: format!("topic-{}", id.as_u128()).into(),
            id,
            partitions,
            created_ms,
            config,
            internal,
        },
    )
}

fn member() -> impl Strategy<Value = MemberRecord> {
    let bytes = || vec(any::<u8>(), 0..20).prop_map(Bytes::from);
    let millis = || (0..i32::MAX as u64).prop_map(Duration::from_millis);
    (text(), option::of(text()), text(), text(), millis(), millis(), bytes(), bytes()).prop_map(
        |(id, instance, client_id, client_host, session_timeout, rebalance_timeout, metadata, assignment)| {
            MemberRecord {
                id,
                instance,
                client_id,
                client_host,
                session_timeout,
                rebalance_timeout,
                metadata,
                assignment,
            }
        },
    )
}

fn group() -> impl Strategy<Value = GroupRecord> {
    let names = (option::of(text()), option::of(text()), option::of(text()));
    (group_name(), any::<i32>(), names, any::<i64>(), vec(member(), 0..3)).prop_map(
        |(name, generation, (protocol_type, protocol, leader), since_ms, members)| GroupRecord {
            name,
            generation,
            protocol_type,
            protocol,
            leader,
            since_ms,
            members,
        },
    )
}

fn partition_set() -> impl Strategy<Value = Partitions> {
    btree_set((topic_id(), 0..300_i32), 0..6)
}

fn consumer_member() -> impl Strategy<Value = ConsumerMemberRecord> {
    let texts = (text(), option::of(text()), option::of(text()), text(), text());
    let subscription = (vec(text(), 0..3), option::of(text()), option::of(text()));
    let epochs = (any::<i32>(), any::<i32>(), 0..u64::from(u32::MAX));
    (texts, subscription, epochs, partition_set(), partition_set(), partition_set()).prop_map(
        |(texts, (names, regex, assignor), (epoch, epoch_before, millis), assigned, revoking, target)| {
            let (id, instance, rack, client_id, client_host) = texts;
            ConsumerMemberRecord {
                id,
                instance,
                rack,
                client_id,
                client_host,
                rebalance_timeout: Duration::from_millis(millis),
                names,
                regex,
                assignor,
                epoch,
                epoch_before,
                assigned,
                revoking,
                target,
            }
        },
    )
}

fn consumer_change() -> impl Strategy<Value = ConsumerGroupChange> {
    let members = vec(consumer_member().prop_map(Arc::new), 0..4);
    (group_name(), any::<i32>(), any::<i64>(), members, vec(text(), 0..3)).prop_map(
        |(group, epoch, since_ms, members, gone)| ConsumerGroupChange {
            group,
            epoch,
            since_ms,
            members,
            gone,
        },
    )
}

fn commit() -> impl Strategy<Value = Committed> {
    let times = (any::<i64>(), option::of(any::<i64>()));
    (topic_id(), 0..4_i32, any::<i64>(), any::<i32>(), option::of(text()), times).prop_map(
        |(topic, partition, offset, leader_epoch, metadata, (committed_ms, expires_ms))| Committed {
            topic,
            partition,
            offset: Offset { offset, leader_epoch, metadata, committed_ms, expires_ms },
        },
    )
}

fn transactional_id() -> impl Strategy<Value = Arc<str>> {
    "t[0-2]".prop_map(Arc::from)
}

fn partitions() -> impl Strategy<Value = Vec<(Uuid, i32)>> {
    vec((topic_id(), 0..4_i32), 0..5)
}

fn transaction() -> impl Strategy<Value = TransactionRecord> {
    let producers = (any::<i64>(), any::<i16>(), any::<i16>(), any::<i64>(), any::<i64>());
    let times = ((0..i32::MAX as u64), option::of(0..i64::MAX), any::<i64>());
    let phase = proptest::sample::select(&TransactionPhase::ALL[..]);
    (transactional_id(), producers, phase, times, partitions(), vec(group_name(), 0..3)).prop_map(
        |(id, producers, phase, (timeout, started_ms, updated_ms), partitions, groups)| {
            let (producer_id, epoch, last_epoch, previous_producer_id, next_producer_id) = producers;
            TransactionRecord {
                id,
                producer_id,
                epoch,
                last_epoch,
                previous_producer_id,
                next_producer_id,
                phase,
                timeout: Duration::from_millis(timeout),
                started_ms,
                updated_ms,
                partitions: partitions.into_iter().collect(),
                groups: groups.into_iter().collect(),
            }
        },
    )
}

fn quotas_set() -> impl Strategy<Value = Record> {
    let name = || {
        prop_oneof![
            Just(None),
            Just(Some(EntityName::Default)),
            text().prop_map(|name| Some(EntityName::Named(name))),
        ]
    };
    let value = (1..u32::MAX).prop_map(|value| QuotaValue::new(f64::from(value) / 8.0).unwrap());
    let values = btree_map(proptest::sample::select(&QuotaKey::ALL[..]), value, 0..4);
    (name(), name(), name(), values).prop_map(|(user, client_id, address, values)| Record::QuotasSet {
        entity: QuotaEntity { user, client_id, address },
        values,
    })
}

fn any_record() -> impl Strategy<Value = Record> {
    prop_oneof![
        1 => (any::<[u8; 16]>(), any::<i64>()).prop_map(|(id, made_ms)| Record::ClusterMade { id, made_ms }),
        1 => (any::<i32>(), any::<i64>())
            .prop_map(|(leader_epoch, at_ms)| Record::BrokerStarted { leader_epoch, at_ms }),
        1 => topic().prop_map(|topic| Record::TopicMade(Arc::new(topic))),
        1 => (topic_id(), any::<i32>()).prop_map(|(id, partitions)| Record::TopicGrown { id, partitions }),
        1 => topic().prop_map(|topic| Record::TopicConfigured { id: topic.id, config: topic.config }),
        1 => topic_id().prop_map(|id| Record::TopicDeleted { id }),
        1 => any::<i64>().prop_map(|end| Record::ProducerIdsReserved { end }),
        1 => group().prop_map(|group| Record::GroupStored(Arc::new(group))),
        1 => group_name().prop_map(|group| Record::GroupDeleted { group }),
        1 => (group_name(), vec(commit(), 0..5))
            .prop_map(|(group, commits)| Record::OffsetsCommitted { group, commits }),
        1 => (group_name(), vec((topic_id(), 0..4_i32), 0..5))
            .prop_map(|(group, partitions)| Record::OffsetsDeleted { group, partitions }),
        3 => transaction().prop_map(|record| Record::TransactionStored(Arc::new(record))),
        3 => (transactional_id(), any::<i64>(), partitions(), vec(group_name(), 0..3)).prop_map(
            |(id, at_ms, partitions, groups)| Record::TransactionEntered { id, at_ms: at_ms.max(0), partitions, groups }
        ),
        3 => (transactional_id(), group_name(), vec(commit(), 0..5))
            .prop_map(|(id, group, commits)| Record::TransactionOffsets { id, group, commits }),
        1 => transactional_id().prop_map(|id| Record::TransactionForgotten { id }),
        3 => quotas_set(),
        3 => consumer_change().prop_map(|change| Record::ConsumerGroupChanged(Arc::new(change))),
    ]
}

/// Records as one journal might hold them.
pub(in super::super) fn any_history() -> impl Strategy<Value = Vec<Record>> {
    vec(any_record(), 0..60).prop_map(|mut records| {
        records.insert(0, Record::BrokerStarted { leader_epoch: 0, at_ms: 0 });
        records
    })
}

proptest! {
    #[test]
    fn records_come_back(record in any_record()) {
        prop_assert_eq!(Record::decode(&record.encode()), Ok(record));
    }

    #[test]
    fn every_cut_and_every_addition_is_refused(record in any_record()) {
        let mut bytes = record.encode();
        for end in 0..bytes.len() {
            prop_assert!(Record::decode(&bytes[..end]).is_err());
        }
        bytes.push(0);
        prop_assert_eq!(Record::decode(&bytes), Err(RecordError::Malformed(bytes[0])));
    }

    #[test]
    fn no_bytes_make_it_panic(bytes in vec(any::<u8>(), 0..64), kind in 0..18_u8) {
        let _ = Record::decode(&bytes);
        let _ = Record::decode(&[&[kind, 1][..], &bytes].concat());
    }
}

#[test]
fn what_a_later_version_wrote_is_refused_by_name() {
    let record = Record::TopicDeleted { id: Uuid::from_u128(1) };
    let mut bytes = record.encode();
    bytes[1] = 2;
    assert_eq!(Record::decode(&bytes), Err(RecordError::UnknownVersion { kind: 6, version: 2 }));
    bytes[0] = 200;
    assert_eq!(Record::decode(&bytes), Err(RecordError::UnknownType(200)));
    let mut made = Record::ClusterMade { id: [7; 16], made_ms: 0 }.encode();
    made[2] = 2;
    assert_eq!(Record::decode(&made), Err(RecordError::UnknownFormat(2)));
    assert_eq!(Record::decode(&[]), Err(RecordError::Empty));
}

/// The bytes on people's disks: a change here needs a new version of the record.
#[test]
fn bytes_are_what_they_were() {
    let commit = Committed {
        topic: Uuid::from_u128(0x0102),
        partition: 3,
        offset: Offset {
            offset: 300,
            leader_epoch: -1,
            metadata: Some("m".into()),
            committed_ms: 1_700_000_000_000,
            expires_ms: None,
        },
    };
    let bytes = Record::OffsetsCommitted { group: "g".into(), commits: vec![commit] }.encode();
    let expected: &[u8] = &[
        10, 1, 1, b'g', 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 6, 216, 4, 1, 1, 1, b'm', 128,
        160, 171, 254, 249, 98, 0,
    ];
    assert_eq!(bytes, expected);
}

#[test]
fn bytes_of_transactions_are_what_they_were() {
    let id: Arc<str> = "t".into();
    let stored = Record::TransactionStored(Arc::new(TransactionRecord {
        id: id.clone(),
        producer_id: 300,
        epoch: 7,
        last_epoch: 6,
        previous_producer_id: -1,
        next_producer_id: -1,
        phase: TransactionPhase::PrepareCommit,
        timeout: Duration::from_secs(60),
        started_ms: Some(1_000),
        updated_ms: 2_000,
        partitions: [(Uuid::from_u128(0x0102), 3)].into(),
        groups: ["g".into()].into(),
    }));
    let partition = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 6];
    let fields = [1, b't', 216, 4, 14, 12, 1, 1, 2, 224, 212, 3, 208, 15, 160, 31, 1];
    assert_eq!(stored.encode(), [&[12, 1][..], &fields, &partition, &[1, 1, b'g']].concat());
    let entered = Record::TransactionEntered {
        id: id.clone(),
        at_ms: 1_000,
        partitions: vec![(Uuid::from_u128(0x0102), 3)],
        groups: vec!["g".into()],
    };
    let expected = [&[13, 1, 1, b't', 208, 15, 1][..], &partition, &[1, 1, b'g']].concat();
    assert_eq!(entered.encode(), expected);
    let offsets = Record::TransactionOffsets { id: id.clone(), group: "g".into(), commits: vec![] };
    assert_eq!(offsets.encode(), [14, 1, 1, b't', 1, b'g', 0]);
    assert_eq!(Record::TransactionForgotten { id }.encode(), [15, 1, 1, b't']);
    // The numbers that phases are stored under.
    let numbers = TransactionPhase::ALL.map(|phase| match Record::decode(&stored.encode()).unwrap() {
        Record::TransactionStored(record) => {
            let record = TransactionRecord { phase, ..TransactionRecord::clone(&record) };
            Record::TransactionStored(Arc::new(record)).encode()[10]
        }
        other => panic!("{other:?}"),
    });
    assert_eq!(numbers, [0, 1, 2, 3, 4, 5]);
}

#[test]
fn a_large_commit_is_cut_into_records_and_nothing_is_lost() {
    let commit = |partition| Committed {
        topic: Uuid::from_u128(1),
        partition,
        offset: Offset {
            offset: 1,
            leader_epoch: -1,
            metadata: Some("m".repeat(4_096).into()),
            committed_ms: 0,
            expires_ms: None,
        },
    };
    let commits: Vec<_> = (0..1_000).map(commit).collect();
    let records = commit_records(&"g".into(), commits.clone());
    assert!(records.len() > 1);
    let mut found = Vec::new();
    for record in records {
        assert!(record.encode().len() < 2 * COMMITS_BYTES);
        match record {
            Record::OffsetsCommitted { commits, .. } => found.extend(commits),
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(found, commits);
    assert_eq!(commit_records(&"g".into(), Vec::new()), []);
}
