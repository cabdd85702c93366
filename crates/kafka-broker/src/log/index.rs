//! The sparse indexes of a segment: offset to position, and timestamp to offset, one entry per
//! `index.interval.bytes` of log.
//!
//! Entries are appended to Kafka's files in small blocks, and only the block being filled is in memory; a
//! lookup is a binary search in the file. So a log of any size costs the same few hundred bytes.
//!
//! # Invariants
//!
//! - An index only says where to begin looking. Whoever follows an entry checks that the batch it names is
//!   there, and has the index built again when it is not.
//! - The index of a finished segment is used only while it fits the segment's summary.

use std::io::{self, IoSlice};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use machine::disk::{Disk, File, OpenMode};

use super::aborted::Decisions;
use super::batch::BatchInfo;
use super::summary::{self, Summary};

/// Entries gathered before they are written.
const BLOCK: usize = 64;

/// The last offset of a batch, relative to the segment, and the position where that batch begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct OffsetEntry {
    pub(super) relative: u32,
    pub(super) position: u32,
}

/// The newest timestamp up to a batch, and the last offset of that batch, relative to the segment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TimeEntry {
    pub(super) timestamp: i64,
    pub(super) relative: u32,
}

/// An entry of fixed size in an index file.
pub(super) trait Entry: Copy {
    const LEN: usize;
    const EXTENSION: &str;
    fn encode(self, into: &mut Vec<u8>);
    fn decode(bytes: &[u8]) -> Option<Self>;
}

impl Entry for OffsetEntry {
    const LEN: usize = 8;
    const EXTENSION: &str = "index";

    fn encode(self, into: &mut Vec<u8>) {
        into.extend_from_slice(&self.relative.to_be_bytes());
        into.extend_from_slice(&self.position.to_be_bytes());
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        let (relative, position) = bytes.split_first_chunk()?;
        Some(Self {
            relative: u32::from_be_bytes(*relative),
            position: u32::from_be_bytes(position.try_into().ok()?),
        })
    }
}

impl Entry for TimeEntry {
    const LEN: usize = 12;
    const EXTENSION: &str = "timeindex";

    fn encode(self, into: &mut Vec<u8>) {
        into.extend_from_slice(&self.timestamp.to_be_bytes());
        into.extend_from_slice(&self.relative.to_be_bytes());
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        let (timestamp, relative) = bytes.split_first_chunk()?;
        Some(Self {
            timestamp: i64::from_be_bytes(*timestamp),
            relative: u32::from_be_bytes(relative.try_into().ok()?),
        })
    }
}

/// Where the indexes of the segment of this base offset are.
pub(super) fn path_of<E: Entry>(folder: &Path, base: i64) -> PathBuf {
    folder.join(format!("{base:020}.{}", E::EXTENSION))
}

/// One index file, for lookups.
pub(super) struct IndexFile<E> {
    file: Arc<dyn File>,
    count: u64,
    entry: std::marker::PhantomData<E>,
}

impl<E: Entry> IndexFile<E> {
    /// Opens it; none when there is none.
    pub(super) fn open(disk: &dyn Disk, folder: &Path, base: i64) -> io::Result<Option<Self>> {
        let file = match disk.open(&path_of::<E>(folder, base), OpenMode::Read) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            other => other?,
        };
        let count = file.len()? / E::LEN as u64;
        Ok(Some(Self { file, count, entry: std::marker::PhantomData }))
    }

    pub(super) fn count(&self) -> u64 {
        self.count
    }

    pub(super) fn get(&self, number: u64) -> io::Result<Option<E>> {
        let mut bytes = [0; 12];
        let bytes = &mut bytes[..E::LEN];
        if number >= self.count || self.file.read_at(bytes, number * E::LEN as u64)? < E::LEN {
            return Ok(None);
        }
        Ok(E::decode(bytes))
    }

    /// The last entry for which `before` holds, given that it holds for a first part of them, and its number.
    pub(super) fn last_where(&self, before: impl Fn(&E) -> bool) -> io::Result<Option<(u64, E)>> {
        let (mut low, mut high) = (0, self.count);
        let mut found = None;
        while low < high {
            let middle = low + (high - low) / 2;
            match self.get(middle)? {
                Some(entry) if before(&entry) => {
                    found = Some((middle, entry));
                    low = middle + 1;
                }
                _ => high = middle,
            }
        }
        Ok(found)
    }
}

/// The entries of one index that are not in its file yet.
#[derive(Debug)]
struct Tail<E> {
    /// Entries in the file.
    written: u64,
    /// Whether what was behind them in the file is cut.
    is_cut: bool,
    pending: Vec<E>,
}

impl<E: Entry> Tail<E> {
    fn starting_at(written: u64) -> Self {
        Self { written, is_cut: false, pending: Vec::new() }
    }

    fn write(&mut self, disk: &dyn Disk, folder: &Path, base: i64) -> io::Result<Option<Arc<dyn File>>> {
        if self.pending.is_empty() {
            return Ok(None);
        }
        let file = disk.open(&path_of::<E>(folder, base), OpenMode::Create)?;
        let mut bytes = Vec::with_capacity(self.pending.len() * E::LEN);
        self.pending.iter().for_each(|entry| entry.encode(&mut bytes));
        let end = self.written * E::LEN as u64;
        // What an earlier life has left is not overwritten piece by piece: a sealed file would need an epoch for each.
        if !std::mem::replace(&mut self.is_cut, true) && file.len()? > end {
            file.set_len(end)?;
        }
        file.write_all_at(&[IoSlice::new(&bytes)], end)?;
        self.written += self.pending.len() as u64;
        self.pending = Vec::new();
        Ok(Some(file))
    }
}

/// The newest timestamp of a segment, and the last offset of the first batch that has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Newest {
    pub(super) timestamp: i64,
    pub(super) offset: i64,
}

/// Grows the indexes of the segment that is being written.
#[derive(Debug)]
pub(super) struct IndexWriter {
    base: i64,
    offsets: Tail<OffsetEntry>,
    times: Tail<TimeEntry>,
    /// Bytes of log since the last entry.
    since: u64,
    newest: Option<Newest>,
    /// The last time entry's timestamp: entries only rise.
    indexed: i64,
}

impl IndexWriter {
    /// For a segment without batches; what index files of it there may be are overwritten.
    pub(super) fn empty(base: i64) -> Self {
        Self::resume(base, 0, 0, None)
    }

    /// Goes on after this many entries in the files, which end with `newest`.
    pub(super) fn resume(base: i64, offsets: u64, times: u64, newest: Option<Newest>) -> Self {
        Self {
            base,
            offsets: Tail::starting_at(offsets),
            times: Tail::starting_at(times),
            since: 0,
            newest,
            indexed: newest.map_or(i64::MIN, |newest| newest.timestamp),
        }
    }

    /// The newest timestamp so far.
    pub(super) fn newest(&self) -> Option<Newest> {
        self.newest
    }

    /// Takes note of a batch at `position`. Whether the pending entries should be written.
    pub(super) fn add(&mut self, info: &BatchInfo, position: u32, interval: u32) -> bool {
        if self.newest.is_none_or(|newest| info.max_timestamp > newest.timestamp) {
            self.newest = Some(Newest { timestamp: info.max_timestamp, offset: info.last_offset() });
        }
        if self.since > u64::from(interval)
            && let Ok(relative) = u32::try_from(info.last_offset() - self.base)
        {
            self.offsets.pending.push(OffsetEntry { relative, position });
            self.add_time();
            self.since = 0;
        }
        self.since += u64::from(info.size);
        self.offsets.pending.len() >= BLOCK
    }

    fn add_time(&mut self) {
        if let Some(newest) = self.newest.filter(|newest| newest.timestamp > self.indexed)
            && let Ok(relative) = u32::try_from(newest.offset - self.base)
        {
            self.times.pending.push(TimeEntry { timestamp: newest.timestamp, relative });
            self.indexed = newest.timestamp;
        }
    }

    /// The last pending entry at or before `offset`.
    pub(super) fn pending_before_offset(&self, offset: i64) -> Option<OffsetEntry> {
        self.last_pending(|entry| self.base + i64::from(entry.relative) <= offset)
    }

    /// The last pending entry at or before `position`.
    pub(super) fn pending_before_position(&self, position: u32) -> Option<OffsetEntry> {
        self.last_pending(|entry| entry.position <= position)
    }

    fn last_pending(&self, before: impl Fn(&OffsetEntry) -> bool) -> Option<OffsetEntry> {
        let after = self.offsets.pending.partition_point(before);
        after.checked_sub(1).map(|index| self.offsets.pending[index])
    }

    /// The last pending entry older than `timestamp`.
    pub(super) fn pending_before_time(&self, timestamp: i64) -> Option<TimeEntry> {
        let after = self.times.pending.partition_point(|entry| entry.timestamp < timestamp);
        after.checked_sub(1).map(|index| self.times.pending[index])
    }

    /// Writes the pending entries to the files. They are not synced.
    pub(super) fn write(&mut self, disk: &dyn Disk, folder: &Path) -> io::Result<()> {
        self.offsets.write(disk, folder, self.base)?;
        self.times.write(disk, folder, self.base)?;
        Ok(())
    }

    /// Writes everything, the newest timestamp as the last entry, cuts the files to their length, and writes
    /// the summary of the segment, which has this `size`, with what its markers have decided, if that is known.
    /// Returns the summary, and the files to be synced with the segment.
    pub(super) fn finish(
        &mut self,
        disk: &dyn Disk,
        folder: &Path,
        size: u32,
        decisions: Option<&Decisions>,
    ) -> io::Result<(Summary, Vec<Arc<dyn File>>)> {
        self.add_time();
        self.write(disk, folder)?;
        let offsets = disk.open(&path_of::<OffsetEntry>(folder, self.base), OpenMode::Create)?;
        offsets.set_len(self.offsets.written * OffsetEntry::LEN as u64)?;
        let times = disk.open(&path_of::<TimeEntry>(folder, self.base), OpenMode::Create)?;
        times.set_len(self.times.written * TimeEntry::LEN as u64)?;
        let (summary, mut files) = summary::write(disk, folder, self.base, size, self.newest, decisions)?;
        files.extend([offsets, times]);
        Ok((summary, files))
    }
}

#[cfg(test)]
mod tests {
    use machine::disk::sim::SimDisk;

    use super::*;
    use crate::log::testing::Batch;

    #[test]
    fn entries_are_found_in_the_file_and_before_they_are_written() {
        let disk = SimDisk::new(1);
        let folder = Path::new("/");
        let mut writer = IndexWriter::empty(1_000);
        let size = u32::try_from(Batch::of(10).bytes().len()).unwrap();
        let mut blocks = 0;
        for n in 0..400u32 {
            let bytes = Batch::of(10).timestamps(0, i64::from(n) * 5).bytes();
            let mut info = BatchInfo::read(&bytes).unwrap();
            info.base_offset = 1_000 + i64::from(n) * 10;
            if writer.add(&info, n * size, size) {
                writer.write(&disk, folder).unwrap();
                blocks += 1;
            }
        }
        assert_eq!(blocks, 3, "every second batch has an entry");
        let file = IndexFile::<OffsetEntry>::open(&disk, folder, 1_000).unwrap().unwrap();
        assert_eq!(file.count(), 192);
        for offset in 1_000..5_000 {
            let relative = u32::try_from(offset - 1_000).unwrap();
            let found = file.last_where(|entry| entry.relative <= relative).unwrap().map(|(_, entry)| entry);
            let found = writer.pending_before_offset(offset).or(found);
            // Entries name the batches 2, 4, 6 … by their last offset.
            let batch = (relative + 1) / 10;
            let expected = (batch.saturating_sub(1) / 2 * 2).min(398);
            let expected = (expected > 0)
                .then(|| OffsetEntry { relative: expected * 10 + 9, position: expected * size });
            assert_eq!(found, expected, "offset {offset}");
        }
        assert_eq!(writer.newest(), Some(Newest { timestamp: 1_995, offset: 4_999 }));
        writer.finish(&disk, folder, 400 * size, None).unwrap();
        let times = IndexFile::<TimeEntry>::open(&disk, folder, 1_000).unwrap().unwrap();
        let last = times.get(times.count() - 1).unwrap();
        assert_eq!(last, Some(TimeEntry { timestamp: 1_995, relative: 3_999 }), "the newest, indexed or not");
        let rising: Vec<_> = (0..times.count()).map(|n| times.get(n).unwrap().unwrap().timestamp).collect();
        assert!(rising.is_sorted_by(|a, b| a < b));
    }
}
