//! Finding batches in a segment: from a remembered place or the index, then header by header.
//!
//! Each header must follow the one before. Where that fails the index is doubted first, then the log.

use std::io;

use machine::disk::{Disk, File};

use super::derived::Index;
use super::{Known, Point, Segment, SegmentError};
use crate::log::batch::BatchInfo;
use crate::log::index::{IndexFile, OffsetEntry};
use crate::log::scan::{Bad, Found, Scanner};

/// Places remembered for readers that go on where they were.
const HINTS: usize = 8;
/// Walking this far costs less than a lookup in the index.
const WALK: u32 = 128 << 10;

impl Segment {
    /// Finds the batch that holds `offset`, which lies before `limit` bytes: its header and position.
    pub(in crate::log) fn locate(
        &self,
        disk: &dyn Disk,
        offset: i64,
        limit: u32,
        pending: Option<OffsetEntry>,
    ) -> Result<(BatchInfo, u32), SegmentError> {
        let file = self.file(disk)?;
        let mut start = self.hinted(|hint, _| hint <= offset);
        if start.expected != Expected::Base(offset)
            && let Some(entry) = self.indexed(disk, pending, |entry, _| entry <= offset)?
            && entry.position > start.position
        {
            start = entry;
        }
        if let Some(lost) = self.known.lock().lost.iter().find(|lost| lost.asked == offset) {
            return Err(lost.error());
        }
        loop {
            let stop = match Walk::new(&*file, start, limit).to(offset)? {
                Ok(found) => return Ok(found),
                Err(stop) => stop,
            };
            if let Expected::Base(_) = stop.expected {
                return self.locate_behind(&*file, stop, offset, limit);
            }
            // It was the index that led here, and where index and log differ, the log is right.
            self.known.lock().index_doubted();
            start = self.hinted(|hint, _| hint <= offset);
        }
    }

    /// Finds the batch that holds `offset` although the one that seemed to, or one before, is damaged: its
    /// header may lead astray.
    pub(in crate::log) fn locate_elsewhere(
        &self,
        disk: &dyn Disk,
        (damaged, position): Point,
        offset: i64,
        limit: u32,
    ) -> Result<(BatchInfo, u32), SegmentError> {
        let file = self.file(disk)?;
        let stop = Stop {
            previous: position,
            position,
            expected: Expected::Base(damaged + 1),
            bad: Bad::Wrong("the checksum is wrong"),
        };
        self.locate_behind(&*file, stop, offset, limit)
    }

    fn locate_behind(
        &self,
        file: &dyn File,
        mut stop: Stop,
        offset: i64,
        limit: u32,
    ) -> Result<(BatchInfo, u32), SegmentError> {
        let lost =
            Lost { asked: offset, position: stop.position, offset: stop.offset(), what: stop.bad.what() };
        loop {
            // The length of the last batch that seemed right may be what led here.
            let mut scanner = Scanner::bytes(file, stop.previous, limit);
            let Some(info) = scanner.search(stop.offset()..=offset)? else {
                let error = lost.error();
                self.known.lock().remember_lost(lost);
                return Err(error);
            };
            let start = Start { expected: Expected::Base(info.base_offset), position: scanner.position() };
            match Walk::new(file, start, limit).to(offset)? {
                Ok(found) => return Ok(found),
                Err(next) => stop = next,
            }
        }
    }

    /// The last place from `from`, where a batch begins, to `position`, where one begins or could. There are
    /// `limit` bytes.
    pub(in crate::log) fn boundary(
        &self,
        disk: &dyn Disk,
        from: Point,
        (position, limit): (u32, u32),
        pending: Option<OffsetEntry>,
    ) -> Result<Point, SegmentError> {
        let file = self.file(disk)?;
        let from = Start { expected: Expected::Base(from.0), position: from.1 };
        let mut start = self.hinted(|_, hint| hint <= position);
        if start.position < from.position {
            start = from;
        }
        if position - start.position > WALK
            && let Some(entry) = self.indexed(disk, pending, |_, entry| entry <= position)?
            && entry.position > start.position
        {
            start = entry;
        }
        let mut walk = Walk::new(&*file, start, limit);
        loop {
            let at = walk.scanner.position();
            match walk.next()? {
                Ok(Some(info)) if info.size <= position - at => {}
                Ok(Some(info)) => return Ok((info.base_offset, at)),
                Err(_) if matches!(walk.expected, Expected::Last(_)) => {
                    self.known.lock().index_doubted();
                    walk = Walk::new(&*file, from, limit);
                }
                // Bytes that are no batch end the walk too; verification says what is wrong with them.
                Ok(None) | Err(_) => return Ok((walk.offset(), at)),
            }
        }
    }

    /// The nearest remembered place for which `before` holds; the beginning, when there is none.
    fn hinted(&self, before: impl Fn(i64, u32) -> bool) -> Start {
        let mut best = Start { expected: Expected::Base(self.base), position: 0 };
        for (offset, position) in &self.known.lock().hints {
            if before(*offset, *position) && *position > best.position {
                best = Start { expected: Expected::Base(*offset), position: *position };
            }
        }
        best
    }

    /// The nearest place in the index for which `before` holds.
    fn indexed(
        &self,
        disk: &dyn Disk,
        pending: Option<OffsetEntry>,
        before: impl Fn(i64, u32) -> bool,
    ) -> io::Result<Option<Start>> {
        let offset_of = |entry: &OffsetEntry| self.base + i64::from(entry.relative);
        let entry = match pending {
            Some(entry) => Some(entry),
            None if !self.index_is_right(disk)? => None,
            None => IndexFile::<OffsetEntry>::open(disk, &self.folder, self.base)?
                .map(|index| index.last_where(|entry| before(offset_of(entry), entry.position)))
                .transpose()?
                .flatten()
                .map(|(_, entry)| entry),
        };
        let start = |entry| Start { expected: Expected::Last(offset_of(&entry)), position: entry.position };
        Ok(entry.map(start))
    }

    /// Remembers that a batch of this offset begins here.
    pub(in crate::log) fn hint(&self, offset: i64, position: u32) {
        let mut known = self.known.lock();
        known.hints.retain(|hint| hint.0 != offset);
        if known.hints.len() == HINTS {
            known.hints.remove(0);
        }
        known.hints.push((offset, position));
    }
}

/// Where a walk begins.
#[derive(Clone, Copy, Debug)]
struct Start {
    position: u32,
    expected: Expected,
}

/// What the next batch of a walk must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Expected {
    /// It begins with this offset.
    Base(i64),
    /// It ends with this offset: all that an index knows.
    Last(i64),
}

impl Expected {
    fn offset(self) -> i64 {
        match self {
            Self::Base(offset) | Self::Last(offset) => offset,
        }
    }
}

/// Walks headers, each following the one before.
struct Walk<'a> {
    scanner: Scanner<'a>,
    expected: Expected,
    /// Where the last batch that followed begins.
    previous: u32,
}

impl<'a> Walk<'a> {
    fn new(file: &'a dyn File, start: Start, limit: u32) -> Self {
        let scanner = Scanner::headers(file, start.position, limit);
        Self { scanner, expected: start.expected, previous: start.position }
    }

    fn next(&mut self) -> io::Result<Found> {
        let info = match self.scanner.next()? {
            Ok(Some(info)) => info,
            other => return Ok(other),
        };
        let fits = match self.expected {
            Expected::Base(offset) => info.base_offset == offset,
            Expected::Last(offset) => info.last_offset() == offset,
        };
        if !fits {
            return Ok(Err(Bad::Wrong("a batch of another offset")));
        }
        self.expected = Expected::Base(info.next_offset());
        self.previous = self.scanner.position();
        self.scanner.skip(&info);
        Ok(Ok(Some(info)))
    }

    /// Walks to the batch that holds `offset`.
    fn to(mut self, offset: i64) -> io::Result<Result<(BatchInfo, u32), Stop>> {
        loop {
            let position = self.scanner.position();
            let bad = match self.next()? {
                Ok(Some(info)) if info.last_offset() >= offset => return Ok(Ok((info, position))),
                Ok(Some(_)) => continue,
                Ok(None) => Bad::CutOff,
                Err(bad) => bad,
            };
            return Ok(Err(Stop { previous: self.previous, position, expected: self.expected, bad }));
        }
    }

    /// The offset that the next batch begins with, or ends with.
    fn offset(&self) -> i64 {
        self.expected.offset()
    }
}

/// Where a walk could not go on, and why.
#[derive(Clone, Copy, Debug)]
struct Stop {
    previous: u32,
    position: u32,
    expected: Expected,
    bad: Bad,
}

impl Stop {
    fn offset(&self) -> i64 {
        self.expected.offset()
    }
}

/// An offset that was looked for behind damage, in vain: the next who asks need not wait for the search.
#[derive(Clone, Copy, Debug)]
pub(super) struct Lost {
    asked: i64,
    position: u32,
    offset: i64,
    what: &'static str,
}

impl Lost {
    fn error(self) -> SegmentError {
        SegmentError::Damaged { position: self.position, offset: self.offset, what: self.what }
    }
}

impl Known {
    fn index_doubted(&mut self) {
        if !matches!(self.index, Index::Replaced(_)) {
            self.index = Index::Wrong;
        }
    }

    fn remember_lost(&mut self, lost: Lost) {
        if self.lost.len() == HINTS {
            self.lost.remove(0);
        }
        self.lost.push(lost);
    }
}
