//! Reading a log: ranges of files for the socket, and single batches for who looks into them.
//!
//! # Invariants
//!
//! - No byte leaves that this process has not written itself or verified since it started.
//! - Ranges hold whole batches, and begin with the one that holds the offset asked for.
//! - The lock of the log is held to look at it, never while the disk is read.

use std::sync::Arc;

use machine::disk::File;

use super::batch::{BatchInfo, HEADER_LEN};
use super::error::ReadError;
use super::index::OffsetEntry;
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
    /// The offset behind them.
    pub next: i64,
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
pub(super) struct View {
    /// Those that hold what is asked for and what follows.
    pub(super) segments: Vec<Arc<Segment>>,
    /// Where the first that is not among them begins.
    behind: Option<i64>,
    pub(super) bound: Place,
    pub(super) ends: ReadSlice,
    /// An index entry of the last segment that is not in its file yet.
    pending: Option<(i64, OffsetEntry)>,
}

impl View {
    /// Bytes of a segment that lie below the bound.
    pub(super) fn limit(&self, segment: &Segment) -> u32 {
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
        let mut slice = ReadSlice { next: offset, ..view.ends.clone() };
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
                slice.next = after;
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
        let found =
            Self::with_records(&*segment.file(disk)?, segment.locate(disk, offset, limit, pending)?, limit)?;
        let (first, start) = found;
        match self.range_from(view, segment, found, room, at_least_one) {
            // It was damaged, so it may be its header only that claimed to hold the offset.
            Err(SegmentError::Damaged { position, .. })
                if position == start && first.base_offset < offset =>
            {
                let damaged = (first.base_offset, start);
                let found = segment.locate_elsewhere(disk, damaged, offset, limit)?;
                self.range_from(view, segment, found, room, at_least_one)
            }
            other => other,
        }
    }

    /// The first batch from this one on that has records, so that who asks for an offset that was compacted away is
    /// not given nothing; the same one when none follows.
    fn with_records(
        file: &dyn File,
        found: (BatchInfo, u32),
        limit: u32,
    ) -> Result<(BatchInfo, u32), SegmentError> {
        let (mut info, mut position) = found;
        let mut scanner = Scanner::headers(file, position, limit);
        // One that has bytes of records and says that it has none is damaged, and is not passed over.
        while info.record_count == 0 && info.size as usize == HEADER_LEN {
            scanner.go_to(position + info.size);
            match scanner.next()? {
                Ok(Some(next)) if next.base_offset == info.next_offset() => {
                    position = scanner.position();
                    info = next;
                }
                _ => return Ok(found),
            }
        }
        Ok((info, position))
    }

    /// As [`Self::range`], from this batch on.
    fn range_from(
        &self,
        view: &View,
        segment: &Segment,
        (first, start): (BatchInfo, u32),
        room: u32,
        at_least_one: bool,
    ) -> Result<(Point, Point), SegmentError> {
        let limit = view.limit(segment);
        let from = (first.base_offset, start);
        let end = if limit - start <= room {
            let end_offset = if segment.base() == view.bound.segment {
                view.bound.offset
            } else {
                let after = view.segments.iter().map(|next| next.base()).find(|base| *base > segment.base());
                after.or(view.behind).unwrap_or(view.bound.offset)
            };
            (end_offset, limit)
        } else if first.size > room {
            if !at_least_one {
                return Ok((from, from));
            }
            (first.next_offset(), start + first.size)
        } else {
            let pending = self.pending_before_position(segment, start + room);
            segment.boundary(self.disk(), from, (start + room, limit), pending)?
        };
        self.verified(segment, from, end)
    }

    pub(super) fn verified(
        &self,
        segment: &Segment,
        from: Point,
        end: Point,
    ) -> Result<(Point, Point), SegmentError> {
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
        // With no room at all, the range is the one batch.
        let range = self.range(&view, segment, offset, 0, true);
        let found = range.and_then(|(from, end)| self.batch_in(segment, from.1, end.1));
        found.map(Some).map_err(|error| self.read_error(segment, error))
    }

    /// The batch that fills these verified bytes.
    pub(super) fn batch_in(
        &self,
        segment: &Segment,
        start: u32,
        end: u32,
    ) -> Result<FoundBatch, SegmentError> {
        let file = segment.file(self.disk())?;
        let mut scanner = Scanner::bytes(&*file, start, end);
        match scanner.next()? {
            Ok(Some(info)) => Ok(FoundBatch { bytes: scanner.batch(&info)?, info }),
            // It was there when it was verified.
            Ok(None) | Err(_) => Err(std::io::Error::from(std::io::ErrorKind::UnexpectedEof).into()),
        }
    }

    /// Looks at the log for a reader of `offset`; of all its segments when `max_bytes` is none.
    pub(super) fn view(
        &self,
        offset: i64,
        bound: ReadBound,
        max_bytes: Option<u32>,
    ) -> Result<View, ReadError> {
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
        let mut rest = state.segments[first.min(state.segments.len())..].iter();
        // More than fits, as far as is known: one that begins with what was compacted away is entered behind that.
        while max_bytes.is_none_or(|max| bytes <= u64::from(max))
            && let Some(segment) = rest.next()
        {
            // The first may be entered in its middle, so it does not count.
            if !segments.is_empty() {
                bytes += u64::from(segment.size());
            }
            segments.push(segment.clone());
        }
        let behind = rest.next().map(|segment| segment.base());
        let pending = state.pending_before_offset(offset);
        Ok(View { segments, behind, bound, ends, pending })
    }

    fn pending_before_position(&self, segment: &Segment, position: u32) -> Option<OffsetEntry> {
        self.lock().index_of(segment).and_then(|index| index.pending_before_position(position))
    }

    pub(super) fn read_error(&self, segment: &Segment, error: SegmentError) -> ReadError {
        match error {
            SegmentError::Io(error) => ReadError::Failed(error.to_string()),
            SegmentError::Damaged { position, offset, what } => {
                ReadError::Damaged(self.report(segment, position, offset, what))
            }
        }
    }
}

impl State {
    /// The ends that every answer carries, without data.
    pub(super) fn ends(&self) -> ReadSlice {
        ReadSlice {
            parts: Vec::new(),
            len: 0,
            next: self.start,
            high_watermark: self.visible.offset,
            last_stable: self.stable.offset,
            log_start: self.start,
            log_end: self.end.offset,
        }
    }
}
