//! Fetch (key 1), versions 4 to 18.
//!
//! Behaviour: partitions are read in the order of the request until its bytes are spent; the first one that has
//! data gives at least one whole batch. The answer waits for min_bytes up to max_wait, unless something is wrong.
//! Consumers see what is on disk. An offset inside a batch gives the whole batch. Readers of committed data see up to
//! the first open transaction, and are told which transactions to leave out.
//! Permission: Read on the topic, also when the wait is over.
//! Version notes: 7 adds sessions; every answer says that there is none (id 0), which clients take as a full fetch
//! each time. 12 adds leader epochs of what the client read last, 13 names topics by id.
//! Not modelled: fetch sessions; followers.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use kafka_wire::messages::{
    FetchRequest, FetchRequestPartition, FetchRequestTopic, FetchResponse, FetchResponseAbortedTransaction,
    FetchResponsePartition, FetchResponseTopic, Message,
};
use kafka_wire::wire::Records;
use kafka_wire::{ErrorCode, Region, Versions};

use super::{Answer, Call, Context, Entry, leader_epoch};
use crate::authority::{Operation, Rights};
use crate::connection::{Close, Outcome};
use crate::log::{Aborted, FileRange, PartitionLog, ReadBound, ReadError, ReadSlice, Waiter};
use crate::reply::Reply;
use crate::topics::OpenTopic;

const VERSIONS: Versions = Versions { min: 4, max: 18 };

pub(super) const ENTRY: Entry = Entry { api: FetchRequest::API, versions: VERSIONS, offered: VERSIONS, call };

/// The most that one answer carries, whatever the client asks for.
const BYTES_MAX: u32 = 57_671_680;
const READ_COMMITTED: i8 = 1;
/// Session 0 with one of these epochs is no session, or the wish for a new one.
const NO_SESSION: i32 = 0;
const LAST_EPOCH: i32 = -1;
const FIRST_EPOCH: i32 = 0;

/// What was asked of one partition, with the log if there is one.
struct Asked<'r> {
    partition: &'r FetchRequestPartition,
    log: Result<Arc<PartitionLog>, ErrorCode>,
}

/// What was read in one go over all partitions.
struct Taken {
    topics: Vec<FetchResponseTopic<'static>>,
    /// By partition that gave any: its parts of files.
    files: Vec<Vec<FileRange>>,
    bytes: u32,
    /// By partition: up to where it was read, if it could be.
    seen: Vec<Option<i64>>,
    /// Something is wrong with a partition, so waiting is pointless.
    failed: bool,
}

fn call(call: Call<'_>) -> Answer<'_> {
    Box::pin(async move {
        let request: FetchRequest<'_> = call.decode()?;
        let context = call.context;
        if request.session_id != NO_SESSION && !matches!(request.session_epoch, LAST_EPOCH | FIRST_EPOCH) {
            let error_code = ErrorCode::FETCH_SESSION_ID_NOT_FOUND;
            return reply(&FetchResponse { error_code, ..Default::default() }, Vec::new(), context);
        }
        let taken = take_enough(&request, context).await;
        let response = FetchResponse { responses: taken.topics, ..Default::default() };
        reply(&response, taken.files, context)
    })
}

/// Reads, and as long as that is too little, waits and reads again.
async fn take_enough(request: &FetchRequest<'_>, context: &Context<'_>) -> Taken {
    let bytes_max = u32::try_from(request.max_bytes).unwrap_or_default().min(BYTES_MAX);
    let bytes_min = u32::try_from(request.min_bytes).unwrap_or_default().min(bytes_max);
    let bound = match request.isolation_level {
        READ_COMMITTED => ReadBound::LastStable,
        _ => ReadBound::HighWatermark,
    };
    let wait = Duration::from_millis(u64::try_from(request.max_wait_ms).unwrap_or_default());
    let deadline = tokio::time::Instant::now() + wait;
    let mut waited = wait.is_zero();
    loop {
        // Looked up again after each wait: meanwhile the client may have lost its permission, or the topic be gone.
        let asked = logs(&request.topics, context);
        let taken = take(&request.topics, &asked, bytes_max, bound);
        let nothing_to_wait_for = taken.failed || taken.seen.is_empty();
        if taken.bytes >= bytes_min || nothing_to_wait_for || waited {
            return taken;
        }
        let waiter = Waiter::new(bytes_min - taken.bytes);
        let watches: Vec<_> = asked
            .iter()
            .flatten()
            .zip(&taken.seen)
            .filter_map(|(asked, seen)| Some(asked.log.as_ref().ok()?.watch(&waiter, bound, (*seen)?)))
            .collect();
        waited = tokio::time::timeout_at(deadline, waiter.ready()).await.is_err();
        drop(watches);
    }
}

/// Reads what there is, within the bounds.
fn take(
    topics: &[FetchRequestTopic<'_>],
    asked: &[Vec<Asked<'_>>],
    bytes_max: u32,
    bound: ReadBound,
) -> Taken {
    let mut taken = Taken {
        topics: Vec::with_capacity(topics.len()),
        files: Vec::new(),
        bytes: 0,
        seen: Vec::new(),
        failed: false,
    };
    for (topic, asked) in topics.iter().zip(asked) {
        let partitions = asked.iter().map(|asked| read(asked, bytes_max, bound, &mut taken)).collect();
        taken.topics.push(FetchResponseTopic {
            topic: Cow::Owned(topic.topic.to_owned()),
            topic_id: topic.topic_id,
            partitions,
        });
    }
    taken
}

fn read(
    asked: &Asked<'_>,
    bytes_max: u32,
    bound: ReadBound,
    taken: &mut Taken,
) -> FetchResponsePartition<'static> {
    let refused = |error_code| FetchResponsePartition {
        partition_index: asked.partition.partition,
        error_code,
        high_watermark: -1,
        ..Default::default()
    };
    let log = match &asked.log {
        Ok(log) => log,
        Err(code) => {
            taken.failed = true;
            taken.seen.push(None);
            return refused(*code);
        }
    };
    let limit = u32::try_from(asked.partition.partition_max_bytes).unwrap_or_default();
    let limit = limit.min(bytes_max - taken.bytes.min(bytes_max));
    let slice = match log.read(asked.partition.fetch_offset, limit, bound, taken.bytes == 0) {
        Ok(slice) => slice,
        Err(error) => {
            taken.failed = true;
            taken.seen.push(None);
            return refused(code(&error));
        }
    };
    let aborted_transactions = match aborted(log, asked.partition.fetch_offset, &slice, bound) {
        Ok(aborted) => aborted,
        Err(error) => {
            taken.failed = true;
            taken.seen.push(None);
            return refused(code(&error));
        }
    };
    let len = slice.len;
    let token = u32::try_from(taken.files.len()).unwrap_or(u32::MAX);
    taken.bytes = taken.bytes.saturating_add(len);
    taken.seen.push(Some(match bound {
        ReadBound::LastStable => slice.last_stable,
        _ => slice.high_watermark,
    }));
    let records = if len == 0 { Records::default() } else { Records::Region(Region { len, token }) };
    taken.files.push(slice.parts);
    FetchResponsePartition {
        partition_index: asked.partition.partition,
        high_watermark: slice.high_watermark,
        last_stable_offset: slice.last_stable,
        log_start_offset: slice.log_start,
        aborted_transactions,
        records,
        ..Default::default()
    }
}

/// What a reader of committed data must leave out of what it gets; none for others.
fn aborted(
    log: &PartitionLog,
    from: i64,
    slice: &ReadSlice,
    bound: ReadBound,
) -> Result<Option<Vec<FetchResponseAbortedTransaction>>, ReadError> {
    if bound != ReadBound::LastStable {
        return Ok(None);
    }
    if slice.len == 0 {
        return Ok(Some(Vec::new()));
    }
    let aborted = log.aborted_between(from, slice.next)?;
    let told = |one: &Aborted| FetchResponseAbortedTransaction {
        producer_id: one.producer_id,
        first_offset: one.first_offset,
    };
    Ok(Some(aborted.iter().map(told).collect()))
}

/// Finds the logs of all partitions by topic, or says why there is none to read.
fn logs<'r>(topics: &'r [FetchRequestTopic<'_>], context: &Context<'_>) -> Vec<Vec<Asked<'r>>> {
    let rights = context.rights();
    topics.iter().map(|topic| topic_logs(topic, &rights, context)).collect()
}

fn topic_logs<'r>(
    topic: &'r FetchRequestTopic<'_>,
    rights: &Rights,
    context: &Context<'_>,
) -> Vec<Asked<'r>> {
    let open = find(topic, rights, context);
    open.iter().for_each(|open| context.note_topic(&open.facts.name));
    let log = |partition: &FetchRequestPartition, topic: &OpenTopic| {
        leader_epoch::check(partition.current_leader_epoch, context)?;
        topic.partition(partition.partition).cloned().ok_or(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION)
    };
    let asked = |partition| Asked {
        partition,
        log: open.as_deref().map_err(|code| *code).and_then(|topic| log(partition, topic)),
    };
    topic.partitions.iter().map(asked).collect()
}

/// The topic, if it is there and the client may read it.
fn find(
    topic: &FetchRequestTopic<'_>,
    rights: &Rights,
    context: &Context<'_>,
) -> Result<Arc<OpenTopic>, ErrorCode> {
    let topics = context.cluster.open_topics();
    if context.version >= 13 {
        let open = topics.of_id(topic.topic_id).ok_or(ErrorCode::UNKNOWN_TOPIC_ID)?;
        rights.topic(Operation::Read, &open.facts.name)?;
        return Ok(open);
    }
    rights.topic(Operation::Read, topic.topic)?;
    topics.named(topic.topic).ok_or(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION)
}

pub(super) fn code(error: &ReadError) -> ErrorCode {
    match error {
        ReadError::OutOfRange { .. } => ErrorCode::OFFSET_OUT_OF_RANGE,
        ReadError::Damaged(_) | ReadError::Failed(_) => ErrorCode::KAFKA_STORAGE_ERROR,
        ReadError::Closed => ErrorCode::UNKNOWN_TOPIC_OR_PARTITION,
    }
}

fn reply(
    response: &FetchResponse<'_>,
    files: Vec<Vec<FileRange>>,
    context: &Context<'_>,
) -> Result<Outcome, Close> {
    Reply::with_files(context.version, context.correlation_id, response, files).map(Outcome::Reply)
}
