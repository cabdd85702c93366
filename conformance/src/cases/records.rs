//! Produce, Fetch, ListOffsets, DeleteRecords and OffsetForLeaderEpoch.

use kafka_protocol::messages::delete_records_request::{DeleteRecordsPartition, DeleteRecordsTopic};
use kafka_protocol::messages::fetch_request::{FetchPartition, FetchTopic};
use kafka_protocol::messages::fetch_response::PartitionData;
use kafka_protocol::messages::list_offsets_request::{ListOffsetsPartition, ListOffsetsTopic};
use kafka_protocol::messages::list_offsets_response::ListOffsetsPartitionResponse;
use kafka_protocol::messages::offset_for_leader_epoch_request::{
    OffsetForLeaderPartition, OffsetForLeaderTopic,
};
use kafka_protocol::messages::produce_request::{PartitionProduceData, TopicProduceData};
use kafka_protocol::messages::produce_response::PartitionProduceResponse;
use kafka_protocol::messages::*;
use uuid::Uuid;

use crate::batch::{ATTRIBUTES, Batch, CONTROL};
use crate::case::{CLOSED, Cases};
use crate::ensure;
use crate::failure::Failure;
use crate::stage::Stage;

/// A request for a producer id.
pub(crate) fn producer(transactional: Option<TransactionalId>) -> InitProducerIdRequest {
    InitProducerIdRequest::default()
        .with_transactional_id(transactional)
        .with_transaction_timeout_ms(60_000)
        .with_producer_id((-1).into())
        .with_producer_epoch(-1)
}

/// A produce request of one batch.
pub(crate) fn production(
    stage: &mut Stage<'_>,
    version: i16,
    name: &TopicName,
    partition: i32,
    batch: &Batch,
) -> Result<ProduceRequest, Failure> {
    let data = PartitionProduceData::default().with_index(partition).with_records(Some(batch.bytes()));
    let topic = TopicProduceData::default().with_partition_data(vec![data]);
    let topic = match version {
        13.. => topic.with_topic_id(stage.topic_id(name)?),
        _ => topic.with_name(name.clone()),
    };
    Ok(ProduceRequest::default().with_acks(-1).with_timeout_ms(10_000).with_topic_data(vec![topic]))
}

pub(crate) fn answered(
    stage: &mut Stage<'_>,
    version: i16,
    request: &ProduceRequest,
) -> Result<PartitionProduceResponse, Failure> {
    let mut answer = stage.call(request, version)?;
    let mut topic = answer.responses.pop().ok_or("no topic")?;
    topic.partition_responses.pop().ok_or("no partition".into())
}

pub(crate) fn produced(
    stage: &mut Stage<'_>,
    version: i16,
    name: &TopicName,
    batch: &Batch,
) -> Result<PartitionProduceResponse, Failure> {
    let request = production(stage, version, name, 0, batch)?;
    answered(stage, version, &request)
}

pub(super) fn fetched(
    stage: &mut Stage<'_>,
    version: i16,
    name: &TopicName,
    partition: FetchPartition,
) -> Result<PartitionData, Failure> {
    let topic = FetchTopic::default().with_partitions(vec![partition.with_partition_max_bytes(1 << 20)]);
    let topic = match version {
        13.. => topic.with_topic_id(stage.topic_id(name)?),
        _ => topic.with_topic(name.clone()),
    };
    let request = FetchRequest::default()
        .with_replica_id((-1).into())
        .with_max_wait_ms(0)
        .with_max_bytes(1 << 20)
        .with_session_epoch(-1)
        .with_topics(vec![topic]);
    let mut answer = stage.call(&request, version)?;
    ensure!(answer.error_code, 0, "Fetch");
    answer.responses.pop().and_then(|mut topic| topic.partitions.pop()).ok_or("no partition".into())
}

fn listed(
    stage: &mut Stage<'_>,
    version: i16,
    name: &TopicName,
    partition: ListOffsetsPartition,
) -> Result<ListOffsetsPartitionResponse, Failure> {
    let topic = ListOffsetsTopic::default().with_name(name.clone()).with_partitions(vec![partition]);
    let request = ListOffsetsRequest::default().with_replica_id((-1).into()).with_topics(vec![topic]);
    let mut answer = stage.call(&request, version)?;
    answer.topics.pop().and_then(|mut topic| topic.partitions.pop()).ok_or("no partition".into())
}

pub(crate) fn declare(cases: &mut Cases) {
    produce(cases);
    idempotent(cases);
    fetch(cases);
    offsets(cases);
    deletion(cases);
    epochs(cases);
}

fn produce(cases: &mut Cases) {
    const KEY: ApiKey = ApiKey::Produce;
    let plain = Batch::default;
    let batches = [
        ("stored", 0, plain()),
        ("wrong_checksum", 2, Batch { spoiled: true, ..plain() }),
        ("old_magic", 87, Batch { magic: 1, ..plain() }),
        ("count_too_high", 87, Batch { claimed: Some(2), ..plain() }),
        ("count_of_nothing", 87, Batch { claimed: Some(0), ..plain() }),
        ("base_offset_set", 87, Batch { base_offset: 5, ..plain() }),
        ("control_of_a_client", 87, Batch { attributes: CONTROL, ..plain() }),
        ("producer_without_sequence", 87, Batch { producer_id: 7, producer_epoch: 0, ..plain() }),
        ("far_future", 32, Batch { timestamp: 9_000_000_000_000, ..plain() }),
        ("too_large", 10, Batch { value: 1_100_000, ..plain() }),
        (
            "out_of_sequence_but_unknown",
            0,
            Batch { producer_id: 1 << 40, producer_epoch: 0, base_sequence: 9, ..plain() },
        ),
    ];
    for (title, expected, batch) in batches {
        cases.each(KEY, 3..=13, title, expected, move |stage, version| {
            let name = stage.topic(1)?;
            Ok(produced(stage, version, &name, &batch)?.error_code)
        });
    }
    cases.each(KEY, 3..=13, "offsets_count_up", 0, |stage, version| {
        let name = stage.topic(1)?;
        let batch = Batch { records: 3, ..Batch::default() };
        ensure!(produced(stage, version, &name, &batch)?.base_offset, 0, "first offset");
        let second = produced(stage, version, &name, &batch)?;
        ensure!(second.base_offset, 3, "second offset");
        ensure!(second.log_append_time_ms, -1, "append time");
        Ok(second.error_code)
    });
    cases.each(KEY, 3..=12, "unknown_topic", 3, |stage, version| {
        let name = TopicName(stage.name());
        Ok(produced(stage, version, &name, &Batch::default())?.error_code)
    });
    cases.each(KEY, 3..=13, "unknown_partition", 3, |stage, version| {
        let name = stage.topic(1)?;
        let request = production(stage, version, &name, 9, &Batch::default())?;
        Ok(answered(stage, version, &request)?.error_code)
    });
    cases.each(KEY, 13..=13, "unknown_id", 100, |stage, version| {
        let name = stage.topic(1)?;
        let mut request = production(stage, version, &name, 0, &Batch::default())?;
        request.topic_data[0].topic_id = Uuid::from_u128(77);
        Ok(answered(stage, version, &request)?.error_code)
    });
    cases.each(KEY, 3..=13, "acks_of_two", 21, |stage, version| {
        let name = stage.topic(1)?;
        let request = production(stage, version, &name, 0, &Batch::default())?.with_acks(2);
        Ok(answered(stage, version, &request)?.error_code)
    });
    cases.each(KEY, 9..=9, "null_records", 87, |stage, version| {
        let name = stage.topic(1)?;
        let mut request = production(stage, version, &name, 0, &Batch::default())?;
        request.topic_data[0].partition_data[0].records = None;
        Ok(answered(stage, version, &request)?.error_code)
    });
    cases.each(KEY, 3..=13, "two_batches", 87, |stage, version| {
        let name = stage.topic(1)?;
        let mut request = production(stage, version, &name, 0, &Batch::default())?;
        let one = Batch::default().bytes();
        request.topic_data[0].partition_data[0].records = Some([&one[..], &one[..]].concat().into());
        Ok(answered(stage, version, &request)?.error_code)
    });
    cases.each(KEY, 3..=13, "no_key_for_compaction", 87, |stage, version| {
        let name = stage.topic_with(1, &[("cleanup.policy", "compact")])?;
        let answer = produced(stage, version, &name, &Batch::default())?;
        if version >= 8 {
            ensure!(
                answer.record_errors.iter().map(|one| one.batch_index).collect::<Vec<_>>(),
                vec![0],
                "records"
            );
        }
        Ok(answer.error_code)
    });
    cases.each(KEY, 3..=13, "too_few_in_sync", 19, |stage, version| {
        let name = stage.topic_with(1, &[("min.insync.replicas", "2")])?;
        Ok(produced(stage, version, &name, &Batch::default())?.error_code)
    });
    cases.each(KEY, 3..=13, "append_time", 0, |stage, version| {
        let name = stage.topic_with(1, &[("message.timestamp.type", "LogAppendTime")])?;
        let answer = produced(stage, version, &name, &Batch::default())?;
        ensure!(answer.log_append_time_ms > 1_700_000_000_000, true, "append time is now");
        Ok(answer.error_code)
    });
    let compressions = [
        ("stored_plain", "uncompressed"),
        ("stored_as_gzip", "gzip"),
        ("stored_as_snappy", "snappy"),
        ("stored_as_lz4", "lz4"),
        ("stored_as_zstd", "zstd"),
    ];
    for (code, (title, compression)) in (0_u8..).zip(compressions) {
        cases.each(KEY, 9..=9, title, 0, move |stage, version| {
            let name = stage.topic_with(1, &[("compression.type", compression)])?;
            let answer = produced(stage, version, &name, &Batch { value: 1_000, ..Batch::default() })?;
            let records = fetched(stage, 12, &name, FetchPartition::default())?.records.unwrap_or_default();
            ensure!(records.get(ATTRIBUTES).map(|low| low & 7), Some(code), "compression of the batch");
            Ok(answer.error_code)
        });
    }
    cases.each(KEY, 3..=13, "acks_of_none_fails_closed", CLOSED, |stage, version| {
        let name = stage.topic(1)?;
        let request = production(stage, version, &name, 9, &Batch::default())?.with_acks(0);
        Ok(answered(stage, version, &request)?.error_code)
    });
}

fn idempotent(cases: &mut Cases) {
    const KEY: ApiKey = ApiKey::Produce;
    type Story = (&'static str, i16, &'static [(i16, i32)], Option<i64>);
    // Epoch and sequence of each one-record batch; the code and the base offset of the last.
    let stories: [Story; 6] = [
        ("in_sequence", 0, &[(0, 0), (0, 1)], Some(1)),
        ("repeated", 0, &[(0, 0), (0, 1), (0, 0)], Some(0)),
        ("out_of_sequence", 45, &[(0, 0), (0, 2)], None),
        ("repeated_too_late", 45, &[(0, 0), (0, 1), (0, 2), (0, 3), (0, 4), (0, 5), (0, 0)], None),
        ("older_epoch", 47, &[(1, 0), (0, 1)], None),
        ("newer_epoch_not_from_nought", 45, &[(0, 0), (1, 1)], None),
    ];
    for (title, expected, batches, offset) in stories {
        cases.each(KEY, 3..=13, title, expected, move |stage, version| {
            let name = stage.topic(1)?;
            let mut id = InitProducerIdResponse::default();
            let code = stage.settled(|stage| {
                id = stage.call(&producer(None), 4)?;
                Ok(id.error_code)
            })?;
            ensure!(code, 0, "InitProducerId");
            let mut last = (0, 0);
            for (index, &(producer_epoch, base_sequence)) in batches.iter().enumerate() {
                let producer_id = id.producer_id.0;
                let batch = Batch { producer_id, producer_epoch, base_sequence, ..Batch::default() };
                let answer = produced(stage, version, &name, &batch)?;
                last = (answer.error_code, answer.base_offset);
                if index + 1 < batches.len() {
                    ensure!(last.0, 0, "a batch before the last");
                }
            }
            if let Some(offset) = offset {
                ensure!(last.1, offset, "base offset");
            }
            Ok(last.0)
        });
    }
}

fn fetch(cases: &mut Cases) {
    const KEY: ApiKey = ApiKey::Fetch;
    for (title, offset, expected) in [
        ("from_the_start", 0, 0),
        ("inside_a_batch", 1, 0),
        ("at_the_end", 3, 0),
        ("beyond_the_end", 4, 1),
        ("negative", -5, 1),
    ] {
        cases.each(KEY, 4..=18, title, expected, move |stage, version| {
            let name = stage.topic(1)?;
            let batch = Batch { records: 3, ..Batch::default() };
            ensure!(produced(stage, 9, &name, &batch)?.error_code, 0, "Produce");
            let answer = fetched(stage, version, &name, FetchPartition::default().with_fetch_offset(offset))?;
            let bytes = answer.records.as_ref().map_or(0, |records| records.len());
            if expected == 0 {
                ensure!(answer.high_watermark, 3, "high watermark");
                ensure!(answer.last_stable_offset, 3, "last stable offset");
                // The batch as it came, whatever offset of it was asked for.
                ensure!(bytes, if offset < 3 { batch.bytes().len() } else { 0 }, "bytes");
            } else {
                ensure!((bytes, answer.high_watermark), (0, -1), "bytes and high watermark");
            }
            Ok(answer.error_code)
        });
    }
    cases.each(KEY, 4..=12, "unknown_topic", 3, |stage, version| {
        let name = TopicName(stage.name());
        Ok(fetched(stage, version, &name, FetchPartition::default())?.error_code)
    });
    cases.each(KEY, 4..=18, "unknown_partition", 3, |stage, version| {
        let name = stage.topic(1)?;
        Ok(fetched(stage, version, &name, FetchPartition::default().with_partition(9))?.error_code)
    });
    cases.each(KEY, 9..=18, "epoch_to_come", 75, |stage, version| {
        let name = stage.topic(1)?;
        let ahead = FetchPartition::default().with_current_leader_epoch(1 << 30);
        Ok(fetched(stage, version, &name, ahead)?.error_code)
    });
    for (title, versions, expected) in [("zstd_before_it_was", 4..=9, 76), ("zstd", 10..=18, 0)] {
        cases.each(KEY, versions, title, expected, move |stage, version| {
            let name = stage.topic_with(1, &[("compression.type", "zstd")])?;
            ensure!(produced(stage, 9, &name, &Batch::default())?.error_code, 0, "Produce");
            Ok(fetched(stage, version, &name, FetchPartition::default())?.error_code)
        });
    }
    for (title, id, epoch, expected) in
        [("unknown_session", 77, 1, 70), ("session_of_nobody_closed", 77, 3, 70)]
    {
        cases.each(KEY, 7..=18, title, expected, move |stage, version| {
            let request = FetchRequest::default().with_replica_id((-1).into()).with_max_bytes(1 << 20);
            Ok(stage.call(&request.with_session_id(id).with_session_epoch(epoch), version)?.error_code)
        });
    }
    cases.each(KEY, 7..=18, "session_epoch_skipped", 71, |stage, version| {
        let name = stage.topic(1)?;
        let topic = FetchTopic::default().with_partitions(vec![FetchPartition::default()]);
        let topic = match version {
            13.. => topic.with_topic_id(stage.topic_id(&name)?),
            _ => topic.with_topic(name),
        };
        let base = FetchRequest::default()
            .with_replica_id((-1).into())
            .with_max_bytes(1 << 20)
            .with_session_epoch(0);
        let opened = stage.call(&base.clone().with_topics(vec![topic]), version)?;
        ensure!(opened.session_id > 0, true, "a session");
        Ok(stage.call(&base.with_session_id(opened.session_id).with_session_epoch(5), version)?.error_code)
    });
}

fn offsets(cases: &mut Cases) {
    const KEY: ApiKey = ApiKey::ListOffsets;
    let base = Batch::default().timestamp;
    // Records of three consecutive milliseconds.
    for (title, from, timestamp, offset, told) in [
        ("latest", 1, -1, 3, -1),
        ("earliest", 1, -2, 0, -1),
        ("at_a_time", 1, base + 1, 1, base + 1),
        ("before_all", 1, 5, 0, base),
        ("after_all", 1, base + 9, -1, -1),
        ("of_the_newest_time", 7, -3, 2, base + 2),
        ("earliest_here", 8, -4, 0, -1),
        ("latest_elsewhere", 9, -5, -1, -1),
    ] {
        cases.each(KEY, from..=10, title, 0, move |stage, version| {
            let name = stage.topic(1)?;
            let batch = Batch { records: 3, ..Batch::default() };
            ensure!(produced(stage, 9, &name, &batch)?.error_code, 0, "Produce");
            let asked = ListOffsetsPartition::default().with_timestamp(timestamp);
            let answer = listed(stage, version, &name, asked)?;
            ensure!((answer.offset, answer.timestamp), (offset, told), "offset and time");
            Ok(answer.error_code)
        });
    }
    for (title, versions, timestamp) in [
        ("newest_time_too_old", 1..=6, -3),
        ("earliest_here_too_old", 1..=7, -4),
        ("elsewhere_too_old", 1..=8, -5),
    ] {
        cases.each(KEY, versions, title, 35, move |stage, version| {
            let name = stage.topic(1)?;
            Ok(listed(stage, version, &name, ListOffsetsPartition::default().with_timestamp(timestamp))?
                .error_code)
        });
    }
    cases.each(KEY, 1..=10, "unknown_topic", 3, |stage, version| {
        let name = TopicName(stage.name());
        Ok(listed(stage, version, &name, ListOffsetsPartition::default().with_timestamp(-1))?.error_code)
    });
    cases.each(KEY, 4..=10, "epoch_to_come", 75, |stage, version| {
        let name = stage.topic(1)?;
        let ahead = ListOffsetsPartition::default().with_timestamp(-1).with_current_leader_epoch(1 << 30);
        Ok(listed(stage, version, &name, ahead)?.error_code)
    });
    cases.each(KEY, 1..=10, "twice_in_a_request", 42, |stage, version| {
        let name = stage.topic(1)?;
        let one = ListOffsetsPartition::default().with_timestamp(-1);
        let topic = ListOffsetsTopic::default().with_name(name).with_partitions(vec![one.clone(), one]);
        let request = ListOffsetsRequest::default().with_replica_id((-1).into()).with_topics(vec![topic]);
        let answer = stage.call(&request, version)?;
        let topic = answer.topics.first().ok_or("no topic")?;
        Ok(topic.partitions.first().ok_or("no partition")?.error_code)
    });
}

fn deletion(cases: &mut Cases) {
    for (title, offset, expected, low) in
        [("some", 2, 0, 2), ("all", -1, 0, 3), ("beyond_the_end", 4, 1, -1), ("negative", -2, 1, -1)]
    {
        cases.each(ApiKey::DeleteRecords, 0..=2, title, expected, move |stage, version| {
            let name = stage.topic(1)?;
            let batch = Batch { records: 3, ..Batch::default() };
            ensure!(produced(stage, 9, &name, &batch)?.error_code, 0, "Produce");
            let partition = DeleteRecordsPartition::default().with_offset(offset);
            let topic = DeleteRecordsTopic::default().with_name(name).with_partitions(vec![partition]);
            let request = DeleteRecordsRequest::default().with_topics(vec![topic]).with_timeout_ms(10_000);
            let answer = stage.call(&request, version)?;
            let partition =
                answer.topics.first().and_then(|one| one.partitions.first()).ok_or("no partition")?;
            ensure!(partition.low_watermark, low, "low watermark");
            Ok(partition.error_code)
        });
    }
    for (title, known, policy, expected) in
        [("unknown", false, "delete", 3), ("compacted", true, "compact", 44)]
    {
        cases.each(ApiKey::DeleteRecords, 0..=2, title, expected, move |stage, version| {
            let name = if known {
                stage.topic_with(1, &[("cleanup.policy", policy)])?
            } else {
                TopicName(stage.name())
            };
            let partition = DeleteRecordsPartition::default();
            let topic = DeleteRecordsTopic::default().with_name(name).with_partitions(vec![partition]);
            let request = DeleteRecordsRequest::default().with_topics(vec![topic]).with_timeout_ms(10_000);
            let answer = stage.call(&request, version)?;
            Ok(answer.topics.first().and_then(|one| one.partitions.first()).ok_or("no partition")?.error_code)
        });
    }
}

fn epochs(cases: &mut Cases) {
    for (title, known, current, asked, expected, end) in [
        ("unknown", false, -1, 0, 3, -1),
        ("higher_than_any", true, -1, 1 << 30, 0, -1),
        ("none", true, -1, -1, 0, -1),
        ("current_to_come", true, 1 << 30, 0, 75, -1),
    ] {
        cases.each(ApiKey::OffsetForLeaderEpoch, 2..=4, title, expected, move |stage, version| {
            let name = if known { stage.topic(1)? } else { TopicName(stage.name()) };
            let partition = OffsetForLeaderPartition::default()
                .with_current_leader_epoch(current)
                .with_leader_epoch(asked);
            let topic = OffsetForLeaderTopic::default().with_topic(name).with_partitions(vec![partition]);
            let request = OffsetForLeaderEpochRequest::default().with_replica_id((-1).into());
            let answer = stage.call(&request.with_topics(vec![topic]), version)?;
            let partition =
                answer.topics.first().and_then(|one| one.partitions.first()).ok_or("no partition")?;
            ensure!(partition.end_offset, end, "end offset");
            Ok(partition.error_code)
        });
    }
}
