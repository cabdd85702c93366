//! One file of a log: its batches, and what is known of them.

use std::io::{self, ErrorKind, IoSlice};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use machine::disk::{Disk, File, OpenMode};
use parking_lot::Mutex;

use super::batch::BatchInfo;
use super::index::{IndexFile, IndexWriter, Newest, OffsetEntry, TimeEntry, path_of};
use super::scan::{Bad, Found, Scanner};
use super::summary;

/// Places remembered for readers that go on where they were.
const HINTS: usize = 8;
/// Walking this far costs less than a lookup in the index.
const WALK: u32 = 128 << 10;
/// Separate stretches whose verification is remembered; sequential readers need one each.
const STRETCHES: usize = 32;

/// An offset where a batch begins, and its position.
pub(super) type Point = (i64, u32);

/// Why a segment could not answer.
#[derive(Debug)]
pub(super) enum SegmentError {
    Io(io::Error),
    Damaged { position: u32, offset: i64, what: &'static str },
}

impl From<io::Error> for SegmentError {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

/// One segment. The end of the last one moves while it is written; nothing else ever changes in the file.
#[derive(Debug)]
pub(super) struct Segment {
    folder: Arc<Path>,
    base: i64,
    size: AtomicU32,
    handle: Mutex<Handle>,
    known: Mutex<Known>,
}

#[derive(Debug, Default)]
struct Handle {
    file: Option<Arc<dyn File>>,
    used: bool,
}

#[derive(Debug, Default)]
struct Known {
    /// Stretches of whole batches that this process has written or verified, ascending, apart.
    verified: Vec<(u32, u32)>,
    /// Offsets where batches begin, and their positions; the newest last.
    hints: Vec<Point>,
    index: Index,
}

/// What is known of the index files.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum Index {
    /// Nobody has looked yet.
    #[default]
    Unknown,
    /// The segment is being written, and they with it.
    Growing,
    /// They fit the summary of the segment, which knows this newest timestamp.
    Right(Option<Newest>),
    /// They led to a batch that is not there.
    Wrong,
}

impl Segment {
    /// A segment of `size` bytes that exists.
    pub(super) fn existing(folder: Arc<Path>, base: i64, size: u32) -> Arc<Self> {
        Arc::new(Self {
            folder,
            base,
            size: AtomicU32::new(size),
            handle: Mutex::default(),
            known: Mutex::default(),
        })
    }

    /// Makes an empty one. Its name is not durable yet.
    pub(super) fn create(disk: &dyn Disk, folder: Arc<Path>, base: i64) -> io::Result<Arc<Self>> {
        let file = disk.open(&segment_path(&folder, base), OpenMode::Create)?;
        // An earlier attempt may have come this far.
        if !file.is_empty()? {
            file.set_len(0)?;
        }
        let segment = Self::existing(folder, base, 0);
        segment.growing();
        segment.handle.lock().file = Some(file);
        Ok(segment)
    }

    pub(super) fn base(&self) -> i64 {
        self.base
    }

    pub(super) fn size(&self) -> u32 {
        self.size.load(Ordering::Acquire)
    }

    pub(super) fn path(&self) -> PathBuf {
        segment_path(&self.folder, self.base)
    }

    /// The open file; opens it when it has been rested.
    pub(super) fn file(&self, disk: &dyn Disk) -> io::Result<Arc<dyn File>> {
        let mut handle = self.handle.lock();
        handle.used = true;
        if let Some(file) = &handle.file {
            return Ok(file.clone());
        }
        let file = disk.open(&self.path(), OpenMode::Write)?;
        handle.file = Some(file.clone());
        Ok(file)
    }

    /// Closes the file if nobody has used it since the last call. Readers that hold it keep it.
    pub(super) fn rest(&self) {
        let mut handle = self.handle.lock();
        if !std::mem::take(&mut handle.used) {
            handle.file = None;
            drop(handle);
            let mut known = self.known.lock();
            known.hints = Vec::new();
        }
    }

    /// Closes the file.
    pub(super) fn close(&self) {
        *self.handle.lock() = Handle::default();
    }

    #[cfg(test)]
    pub(super) fn holds_file(&self) -> bool {
        self.handle.lock().file.is_some()
    }

    /// Writes one batch at the end. On error the end is where it was, but the file may be longer.
    pub(super) fn append(&self, disk: &dyn Disk, parts: &[IoSlice<'_>], info: &BatchInfo) -> io::Result<()> {
        let position = self.size();
        self.file(disk)?.write_all_at(parts, u64::from(position))?;
        let end = position + info.size;
        self.size.store(end, Ordering::Release);
        self.mark_verified(position, end);
        Ok(())
    }

    /// Cuts the file at `size`, durably.
    pub(super) fn truncate(&self, disk: &dyn Disk, size: u32) -> io::Result<()> {
        let file = self.file(disk)?;
        file.set_len(u64::from(size))?;
        file.sync_data()?;
        self.size.store(size, Ordering::Release);
        let mut known = self.known.lock();
        known.hints.retain(|(_, position)| *position < size);
        known.verified.retain(|(start, _)| *start < size);
        if let Some((_, end)) = known.verified.last_mut() {
            *end = size.min(*end);
        }
        Ok(())
    }

    /// Removes the file and its indexes. Who reads it can go on.
    pub(super) fn remove(&self, disk: &dyn Disk) -> io::Result<()> {
        let derived = [
            path_of::<OffsetEntry>(&self.folder, self.base),
            path_of::<TimeEntry>(&self.folder, self.base),
            summary::path_of(&self.folder, self.base),
        ];
        derived.iter().try_for_each(|path| remove_if_there(disk, path))?;
        // The log goes last: while it is there, so is the segment.
        remove_if_there(disk, &self.path())
    }

    /// Finds the batch that holds `offset`, which lies before `limit` bytes: its header and position.
    pub(super) fn locate(
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
        loop {
            let mut walk = Walk::new(&*file, start, limit);
            let bad = loop {
                let position = walk.scanner.position();
                match walk.next()? {
                    Ok(Some(info)) if info.last_offset() >= offset => return Ok((info, position)),
                    Ok(Some(_)) => {}
                    Ok(None) => break Bad::CutOff,
                    Err(bad) => break bad,
                }
            };
            if let Expected::Base(expected) = walk.expected {
                let position = walk.scanner.position();
                if expected < offset
                    && let Some(info) = walk.scanner.search(expected + 1..=offset)?
                {
                    start = Start {
                        expected: Expected::Base(info.base_offset),
                        position: walk.scanner.position(),
                    };
                    continue;
                }
                return Err(SegmentError::Damaged { position, offset: expected, what: bad.what() });
            }
            // It was the index that led here, and where index and log differ, the log is right.
            self.known.lock().index = Index::Wrong;
            start = self.hinted(|hint, _| hint <= offset);
        }
    }

    /// The last place from `from` to `position` where a batch begins or could begin, given that one begins
    /// at `from`. Offset and position.
    pub(super) fn boundary(
        &self,
        disk: &dyn Disk,
        from: Point,
        position: u32,
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
        loop {
            let mut walk = Walk::new(&*file, start, position);
            // Bytes that are no batch end the walk as well; verification says what is wrong with them.
            while let Ok(Some(_)) = walk.next()? {}
            if !matches!(walk.expected, Expected::Last(_)) {
                return Ok((walk.offset(), walk.scanner.position()));
            }
            if walk.scanner.next()? == Err(Bad::CutOff) {
                // The entry is right as far as one can see: its batch reaches beyond the position.
                start = from;
                continue;
            }
            self.known.lock().index = Index::Wrong;
            start = from;
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
    pub(super) fn hint(&self, offset: i64, position: u32) {
        let mut known = self.known.lock();
        known.hints.retain(|hint| hint.0 != offset);
        if known.hints.len() == HINTS {
            known.hints.remove(0);
        }
        known.hints.push((offset, position));
    }

    /// Verifies the whole batches from `start`, where the batch of `offset` begins, to `end`, unless that was
    /// done before. Returns up to where they are good, and what is wrong there if that is before `end`.
    pub(super) fn verify(
        &self,
        disk: &dyn Disk,
        (offset, start): Point,
        end: u32,
        epoch_of: impl Fn(i64) -> Option<i32>,
    ) -> Result<(u32, Option<SegmentError>), SegmentError> {
        if self.is_verified(start, end) {
            return Ok((end, None));
        }
        let file = self.file(disk)?;
        let mut scanner = Scanner::bytes(&*file, start, end);
        let mut expected = offset;
        let damage = loop {
            match scanner.next_verified(expected)? {
                Ok(None) => break None,
                Ok(Some(info)) if epoch_of(info.base_offset) == Some(info.leader_epoch) => {
                    expected = info.next_offset();
                    scanner.skip(&info);
                }
                Ok(Some(_)) => break Some("the leader epoch is wrong"),
                Err(bad) => break Some(bad.what()),
            }
        };
        let good = scanner.position();
        self.mark_verified(start, good);
        let damage = damage.map(|what| SegmentError::Damaged { position: good, offset: expected, what });
        Ok((good, damage))
    }

    pub(super) fn is_verified(&self, start: u32, end: u32) -> bool {
        self.known.lock().verified.iter().any(|(from, to)| *from <= start && end <= *to)
    }

    pub(super) fn mark_verified(&self, start: u32, end: u32) {
        if start >= end {
            return;
        }
        let mut known = self.known.lock();
        // The common case: the writer, or a sequential reader, goes on.
        if let Some((from, to)) = known.verified.last_mut()
            && *from <= start
            && start <= *to
        {
            *to = end.max(*to);
            return;
        }
        let touching = |stretch: &(u32, u32)| stretch.0 <= end && start <= stretch.1;
        let merged = known.verified.extract_if(.., |stretch| touching(stretch));
        let merged = merged.fold((start, end), |all, one| (all.0.min(one.0), all.1.max(one.1)));
        if known.verified.len() == STRETCHES {
            // Forgetting costs only verifying again.
            let shortest = known.verified.iter().enumerate().min_by_key(|(_, (from, to))| to - from);
            if let Some((index, _)) = shortest {
                known.verified.remove(index);
            }
        }
        let index = known.verified.partition_point(|stretch| stretch.0 < merged.0);
        known.verified.insert(index, merged);
    }

    /// The newest timestamp, of a segment that is not written any more; none when it is empty. Should the index
    /// have to be built for it, it gets an entry per `interval` bytes.
    pub(super) fn newest(&self, disk: &dyn Disk, interval: u32) -> Result<Option<Newest>, SegmentError> {
        if !self.index_is_right(disk)? {
            self.build_index(disk, interval)?;
        }
        match self.known.lock().index {
            Index::Right(newest) => Ok(newest),
            Index::Unknown | Index::Growing | Index::Wrong => Ok(None),
        }
    }

    /// The segment is written from now on, and its index with it.
    pub(super) fn growing(&self) {
        self.known.lock().index = Index::Growing;
    }

    /// The segment is not written any more, and its index files are whole.
    pub(super) fn finished(&self, newest: Option<Newest>) {
        self.known.lock().index = Index::Right(newest);
    }

    /// Whether the index files may be used. Looks at the summary the first time.
    fn index_is_right(&self, disk: &dyn Disk) -> io::Result<bool> {
        match self.known.lock().index {
            Index::Growing | Index::Right(_) => return Ok(true),
            Index::Wrong => return Ok(false),
            Index::Unknown => {}
        }
        let found = summary::read(disk, &self.folder, self.base, self.size())?;
        let index = found.map_or(Index::Wrong, Index::Right);
        self.known.lock().index = index;
        Ok(found.is_some())
    }

    /// A batch before which nothing is as new as `timestamp`, by the time index; none when that does not help.
    pub(super) fn last_older(
        &self,
        disk: &dyn Disk,
        timestamp: i64,
        limit: u32,
        pending: Option<TimeEntry>,
    ) -> Result<Option<(BatchInfo, u32)>, SegmentError> {
        let entry = match pending {
            Some(entry) => Some(entry),
            None if !self.index_is_right(disk)? => None,
            None => IndexFile::<TimeEntry>::open(disk, &self.folder, self.base)?
                .map(|index| index.last_where(|entry| entry.timestamp < timestamp))
                .transpose()?
                .flatten()
                .map(|(_, entry)| entry),
        };
        let Some(entry) = entry else {
            return Ok(None);
        };
        let offset = self.base + i64::from(entry.relative);
        match self.locate(disk, offset, limit, None) {
            Ok((info, position)) => {
                let confirmed = info.last_offset() == offset && info.max_timestamp == entry.timestamp;
                Ok(confirmed.then_some((info, position)))
            }
            // Beyond the limit, or a wrong index.
            Err(SegmentError::Damaged { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Whether its index files were found wrong.
    pub(super) fn index_is_wrong(&self) -> bool {
        self.known.lock().index == Index::Wrong
    }

    /// Where the batch that has this newest timestamp begins, if the log has it there before `limit`.
    pub(super) fn position_confirmed(
        &self,
        disk: &dyn Disk,
        newest: Newest,
        limit: u32,
    ) -> io::Result<Option<u32>> {
        match self.locate(disk, newest.offset, limit, None) {
            Ok((info, position)) => {
                let fits = info.last_offset() == newest.offset && info.max_timestamp == newest.timestamp;
                Ok(fits.then_some(position))
            }
            Err(SegmentError::Damaged { .. }) => Ok(None),
            Err(SegmentError::Io(error)) => Err(error),
        }
    }

    /// Builds the index files anew from the headers in the log.
    pub(super) fn build_index(&self, disk: &dyn Disk, interval: u32) -> Result<(), SegmentError> {
        let file = self.file(disk)?;
        let mut writer = IndexWriter::empty(self.base);
        let mut scanner = Scanner::headers(&*file, 0, self.size());
        while let Ok(Some(info)) = scanner.next()? {
            if writer.add(&info, scanner.position(), interval) {
                writer.write(disk, &self.folder)?;
            }
            scanner.skip(&info);
        }
        writer.finish(disk, &self.folder, self.size())?;
        self.finished(writer.newest());
        Ok(())
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

/// Walks headers, each following the one before.
struct Walk<'a> {
    scanner: Scanner<'a>,
    expected: Expected,
}

impl<'a> Walk<'a> {
    fn new(file: &'a dyn File, start: Start, limit: u32) -> Self {
        Self { scanner: Scanner::headers(file, start.position, limit), expected: start.expected }
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
        self.scanner.skip(&info);
        Ok(Ok(Some(info)))
    }

    /// The offset that the next batch begins with, or ends with.
    fn offset(&self) -> i64 {
        match self.expected {
            Expected::Base(offset) | Expected::Last(offset) => offset,
        }
    }
}

pub(super) fn segment_path(folder: &Path, base: i64) -> PathBuf {
    folder.join(format!("{base:020}.log"))
}

fn remove_if_there(disk: &dyn Disk, path: &Path) -> io::Result<()> {
    match disk.remove_file(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        other => other,
    }
}
