//! The log of one partition: its public face, and the one lock under which it changes.
//!
//! # Invariants
//!
//! - Batches are judged, placed and written under the lock, so offsets and sequences follow each other.
//! - What is visible never un-happens: with `flush.messages=1` a batch is visible only when it is durable.
//! - After a failed sync nothing is taken any more. After a failed write the log ends where it ended before.

use std::fmt;
use std::io::IoSlice;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use machine::commit::{Round, SyncFailed, Syncable};
use machine::disk::{Disk, File};
use machine::watermark::Watermark;
use parking_lot::{Mutex, MutexGuard};
use uuid::Uuid;

use super::batch::{BatchInfo, EndMarker, HEADER_LEN, StoredHeader};
use super::config::{LogConfig, TimestampType};
use super::context::LogContext;
use super::epochs::Epochs;
use super::error::{AppendError, Damage, LogError, ReadError};
use super::index::{IndexWriter, OffsetEntry};
use super::ledger::{Key, Place};
use super::producers::{Producer, Producers, Verdict};
use super::reader::ReadBound;
use super::recovery::Target;
use super::segment::Segment;
use super::watch::{Stable, Waiter, Waiters, Watch};

/// What makes a log: whose it is, and how it behaves.
#[derive(Clone, Debug)]
pub struct LogSpec {
    /// The topic's name.
    pub topic: Arc<str>,
    /// The topic's identity; a topic made again under the same name has another.
    pub topic_id: Uuid,
    /// The partition's number.
    pub partition: i32,
    /// Shared by the logs of the topic.
    pub config: Arc<LogConfig>,
    /// Of this start of the broker; larger than at every start before.
    pub leader_epoch: i32,
}

/// Who appends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A producer.
    Client,
    /// The broker itself: markers, and whatever it stores for itself.
    Broker,
}

/// Where a batch is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Appended {
    /// Offset of its first record.
    pub base_offset: i64,
    /// Offset of its last record.
    pub last_offset: i64,
    /// When the broker stamped it; none where the producer's stamps count.
    pub log_append_time: Option<i64>,
    /// First offset of the log.
    pub log_start: i64,
    /// Whether it was there before: nothing was appended.
    pub duplicate: bool,
}

/// The log of one partition.
pub struct PartitionLog {
    pub(super) context: Arc<LogContext>,
    topic: Arc<str>,
    key: Key,
    pub(super) folder: Arc<Path>,
    leader_epoch: i32,
    queued: AtomicBool,
    /// How far readers see.
    high: Watermark,
    /// How far the disk has it, whatever readers see.
    synced: Watermark,
    waiters: Waiters,
    state: Mutex<State>,
}

/// What changes, under the lock.
#[derive(Debug)]
pub(super) struct State {
    pub(super) config: Arc<LogConfig>,
    /// Ascending; the last is written to. None before the first append.
    pub(super) segments: Vec<Arc<Segment>>,
    /// Of the last segment.
    pub(super) index: Option<Box<IndexWriter>>,
    pub(super) start: i64,
    pub(super) end: Place,
    /// Before it, readers see.
    pub(super) visible: Place,
    /// Before it, no transaction is open, and readers see.
    pub(super) stable: Place,
    /// Before it, everything is durable.
    pub(super) durable: Place,
    /// Up to where the running round makes it so.
    begun: Place,
    /// Bytes appended since the log was opened, and how many of them are visible, and will be.
    appended: u64,
    appended_visible: u64,
    appended_begun: u64,
    pub(super) producers: Producers,
    pub(super) epochs: Epochs,
    pub(super) snapshots: Vec<i64>,
    pub(super) since_snapshot: u64,
    /// Files that are not written any more and not synced yet.
    pub(super) unsynced: Vec<Arc<dyn File>>,
    /// Names in the folder that are not synced yet.
    pub(super) names_changed: bool,
    /// The folder's own name is not synced yet.
    pub(super) folder_is_new: bool,
    pub(super) has_folder: bool,
    /// Room is reserved in the file up to here.
    pub(super) allocated: u32,
    /// When the last segment was begun, by its first record's time.
    pub(super) segment_began_ms: Option<i64>,
    /// Records since the last sync was begun, and when the first of them came.
    unflushed: i64,
    pub(super) unflushed_since_ms: Option<i64>,
    standing: Standing,
    pub(super) damage: Option<Damage>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum Standing {
    Open,
    /// Readable, but takes nothing any more.
    Offline(String),
    Closed,
}

impl PartitionLog {
    /// Opens the log, recovering it if it was not closed. A log without data costs no disk access but one
    /// look for its folder, which is made with the first append.
    ///
    /// What was recovered may not be durable yet and is visible only when it is: see [`Self::settled`].
    pub fn open(context: &Arc<LogContext>, spec: LogSpec) -> Result<Arc<Self>, LogError> {
        let LogSpec { topic, topic_id, partition, config, leader_epoch } = spec;
        let folder: Arc<Path> = context.folder.join(format!("{topic}-{partition}")).into();
        let key = (topic_id, partition);
        let index_interval = config.index_interval_bytes;
        let target = Target { context, folder: &folder, key, leader_epoch, index_interval };
        let found = target.recover()?;

        let visible = if config.is_synced() { found.durable } else { found.end };
        let stable =
            found.producers.first_open().filter(|open| open.offset < visible.offset).unwrap_or(visible);
        let state = State {
            config,
            segments: found.segments,
            index: found.index,
            start: found.start,
            end: found.end,
            visible,
            stable,
            durable: found.durable,
            begun: found.durable,
            appended: 0,
            appended_visible: 0,
            appended_begun: 0,
            producers: found.producers,
            epochs: found.epochs,
            snapshots: found.snapshots,
            since_snapshot: 0,
            unsynced: found.unsynced,
            names_changed: found.is_unsynced,
            folder_is_new: found.is_unsynced,
            has_folder: found.has_folder,
            allocated: found.end.position,
            segment_began_ms: None,
            unflushed: 0,
            unflushed_since_ms: None,
            standing: Standing::Open,
            damage: found.damage,
        };
        if let Some(last) = state.segments.last() {
            last.growing();
        }
        let log = Arc::new(Self {
            context: context.clone(),
            topic,
            key,
            folder,
            leader_epoch,
            queued: AtomicBool::new(false),
            high: Watermark::new(mark(visible.offset)),
            // Names may be missing on the disk although all bytes are there: then the first round decides.
            synced: Watermark::new(mark(found.durable.offset).saturating_sub(u64::from(found.is_unsynced))),
            waiters: Waiters::default(),
            state: Mutex::new(state),
        });
        if found.is_unsynced {
            log.submit()?;
        }
        Ok(log)
    }

    /// Waits until everything that recovery found is durable, and so visible.
    pub async fn settled(&self) -> Result<(), SyncFailed> {
        let end = self.log_end();
        self.synced.wait(mark(end)).await
    }

    /// Appends one batch, which the caller has checked: structure, checksum, records, permission.
    ///
    /// The bytes stay the client's, except for the offset and epoch that the log gives them, and the stamp
    /// when the topic wants the broker's. It is in the page cache when this returns; who promised more waits
    /// with [`Self::wait_durable`].
    pub fn append(self: &Arc<Self>, batch: &[u8], origin: Origin) -> Result<Appended, AppendError> {
        let mut info = BatchInfo::read(batch)
            .filter(|info| info.size as usize == batch.len())
            .ok_or(AppendError::Malformed)?;
        let marker = match info.is_control() {
            true => Some(EndMarker::read(batch).ok_or(AppendError::Malformed)?),
            false => None,
        };
        if let Some(failed) =
            self.context.committer.has_failed().then(|| self.context.committer.failed()).flatten()
        {
            // After a failed sync nothing is acknowledged any more, to whom it promised nothing either.
            self.fail(&failed);
        }
        let now_ms = self.context.clock.now_ms();
        let mut state = self.state.lock();
        state.writable()?;
        let config = state.config.clone();
        let stamps = config.timestamp_type == TimestampType::LogAppendTime && marker.is_none();
        check_size(&info, &config, origin)?;
        if let Verdict::Duplicate(taken) = state.producers.check(&info, marker)? {
            return Ok(Appended {
                base_offset: taken.base_offset(),
                last_offset: taken.last_offset,
                log_append_time: stamps.then_some(taken.appended_ms),
                log_start: state.start,
                duplicate: true,
            });
        }
        if !self.context.room.admits(
            u64::from(info.size),
            self.disk(),
            &self.context.folder,
            &self.context.clock,
        ) {
            return Err(AppendError::DiskFull);
        }

        let base_offset = state.end.offset;
        let mut header =
            StoredHeader::placed(batch, base_offset, self.leader_epoch).ok_or(AppendError::Malformed)?;
        let records = &batch[HEADER_LEN..];
        info.base_offset = base_offset;
        info.leader_epoch = self.leader_epoch;
        if stamps {
            header.stamp(now_ms, records);
            info.max_timestamp = now_ms;
        }
        let segment = self.prepare(&mut state, &info, now_ms)?;
        let parts = [IoSlice::new(&header.0), IoSlice::new(records)];
        if let Err(error) = segment.append(self.disk(), &parts, &info) {
            return Err(self.undo(&mut state, &segment, &error));
        }
        let place = state.end;
        state.end.offset = info.next_offset();
        state.end.position += info.size;
        state.appended += u64::from(info.size);
        state.producers.record(&info, marker, place, now_ms);
        self.keep_derived(&mut state, &info, place.position);

        let grown = if config.is_synced() { None } else { Some(state.show_to_end()) };
        let must_sync = state.count_unflushed(i64::from(info.last_offset_delta) + 1, now_ms);
        let log_start = state.start;
        drop(state);
        if let Some(grown) = grown {
            self.announce(&grown);
        }
        if must_sync {
            self.submit().map_err(|failed| AppendError::Offline(failed.to_string()))?;
        }
        Ok(Appended {
            base_offset,
            last_offset: info.last_offset(),
            log_append_time: stamps.then_some(now_ms),
            log_start,
            duplicate: false,
        })
    }

    /// Waits until the record of this offset is as durable as the topic demands, and so visible: what
    /// `acks=all` waits for. Any number may wait.
    pub async fn wait_durable(&self, offset: i64) -> Result<(), SyncFailed> {
        self.high.wait(mark(offset + 1)).await
    }

    /// Makes everything appended so far durable, whatever the topic demands.
    pub async fn flush(self: &Arc<Self>) -> Result<(), SyncFailed> {
        let end = self.log_end();
        self.submit()?;
        self.synced.wait(mark(end)).await
    }

    /// Registers a waiter to be told of bytes that become readable below `bound`. `seen` is where the caller
    /// found the bound when it last read: what came in between wakes the waiter at once.
    pub fn watch(self: &Arc<Self>, waiter: &Arc<Waiter>, bound: ReadBound, seen: i64) -> Watch {
        self.waiters.add(waiter, bound);
        let watch = Watch::new(self.clone(), waiter.clone());
        let state = self.lock();
        let now = match bound {
            ReadBound::HighWatermark => state.visible.offset,
            ReadBound::LastStable => state.stable.offset,
            ReadBound::LogEnd => state.end.offset,
        };
        if now != seen || state.readable().is_err() {
            watch.wake();
        }
        watch
    }

    /// First offset there is.
    pub fn log_start(&self) -> i64 {
        self.lock().start
    }

    /// Offset after the last that readers see.
    pub fn high_watermark(&self) -> i64 {
        self.lock().visible.offset
    }

    /// Offset before which every transaction has ended, and readers see.
    pub fn last_stable(&self) -> i64 {
        self.lock().stable.offset
    }

    /// Offset after the last, visible or not.
    pub fn log_end(&self) -> i64 {
        self.lock().end.offset
    }

    /// Bytes of all segments.
    pub fn size(&self) -> u64 {
        self.lock().segments.iter().map(|segment| u64::from(segment.size())).sum()
    }

    /// The newest timestamp of what was written last; none when the log is empty, or does not read.
    pub fn newest_timestamp(&self) -> Option<i64> {
        let (segment, interval) = {
            let state = self.lock();
            match state.index.as_ref().and_then(|index| index.newest()) {
                Some(newest) => return Some(newest.timestamp),
                // The last segment is empty as yet.
                None => {
                    let last = state.segments.iter().rev().find(|segment| segment.size() > 0)?;
                    (last.clone(), state.config.index_interval_bytes)
                }
            }
        };
        segment.newest(self.disk(), interval).ok().flatten().map(|newest| newest.timestamp)
    }

    /// Where an epoch ended, as OffsetForLeaderEpoch asks: the largest known epoch up to it and the offset
    /// after its last; none when the epoch says nothing.
    pub fn epoch_end_offset(&self, epoch: i32) -> Option<(i32, i64)> {
        let state = self.lock();
        state.epochs.end_of(epoch, self.leader_epoch, state.start, state.end.offset)
    }

    /// The epoch that wrote the record of this offset.
    pub fn epoch_of(&self, offset: i64) -> Option<i32> {
        self.lock().epochs.at(offset)
    }

    /// The epoch that new batches are stamped with.
    pub fn leader_epoch(&self) -> i32 {
        self.leader_epoch
    }

    /// The producers that are remembered.
    pub fn producers(&self) -> Vec<(i64, Producer)> {
        let state = self.lock();
        state.producers.iter().map(|(id, producer)| (id, producer.clone())).collect()
    }

    /// Puts other settings in force.
    pub fn configure(&self, config: Arc<LogConfig>) {
        self.lock().config = config;
    }

    /// The settings in force.
    pub fn config(&self) -> Arc<LogConfig> {
        self.lock().config.clone()
    }

    /// Damage that was found, the first if several.
    pub fn damage(&self) -> Option<Damage> {
        self.lock().damage.clone()
    }

    /// Why nothing is taken any more, if so.
    pub fn offline(&self) -> Option<String> {
        match &self.lock().standing {
            Standing::Offline(reason) => Some(reason.clone()),
            Standing::Open | Standing::Closed => None,
        }
    }

    /// The topic's name.
    pub fn topic(&self) -> &Arc<str> {
        &self.topic
    }

    /// The topic's identity.
    pub fn topic_id(&self) -> Uuid {
        self.key.0
    }

    /// The partition's number.
    pub fn partition(&self) -> i32 {
        self.key.1
    }

    /// Closes the log so that the next start has nothing to recover: everything is durable, with a snapshot of
    /// producers at its end. Waiting readers look again, later appends are refused.
    pub async fn close(self: &Arc<Self>) -> Result<(), LogError> {
        {
            let mut state = self.lock();
            if state.standing == Standing::Closed {
                return Ok(());
            }
            if state.standing == Standing::Open {
                self.conclude(&mut state)?;
            }
            state.standing = Standing::Closed;
        }
        self.waiters.wake_all();
        self.flush().await?;
        self.lock().segments.iter().for_each(|segment| segment.close());
        Ok(())
    }

    /// Takes the log away: waiting readers look again, waiting producers are told, and its folder gets a name
    /// under which [`LogContext::purge`] removes it.
    pub fn delete(self: &Arc<Self>) -> Result<(), LogError> {
        let had_folder = {
            let mut state = self.lock();
            state.standing = Standing::Closed;
            state.unsynced.clear();
            state.names_changed = false;
            state.folder_is_new = false;
            std::mem::take(&mut state.has_folder)
        };
        let gone = SyncFailed::new("the log was deleted");
        self.high.fail(&gone);
        self.synced.fail(&gone);
        self.waiters.wake_all();
        if had_folder {
            self.context.set_aside(&self.folder, self.key.0)?;
        }
        Ok(())
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock()
    }

    pub(super) fn disk(&self) -> &dyn Disk {
        &*self.context.disk
    }

    pub(super) fn key(&self) -> Key {
        self.key
    }

    pub(super) fn waiters(&self) -> &Waiters {
        &self.waiters
    }

    /// Keeps in mind, and says once, that durable bytes do not read.
    pub(super) fn report(&self, segment: &Segment, position: u32, offset: i64, what: &'static str) -> Damage {
        let damage = Damage { file: segment.path(), position, offset, what };
        let mut state = self.lock();
        if state.damage.as_ref() != Some(&damage) {
            tracing::error!(%damage, "durable data does not read; it is kept, and the rest is served");
            state.damage.get_or_insert_with(|| damage.clone());
        }
        damage
    }

    /// Asks for a sync of what was written.
    pub(super) fn submit(self: &Arc<Self>) -> Result<(), SyncFailed> {
        self.context.committer.submit(self.clone()).inspect_err(|failed| self.fail(failed))
    }

    /// Nothing can become durable any more.
    fn fail(&self, failed: &SyncFailed) {
        self.take_offline(&mut self.lock(), failed);
        self.high.fail(failed);
        self.synced.fail(failed);
        self.waiters.wake_all();
    }

    pub(super) fn take_offline(&self, state: &mut State, reason: &dyn fmt::Display) {
        if state.standing == Standing::Open {
            tracing::error!(log = ?self, %reason, "the log takes nothing any more");
            state.standing = Standing::Offline(reason.to_string());
        }
    }

    /// Tells who waits that more can be read.
    fn announce(&self, grown: &Grown) {
        self.high.advance(mark(grown.high_watermark));
        self.waiters.advance(grown.bytes, grown.stable);
    }
}

impl fmt::Debug for PartitionLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PartitionLog({}-{})", self.topic, self.key.1)
    }
}

impl Syncable for PartitionLog {
    fn queued(&self) -> &AtomicBool {
        &self.queued
    }

    fn begin(&self, round: &mut Round) -> u64 {
        let mut state = self.lock();
        if state.durable != state.end
            && let Some(segment) = state.segments.last()
        {
            match segment.file(self.disk()) {
                Ok(file) => round.file(file),
                Err(error) => {
                    // What cannot be opened cannot be synced: nothing new can be promised.
                    let reached = mark(state.begun.offset);
                    drop(state);
                    self.fail(&SyncFailed::new(error));
                    return reached;
                }
            }
        }
        state.unsynced.drain(..).for_each(|file| round.file(file));
        if std::mem::take(&mut state.names_changed) {
            round.folder(&self.folder);
        }
        if std::mem::take(&mut state.folder_is_new) {
            round.folder(&self.context.folder);
        }
        state.begun = state.end;
        state.appended_begun = state.appended;
        state.unflushed = 0;
        state.unflushed_since_ms = None;
        mark(state.end.offset)
    }

    fn end(&self, outcome: Result<u64, SyncFailed>) {
        let synced = match outcome {
            Ok(synced) => synced,
            Err(failed) => return self.fail(&failed),
        };
        let grown = {
            let mut state = self.lock();
            if state.durable != state.begun {
                state.durable = state.begun;
                // It says from where the next start has to read; without it, that start reads more.
                if let Err(error) = self.context.ledger.note_recovery(self.key, state.durable) {
                    tracing::warn!(log = ?self, %error, "the recovery point is not noted");
                }
            }
            (state.visible.offset < state.durable.offset).then(|| state.show_synced())
        };
        self.synced.advance(synced);
        if let Some(grown) = grown {
            self.announce(&grown);
        }
    }
}

/// What became visible.
#[derive(Debug)]
struct Grown {
    high_watermark: i64,
    bytes: u64,
    stable: Stable,
}

impl State {
    fn writable(&self) -> Result<(), AppendError> {
        match &self.standing {
            Standing::Open => Ok(()),
            Standing::Offline(reason) => Err(AppendError::Offline(reason.clone())),
            Standing::Closed => Err(AppendError::Closed),
        }
    }

    pub(super) fn readable(&self) -> Result<(), ReadError> {
        match self.standing {
            Standing::Open | Standing::Offline(_) => Ok(()),
            Standing::Closed => Err(ReadError::Closed),
        }
    }

    /// Shows everything written.
    fn show_to_end(&mut self) -> Grown {
        self.show(self.end, self.appended)
    }

    /// Shows everything that the last round has made durable.
    fn show_synced(&mut self) -> Grown {
        self.show(self.begun, self.appended_begun)
    }

    fn show(&mut self, visible: Place, appended: u64) -> Grown {
        let bytes = appended.saturating_sub(self.appended_visible);
        let before = (self.visible.offset, self.stable.offset);
        self.visible = visible;
        self.appended_visible = appended;
        self.restabilise();
        let stable = match self.stable.offset {
            offset if offset == before.1 => Stable::Held,
            offset if offset == visible.offset && before.0 == before.1 => Stable::Along,
            _ => Stable::Jumped,
        };
        Grown { high_watermark: visible.offset, bytes, stable }
    }

    /// Finds the last stable place anew.
    fn restabilise(&mut self) {
        let open = self.producers.first_open().filter(|open| open.offset < self.visible.offset);
        self.stable = open.unwrap_or(self.visible);
    }

    /// Counts records towards the next sync; whether it is due.
    fn count_unflushed(&mut self, records: i64, now_ms: i64) -> bool {
        self.unflushed = self.unflushed.saturating_add(records);
        self.unflushed_since_ms.get_or_insert(now_ms);
        self.unflushed >= self.config.flush_messages
    }

    pub(super) fn index_of(&self, segment: &Segment) -> Option<&IndexWriter> {
        let last = self.segments.last().filter(|last| last.base() == segment.base());
        last.and(self.index.as_deref())
    }

    /// The last entry before `offset` that is only in memory, and the segment it belongs to.
    pub(super) fn pending_before_offset(&self, offset: i64) -> Option<(i64, OffsetEntry)> {
        let last = self.segments.last()?;
        let entry = self.index.as_ref()?.pending_before_offset(offset)?;
        Some((last.base(), entry))
    }
}

fn check_size(info: &BatchInfo, config: &LogConfig, origin: Origin) -> Result<(), AppendError> {
    let limit = match origin {
        Origin::Client => config.max_message_bytes.min(config.segment_bytes),
        Origin::Broker => config.segment_bytes,
    };
    if info.size > limit { Err(AppendError::TooLarge { size: info.size, limit }) } else { Ok(()) }
}

/// Offsets are never negative; the marks that are waited for count from zero.
pub(super) fn mark(offset: i64) -> u64 {
    u64::try_from(offset).unwrap_or(0)
}
