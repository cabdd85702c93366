//! The parts of an append that touch the disk besides the batch itself: the folder, new segments, indexes,
//! snapshots, and putting things back after a failed write.

use std::io::{self, ErrorKind, IoSlice};
use std::sync::Arc;

use machine::disk::OpenMode;

use super::aborted::ABORTED_MAX;
use super::batch::BatchInfo;
use super::context::io as attempt;
use super::error::{AppendError, LogError};
use super::index::IndexWriter;
use super::ledger::Place;
use super::metadata;
use super::partition::PartitionLog;
use super::room;
use super::scan::Scanner;
use super::segment::Segment;
use super::snapshot;
use super::state::State;

/// A snapshot of producers is written after so many bytes: a start reads no more than about that much.
const SNAPSHOT_BYTES: u64 = 16 << 20;
/// Small segments reserve nothing: most logs stay small.
const ALLOCATE_FROM: u32 = 4 << 20;
/// Room is reserved in steps of this.
const ALLOCATE_STEP: u32 = 16 << 20;

impl PartitionLog {
    /// The segment that the batch goes to, made or rolled as needed, with everything noted that must be known
    /// before the batch is in it.
    pub(super) fn prepare(
        &self,
        state: &mut State,
        info: &BatchInfo,
        now_ms: i64,
    ) -> Result<Arc<Segment>, AppendError> {
        let ready = self.prepare_files(state, info, now_ms);
        let segment = ready.map_err(|error| self.write_failed(&error))?;
        if state.epochs.latest() != Some(info.leader_epoch) {
            let noted = self.context.ledger.note_epoch(self.key, info.leader_epoch, info.base_offset);
            noted.map_err(|error| AppendError::WriteFailed(error.to_string()))?;
            state.epochs.assign(info.leader_epoch, info.base_offset);
        }
        Ok(segment)
    }

    fn prepare_files(&self, state: &mut State, info: &BatchInfo, now_ms: i64) -> io::Result<Arc<Segment>> {
        if !state.has_folder {
            self.make_folder(state)?;
        }
        let current = state.segments.last().filter(|last| last.base() == state.end.segment).cloned();
        let segment = match current {
            Some(current) if !self.must_roll(state, &current, info, now_ms)? => current,
            _ => self.roll(state)?,
        };
        if state.segment_began_ms.is_none() {
            state.segment_began_ms = Some(if info.max_timestamp >= 0 { info.max_timestamp } else { now_ms });
        }
        let end = state.end.position.saturating_add(info.size);
        if end > state.allocated && end >= ALLOCATE_FROM {
            let upto = end.saturating_add(ALLOCATE_STEP).min(state.config.segment_bytes.max(end));
            // Only a help: a disk that cannot reserve room may still have some.
            let reserved = segment.file(self.disk())?.allocate(u64::from(end), u64::from(upto - end));
            if let Err(error) = reserved {
                tracing::debug!(log = ?self, %error, "no room reserved");
            }
            state.allocated = upto;
        }
        Ok(segment)
    }

    fn make_folder(&self, state: &mut State) -> io::Result<()> {
        match self.disk().create_dir(&self.folder) {
            Err(error) if error.kind() != ErrorKind::AlreadyExists => return Err(error),
            _ => {}
        }
        let file = metadata::write(self.disk(), &self.folder, self.topic_id())?;
        state.unsynced.push(file);
        state.has_folder = true;
        state.folder_is_new = true;
        state.names_changed = true;
        Ok(())
    }

    fn must_roll(
        &self,
        state: &mut State,
        segment: &Segment,
        info: &BatchInfo,
        now_ms: i64,
    ) -> io::Result<bool> {
        let size = segment.size();
        if size == 0 {
            return Ok(false);
        }
        let config = &state.config;
        let is_full = u64::from(size) + u64::from(info.size)
            > u64::from(config.segment_bytes.min(self.context.segment_bytes_max()));
        let is_wide = info.last_offset() - segment.base() > i64::from(i32::MAX);
        let indexed = u64::from(size) / u64::from(config.index_interval_bytes.max(1)) * 8;
        let is_dense = indexed >= u64::from(config.segment_index_bytes);
        let longest = config.segment_ms_max();
        let is_over = is_full || is_wide || is_dense || state.aborted.len() >= ABORTED_MAX;
        if is_over || segment.file(self.disk())?.is_worn() {
            return Ok(true);
        }
        let began_ms = self.began_ms(state, segment, now_ms)?;
        let at_ms = if info.max_timestamp >= 0 { info.max_timestamp } else { now_ms };
        Ok(at_ms.saturating_sub(began_ms) > longest)
    }

    /// When the last segment was begun, by its first record's time.
    fn began_ms(&self, state: &mut State, segment: &Segment, now_ms: i64) -> io::Result<i64> {
        if let Some(began_ms) = state.segment_began_ms {
            return Ok(began_ms);
        }
        let file = segment.file(self.disk())?;
        let first = Scanner::headers(&*file, 0, segment.size()).next()?;
        let began_ms = first.ok().flatten().map_or(now_ms, |first| first.max_timestamp);
        state.segment_began_ms = Some(began_ms);
        Ok(began_ms)
    }

    /// Ends the last segment when it is older than the topic wants, although nothing is written to it: what is in it
    /// could not be compacted otherwise.
    pub(super) fn roll_aged(&self, now_ms: i64) -> io::Result<bool> {
        let mut state = self.lock();
        let Some(last) = state.segments.last().filter(|last| last.size() > 0).cloned() else {
            return Ok(false);
        };
        if state.writable().is_err() {
            return Ok(false);
        }
        let longest = state.config.segment_ms_max();
        let is_aged = now_ms.saturating_sub(self.began_ms(&mut state, &last, now_ms)?) > longest;
        if is_aged {
            self.roll(&mut state)?;
            state.is_clean = false;
        }
        Ok(is_aged)
    }

    /// Ends the last segment and begins one at the end of the log.
    pub(super) fn roll(&self, state: &mut State) -> io::Result<Arc<Segment>> {
        let decisions = state.decisions();
        if let (Some(last), Some(index)) = (state.segments.last().cloned(), &mut state.index) {
            let (summary, derived) =
                index.finish(self.disk(), &self.folder, last.size(), Some(&decisions))?;
            let file = last.file(self.disk())?;
            if state.allocated > last.size() {
                // Gives back what was reserved beyond the end.
                file.set_len(u64::from(last.size()))?;
            }
            if last.index_is_wrong() {
                let built = last.build_index(self.disk(), state.config.index_interval_bytes);
                tracing::warn!(log = ?self, built = built.is_ok(), "the index did not fit the log: built anew");
            } else {
                last.finished(summary);
            }
            state.unsynced.push(file);
            state.unsynced.extend(derived);
        }
        let offset = state.end.offset;
        let segment = Segment::create(self.disk(), self.folder.clone(), offset)?;
        state.segments.push(segment.clone());
        state.aborted = Vec::new();
        state.index = Some(Box::new(IndexWriter::empty(offset)));
        state.end = Place { offset, segment: offset, position: 0 };
        state.names_changed = true;
        state.allocated = 0;
        state.segment_began_ms = None;
        self.take_snapshot(state);
        Ok(segment)
    }

    /// Lets index and snapshots follow a batch that was written. They are derived from the log, so a failure
    /// costs only time later.
    pub(super) fn keep_derived(&self, state: &mut State, info: &BatchInfo, position: u32) {
        let interval = state.config.index_interval_bytes;
        if let Some(index) = &mut state.index
            && index.add(info, position, interval)
            && let Err(error) = index.write(self.disk(), &self.folder)
        {
            tracing::warn!(log = ?self, %error, "index entries are not written yet");
        }
        state.since_snapshot += u64::from(info.size);
        if state.since_snapshot >= SNAPSHOT_BYTES {
            self.take_snapshot(state);
        }
    }

    /// Writes the producers as of the end, and removes snapshots that no recovery would use.
    pub(super) fn take_snapshot(&self, state: &mut State) {
        state.since_snapshot = 0;
        let offset = state.end.offset;
        if state.snapshots.last() == Some(&offset) {
            return;
        }
        match snapshot::write(self.disk(), &self.folder, state.end, &state.producers, &state.aborted) {
            Ok(file) => {
                state.snapshots.push(offset);
                // Synced with what it describes, so it is there when the recovery point has passed it.
                state.unsynced.push(file);
                state.names_changed = true;
            }
            Err(error) => tracing::warn!(log = ?self, %error, "no snapshot of producers"),
        }
        let durable = state.durable.offset;
        let useful = state.snapshots.iter().rposition(|offset| *offset <= durable).unwrap_or(0);
        for old in state.snapshots.drain(..useful) {
            if let Err(error) = self.disk().remove_file(&snapshot::path_of(&self.folder, old)) {
                tracing::warn!(log = ?self, %error, "an old snapshot stays");
            }
        }
    }

    /// Writes what closing leaves for the next start.
    pub(super) fn conclude(&self, state: &mut State) -> Result<(), LogError> {
        let failed = |error| attempt("close", &self.folder)(error);
        let decisions = state.decisions();
        if let (Some(index), Some(last)) = (&mut state.index, state.segments.last()) {
            index.finish(self.disk(), &self.folder, last.size(), Some(&decisions)).map_err(failed)?;
        }
        if let Some(last) = state.segments.last()
            && state.allocated > last.size()
        {
            let file = last.file(self.disk()).map_err(failed)?;
            file.set_len(u64::from(last.size())).map_err(failed)?;
            state.allocated = last.size();
        }
        if state.has_folder {
            self.take_snapshot(state);
            // Weir reads its ledger; this is for whoever opens the folder with Kafka.
            let path = self.folder.join("leader-epoch-checkpoint");
            let file = self.disk().open(&path, OpenMode::Create).map_err(failed)?;
            file.set_len(0).map_err(failed)?;
            let text = state.epochs.checkpoint();
            file.write_all_at(&[IoSlice::new(text.as_bytes())], 0).map_err(failed)?;
            state.unsynced.push(file);
            state.names_changed = true;
        }
        Ok(())
    }

    /// Puts the segment back to its last good end after a failed write.
    pub(super) fn undo(&self, state: &mut State, segment: &Segment, error: &io::Error) -> AppendError {
        let refusal = self.write_failed(error);
        if let Err(error) = segment.truncate(self.disk(), state.end.position) {
            let path = segment.path();
            self.take_offline(state, &format_args!("{} cannot be cut: {error}", path.display()));
        }
        state.allocated = state.end.position;
        refusal
    }

    fn write_failed(&self, error: &io::Error) -> AppendError {
        if room::is_full(error) {
            self.context.room.exhausted(&self.context.clock);
            return AppendError::DiskFull;
        }
        tracing::error!(log = ?self, %error, "a write failed");
        AppendError::WriteFailed(error.to_string())
    }
}
