//! Transactions over the wire, in the versions that clients with one epoch for all transactions use, and in those of
//! an epoch for each.

use kafka_broker::MessageLimits;
use kafka_wire::ErrorCode;
use kafka_wire::messages::{
    AddOffsetsToTxnRequest, AddPartitionsToTxnRequest, AddPartitionsToTxnRequestTopic,
    AddPartitionsToTxnRequestTransaction, DescribeProducersRequest, DescribeProducersRequestTopic,
    DescribeTransactionsRequest, EndTxnRequest, FetchRequest, InitProducerIdRequest, ListOffsetsRequest,
    ListOffsetsRequestPartition, ListOffsetsRequestTopic, ListTransactionsRequest, OffsetFetchRequest,
    OffsetFetchRequestGroup, OffsetFetchRequestGroupTopic, OffsetFetchRequestTopic, ProduceRequest,
    TxnOffsetCommitRequest, TxnOffsetCommitRequestPartition, TxnOffsetCommitRequestTopic,
};
use kafka_wire::records::{BatchBuilder, Batches, Compression, ControlKind, ControlMarker};
use kafka_wire::wire::Records;

use crate::harness::{Topic, Wire, World, built};

const ID: &str = "transfer";

/// A transactional producer, as far as the wire shows it.
struct Producer {
    id: i64,
    epoch: i16,
    /// Of the next record in partition 0.
    sequence: i32,
    /// Whether it gets an epoch for each transaction.
    renews: bool,
}

impl Producer {
    async fn start(wire: &mut Wire, renews: bool) -> Self {
        loop {
            let answer = wire.ask(5, &initial(60_000)).await;
            let response = answer.read();
            match response.error_code {
                ErrorCode::NONE => {
                    let (id, epoch) = (response.producer_id, response.producer_epoch);
                    return Self { id, epoch, sequence: 0, renews };
                }
                code => {
                    assert_eq!(code, ErrorCode::CONCURRENT_TRANSACTIONS, "what others left is ended first");
                }
            }
        }
    }

    fn batch(&self, values: &[&str]) -> Vec<u8> {
        let builder = BatchBuilder::new(Compression::None);
        built(builder.producer(self.id, self.epoch, self.sequence).transactional(), values)
    }

    /// Has the partition enter, where that is not left to the produce.
    async fn enter(&self, wire: &mut Wire, topic: &Topic, partitions: Vec<i32>) -> Vec<ErrorCode> {
        let topics = vec![AddPartitionsToTxnRequestTopic { name: &topic.name, partitions }];
        let request = AddPartitionsToTxnRequest {
            v3_and_below_transactional_id: ID,
            v3_and_below_producer_id: self.id,
            v3_and_below_producer_epoch: self.epoch,
            v3_and_below_topics: topics,
            ..Default::default()
        };
        let answer = wire.ask(3, &request).await;
        let results = answer.read().results_by_topic_v3_and_below;
        results
            .iter()
            .flat_map(|topic| &topic.results_by_partition)
            .map(|one| one.partition_error_code)
            .collect()
    }

    async fn produce(&mut self, wire: &mut Wire, topic: &Topic, values: &[&str]) -> ErrorCode {
        let batch = self.batch(values);
        let version = if self.renews { 12 } else { 11 };
        let code = produced(wire, version, topic, &batch).await;
        if code == ErrorCode::NONE {
            self.sequence += i32::try_from(values.len()).unwrap();
        }
        code
    }

    /// Produces what must be taken.
    async fn write(&mut self, wire: &mut Wire, topic: &Topic, values: &[&str]) {
        if !self.renews {
            assert_eq!(self.enter(wire, topic, vec![0]).await, [ErrorCode::NONE]);
        }
        assert_eq!(self.produce(wire, topic, values).await, ErrorCode::NONE);
    }

    async fn end(&mut self, wire: &mut Wire, committed: bool) -> ErrorCode {
        let request = EndTxnRequest {
            transactional_id: ID,
            producer_id: self.id,
            producer_epoch: self.epoch,
            committed,
        };
        let answer = wire.ask(if self.renews { 5 } else { 3 }, &request).await;
        let response = answer.read();
        if self.renews && response.error_code == ErrorCode::NONE {
            (self.id, self.epoch, self.sequence) = (response.producer_id, response.producer_epoch, 0);
        }
        response.error_code
    }

    /// Commits offset 5 of partition 0 for the group.
    async fn commit_offset(&self, wire: &mut Wire, topic: &Topic, version: i16) -> ErrorCode {
        let partitions = vec![TxnOffsetCommitRequestPartition { committed_offset: 5, ..Default::default() }];
        let request = TxnOffsetCommitRequest {
            transactional_id: ID,
            group_id: "readers",
            producer_id: self.id,
            producer_epoch: self.epoch,
            topics: vec![TxnOffsetCommitRequestTopic { name: &topic.name, partitions }],
            ..Default::default()
        };
        wire.ask(version, &request).await.read().topics[0].partitions[0].error_code
    }
}

fn initial(transaction_timeout_ms: i32) -> InitProducerIdRequest<'static> {
    InitProducerIdRequest { transactional_id: Some(ID), transaction_timeout_ms, ..Default::default() }
}

async fn produced(wire: &mut Wire, version: i16, topic: &Topic, batch: &[u8]) -> ErrorCode {
    let request = ProduceRequest { transactional_id: Some(ID), ..topic.produce(-1, 0, Some(batch)) };
    wire.send(version, &request).await;
    wire.produced(version).await.error
}

/// What a reader of committed data keeps, as Kafka's clients do; with the last stable offset.
async fn committed(wire: &mut Wire, topic: &Topic) -> (Vec<String>, i64) {
    let request = FetchRequest { isolation_level: 1, max_bytes: 1 << 20, ..topic.fetch(&[(0, 0)]) };
    let answer = wire.ask(12, &request).await;
    let mut response = answer.read();
    let partition = response.responses.remove(0).partitions.remove(0);
    assert_eq!(partition.error_code, ErrorCode::NONE);
    let Records::Bytes(bytes) = partition.records else { panic!("records are bytes") };
    let mut aborted = partition.aborted_transactions.expect("a list, be it empty");
    let mut aborting = Vec::new();
    let mut kept = Vec::new();
    for batch in Batches::new(&bytes) {
        let batch = batch.unwrap();
        let header = batch.header;
        aborted.retain(|one| {
            let begins = one.first_offset <= header.last_offset();
            if begins {
                aborting.push(one.producer_id);
            }
            !begins
        });
        if let Some(marker) = ControlMarker::of_batch(&batch) {
            if marker.kind == ControlKind::Abort {
                aborting.retain(|id| *id != header.producer_id);
            }
        } else if !header.attributes.is_transactional() || !aborting.contains(&header.producer_id) {
            let batch = batch.plain(usize::MAX).unwrap();
            kept.extend(
                batch
                    .records()
                    .map(|record| String::from_utf8_lossy(record.unwrap().value.unwrap()).into_owned()),
            );
        }
    }
    (kept, partition.last_stable_offset)
}

async fn latest(wire: &mut Wire, topic: &Topic, isolation_level: i8) -> i64 {
    let partitions = vec![ListOffsetsRequestPartition { timestamp: -1, ..Default::default() }];
    let topics = vec![ListOffsetsRequestTopic { name: &topic.name, partitions }];
    let request = ListOffsetsRequest { isolation_level, topics, ..Default::default() };
    wire.ask(7, &request).await.read().topics[0].partitions[0].offset
}

/// The group's offset, as who asks for stable ones is told, and as others are.
async fn offset(wire: &mut Wire, topic: &Topic, require_stable: bool) -> (ErrorCode, i64) {
    let partition_indexes = vec![0];
    let topics = vec![OffsetFetchRequestTopic { name: &topic.name, partition_indexes: vec![0] }];
    let request = OffsetFetchRequest {
        group_id: "readers",
        topics: Some(topics),
        require_stable,
        ..Default::default()
    };
    let old = wire.ask(7, &request).await;
    let old = old.read();
    let old = &old.topics[0].partitions[0];
    let named = OffsetFetchRequestGroupTopic { name: &topic.name, partition_indexes, ..Default::default() };
    let group =
        OffsetFetchRequestGroup { group_id: "readers", topics: Some(vec![named]), ..Default::default() };
    let request = OffsetFetchRequest { groups: vec![group], require_stable, ..Default::default() };
    let new = wire.ask(8, &request).await;
    let new = new.read();
    let new = &new.groups[0].topics[0].partitions[0];
    assert_eq!((old.error_code, old.committed_offset), (new.error_code, new.committed_offset));
    (new.error_code, new.committed_offset)
}

#[tokio::test]
async fn readers_of_committed_data_see_what_was_committed() {
    for renews in [false, true] {
        let mut world = World::start().await;
        let topic = world.topic("orders", 1, &[]).await;
        let mut wire = world.wire().await;
        let mut producer = Producer::start(&mut wire, renews).await;
        producer.write(&mut wire, &topic, &["a", "b"]).await;
        assert_eq!(committed(&mut wire, &topic).await, (vec![], 0), "it is open");
        assert_eq!((latest(&mut wire, &topic, 1).await, latest(&mut wire, &topic, 0).await), (0, 2));
        assert_eq!(producer.end(&mut wire, true).await, ErrorCode::NONE);
        assert_eq!(committed(&mut wire, &topic).await, (vec!["a".into(), "b".into()], 3));

        producer.write(&mut wire, &topic, &["never"]).await;
        wire.produce(9, &topic, 0, &crate::harness::batch(&["plain"])).await;
        assert_eq!(committed(&mut wire, &topic).await.1, 3, "what follows waits for it");
        assert_eq!(producer.end(&mut wire, false).await, ErrorCode::NONE);
        producer.write(&mut wire, &topic, &["c"]).await;
        assert_eq!(producer.end(&mut wire, true).await, ErrorCode::NONE);
        let expected = (["a", "b", "plain", "c"].map(String::from).to_vec(), 8);
        assert_eq!(committed(&mut wire, &topic).await, expected);
        assert_eq!(latest(&mut wire, &topic, 1).await, 8);

        // One goes on across a restart.
        producer.write(&mut wire, &topic, &["d"]).await;
        world.restart().await;
        let mut wire = world.wire().await;
        assert_eq!(producer.produce(&mut wire, &topic, &["e"]).await, ErrorCode::NONE);
        assert_eq!(committed(&mut wire, &topic).await.1, 8);
        assert_eq!(producer.end(&mut wire, true).await, ErrorCode::NONE);
        let expected = ["a", "b", "plain", "c", "d", "e"].map(String::from).to_vec();
        assert_eq!(committed(&mut wire, &topic).await.0, expected, "renews: {renews}");
        // The host looks as a consumer of committed data does.
        let limits = MessageLimits { messages: 100, bytes: 1 << 20, excerpt_bytes: 100 };
        let seen = world.cluster.messages("orders", 0, 0, limits).unwrap();
        let seen: Vec<_> = seen.into_iter().filter_map(|message| message.value).collect();
        let seen: Vec<_> = seen.iter().map(|value| String::from_utf8_lossy(&value.bytes)).collect();
        assert_eq!(seen, expected);
    }
}

#[tokio::test]
async fn zombie_is_shut_out_and_what_it_left_is_aborted() {
    for renews in [false, true] {
        let world = World::start().await;
        let topic = world.topic("orders", 1, &[]).await;
        let mut wire = world.wire().await;
        let mut zombie = Producer::start(&mut wire, renews).await;
        zombie.write(&mut wire, &topic, &["zombie"]).await;
        let mut other = world.wire().await;
        let mut producer = Producer::start(&mut other, renews).await;
        assert_eq!((producer.id, producer.epoch), (zombie.id, zombie.epoch + 2));
        producer.write(&mut other, &topic, &["good"]).await;
        assert_eq!(zombie.produce(&mut wire, &topic, &["late"]).await, ErrorCode::INVALID_PRODUCER_EPOCH);
        assert_eq!(zombie.end(&mut wire, true).await, ErrorCode::PRODUCER_FENCED);
        assert_eq!(zombie.enter(&mut wire, &topic, vec![0]).await, [ErrorCode::PRODUCER_FENCED]);
        let late = zombie.commit_offset(&mut wire, &topic, 3).await;
        assert_eq!(late, ErrorCode::INVALID_PRODUCER_EPOCH);
        assert_eq!(producer.end(&mut other, true).await, ErrorCode::NONE);
        assert_eq!(committed(&mut wire, &topic).await.0, ["good"]);
        // Older clients know the refusal by another name.
        let request = EndTxnRequest {
            transactional_id: ID,
            producer_id: zombie.id,
            producer_epoch: zombie.epoch,
            committed: true,
        };
        let code = wire.ask(1, &request).await.read().error_code;
        assert_eq!(code, ErrorCode::INVALID_PRODUCER_EPOCH);
        let known =
            InitProducerIdRequest { producer_id: zombie.id, producer_epoch: zombie.epoch, ..initial(60_000) };
        for (version, code) in [(3, ErrorCode::INVALID_PRODUCER_EPOCH), (4, ErrorCode::PRODUCER_FENCED)] {
            assert_eq!(wire.ask(version, &known).await.read().error_code, code, "version {version}");
        }
    }
}

#[tokio::test]
async fn offsets_count_with_the_transaction() {
    for renews in [false, true] {
        let world = World::start().await;
        let topic = world.topic("orders", 1, &[]).await;
        let mut wire = world.wire().await;
        let mut producer = Producer::start(&mut wire, renews).await;
        let version = if renews { 5 } else { 3 };
        for (committed, expected) in [(false, -1), (true, 5)] {
            if !renews {
                let before = producer.commit_offset(&mut wire, &topic, 3).await;
                assert_eq!(before, ErrorCode::INVALID_TXN_STATE, "the group has not entered");
                let before = producer.commit_offset(&mut wire, &topic, 4).await;
                assert_eq!(before, ErrorCode::TRANSACTION_ABORTABLE);
                let request = AddOffsetsToTxnRequest {
                    transactional_id: ID,
                    producer_id: producer.id,
                    producer_epoch: producer.epoch,
                    group_id: "readers",
                };
                assert_eq!(wire.ask(3, &request).await.read().error_code, ErrorCode::NONE);
            }
            assert_eq!(producer.commit_offset(&mut wire, &topic, version).await, ErrorCode::NONE);
            let unstable = (ErrorCode::UNSTABLE_OFFSET_COMMIT, -1);
            assert_eq!(offset(&mut wire, &topic, true).await, unstable);
            assert_eq!(offset(&mut wire, &topic, false).await, (ErrorCode::NONE, -1));
            for (require_stable, listed) in [(true, 1), (false, 0)] {
                let all = OffsetFetchRequestGroup { group_id: "readers", topics: None, ..Default::default() };
                let request = OffsetFetchRequest { groups: vec![all], require_stable, ..Default::default() };
                let answer = wire.ask(8, &request).await;
                assert_eq!(answer.read().groups[0].topics.len(), listed, "in a list of all");
            }
            assert_eq!(producer.end(&mut wire, committed).await, ErrorCode::NONE);
            assert_eq!(offset(&mut wire, &topic, true).await, (ErrorCode::NONE, expected));
        }
    }
}

#[tokio::test]
async fn nothing_is_written_outside_of_a_transaction() {
    let world = World::start().await;
    let topic = world.topic("orders", 2, &[]).await;
    let mut wire = world.wire().await;
    let mut producer = Producer::start(&mut wire, false).await;
    for (version, code) in [(10, ErrorCode::INVALID_TXN_STATE), (11, ErrorCode::TRANSACTION_ABORTABLE)] {
        let batch = producer.batch(&["a"]);
        assert_eq!(produced(&mut wire, version, &topic, &batch).await, code, "none is open");
    }
    // Another partition is in it, this one is not.
    assert_eq!(producer.enter(&mut wire, &topic, vec![1]).await, [ErrorCode::NONE]);
    assert_eq!(producer.produce(&mut wire, &topic, &["a"]).await, ErrorCode::TRANSACTION_ABORTABLE);
    // One that is not there, and then none of them is.
    let codes = producer.enter(&mut wire, &topic, vec![0, 7]).await;
    assert_eq!(codes, [ErrorCode::OPERATION_NOT_ATTEMPTED, ErrorCode::UNKNOWN_TOPIC_OR_PARTITION]);
    assert_eq!(producer.produce(&mut wire, &topic, &["a"]).await, ErrorCode::TRANSACTION_ABORTABLE);
    let own = Topic { name: world.cluster.probe_topic().await.unwrap(), ..Topic::absent() };
    assert_eq!(producer.enter(&mut wire, &own, vec![0]).await, [ErrorCode::INVALID_TOPIC_EXCEPTION]);
    producer.write(&mut wire, &topic, &["a"]).await;
    // Outside of the transaction, its producer writes nothing.
    let plain = BatchBuilder::new(Compression::None).producer(producer.id, producer.epoch, producer.sequence);
    let refused = wire.produce(9, &topic, 0, &built(plain, &["plain"])).await;
    assert_eq!(refused.error, ErrorCode::INVALID_TXN_STATE);
    // Another producer than the one that the id belongs to.
    let stranger = Producer { id: producer.id + 1, ..producer };
    let batch = stranger.batch(&["stranger"]);
    for version in [11, 12] {
        let code = produced(&mut wire, version, &topic, &batch).await;
        assert_eq!(code, ErrorCode::INVALID_PRODUCER_ID_MAPPING);
    }
    assert_eq!(committed(&mut wire, &topic).await.1, 0);
}

#[tokio::test]
async fn requests_that_are_repeated_get_the_same_answer_and_late_ones_none() {
    let world = World::start().await;
    let topic = world.topic("orders", 1, &[]).await;
    let mut wire = world.wire().await;
    let mut producer = Producer::start(&mut wire, true).await;
    producer.write(&mut wire, &topic, &["a"]).await;
    let before = Producer { ..producer };
    let late = before.batch(&["late"]);
    assert_eq!(producer.end(&mut wire, true).await, ErrorCode::NONE);
    assert_eq!((producer.id, producer.epoch), (before.id, before.epoch + 1));
    let mut again = Producer { ..before };
    assert_eq!(again.end(&mut wire, true).await, ErrorCode::NONE);
    assert_eq!((again.id, again.epoch), (producer.id, producer.epoch));
    let mut otherwise = Producer { ..before };
    assert_eq!(otherwise.end(&mut wire, false).await, ErrorCode::INVALID_TXN_STATE);
    assert_eq!(produced(&mut wire, 12, &topic, &late).await, ErrorCode::INVALID_PRODUCER_EPOCH);

    // The next transaction begins with sequence 0, or something of it was lost.
    producer.sequence = 1;
    assert_eq!(producer.produce(&mut wire, &topic, &["b"]).await, ErrorCode::OUT_OF_ORDER_SEQUENCE_NUMBER);
    producer.sequence = 0;
    // That has begun it all the same: it can be aborted, and so can one that nothing has begun.
    assert_eq!(producer.end(&mut wire, false).await, ErrorCode::NONE);
    assert_eq!(producer.end(&mut wire, false).await, ErrorCode::NONE);
    assert_eq!(producer.end(&mut wire, true).await, ErrorCode::INVALID_TXN_STATE);
    // A late request of the transaction before cannot end this one.
    producer.write(&mut wire, &topic, &["c"]).await;
    assert_eq!(Producer { ..before }.end(&mut wire, false).await, ErrorCode::PRODUCER_FENCED);
    assert_eq!(producer.end(&mut wire, true).await, ErrorCode::NONE);
    assert_eq!(committed(&mut wire, &topic).await.0, ["a", "c"]);
}

#[tokio::test]
async fn timeouts_are_within_bounds_and_end_transactions() {
    let world = World::start().await;
    let topic = world.topic("orders", 1, &[]).await;
    let mut wire = world.wire().await;
    for (timeout_ms, expected) in [
        (0, ErrorCode::INVALID_TRANSACTION_TIMEOUT),
        (-1, ErrorCode::INVALID_TRANSACTION_TIMEOUT),
        (900_001, ErrorCode::INVALID_TRANSACTION_TIMEOUT),
        (900_000, ErrorCode::NONE),
        (1, ErrorCode::NONE),
    ] {
        assert_eq!(wire.ask(5, &initial(timeout_ms)).await.read().error_code, expected, "{timeout_ms}");
    }
    let answer = wire.ask(5, &initial(1)).await;
    let given = answer.read();
    let mut producer =
        Producer { id: given.producer_id, epoch: given.producer_epoch, sequence: 0, renews: true };
    // It may be over before the first record is there.
    let written = producer.produce(&mut wire, &topic, &["a"]).await;
    let gone = [ErrorCode::INVALID_PRODUCER_EPOCH, ErrorCode::NOT_ENOUGH_REPLICAS];
    assert!(written == ErrorCode::NONE || gone.contains(&written), "{written}");
    crate::harness::soon(async {
        while state(&mut wire).await != "CompleteAbort" {
            tokio::task::yield_now().await;
        }
    })
    .await;
    assert_eq!(producer.end(&mut wire, true).await, ErrorCode::PRODUCER_FENCED);
    assert_eq!(committed(&mut wire, &topic).await.0, [""; 0]);
    assert_eq!(latest(&mut wire, &topic, 1).await, latest(&mut wire, &topic, 0).await);
}

async fn state(wire: &mut Wire) -> String {
    let request = DescribeTransactionsRequest { transactional_ids: vec![ID] };
    wire.ask(0, &request).await.read().transaction_states[0].transaction_state.to_string()
}

#[tokio::test]
async fn transactions_are_described_and_listed() {
    let world = World::start().await;
    let topic = world.topic("orders", 2, &[]).await;
    let mut wire = world.wire().await;
    let absent = DescribeTransactionsRequest { transactional_ids: vec![ID] };
    let code = wire.ask(0, &absent).await.read().transaction_states[0].error_code;
    assert_eq!(code, ErrorCode::TRANSACTIONAL_ID_NOT_FOUND);
    let mut producer = Producer::start(&mut wire, false).await;
    assert_eq!(state(&mut wire).await, "Empty");
    producer.write(&mut wire, &topic, &["a"]).await;
    let answer = wire.ask(0, &DescribeTransactionsRequest { transactional_ids: vec![ID] }).await;
    let answer = answer.read();
    let described = &answer.transaction_states[0];
    assert_eq!((&*described.transaction_state, described.transaction_timeout_ms), ("Ongoing", 60_000));
    assert_eq!((described.producer_id, described.producer_epoch), (producer.id, producer.epoch));
    assert!(described.transaction_start_time_ms > 0);
    assert_eq!((&*described.topics[0].topic, &described.topics[0].partitions[..]), ("orders", &[0][..]));

    let producers = DescribeProducersRequest {
        topics: vec![DescribeProducersRequestTopic { name: "orders", partition_indexes: vec![0, 1, 7] }],
    };
    let answer = wire.ask(0, &producers).await;
    let answer = answer.read();
    let [first, second, third] = &answer.topics[0].partitions[..] else { panic!("three partitions") };
    assert_eq!(first.active_producers.len(), 1);
    let active = &first.active_producers[0];
    assert_eq!(
        (active.producer_id, active.last_sequence, active.current_txn_start_offset),
        (producer.id, 0, 0)
    );
    assert_eq!((second.error_code, second.active_producers.len()), (ErrorCode::NONE, 0));
    assert_eq!(third.error_code, ErrorCode::UNKNOWN_TOPIC_OR_PARTITION);

    for (why, listed, request) in [
        ("all", true, ListTransactionsRequest::default()),
        (
            "in a state",
            true,
            ListTransactionsRequest { state_filters: vec!["Empty", "Ongoing"], ..Default::default() },
        ),
        ("in another", false, ListTransactionsRequest { state_filters: vec!["Empty"], ..Default::default() }),
        (
            "in none that is",
            false,
            ListTransactionsRequest { state_filters: vec!["Floating"], ..Default::default() },
        ),
        (
            "of a producer",
            true,
            ListTransactionsRequest { producer_id_filters: vec![producer.id], ..Default::default() },
        ),
        (
            "of another",
            false,
            ListTransactionsRequest { producer_id_filters: vec![-7], ..Default::default() },
        ),
        ("open for long", false, ListTransactionsRequest { duration_filter: 600_000, ..Default::default() }),
        (
            "a pattern",
            true,
            ListTransactionsRequest { transactional_id_pattern: Some("tran.*"), ..Default::default() },
        ),
        (
            "a part",
            false,
            ListTransactionsRequest { transactional_id_pattern: Some("tran|fer"), ..Default::default() },
        ),
    ] {
        let answer = wire.ask(2, &request).await;
        let answer = answer.read();
        assert_eq!(
            (answer.error_code, answer.transaction_states.len() == 1),
            (ErrorCode::NONE, listed),
            "{why}"
        );
        assert_eq!(answer.unknown_state_filters.len(), usize::from(why == "in none that is"));
    }
    let wrong = ListTransactionsRequest { transactional_id_pattern: Some("("), ..Default::default() };
    let code = wire.ask(2, &wrong).await.read().error_code;
    assert_eq!(code, ErrorCode::INVALID_REGULAR_EXPRESSION);
}

#[tokio::test]
async fn brokers_ask_about_several_transactions_at_once() {
    let world = World::start().await;
    let topic = world.topic("orders", 2, &[]).await;
    let mut wire = world.wire().await;
    let producer = Producer::start(&mut wire, false).await;
    let one = |verify_only, partitions| AddPartitionsToTxnRequestTransaction {
        transactional_id: ID,
        producer_id: producer.id,
        producer_epoch: producer.epoch,
        verify_only,
        topics: vec![AddPartitionsToTxnRequestTopic { name: &topic.name, partitions }],
    };
    let transactions =
        vec![one(true, vec![0]), one(false, vec![0]), one(true, vec![0, 1]), one(false, vec![1, 7])];
    let answer = wire.ask(5, &AddPartitionsToTxnRequest { transactions, ..Default::default() }).await;
    let answer = answer.read();
    let codes: Vec<Vec<_>> = answer
        .results_by_transaction
        .iter()
        .map(|one| {
            one.topic_results[0].results_by_partition.iter().map(|one| one.partition_error_code).collect()
        })
        .collect();
    let (none, not_in) = (ErrorCode::NONE, ErrorCode::TRANSACTION_ABORTABLE);
    let refused = vec![ErrorCode::OPERATION_NOT_ATTEMPTED, ErrorCode::UNKNOWN_TOPIC_OR_PARTITION];
    assert_eq!(codes, [vec![not_in], vec![none], vec![none, not_in], refused]);
}

#[tokio::test]
async fn deleted_topic_holds_no_transaction_up() {
    let world = World::start().await;
    let (kept, gone) = (world.topic("kept", 1, &[]).await, world.topic("gone", 1, &[]).await);
    let mut wire = world.wire().await;
    let mut producer = Producer::start(&mut wire, true).await;
    producer.write(&mut wire, &kept, &["a"]).await;
    producer.sequence = 0;
    producer.write(&mut wire, &gone, &["b"]).await;
    world.cluster.topic_delete(gone.id).await.unwrap();
    assert_eq!(producer.end(&mut wire, true).await, ErrorCode::NONE);
    assert_eq!(state(&mut wire).await, "CompleteCommit");
    assert_eq!(committed(&mut wire, &kept).await.0, ["a"]);
}

#[tokio::test]
async fn late_request_of_a_connection_that_was_given_up_is_not_heard() {
    let world = World::start().await;
    let topic = world.topic("orders", 1, &[]).await;
    let (mut old, mut new) = (world.wire().await, world.wire().await);
    let mut producer = Producer::start(&mut old, false).await;
    producer.write(&mut old, &topic, &["a"]).await;
    // The answer to its end does not come; it asks again on a new connection, and begins another transaction.
    assert_eq!(producer.end(&mut new, true).await, ErrorCode::NONE);
    producer.write(&mut new, &topic, &["b"]).await;
    // Then the first request arrives.
    let late = EndTxnRequest {
        transactional_id: ID,
        producer_id: producer.id,
        producer_epoch: producer.epoch,
        committed: false,
    };
    old.send_silent(3, &late).await;
    old.closed("it was overtaken").await;
    assert_eq!(state(&mut new).await, "Ongoing");
    assert_eq!(producer.end(&mut new, true).await, ErrorCode::NONE);
    assert_eq!(committed(&mut new, &topic).await.0, ["a", "b"]);

    // Whoever takes over may do so from an older connection.
    let mut older = world.wire().await;
    let mut newer = world.wire().await;
    let mut first = Producer::start(&mut newer, false).await;
    first.write(&mut newer, &topic, &["c"]).await;
    let mut second = Producer::start(&mut older, false).await;
    second.write(&mut older, &topic, &["d"]).await;
    assert_eq!(first.end(&mut newer, true).await, ErrorCode::PRODUCER_FENCED);
    assert_eq!(second.end(&mut older, true).await, ErrorCode::NONE);
    assert_eq!(committed(&mut newer, &topic).await.0, ["a", "b", "d"]);
}
