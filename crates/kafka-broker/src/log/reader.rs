//! Reading a log: ranges of files for the socket, and single batches for who looks into them.
//!
//! # Invariants
//!
//! - No byte leaves that this process has not written itself or verified since it started.
//! - Ranges hold whole batches, and begin with the one that holds the offset asked for.
//! - The lock of the log is held to look at it, never while the disk is read.

use std::sync::Arc;

use machine::disk::File;

use super::batch::BatchInfo;
use super::error::ReadError;
use super::index::{Newest, OffsetEntry, TimeEntry};
use super::ledger::Place;
use super::partition::PartitionLog;
use super::scan::Scanner;
use super::segment::{Point, Segment, SegmentError};
use super::state::State;

/// Up to where a reader may see.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReadBound {
    /// What is as durable as the topic demands: `read_uncommitted`.
    HighWatermark,
    /// Before the first open transaction: `read_committed`.
    LastStable,
    /// Everything written: for the broker's own use.
    LogEnd,
}

/// Bytes of a file, for `sendfile` or reading. They stay readable when the segment is deleted.
#[derive(Clone, Debug)]
pub struct FileRange {
    /// The segment's file.
    pub file: Arc<dyn File>,
    /// Where they begin.
    pub offset: u64,
    /// How many they are.
    pub len: u32,
}

/// What a read has found.
#[derive(Clone, Debug)]
pub struct ReadSlice {
    /// Whole batches, in order; empty when there is nothing yet.
    pub parts: Vec<FileRange>,
    /// Bytes in all parts.
    pub len: u32,
    /// See [`PartitionLog::high_watermark`].
    pub high_watermark: i64,
    /// See [`PartitionLog::last_stable`].
    pub last_stable: i64,
    /// See [`PartitionLog::log_start`].
    pub log_start: i64,
    /// See [`PartitionLog::log_end`].
    pub log_end: i64,
}

/// One batch, verified.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundBatch {
    /// Its header.
    pub info: BatchInfo,
    /// All its bytes, header included.
    pub bytes: Vec<u8>,
}

/// What a read needs to know of the log, taken under its lock.
struct View {
    /// Those that hold what is asked for and what follows.
    segments: Vec<Arc<Segment>>,
    bound: Place,
    ends: ReadSlice,
    /// An index entry of the last segment that is not in its file yet.
    pending: Option<(i64, OffsetEntry)>,
}

impl View {
    /// Bytes of a segment that lie below the bound.
    fn limit(&self, segment: &Segment) -> u32 {
        match segment.base().cmp(&self.bound.segment) {
            std::cmp::Ordering::Less => segment.size(),
            std::cmp::Ordering::Equal => self.bound.position,
            std::cmp::Ordering::Greater => 0,
        }
    }

    fn pending(&self, segment: &Segment) -> Option<OffsetEntry> {
        self.pending.filter(|(base, _)| *base == segment.base()).map(|(_, entry)| entry)
    }
}

impl PartitionLog {
    /// Finds the batches from the one that holds `offset` on, up to about `max_bytes` and not beyond `bound`.
    /// With `at_least_one` the first is there however long it is, if there is one.
    pub fn read(
        &self,
        offset: i64,
        max_bytes: u32,
        bound: ReadBound,
        at_least_one: bool,
    ) -> Result<ReadSlice, ReadError> {
        match self.read_view(offset, max_bytes, bound, at_least_one) {
            // The segment was deleted after it was chosen: then that is the answer.
            Err(ReadError::Failed(_)) if offset < self.log_start() => {
                let ends = self.lock().ends();
                Err(ReadError::OutOfRange { offset, log_start: ends.log_start, log_end: ends.log_end })
            }
            other => other,
        }
    }

    fn read_view(
        &self,
        offset: i64,
        max_bytes: u32,
        bound: ReadBound,
        at_least_one: bool,
    ) -> Result<ReadSlice, ReadError> {
        let view = self.view(offset, bound, Some(max_bytes))?;
        let mut slice = view.ends.clone();
        let mut next = offset;
        for segment in &view.segments {
            let limit = view.limit(segment);
            let room = max_bytes.saturating_sub(slice.len);
            let is_first = slice.parts.is_empty();
            if limit == 0 || next >= view.bound.offset || (room == 0 && !is_first) {
                break;
            }
            let range = self.range(&view, segment, next, room, at_least_one && is_first);
            let ((_, start), (after, end)) = match range {
                Ok(range) => range,
                // What was found before the damage is served; who asks for the damaged offset is told.
                Err(_) if !is_first => break,
                Err(error) => return Err(self.read_error(segment, error)),
            };
            if end > start {
                let file = segment.file(self.disk()).map_err(|error| ReadError::Failed(error.to_string()))?;
                slice.parts.push(FileRange { file, offset: u64::from(start), len: end - start });
                slice.len += end - start;
                segment.hint(after, end);
            }
            if end < limit {
                break;
            }
            next = after;
        }
        Ok(slice)
    }

    /// The verified whole batches of one segment from `offset` on: where they begin and end.
    fn range(
        &self,
        view: &View,
        segment: &Segment,
        offset: i64,
        room: u32,
        at_least_one: bool,
    ) -> Result<(Point, Point), SegmentError> {
        let (disk, limit, pending) = (self.disk(), view.limit(segment), view.pending(segment));
        let (first, start) = segment.locate(disk, offset, limit, pending)?;
        let from = (first.base_offset, start);
        let end = if limit - start <= room {
            let end_offset = if segment.base() == view.bound.segment {
                view.bound.offset
            } else {
                let after = view.segments.iter().map(|next| next.base()).find(|base| *base > segment.base());
                after.unwrap_or(view.bound.offset)
            };
            (end_offset, limit)
        } else if first.size > room {
            if !at_least_one {
                return Ok((from, from));
            }
            (first.next_offset(), start + first.size)
        } else {
            let pending = self.pending_before_position(segment, start + room);
            segment.boundary(disk, from, (start + room, limit), pending)?
        };
        self.verified(segment, from, end)
    }

    fn verified(&self, segment: &Segment, from: Point, end: Point) -> Result<(Point, Point), SegmentError> {
        if segment.is_verified(from.1, end.1) {
            return Ok((from, end));
        }
        let epochs = self.lock().epochs.clone();
        match segment.verify(self.disk(), from, end.1, |offset| epochs.at(offset))? {
            (_, None) => Ok((from, end)),
            (good, Some(damage)) => {
                let SegmentError::Damaged { position, offset, what } = damage else {
                    return Err(damage);
                };
                self.report(segment, position, offset, what);
                if good > from.1 { Ok((from, (offset, good))) } else { Err(damage) }
            }
        }
    }

    /// The batch that holds `offset`; none at or beyond the bound.
    pub fn batch_at(&self, offset: i64, bound: ReadBound) -> Result<Option<FoundBatch>, ReadError> {
        let view = self.view(offset, bound, Some(0))?;
        let Some(segment) = view.segments.first().filter(|_| offset < view.bound.offset) else {
            return Ok(None);
        };
        let limit = view.limit(segment);
        let found = segment.locate(self.disk(), offset, limit, view.pending(segment));
        let found = found.and_then(|(info, position)| self.whole(segment, info, position));
        found.map(Some).map_err(|error| self.read_error(segment, error))
    }

    /// The first batch, from the beginning of the log on, with a record of `timestamp` or newer; none when no
    /// such record is below the bound. Which record it is, the caller finds: the batch's newest is new enough.
    pub fn offset_for_timestamp(
        &self,
        timestamp: i64,
        bound: ReadBound,
    ) -> Result<Option<FoundBatch>, ReadError> {
        let view = self.view(self.log_start(), bound, None)?;
        for segment in &view.segments {
            let newest = self.newest_of(segment).map_err(|error| self.read_error(segment, error))?;
            if newest.is_none_or(|newest| newest.timestamp < timestamp) {
                continue;
            }
            let found = self.first_newer(&view, segment, timestamp);
            if let Some(found) = found.map_err(|error| self.read_error(segment, error))? {
                return Ok(Some(found));
            }
        }
        Ok(None)
    }

    fn first_newer(
        &self,
        view: &View,
        segment: &Segment,
        timestamp: i64,
    ) -> Result<Option<FoundBatch>, SegmentError> {
        let (disk, limit) = (self.disk(), view.limit(segment));
        if limit == 0 {
            return Ok(None);
        }
        let pending = self.pending_before_time(segment, timestamp);
        let older = segment.last_older(disk, timestamp, limit, pending)?;
        let start = segment.base().max(view.ends.log_start);
        let (mut info, mut position) = match older {
            Some((info, position)) if info.last_offset() >= start => (info, position),
            _ => segment.locate(disk, start, limit, None)?,
        };
        let file = segment.file(disk)?;
        let mut scanner = Scanner::headers(&*file, position, limit);
        while info.max_timestamp < timestamp || info.last_offset() < view.ends.log_start {
            scanner.skip(&info);
            position = scanner.position();
            match scanner.next()? {
                Ok(Some(next)) if next.base_offset == info.next_offset() => info = next,
                Ok(None) => return Ok(None),
                Ok(Some(_)) => return Err(damaged(position, &info, "a batch of another offset")),
                Err(bad) => return Err(damaged(position, &info, bad.what())),
            }
        }
        self.whole(segment, info, position).map(Some)
    }

    /// The first batch that has the newest timestamp of all; none when the log is empty.
    pub fn max_timestamp(&self, bound: ReadBound) -> Result<Option<FoundBatch>, ReadError> {
        let view = self.view(self.log_start(), bound, None)?;
        let mut best: Option<(i64, i64)> = None;
        for segment in &view.segments {
            let newest = self.newest_of(segment).map_err(|error| self.read_error(segment, error))?;
            if let Some(newest) = newest.filter(|_| view.limit(segment) > 0)
                && best.is_none_or(|(timestamp, _)| newest.timestamp > timestamp)
            {
                best = Some((newest.timestamp, newest.offset));
            }
        }
        match best {
            Some((_, offset)) if (view.ends.log_start..view.bound.offset).contains(&offset) => {
                self.batch_at(offset, bound)
            }
            // It is not to be seen, or deleted within its segment: then the newest that can be seen counts.
            Some((timestamp, _)) => self.newest_visible(timestamp, bound),
            None => Ok(None),
        }
    }

    /// The rare case of [`Self::max_timestamp`]: reads headers.
    fn newest_visible(&self, at_most: i64, bound: ReadBound) -> Result<Option<FoundBatch>, ReadError> {
        let view = self.view(self.log_start(), bound, None)?;
        let mut best: Option<BatchInfo> = None;
        for segment in &view.segments {
            let failed = |error: std::io::Error| ReadError::Failed(error.to_string());
            let file = segment.file(self.disk()).map_err(failed)?;
            let mut scanner = Scanner::headers(&*file, 0, view.limit(segment));
            while let Ok(Some(info)) = scanner.next().map_err(failed)? {
                if info.last_offset() >= view.ends.log_start
                    && info.max_timestamp <= at_most
                    && best.is_none_or(|best| info.max_timestamp > best.max_timestamp)
                {
                    best = Some(info);
                }
                scanner.skip(&info);
            }
        }
        match best {
            Some(best) => self.batch_at(best.last_offset(), bound),
            None => Ok(None),
        }
    }

    fn whole(&self, segment: &Segment, info: BatchInfo, position: u32) -> Result<FoundBatch, SegmentError> {
        let end = (info.next_offset(), position + info.size);
        self.verified(segment, (info.base_offset, position), end)?;
        let file = segment.file(self.disk())?;
        let bytes = Scanner::bytes(&*file, position, end.1).batch(&info)?;
        Ok(FoundBatch { info, bytes })
    }

    /// Looks at the log for a reader of `offset`; of all its segments when `max_bytes` is none.
    fn view(&self, offset: i64, bound: ReadBound, max_bytes: Option<u32>) -> Result<View, ReadError> {
        let state = self.lock();
        state.readable()?;
        let ends = state.ends();
        if offset < ends.log_start || offset > ends.log_end {
            return Err(ReadError::OutOfRange { offset, log_start: ends.log_start, log_end: ends.log_end });
        }
        let bound = match bound {
            ReadBound::HighWatermark => state.visible,
            ReadBound::LogEnd => state.end,
            ReadBound::LastStable => state.stable,
        };
        let first = state.segments.partition_point(|segment| segment.base() <= offset).saturating_sub(1);
        let mut segments = Vec::new();
        let mut bytes = 0;
        for segment in &state.segments[first.min(state.segments.len())..] {
            segments.push(segment.clone());
            // The first may be entered in its middle, so it does not count.
            if segments.len() > 1 {
                bytes += u64::from(segment.size());
            }
            // More than fits, so that the last of them is never needed to its end.
            if max_bytes.is_some_and(|max| bytes > u64::from(max)) {
                break;
            }
        }
        let pending = state.pending_before_offset(offset);
        Ok(View { segments, bound, ends, pending })
    }

    fn pending_before_position(&self, segment: &Segment, position: u32) -> Option<OffsetEntry> {
        self.lock().index_of(segment).and_then(|index| index.pending_before_position(position))
    }

    fn pending_before_time(&self, segment: &Segment, timestamp: i64) -> Option<TimeEntry> {
        self.lock().index_of(segment).and_then(|index| index.pending_before_time(timestamp))
    }

    fn newest_of(&self, segment: &Segment) -> Result<Option<Newest>, SegmentError> {
        let interval = {
            let state = self.lock();
            if let Some(index) = state.index_of(segment) {
                return Ok(index.newest());
            }
            state.config.index_interval_bytes
        };
        segment.newest(self.disk(), interval)
    }

    fn read_error(&self, segment: &Segment, error: SegmentError) -> ReadError {
        match error {
            SegmentError::Io(error) => ReadError::Failed(error.to_string()),
            SegmentError::Damaged { position, offset, what } => {
                ReadError::Damaged(self.report(segment, position, offset, what))
            }
        }
    }
}

fn damaged(position: u32, before: &BatchInfo, what: &'static str) -> SegmentError {
    SegmentError::Damaged { position, offset: before.next_offset(), what }
}

impl State {
    /// The ends that every answer carries, without data.
    pub(super) fn ends(&self) -> ReadSlice {
        ReadSlice {
            parts: Vec::new(),
            len: 0,
            high_watermark: self.visible.offset,
            last_stable: self.stable.offset,
            log_start: self.start,
            log_end: self.end.offset,
        }
    }
}
