//! Putting a compacted segment in the place of those it was made of.
//!
//! `<base>.log.cleaned` is being written; once it is whole and durable it is `<base>.log.swap`, and from then on the
//! old files go, each step durable before the next: the derived files and logs of the old segments, then the new one
//! gets its name. A start removes the one and finishes the other.

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use machine::disk::{DirEntry, Disk, File, OpenMode};

use super::output::Output;
use super::unreadable;
use crate::log::context::io as attempt;
use crate::log::error::LogError;
use crate::log::ledger::Place;
use crate::log::partition::PartitionLog;
use crate::log::scan::Scanner;
use crate::log::segment::{Segment, segment_path};

const CLEANED: &str = ".log.cleaned";
const SWAP: &str = ".log.swap";

fn path(folder: &Path, base: i64, ending: &str) -> PathBuf {
    folder.join(format!("{base:020}{ending}"))
}

impl PartitionLog {
    /// An empty file to write a compacted segment to.
    pub(super) fn cleaned_create(&self, base: i64) -> Result<Arc<dyn File>, LogError> {
        let _files = self.files.lock();
        if !self.is_open() {
            return Err(LogError::Closed);
        }
        let path = path(&self.folder, base, CLEANED);
        let file = self.disk().open(&path, OpenMode::Create).map_err(attempt("compact to", &path))?;
        file.set_len(0).map_err(attempt("compact to", &path))?;
        Ok(file)
    }

    /// Gives up what was written there.
    pub(super) fn cleaned_remove(&self, base: i64) {
        let _files = self.files.lock();
        if self.is_open() {
            let path = path(&self.folder, base, CLEANED);
            if let Err(error) = remove(self.disk(), &path) {
                tracing::warn!(file = %path.display(), %error, "stays until the next start");
            }
        }
    }

    /// A sync of compaction's own has failed, which ends all of them.
    pub(super) fn sync_failed(&self, error: &io::Error) -> LogError {
        let failed = self.context.committer.fail(error);
        self.fail(&failed);
        failed.into()
    }

    /// Puts the durable segment in the place of these.
    pub(super) fn swap(
        &self,
        group: &[Arc<Segment>],
        end: i64,
        mut output: Output<'_>,
    ) -> Result<(), LogError> {
        let base = output.base;
        let _files = self.files.lock();
        if !self.is_open() || !group.iter().all(|segment| self.holds(segment)) {
            let path = path(&self.folder, base, CLEANED);
            if self.is_open() {
                remove(self.disk(), &path).map_err(attempt("remove", &path))?;
            }
            return Err(LogError::Closed);
        }
        let (disk, folder) = (self.disk(), &*self.folder);
        let interval = self.config().index_interval_bytes;
        let mut known = Vec::with_capacity(group.len());
        for segment in group {
            let newest = segment.newest(disk, interval);
            let newest = newest.map_err(|error| unreadable(self.read_error(segment, error)))?;
            known.push((segment, newest, self.decisions_of(segment).map_err(unreadable)?));
        }
        for (segment, newest, decisions) in known {
            let newest = newest.map(|newest| (newest.timestamp, newest.offset));
            let newest = newest.map(|(timestamp, offset)| crate::log::index::Newest { timestamp, offset });
            segment.replaced(disk, newest, decisions).map_err(attempt("open", &segment.path()))?;
        }
        let swap = path(folder, base, SWAP);
        disk.rename(&path(folder, base, CLEANED), &swap).map_err(attempt("rename to", &swap))?;
        disk.sync_dir(folder).map_err(|error| self.sync_failed(&error))?;
        let segment = Segment::written(self.folder.clone(), base, output.size, output.file.clone());
        let bases: Vec<_> = group.iter().map(|segment| segment.base()).collect();
        clear(disk, folder, &bases).map_err(attempt("remove", folder))?;
        disk.sync_dir(folder).map_err(|error| self.sync_failed(&error))?;
        // Durable before the segment has its name, so that what a power cut leaves of them never stands beside it.
        let derived = output.index.finish(disk, folder, output.size, Some(&output.decisions));
        if let Ok((_, files)) = &derived {
            for file in files {
                file.sync_data().map_err(|error| self.sync_failed(&error))?;
            }
            disk.sync_dir(folder).map_err(|error| self.sync_failed(&error))?;
        }
        let name = segment_path(folder, base);
        disk.rename(&swap, &name).map_err(attempt("rename to", &name))?;
        let mut state = self.lock();
        match derived {
            Ok((summary, _)) => segment.finished(summary),
            Err(error) => {
                tracing::warn!(log = ?self, %error, "the index of a compacted segment is built later");
            }
        }
        let at = state.segments.iter().position(|segment| segment.base() == base).unwrap_or_default();
        state.segments.splice(at..at + group.len(), [segment]);
        let state = &mut *state;
        for place in [&mut state.visible, &mut state.stable, &mut state.durable, &mut state.begun] {
            if bases.contains(&place.segment) {
                *place = Place { offset: place.offset.max(end), segment: end, position: 0 };
            }
        }
        state.names_changed = true;
        state.is_clean = false;
        Ok(())
    }

    /// Whether a swap has failed on its way. Another must not begin: it could reach over what the next start finishes.
    pub(super) fn is_half_swapped(&self) -> Result<bool, LogError> {
        let names = self.disk().list(&self.folder).map_err(attempt("list", &self.folder))?;
        Ok(names.iter().any(|entry| entry.name.ends_with(SWAP)))
    }
}

/// A compacted segment that is durable, and whose name is not its own yet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::log) struct Pending {
    pub(in crate::log) path: PathBuf,
    pub(in crate::log) base: i64,
    /// The offset behind it. What segments begin before it, from its base on, it stands for.
    pub(in crate::log) end: i64,
}

/// What a crash has left between the first rename and the second.
pub(in crate::log) fn pending(
    disk: &dyn Disk,
    folder: &Path,
    names: &[DirEntry],
) -> io::Result<Vec<Pending>> {
    let bases = names.iter().filter_map(|entry| entry.name.strip_suffix(SWAP)?.parse::<i64>().ok());
    let read = |base| {
        let path = path(folder, base, SWAP);
        let end = end_of(&*disk.open(&path, OpenMode::Read)?, base)?;
        Ok(Pending { path, base, end })
    };
    bases.map(read).collect()
}

/// Ends what a crash has interrupted. Whether there was anything.
pub(in crate::log) fn finish(disk: &dyn Disk, folder: &Path, names: &[DirEntry]) -> io::Result<bool> {
    let mut changed = false;
    for entry in names.iter().filter(|entry| entry.name.ends_with(CLEANED)) {
        disk.remove_file(&folder.join(&entry.name))?;
        changed = true;
    }
    for Pending { path, base, end } in pending(disk, folder, names)? {
        tracing::warn!(file = %path.display(), end, "a compaction was interrupted: it is finished now");
        let logs = names.iter().filter_map(|entry| entry.name.strip_suffix(".log")?.parse::<i64>().ok());
        let replaced: Vec<_> =
            logs.chain([base]).filter(|old| (base..end.max(base + 1)).contains(old)).collect();
        // The crash may have come before its own name was durable.
        disk.sync_dir(folder)?;
        clear(disk, folder, &replaced)?;
        disk.sync_dir(folder)?;
        disk.rename(&path, &segment_path(folder, base))?;
        changed = true;
    }
    Ok(changed)
}

/// The offset behind the last batch.
fn end_of(file: &dyn File, base: i64) -> io::Result<i64> {
    let size = u32::try_from(file.len()?).map_err(|_| io::Error::from(ErrorKind::FileTooLarge))?;
    let mut scanner = Scanner::headers(file, 0, size);
    let mut end = base;
    while let Ok(Some(info)) = scanner.next()? {
        end = info.next_offset();
        scanner.skip(&info);
    }
    Ok(end)
}

/// Removes segments.
fn clear(disk: &dyn Disk, folder: &Path, bases: &[i64]) -> io::Result<()> {
    let folder: Arc<Path> = folder.into();
    bases.iter().try_for_each(|base| Segment::existing(folder.clone(), *base, 0).remove(disk))
}

/// Removes a file, if it is there.
pub(super) fn remove(disk: &dyn Disk, path: &Path) -> io::Result<()> {
    match disk.remove_file(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        other => other,
    }
}
