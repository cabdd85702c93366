//! Putting a compacted segment in the place of those it was made of.
//!
//! `<base>.log.cleaned` is being written; once it is whole and durable it is `<base>.log.swap`, and from then on the
//! old files go, each step durable before the next: the derived files and logs of the old segments, then the new one
//! gets its name. A start removes the one and finishes the other.

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use machine::disk::{Disk, File, OpenMode};

use super::pass::Output;
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
        base: i64,
        end: i64,
        mut output: Output,
    ) -> Result<(), LogError> {
        let _files = self.files.lock();
        if !self.is_open() || !self.holds(group) {
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
        let derived = output.index.finish(disk, folder, output.size, Some(&output.decisions));
        let name = segment_path(folder, base);
        disk.rename(&swap, &name).map_err(attempt("rename to", &name))?;
        let mut state = self.lock();
        match derived {
            Ok((summary, files)) => {
                segment.finished(summary);
                state.unsynced.extend(files);
            }
            Err(error) => {
                tracing::warn!(log = ?self, %error, "the index of a compacted segment is built later")
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

    /// Whether these segments are of the log still.
    fn holds(&self, group: &[Arc<Segment>]) -> bool {
        let state = self.lock();
        let held = |segment: &Arc<Segment>| state.segments.iter().any(|held| Arc::ptr_eq(held, segment));
        group.iter().all(held)
    }
}

/// Ends what a crash has interrupted. Whether there was anything.
pub(in crate::log) fn finish(disk: &dyn Disk, folder: &Path, names: &[String]) -> io::Result<bool> {
    let mut changed = false;
    for name in names.iter().filter(|name| name.ends_with(".cleaned") || name.ends_with(".deleted")) {
        disk.remove_file(&folder.join(name))?;
        changed = true;
    }
    for base in names.iter().filter_map(|name| name.strip_suffix(SWAP)?.parse::<i64>().ok()) {
        let swap = path(folder, base, SWAP);
        let end = end_of(&*disk.open(&swap, OpenMode::Read)?, base)?;
        tracing::warn!(file = %swap.display(), end, "a compaction was interrupted: it is finished now");
        let bases = names.iter().filter_map(|name| name.strip_suffix(".log")?.parse::<i64>().ok());
        let bases: Vec<_> =
            bases.chain([base]).filter(|old| (base..end.max(base + 1)).contains(old)).collect();
        // The crash may have come before its own name was durable.
        disk.sync_dir(folder)?;
        clear(disk, folder, &bases)?;
        disk.sync_dir(folder)?;
        disk.rename(&swap, &segment_path(folder, base))?;
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

fn remove(disk: &dyn Disk, path: &Path) -> io::Result<()> {
    match disk.remove_file(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        other => other,
    }
}
