//! Produce (key 0), versions 3 to 13.
//!
//! Behaviour: each partition takes one batch, checked as a whole and record by record, appended as the bytes the
//! producer sent, or in the topic's own compression where it has another one. acks=-1 is answered when the batch is on disk, 1 when it is in the page cache, 0 never; an error
//! with acks=0 ends the connection. Duplicates of the last five batches of an idempotent producer are answered with
//! the offset they have. A batch of a transaction is taken only while that is open and the partition is in it. The
//! broker's own topic takes batches of the host alone, and refuses those of clients with error 17.
//! The request's bytes count against the quotas of its client, and its time where an acknowledgement can tell of it.
//! Permission: Write on the topic; on the transactional id too, without which, or without an id for a batch of a
//! transaction, the whole request is refused.
//! Version notes: 8 adds errors per record, 10 the leader in errors, 11 an error that only the transaction dies of (120,
//! before it 48); with 12 partitions enter the transaction by being written to, 13 names topics by id.
//! Not modelled: versions 0 to 2, which are told but not served, as in Kafka 4: older librdkafka reads support for
//! compression off their presence (KAFKA-18659).

mod compressed;
mod transactional;

use std::borrow::Cow;
use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::Duration;

use kafka_wire::messages::{
    Message, ProduceRequest, ProduceRequestPartition, ProduceRequestTopic, ProduceResponse,
    ProduceResponsePartition, ProduceResponseRecordError, ProduceResponseTopic,
};
use kafka_wire::records::{
    Batch, BatchError, Compression, RecordError, RecordFault, RecordRules, TimestampType as BatchTimestamps,
};
use kafka_wire::{ErrorCode, Versions};

use super::permission::RightsAsked;
use super::{Answer, Call, Context, Entry};
use crate::authority::Operation;
use crate::connection::{Close, Outcome};
use crate::log::{AppendError, Origin, PartitionLog, TimestampType};
use crate::quota::busy;
use crate::reply::Reply;
use crate::topic_settings::TopicRules;
use crate::topics::OpenTopic;
use crate::transaction::Admission;

pub(super) const ENTRY: Entry = Entry {
    api: ProduceRequest::API,
    versions: Versions { min: 3, max: 13 },
    offered: Versions { min: 0, max: 13 },
    call,
};

/// Records may inflate to this many times the topic's largest batch.
const INFLATED_RATIO: usize = 16;
/// Before this version a client cannot know zstd.
const ZSTD_FROM: i16 = 7;

/// What came of one partition.
struct Done {
    response: ProduceResponsePartition<'static>,
    /// Where to wait until it is durable.
    waits: Option<(Arc<PartitionLog>, i64)>,
}

/// What came of a request before its batches are on disk.
struct Appended {
    acks: i16,
    responses: Vec<ProduceResponseTopic<'static>>,
    waits: Vec<Option<(Arc<PartitionLog>, i64)>>,
    /// What is wrong with one of its batches.
    failed: Option<ErrorCode>,
}

/// Why a batch was not taken.
struct Refused {
    code: ErrorCode,
    records: Vec<RecordError>,
    text: Option<String>,
}

fn call(call: Call<'_>) -> Answer<'_> {
    // The next frame of the connection is read when this is done: batches are in the log in the order in which they
    // were sent. The wait for the disk is left to the outcome.
    Box::pin(async move { produce(&call).await })
}

async fn produce(call: &Call<'_>) -> Result<Outcome, Close> {
    let context = call.context;
    let begun = context.cluster.clock().elapsed();
    let (appended, busy) = busy(context.cluster.clock(), append_all(call)).await;
    let Appended { acks, responses, waits, failed } = appended?;
    let throttle_time_ms = context.throttle_produce(call.body.len(), (acks != 0).then_some(busy));
    let response = ProduceResponse { responses, throttle_time_ms, ..Default::default() };
    match acks {
        0 => match failed {
            // The client hears nothing, so that it learns of the error only by losing the connection.
            Some(code) => Err(Close::Request(format!("{code} with acks=0"))),
            None => Ok(Outcome::Silence),
        },
        -1 => Ok(durably(response, waits, call, begun)),
        _ => {
            context.took(call.body.len(), context.cluster.clock().elapsed().saturating_sub(begun));
            context.reply(&response).map(Outcome::Reply)
        }
    }
}

async fn append_all(call: &Call<'_>) -> Result<Appended, Close> {
    let request: ProduceRequest<'_> = call.decode()?;
    let context = call.context;
    let rights = context.rights();
    let refusal = match request.transactional_id {
        Some(id) => rights.transactional_id(Operation::Write, id).err(),
        None => transactional::is_transactional(&request).then(|| rights.nameless_transaction()),
    };
    let topics: Vec<_> =
        request.topic_data.iter().map(|topic| find(topic, &rights, refusal, context)).collect();
    let admission = transactional::admit(&request, &topics, context).await;
    let mut waits = Vec::new();
    let mut failed = None;
    let responses = request
        .topic_data
        .iter()
        .zip(&topics)
        .map(|(topic, open)| {
            open.iter().for_each(|open| context.note_topic(&open.facts.name));
            let partition_responses = topic
                .partition_data
                .iter()
                .map(|partition| {
                    let done = append(partition, open, request.acks, admission.as_ref(), context);
                    if done.response.error_code != ErrorCode::NONE {
                        failed = Some(done.response.error_code);
                    }
                    waits.push(done.waits);
                    done.response
                })
                .collect();
            ProduceResponseTopic {
                name: Cow::Owned(topic.name.to_owned()),
                topic_id: topic.topic_id,
                partition_responses,
            }
        })
        .collect();
    Ok(Appended { acks: request.acks, responses, waits, failed })
}

/// The reply once everything appended is on disk; what could not be made durable is refused after all.
fn durably(
    mut response: ProduceResponse<'static>,
    waits: Vec<Option<(Arc<PartitionLog>, i64)>>,
    call: &Call<'_>,
    begun: Duration,
) -> Outcome {
    let context = call.context;
    let (version, correlation_id) = (context.version, context.correlation_id);
    let (cluster, timed) = (context.cluster.clone(), context.timed(call.body.len()));
    Outcome::Later(Box::pin(async move {
        let partitions = response.responses.iter_mut().flat_map(|topic| &mut topic.partition_responses);
        for (partition, wait) in partitions.zip(waits) {
            let Some((log, last_offset)) = wait else { continue };
            if let Err(failed) = log.wait_durable(last_offset).await {
                // Deleted meanwhile, or the disk has failed.
                let error_code = match cluster.open_topics().of_id(log.topic_id()) {
                    None => ErrorCode::UNKNOWN_TOPIC_OR_PARTITION,
                    Some(_) => ErrorCode::KAFKA_STORAGE_ERROR,
                };
                *partition = ProduceResponsePartition {
                    index: partition.index,
                    error_code,
                    base_offset: -1,
                    error_message: Some(failed.to_string().into()),
                    ..Default::default()
                };
            }
        }
        timed.took(cluster.clock().elapsed().saturating_sub(begun));
        Reply::new(version, correlation_id, &response)
    }))
}

/// The topic, if it is there and the client may write to it.
fn find(
    topic: &ProduceRequestTopic<'_>,
    rights: &RightsAsked<'_>,
    refusal: Option<ErrorCode>,
    context: &Context<'_>,
) -> Result<Arc<OpenTopic>, ErrorCode> {
    if let Some(refusal) = refusal {
        return Err(refusal);
    }
    let topics = context.cluster.open_topics();
    let open = if context.version >= 13 {
        let open = topics.of_id(topic.topic_id).ok_or(ErrorCode::UNKNOWN_TOPIC_ID)?;
        rights.topic(Operation::Write, &open.facts.name)?;
        open
    } else {
        rights.topic(Operation::Write, topic.name)?;
        topics.named(topic.name).ok_or(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION)?
    };
    // No right is enough for it: whoever fills it could keep the host from seeing that the cluster serves.
    match open.facts.internal && !context.peer.is_host {
        true => Err(ErrorCode::INVALID_TOPIC_EXCEPTION),
        false => Ok(open),
    }
}

fn append(
    partition: &ProduceRequestPartition<'_>,
    topic: &Result<Arc<OpenTopic>, ErrorCode>,
    acks: i16,
    admission: Option<&Result<Admission, ErrorCode>>,
    context: &Context<'_>,
) -> Done {
    let appended = log(partition.index, topic).and_then(|(rules, log)| {
        let batch = sole(partition.records, context)?;
        if !matches!(acks, -1..=1) {
            return Err(ErrorCode::INVALID_REQUIRED_ACKS.into());
        }
        if acks == -1 && rules.min_insync_replicas > 1 {
            // There is one replica, and there never is another.
            return Err(ErrorCode::NOT_ENOUGH_REPLICAS.into());
        }
        check(&batch, rules, context)?;
        let bytes = compressed::stored(&batch, rules)?;
        let appended = match batch.header.attributes.is_transactional() {
            false => log.append(&bytes, Origin::Client).map_err(refused)?,
            true => transactional::append(log, &bytes, admission, context)?,
        };
        Ok((log.clone(), appended))
    });
    match appended {
        Ok((log, appended)) => Done {
            response: ProduceResponsePartition {
                index: partition.index,
                base_offset: appended.base_offset,
                log_append_time_ms: appended.log_append_time.unwrap_or(-1),
                log_start_offset: appended.log_start,
                ..Default::default()
            },
            waits: Some((log, appended.last_offset)),
        },
        Err(refused) => Done { response: refused.response(partition.index), waits: None },
    }
}

fn log(
    index: i32,
    topic: &Result<Arc<OpenTopic>, ErrorCode>,
) -> Result<(&TopicRules, &Arc<PartitionLog>), Refused> {
    let topic = topic.as_ref().map_err(|code| *code)?;
    let log = topic.partition(index).ok_or(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION)?;
    Ok((&topic.rules, log))
}

/// The one batch that a request has for a partition, in a form that such a client may send.
fn sole<'a>(records: Option<&'a [u8]>, context: &Context<'_>) -> Result<Batch<'a>, Refused> {
    let bytes = records.unwrap_or_default();
    if bytes.is_empty() {
        return Err(Refused::batch("a produce request needs a batch for each partition"));
    }
    let batch = Batch::parse(bytes);
    let (batch, rest) = batch.map_err(|error| structure(&error))?;
    if !rest.is_empty() {
        return Err(Refused::batch("one batch for each partition"));
    }
    if batch.header.attributes.compression() == Some(Compression::Zstd) && context.version < ZSTD_FROM {
        return Err(ErrorCode::UNSUPPORTED_COMPRESSION_TYPE.into());
    }
    Ok(batch)
}

/// Finds the first thing that is wrong with a batch, in itself or for the topic.
fn check(batch: &Batch<'_>, rules: &TopicRules, context: &Context<'_>) -> Result<(), Refused> {
    let limit = rules.log.max_message_bytes as usize;
    if batch.bytes().len() > limit {
        let text = format!("a batch of {} bytes is over the topic's limit of {limit}", batch.bytes().len());
        return Err(Refused { code: ErrorCode::MESSAGE_TOO_LARGE, records: Vec::new(), text: Some(text) });
    }
    batch.checksum_verify().map_err(|error| structure(&error))?;
    batch.producer_verify().map_err(|error| structure(&error))?;
    if batch.header.attributes.timestamp_type() == BatchTimestamps::LogAppend {
        let text = Some("only the broker stamps with its own clock".to_owned());
        return Err(Refused { code: ErrorCode::INVALID_TIMESTAMP, records: Vec::new(), text });
    }
    let rules = RecordRules {
        inflated_max: inflated_max(rules),
        key_required: rules.log.compact,
        timestamps: timestamps(rules, context.cluster.clock().now_ms()),
    };
    batch.records_verify(&rules).map_err(|records| {
        let late = records.iter().any(|record| matches!(record.fault, RecordFault::Timestamp(_)));
        let code = if late { ErrorCode::INVALID_TIMESTAMP } else { ErrorCode::INVALID_RECORD };
        Refused { code, text: records.first().map(ToString::to_string), records }
    })?;
    Ok(())
}

/// The most that the records of a batch may inflate to, in bytes.
fn inflated_max(rules: &TopicRules) -> usize {
    INFLATED_RATIO.saturating_mul(rules.log.max_message_bytes as usize)
}

/// The stamps that a producer may give now: any, where the broker puts its own in their place.
fn timestamps(rules: &TopicRules, now_ms: i64) -> RangeInclusive<i64> {
    match rules.log.timestamp_type {
        TimestampType::LogAppendTime => i64::MIN..=i64::MAX,
        TimestampType::CreateTime => {
            now_ms.saturating_sub(rules.timestamp_before_max_ms)
                ..=now_ms.saturating_add(rules.timestamp_after_max_ms)
        }
    }
}

/// What is wrong with the batch as a whole.
fn structure(error: &BatchError) -> Refused {
    let code = match error {
        BatchError::Truncated { .. } | BatchError::Length(_) | BatchError::Checksum { .. } => {
            ErrorCode::CORRUPT_MESSAGE
        }
        BatchError::Magic(_)
        | BatchError::BaseOffset(_)
        | BatchError::RecordCount { .. }
        | BatchError::Control
        | BatchError::Sequence { .. }
        | BatchError::Compression(_) => ErrorCode::INVALID_RECORD,
    };
    Refused { code, records: Vec::new(), text: Some(error.to_string()) }
}

/// What the log did not take.
fn refused(error: AppendError) -> Refused {
    let code = match error {
        AppendError::TooLarge { .. } => ErrorCode::MESSAGE_TOO_LARGE,
        AppendError::Malformed => ErrorCode::CORRUPT_MESSAGE,
        AppendError::OutOfOrderSequence { .. } => ErrorCode::OUT_OF_ORDER_SEQUENCE_NUMBER,
        AppendError::InvalidProducerEpoch { .. } => ErrorCode::INVALID_PRODUCER_EPOCH,
        AppendError::InvalidTransactionState { .. } => ErrorCode::INVALID_TXN_STATE,
        AppendError::CoordinatorFenced { .. } => ErrorCode::TRANSACTION_COORDINATOR_FENCED,
        AppendError::DiskFull | AppendError::WriteFailed(_) | AppendError::Offline(_) => {
            ErrorCode::KAFKA_STORAGE_ERROR
        }
        AppendError::Closed => ErrorCode::UNKNOWN_TOPIC_OR_PARTITION,
    };
    Refused { code, records: Vec::new(), text: Some(error.to_string()) }
}

impl Refused {
    fn batch(text: &str) -> Self {
        Self { code: ErrorCode::INVALID_RECORD, records: Vec::new(), text: Some(text.to_owned()) }
    }

    fn response(self, index: i32) -> ProduceResponsePartition<'static> {
        let record_errors = self
            .records
            .iter()
            .map(|record| ProduceResponseRecordError {
                batch_index: record.index,
                batch_index_error_message: Some(record.fault.to_string().into()),
            })
            .collect();
        ProduceResponsePartition {
            index,
            error_code: self.code,
            base_offset: -1,
            record_errors,
            error_message: self.text.map(Cow::Owned),
            ..Default::default()
        }
    }
}

impl From<ErrorCode> for Refused {
    fn from(code: ErrorCode) -> Self {
        Self { code, records: Vec::new(), text: None }
    }
}
