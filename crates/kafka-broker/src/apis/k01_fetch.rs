//! Fetch (key 1), versions 4 to 18.
//!
//! Behaviour: partitions are read in the order of the request, or of its session, until the answer's bytes are spent;
//! the first one that has data gives at least one whole batch. The answer waits for min_bytes up to max_wait, unless
//! something is wrong. Consumers see what is on disk. An offset inside a batch gives the whole batch. Readers of
//! committed data see up to the first open transaction, and are told which transactions to leave out.
//! What is read counts against the quotas of the client. Who goes over is answered without anything, and not charged.
//! Permission: Read on the topic, also when the wait is over; a change of the rules ends the wait of who may not read
//! any more.
//! Version notes: 7 adds sessions ([`crate::fetch_sessions`]). Before 10 a client cannot know zstd, so that a topic which
//! stores nothing else is refused. 12 adds leader epochs of what the client read last, 13
//! names topics by id.
//! Sessions: epoch 0 begins one, 1 and on are its steps, -1 ends it. The answer to a step has only partitions that give
//! data, have an error, or have another high watermark or log start than was told last; those that gave data come
//! last in the next answer.
//! Not modelled: followers.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use kafka_wire::messages::{
    FetchRequest, FetchRequestPartition, FetchRequestTopic, FetchResponse, FetchResponseAbortedTransaction,
    FetchResponsePartition, FetchResponseTopic, Message,
};
use kafka_wire::records::Compression;
use kafka_wire::wire::Records;
use kafka_wire::{ErrorCode, Region, Versions};
use parking_lot::Mutex;

use super::permission::RightsAsked;
use super::throttle::FetchThrottle;
use super::{Answer, Call, Context, Entry, leader_epoch, topic_lookup};
use crate::authority::Operation;
use crate::connection::{Close, Outcome};
use crate::fetch_sessions::{Change, Place, Session, Step, Told, TopicName, Wanted};
use crate::log::{Aborted, FileRange, PartitionLog, ReadBound, ReadError, ReadSlice, Waiter};
use crate::quota::busy;
use crate::reply::Reply;
use crate::topics::OpenTopic;

const VERSIONS: Versions = Versions { min: 4, max: 18 };

pub(super) const ENTRY: Entry = Entry { api: FetchRequest::API, versions: VERSIONS, offered: VERSIONS, call };

/// The most that one answer carries, whatever the client asks for.
const BYTES_MAX: u32 = 57_671_680;
const READ_COMMITTED: i8 = 1;
/// The id that says there is no session.
const NO_SESSION: i32 = 0;
/// Epochs that are no step of a session: everything is asked for, and the session named is over.
const LAST_EPOCH: i32 = -1;
const FIRST_EPOCH: i32 = 0;
/// Before this version a client cannot know zstd.
const ZSTD_FROM: i16 = 10;
/// From this version on topics are named by id.
const NAMES_IDS: i16 = 13;

/// What a fetch reads.
enum Scope {
    /// What the request says; whether a session is to begin with it.
    Whole { begins: bool },
    /// What a session says, as long as its epoch is this.
    Step(Arc<Mutex<Session>>, i32),
}

/// What was read in one go over all partitions.
#[derive(Default)]
struct Taken {
    topics: Vec<FetchResponseTopic<'static>>,
    /// The number of the topic that is the last of those, within the request or session.
    last_topic: Option<usize>,
    /// By partition that gave any: its parts of files.
    files: Vec<Vec<FileRange>>,
    bytes: u32,
    /// What can be waited for, and up to where it was read.
    readable: Vec<(Arc<PartitionLog>, i64)>,
    /// What a session must note once this is the answer: what was told, and whether data was given.
    told: Vec<(Place, Told, bool)>,
    /// Something is wrong with a partition, so waiting is pointless.
    failed: bool,
}

fn call(call: Call<'_>) -> Answer<'_> {
    Box::pin(async move {
        let request: FetchRequest<'_> = call.decode()?;
        let context = call.context;
        let refused = |error_code| FetchResponse { error_code, ..Default::default() };
        let scope = match scope(&request, context) {
            Ok(scope) => scope,
            Err(error_code) => return reply(&refused(error_code), Vec::new(), context),
        };
        let (taken, busy) = busy(context.cluster.clock(), take_enough(&request, &scope, context)).await;
        context.took(call.body.len(), busy);
        let Some(taken) = taken else {
            // Somebody went on with the session meanwhile, so that this answer would come too late.
            let error_code = ErrorCode::INVALID_FETCH_SESSION_EPOCH;
            let response = FetchResponse { session_id: request.session_id, ..refused(error_code) };
            return reply(&response, Vec::new(), context);
        };
        let FetchThrottle { throttle_time_ms, is_given } = context.throttle_fetch(taken.bytes, busy);
        if !is_given {
            // A session stands where it did; one that would have begun begins with the next fetch.
            let session_id = match scope {
                Scope::Step(..) => request.session_id,
                Scope::Whole { .. } => NO_SESSION,
            };
            let response = FetchResponse { session_id, throttle_time_ms, ..Default::default() };
            return reply(&response, Vec::new(), context);
        }
        let session_id = match scope {
            Scope::Step(..) => request.session_id,
            Scope::Whole { begins: true } => begin(&request, &taken, context),
            Scope::Whole { begins: false } => NO_SESSION,
        };
        let response =
            FetchResponse { session_id, throttle_time_ms, responses: taken.topics, ..Default::default() };
        reply(&response, taken.files, context)
    })
}

/// What the fetch is about, by the session it names.
fn scope(request: &FetchRequest<'_>, context: &Context<'_>) -> Result<Scope, ErrorCode> {
    let (sessions, owner) = (context.cluster.fetch_sessions(), &context.peer.principal);
    let id = request.session_id;
    if matches!(request.session_epoch, LAST_EPOCH | FIRST_EPOCH) {
        sessions.end(id, owner);
        return Ok(Scope::Whole { begins: request.session_epoch == FIRST_EPOCH });
    }
    let mut wanted = request.topics.iter().flat_map(|topic| {
        let name = TopicName { name: topic.topic, id: topic.topic_id };
        topic.partitions.iter().map(move |partition| (name, Wanted::from(partition)))
    });
    let mut forgotten = request.forgotten_topics_data.iter().flat_map(|topic| {
        let name = TopicName { name: topic.topic, id: topic.topic_id };
        topic.partitions.iter().map(move |partition| (name, *partition))
    });
    let names_ids = context.version >= NAMES_IDS;
    let mut change = Change { wanted: &mut wanted, forgotten: &mut forgotten, names_ids };
    let now = context.cluster.clock().elapsed();
    match sessions.step(id, request.session_epoch, owner, &mut change, now)? {
        Step::Going(session, epoch) => Ok(Scope::Step(session, epoch)),
        Step::Over => Ok(Scope::Whole { begins: false }),
    }
}

/// Begins a session with what was asked for and answered. Returns its id, or that there is no room for it.
fn begin(request: &FetchRequest<'_>, taken: &Taken, context: &Context<'_>) -> i32 {
    let read = request.topics.iter().zip(&taken.topics).flat_map(|(topic, answered)| {
        let name = TopicName { name: topic.topic, id: topic.topic_id };
        let told = answered.partitions.iter().map(told);
        topic.partitions.iter().zip(told).map(move |(asked, told)| (name, Wanted::from(asked), told))
    });
    let (names_ids, now) = (context.version >= NAMES_IDS, context.cluster.clock().elapsed());
    let begun = context.cluster.fetch_sessions().begin(&context.peer.principal, names_ids, read, now);
    begun.unwrap_or(NO_SESSION)
}

/// Reads, and as long as that is too little, waits and reads again. None when the session has gone on without this.
async fn take_enough(request: &FetchRequest<'_>, scope: &Scope, context: &Context<'_>) -> Option<Taken> {
    let bytes_max = u32::try_from(request.max_bytes).unwrap_or_default();
    let bytes_max = bytes_max.min(BYTES_MAX).min(context.fetch_bytes_max());
    let bytes_min = u32::try_from(request.min_bytes).unwrap_or_default().min(bytes_max);
    let bound = match request.isolation_level {
        READ_COMMITTED => ReadBound::LastStable,
        _ => ReadBound::HighWatermark,
    };
    let wait = Duration::from_millis(u64::try_from(request.max_wait_ms).unwrap_or_default());
    let deadline = tokio::time::Instant::now() + wait;
    let mut waited = wait.is_zero();
    loop {
        let mut rules = context.cluster.rules_watch();
        let is_enough =
            |taken: &Taken| taken.bytes >= bytes_min || taken.failed || taken.readable.is_empty() || waited;
        // Looked up again after each wait: meanwhile the client may have lost its permission, or the topic be gone.
        let pass = Pass { context, rights: context.rights(), bytes_max, bound, taken: Taken::default() };
        let taken = match scope {
            Scope::Whole { .. } => pass.request(&request.topics),
            Scope::Step(session, epoch) => {
                let mut session = session.lock();
                if session.epoch() != *epoch {
                    return None;
                }
                let taken = pass.session(&session);
                if is_enough(&taken) {
                    taken.told.iter().for_each(|&(place, told, gave)| session.tell(place, told, gave));
                }
                taken
            }
        };
        if is_enough(&taken) {
            return Some(taken);
        }
        let waiter = Waiter::new(bytes_min - taken.bytes);
        let watches: Vec<_> =
            taken.readable.iter().map(|(log, seen)| log.watch(&waiter, bound, *seen)).collect();
        drop(taken);
        waited = tokio::select! {
            () = waiter.ready() => false,
            () = rules.changed() => false,
            () = tokio::time::sleep_until(deadline) => true,
        };
        drop(watches);
    }
}

/// One go over all partitions, within the bounds.
struct Pass<'a> {
    context: &'a Context<'a>,
    rights: RightsAsked<'a>,
    bytes_max: u32,
    bound: ReadBound,
    taken: Taken,
}

/// A topic, if it is there and the client may read it.
type Found = Result<Arc<OpenTopic>, ErrorCode>;

impl Pass<'_> {
    fn request(mut self, topics: &[FetchRequestTopic<'_>]) -> Taken {
        self.taken.topics.reserve_exact(topics.len());
        for topic in topics {
            let name = TopicName { name: topic.topic, id: topic.topic_id };
            let found = self.find(name);
            let read = |partition| self.read(&found, &Wanted::from(partition));
            let partitions = topic.partitions.iter().map(read).collect();
            self.taken.topics.push(answered(name, partitions));
        }
        self.taken
    }

    fn session(mut self, session: &Session) -> Taken {
        let mut found: Vec<Option<Found>> = vec![None; session.topics_len()];
        for (place, number, name, wanted, before) in session.partitions() {
            let topic = found[number].get_or_insert_with(|| self.find(name));
            let partition = self.read(topic, wanted);
            let now = told(&partition);
            let gave = matches!(partition.records, Records::Region(_));
            if !gave && now == before && partition.error_code == ErrorCode::NONE {
                continue;
            }
            self.taken.told.push((place, now, gave));
            if self.taken.last_topic != Some(number) {
                self.taken.topics.push(answered(name, Vec::new()));
                self.taken.last_topic = Some(number);
            }
            if let Some(topic) = self.taken.topics.last_mut() {
                topic.partitions.push(partition);
            }
        }
        self.taken
    }

    /// The topic, if it is there and the client may read it.
    fn find(&self, topic: TopicName<&str>) -> Found {
        let by_id = self.context.version >= NAMES_IDS;
        let open = topic_lookup::find(topic, by_id, Operation::Read, &self.rights, self.context)?;
        self.context.note_topic(&open.facts.name);
        Ok(open)
    }

    /// Reads a partition, or says why it cannot be read.
    fn read(&mut self, topic: &Found, wanted: &Wanted) -> FetchResponsePartition<'static> {
        self.read_log(topic, wanted).unwrap_or_else(|error_code| {
            self.taken.failed = true;
            FetchResponsePartition {
                partition_index: wanted.partition,
                error_code,
                high_watermark: -1,
                ..Default::default()
            }
        })
    }

    fn read_log(
        &mut self,
        topic: &Found,
        wanted: &Wanted,
    ) -> Result<FetchResponsePartition<'static>, ErrorCode> {
        let topic = topic.as_ref().map_err(|code| *code)?;
        leader_epoch::check(wanted.leader_epoch, self.context)?;
        if topic.rules.compression == Some(Compression::Zstd) && self.context.version < ZSTD_FROM {
            return Err(ErrorCode::UNSUPPORTED_COMPRESSION_TYPE);
        }
        let log = topic.partition(wanted.partition).ok_or(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION)?;
        let (bound, taken) = (self.bound, &mut self.taken);
        let limit = u32::try_from(wanted.bytes_max).unwrap_or_default();
        let limit = limit.min(self.bytes_max - taken.bytes.min(self.bytes_max));
        let slice = log.read(wanted.offset, limit, bound, taken.bytes == 0).map_err(|error| code(&error))?;
        let aborted_transactions =
            aborted(log, wanted.offset, &slice, bound).map_err(|error| code(&error))?;
        let seen = match bound {
            ReadBound::LastStable => slice.last_stable,
            _ => slice.high_watermark,
        };
        taken.readable.push((log.clone(), seen));
        let mut records = Records::default();
        if slice.len > 0 {
            let token = u32::try_from(taken.files.len()).unwrap_or(u32::MAX);
            records = Records::Region(Region { len: slice.len, token });
            taken.bytes = taken.bytes.saturating_add(slice.len);
            taken.files.push(slice.parts);
        }
        Ok(FetchResponsePartition {
            partition_index: wanted.partition,
            high_watermark: slice.high_watermark,
            last_stable_offset: slice.last_stable,
            log_start_offset: slice.log_start,
            aborted_transactions,
            records,
            ..Default::default()
        })
    }
}

impl From<&FetchRequestPartition> for Wanted {
    fn from(asked: &FetchRequestPartition) -> Self {
        Self {
            partition: asked.partition,
            leader_epoch: asked.current_leader_epoch,
            offset: asked.fetch_offset,
            bytes_max: asked.partition_max_bytes,
        }
    }
}

/// What an answer tells of a partition. An error tells nothing, so that its end is told.
fn told(partition: &FetchResponsePartition<'_>) -> Told {
    match partition.error_code {
        ErrorCode::NONE => {
            Told { high_watermark: partition.high_watermark, log_start: partition.log_start_offset }
        }
        _ => Told::NOTHING,
    }
}

fn answered(
    topic: TopicName<&str>,
    partitions: Vec<FetchResponsePartition<'static>>,
) -> FetchResponseTopic<'static> {
    FetchResponseTopic { topic: Cow::Owned(topic.name.to_owned()), topic_id: topic.id, partitions }
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
