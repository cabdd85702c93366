//! One file of a log: its batches, and what is known of them.

mod derived;
mod lookup;
mod verified;

use std::io::{self, ErrorKind, IoSlice};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use machine::disk::{Disk, File, OpenMode};
use parking_lot::Mutex;

use self::derived::Index;
use self::lookup::Lost;
use self::verified::Stretches;
use super::aborted::{self, Decisions};
use super::batch::BatchInfo;
use super::digests;
use super::examination::Spot;
use super::index::{OffsetEntry, TimeEntry, path_of};
use super::summary;

/// An offset where a batch begins, and its position.
pub(in crate::log) type Point = (i64, u32);

/// Why a segment could not answer.
#[derive(Debug)]
pub(in crate::log) enum SegmentError {
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
pub(in crate::log) struct Segment {
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
    /// The file has another name or none, and must stay open.
    pinned: bool,
}

#[derive(Debug, Default)]
struct Known {
    /// What this process has written or verified.
    verified: Stretches,
    /// What an examination has found wrong though its batches read.
    refused: Vec<Spot>,
    /// When it was examined last, by the monotonic clock.
    examined: Option<Duration>,
    /// Offsets where batches begin, and their positions; the newest last.
    hints: Vec<Point>,
    lost: Vec<Lost>,
    index: Index,
    /// What its markers have decided, while somebody asks for it.
    decisions: Option<Arc<Decisions>>,
}

impl Segment {
    /// A segment of `size` bytes that exists.
    pub(in crate::log) fn existing(folder: Arc<Path>, base: i64, size: u32) -> Arc<Self> {
        Arc::new(Self {
            folder,
            base,
            size: AtomicU32::new(size),
            handle: Mutex::default(),
            known: Mutex::default(),
        })
    }

    /// Makes an empty one. Its name is not durable yet.
    pub(in crate::log) fn create(disk: &dyn Disk, folder: Arc<Path>, base: i64) -> io::Result<Arc<Self>> {
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

    pub(in crate::log) fn base(&self) -> i64 {
        self.base
    }

    pub(in crate::log) fn size(&self) -> u32 {
        self.size.load(Ordering::Acquire)
    }

    pub(in crate::log) fn folder(&self) -> &Path {
        &self.folder
    }

    pub(in crate::log) fn path(&self) -> PathBuf {
        segment_path(&self.folder, self.base)
    }

    /// The open file; opens it when it has been rested.
    pub(in crate::log) fn file(&self, disk: &dyn Disk) -> io::Result<Arc<dyn File>> {
        let mut handle = self.handle.lock();
        handle.used = true;
        if let Some(file) = &handle.file {
            return Ok(file.clone());
        }
        let file = disk.open(&self.path(), OpenMode::Write)?;
        handle.file = Some(file.clone());
        Ok(file)
    }

    /// A segment that was written under another name, and has all of these bytes.
    pub(in crate::log) fn written(folder: Arc<Path>, base: i64, size: u32, file: Arc<dyn File>) -> Arc<Self> {
        let segment = Self::existing(folder, base, size);
        segment.mark_verified(0, size);
        segment.handle.lock().file = Some(file);
        segment
    }

    /// Keeps the file open for as long as the segment is known to anybody.
    pub(in crate::log) fn pin(&self, disk: &dyn Disk) -> io::Result<()> {
        self.file(disk)?;
        self.handle.lock().pinned = true;
        Ok(())
    }

    /// Closes the file if nobody has used it since the last call. Readers that hold it keep it.
    pub(in crate::log) fn rest(&self) {
        let mut handle = self.handle.lock();
        if !std::mem::take(&mut handle.used) && !handle.pinned {
            handle.file = None;
            drop(handle);
            let mut known = self.known.lock();
            known.hints = Vec::new();
            known.lost = Vec::new();
            known.decisions = None;
        }
    }

    /// Closes the file.
    pub(in crate::log) fn close(&self) {
        let mut handle = self.handle.lock();
        if !handle.pinned {
            *handle = Handle::default();
        }
    }

    #[cfg(test)]
    pub(in crate::log) fn holds_file(&self) -> bool {
        self.handle.lock().file.is_some()
    }

    /// Writes one batch at the end. On error the end is where it was, but the file may be longer.
    pub(in crate::log) fn append(
        &self,
        disk: &dyn Disk,
        parts: &[IoSlice<'_>],
        info: &BatchInfo,
    ) -> io::Result<()> {
        let position = self.size();
        self.file(disk)?.write_all_at(parts, u64::from(position))?;
        let end = position + info.size;
        self.size.store(end, Ordering::Release);
        self.mark_verified(position, end);
        Ok(())
    }

    /// Cuts the file at `size`, durably.
    pub(in crate::log) fn truncate(&self, disk: &dyn Disk, size: u32) -> io::Result<()> {
        let file = self.file(disk)?;
        file.set_len(u64::from(size))?;
        file.sync_data()?;
        self.size.store(size, Ordering::Release);
        let mut known = self.known.lock();
        known.hints.retain(|(_, position)| *position < size);
        known.verified.truncate(size);
        known.lost.clear();
        Ok(())
    }

    /// Removes the file and its indexes. Who reads it can go on.
    pub(in crate::log) fn remove(&self, disk: &dyn Disk) -> io::Result<()> {
        let derived = [
            path_of::<OffsetEntry>(&self.folder, self.base),
            path_of::<TimeEntry>(&self.folder, self.base),
            aborted::path_of(&self.folder, self.base),
            summary::path_of(&self.folder, self.base),
            digests::path_of(&self.folder, self.base),
        ];
        derived.iter().try_for_each(|path| remove_if_there(disk, path))?;
        // The log goes last: while it is there, so is the segment.
        remove_if_there(disk, &self.path())
    }
}

pub(in crate::log) fn segment_path(folder: &Path, base: i64) -> PathBuf {
    folder.join(format!("{base:020}.log"))
}

fn remove_if_there(disk: &dyn Disk, path: &Path) -> io::Result<()> {
    match disk.remove_file(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        other => other,
    }
}
