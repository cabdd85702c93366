//! Finding batches by timestamp. Producers' clocks are not in order, so segments and batches are asked in the
//! order of the log whether their newest is new enough.

use super::batch::BatchInfo;
use super::error::ReadError;
use super::index::{Newest, TimeEntry};
use super::partition::PartitionLog;
use super::reader::{FoundBatch, ReadBound, View};
use super::scan::Scanner;
use super::segment::{Segment, SegmentError};

impl PartitionLog {
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
        while info.max_timestamp < timestamp {
            scanner.skip(&info);
            position = scanner.position();
            match scanner.next()? {
                Ok(Some(next)) if next.base_offset == info.next_offset() => info = next,
                Ok(None) => return Ok(None),
                Ok(Some(_)) => return Err(damaged(position, &info, "a batch of another offset")),
                Err(bad) => return Err(damaged(position, &info, bad.what())),
            }
        }
        self.whole(segment, &info, position).map(Some)
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

    fn whole(&self, segment: &Segment, info: &BatchInfo, position: u32) -> Result<FoundBatch, SegmentError> {
        let end = (info.next_offset(), position + info.size);
        self.verified(segment, (info.base_offset, position), end)?;
        self.batch_in(segment, position, end.1)
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
}

fn damaged(position: u32, before: &BatchInfo, what: &'static str) -> SegmentError {
    SegmentError::Damaged { position, offset: before.next_offset(), what }
}
