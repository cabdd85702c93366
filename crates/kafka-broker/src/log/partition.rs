//! The log of one partition: its public face, and the one lock under which it changes.
//!
//! # Invariants
//!
//! - Batches are judged, placed and written under the lock, so offsets and sequences follow each other.
//! - What is visible never un-happens: with `flush.messages=1` a batch is visible only when it is durable.
//! - After a failed sync nothing is taken any more. After a failed write the log ends where it ended before.

use std::fmt;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use machine::commit::SyncFailed;
use machine::disk::{Disk, File};
use machine::watermark::Watermark;
use parking_lot::{Mutex, MutexGuard};
use uuid::Uuid;

use super::config::LogConfig;
use super::context::{LogContext, io};
use super::epochs::Epochs;
use super::error::{Damage, LogError};
use super::ledger::Key;
use super::producers::Producer;
use super::reader::ReadBound;
use super::recovery::Target;
use super::segment::Segment;
use super::state::{Standing, State};
use super::syncing::mark;
use super::watch::{Waiter, Waiters, Watch};

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

/// The log of one partition.
pub struct PartitionLog {
    pub(super) context: Arc<LogContext>,
    topic: Arc<str>,
    pub(super) key: Key,
    pub(super) folder: Arc<Path>,
    pub(super) leader_epoch: i32,
    pub(super) queued: AtomicBool,
    /// How far readers see.
    pub(super) high: Watermark,
    /// How far the disk has it, whatever readers see.
    pub(super) synced: Watermark,
    pub(super) waiters: Waiters,
    /// Held while segments are taken out, and while their files change under their names.
    pub(super) files: Mutex<()>,
    state: Mutex<State>,
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

        let is_clean = found.is_clean;
        let cleaned = context.ledger.facts(key).map_or(0, |facts| facts.cleaned);
        let state = State::new(found, cleaned, config);
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
            high: Watermark::new(mark(state.visible.offset)),
            // Names may be missing on the disk although all bytes are there: then the first round decides.
            synced: Watermark::new(mark(state.durable.offset).saturating_sub(u64::from(!is_clean))),
            waiters: Waiters::default(),
            files: Mutex::default(),
            state: Mutex::new(state),
        });
        if !is_clean {
            log.submit()?;
        }
        Ok(log)
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

    /// The epoch that wrote the record of this offset, and where the next one began to write.
    pub(super) fn epoch_around(&self, offset: i64) -> (Option<i32>, Option<i64>) {
        let state = self.lock();
        (state.epochs.at(offset), state.epochs.next_begun(offset))
    }

    /// Which epoch wrote which offsets.
    pub(super) fn epochs(&self) -> Epochs {
        self.lock().epochs.clone()
    }

    /// The file of a segment.
    pub(super) fn file_of(&self, segment: &Segment) -> Result<Arc<dyn File>, LogError> {
        segment.file(self.disk()).map_err(io("open", &segment.path()))
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

    /// Whether damage was found.
    pub fn is_damaged(&self) -> bool {
        self.lock().damage.is_some()
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
    ///
    /// Close many logs at once, so that they share syncs; one that nobody has written to costs nothing.
    pub async fn close(self: &Arc<Self>) -> Result<(), LogError> {
        let is_clean = {
            let mut state = self.lock();
            if state.standing == Standing::Closed {
                return Ok(());
            }
            if state.standing == Standing::Open && !state.is_clean {
                self.conclude(&mut state)?;
            }
            state.standing = Standing::Closed;
            state.is_clean
        };
        self.waiters.wake_all();
        if !is_clean {
            self.flush().await?;
        }
        self.lock().segments.iter().for_each(|segment| segment.close());
        Ok(())
    }

    /// Takes the log away: waiting readers look again, waiting producers are told, and its folder gets a name
    /// under which [`LogContext::purge`] removes it.
    pub fn delete(self: &Arc<Self>) -> Result<(), LogError> {
        let _files = self.files.lock();
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
}

impl fmt::Debug for PartitionLog {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PartitionLog({}-{})", self.topic, self.key.1)
    }
}
