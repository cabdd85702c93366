//! A crash-safe journal of small records: how state in memory outlives the process.
//!
//! A journal is one append-only file, `<name>-<generation>.journal`. Opening it replays every record to its
//! owner. Records are appended in groups, each wholly there or not at all after a crash. When the file has
//! outgrown what it describes, [`Journal::rewrite`] starts the next generation with the live state.
//!
//! # Invariants
//!
//! - What [`Appended::durable`] has answered for is replayed after any crash, in the order of appending.
//! - Recovery cuts only what was never known durable. Every group says how far the file was synced when it
//!   was written, and after each sync a mark says so too; bad bytes below such a point are damage, which
//!   opening refuses, naming file and offset.
//! - A record's checksum covers its generation and position, so stale or misplaced bytes are not records.

mod format;
mod recovery;

use std::fmt;
use std::io::{self, ErrorKind, IoSlice};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use parking_lot::Mutex;

use self::format::{HEADER_LEN, Header};
use crate::commit::{Committer, Round, SyncFailed, Syncable};
use crate::disk::{Disk, File, OpenMode};
use crate::watermark::Watermark;

pub use format::PAYLOAD_MAX;

/// Bytes of the buffer for groups that are kept between them.
const BUFFER_KEPT: usize = 64 << 10;

/// Why a journal could not be opened, written or rewritten.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs, reason = "the messages say it")]
pub enum JournalError {
    #[error("cannot {attempt} {}", file.display())]
    Io { attempt: &'static str, file: PathBuf, source: io::Error },
    #[error("{} is damaged at offset {offset}: {what}", file.display())]
    Damaged { file: PathBuf, offset: u64, what: &'static str },
    #[error("{} at offset {offset}: {reason}", file.display())]
    Refused { file: PathBuf, offset: u64, reason: String },
    #[error("a record of {len} bytes is over the limit of {PAYLOAD_MAX}")]
    TooLong { len: usize },
    #[error(transparent)]
    SyncFailed(#[from] SyncFailed),
}

/// A journal, open for appending. Clones share it.
#[derive(Clone)]
pub struct Journal {
    shared: Arc<Shared>,
}

struct Shared {
    disk: Arc<dyn Disk>,
    committer: Arc<Committer>,
    folder: PathBuf,
    name: String,
    is_new: bool,
    queued: AtomicBool,
    state: Mutex<State>,
    /// Counts groups, whatever generation they went to.
    durable: Watermark,
}

struct State {
    file: Arc<dyn File>,
    generation: u64,
    /// Where the snapshot that began the generation ends.
    snapshot_end: u64,
    /// Where the next group goes.
    end: u64,
    /// Up to where the file is known to be durable.
    synced: u64,
    /// Groups appended since opening.
    appended: u64,
    /// Up to where the round that runs covers this generation.
    begun: u64,
    buffer: Vec<u8>,
}

impl Journal {
    /// Opens the journal `name` in `folder`, making both when missing, and hands every payload to `replay`,
    /// oldest first. An error of `replay` ends the opening.
    ///
    /// What is replayed is durable when this returns.
    pub fn open(
        disk: Arc<dyn Disk>,
        committer: Arc<Committer>,
        folder: &Path,
        name: &str,
        mut replay: impl FnMut(&[u8]) -> Result<(), String>,
    ) -> Result<Self, JournalError> {
        let (state, is_new) = recovery::open(&*disk, folder, name, &mut replay)?;
        let shared = Shared {
            disk,
            committer,
            folder: folder.to_owned(),
            name: name.to_owned(),
            is_new,
            queued: AtomicBool::new(false),
            state: Mutex::new(state),
            durable: Watermark::default(),
        };
        Ok(Self { shared: Arc::new(shared) })
    }

    /// Replays the journal `name` in `folder` without changing anything, for who only looks. False when there is none.
    pub fn inspect(
        disk: &dyn Disk,
        folder: &Path,
        name: &str,
        mut replay: impl FnMut(&[u8]) -> Result<(), String>,
    ) -> Result<bool, JournalError> {
        recovery::inspect(disk, folder, name, &mut replay)
    }

    /// Writes `payloads` as one group: after a kill it is there, after a power cut it is there wholly or not
    /// at all, once [`Appended::durable`] resolves it is there for good.
    ///
    /// On error nothing of it will be replayed, except after [`JournalError::SyncFailed`]: then nobody knows
    /// until the next opening.
    pub fn append(&self, payloads: &[&[u8]]) -> Result<Appended, JournalError> {
        let shared = &self.shared;
        let group = shared.append(payloads)?;
        shared.committer.submit(shared.clone()).inspect_err(|failed| shared.durable.fail(failed))?;
        Ok(Appended { shared: shared.clone(), group })
    }

    /// As [`Self::append`], but nobody waits: the group becomes durable when a later one does. For facts that
    /// only save work after a crash.
    pub fn append_lazily(&self, payloads: &[&[u8]]) -> Result<(), JournalError> {
        self.shared.append(payloads).map(|_group| ())
    }

    /// Starts the next generation with what `write` puts into it, which stands for every group appended so
    /// far; all of them are durable when this returns.
    ///
    /// Call it under the same lock of the owner's state as `append`, so that the state and the groups agree.
    /// On error the old generation goes on, unless the error is [`JournalError::SyncFailed`].
    pub fn rewrite(
        &self,
        write: impl FnOnce(&mut Snapshot<'_>) -> Result<(), JournalError>,
    ) -> Result<(), JournalError> {
        let shared = &self.shared;
        let mut state = shared.state.lock();
        if let Some(failed) = shared.durable.failed() {
            return Err(failed.into());
        }
        let generation = state.generation + 1;
        let draft = Draft::write(&*shared.disk, &shared.folder, &shared.name, generation, write)?;
        // From the first sync on nobody can say which generation a crash would leave, so an error is final.
        let fresh = draft.publish(&*shared.disk).map_err(|error| {
            let failed = shared.committer.fail(&error);
            shared.durable.fail(&failed);
            failed
        })?;
        let old = path_of(&shared.folder, &shared.name, state.generation);
        *state = State { appended: state.appended, buffer: std::mem::take(&mut state.buffer), ..fresh };
        if let Err(error) = shared.disk.remove_file(&old) {
            // The newer generation rules; the next opening removes this one.
            tracing::warn!(file = %old.display(), %error, "an old journal generation stays behind");
        }
        let appended = state.appended;
        drop(state);
        shared.durable.advance(appended);
        Ok(())
    }

    /// Whether there was none before this opening.
    pub fn is_new(&self) -> bool {
        self.shared.is_new
    }

    /// Whether an owner should rewrite whatever the size: see [`File::is_worn`].
    pub fn is_worn(&self) -> bool {
        self.shared.state.lock().file.is_worn()
    }

    /// Bytes of the file: those of the snapshot it began with, and all of them. An owner rewrites when the
    /// second outgrows the first.
    pub fn size(&self) -> JournalSize {
        let state = self.shared.state.lock();
        JournalSize { snapshot: state.snapshot_end, total: state.end }
    }
}

impl fmt::Debug for Journal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Journal({} in {})", self.shared.name, self.shared.folder.display())
    }
}

/// How large a journal is, in bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JournalSize {
    /// The snapshot at its beginning.
    pub snapshot: u64,
    /// Everything.
    pub total: u64,
}

/// A group that was written.
#[must_use = "it is durable only once `durable` resolves"]
pub struct Appended {
    shared: Arc<Shared>,
    group: u64,
}

impl Appended {
    /// Waits until the group is durable, or can never be.
    pub async fn durable(self) -> Result<(), SyncFailed> {
        self.shared.durable.wait(self.group).await
    }
}

impl fmt::Debug for Appended {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Appended(group {})", self.group)
    }
}

impl Shared {
    /// Writes one group; returns its number.
    fn append(&self, payloads: &[&[u8]]) -> Result<u64, JournalError> {
        let mut state = self.state.lock();
        if let Some(failed) = self.durable.failed() {
            return Err(failed.into());
        }
        let mut buffer = std::mem::take(&mut state.buffer);
        buffer.clear();
        format::encode_group(&mut buffer, payloads, state.generation, state.end, state.synced)?;
        let written = self.write(&mut state, &buffer);
        // One large group must not hold its memory for ever.
        buffer.truncate(BUFFER_KEPT);
        buffer.shrink_to(BUFFER_KEPT);
        state.buffer = buffer;
        written?;
        state.appended += 1;
        Ok(state.appended)
    }

    /// Writes at the end, or leaves the end as it was.
    fn write(&self, state: &mut State, bytes: &[u8]) -> Result<(), JournalError> {
        let path = || path_of(&self.folder, &self.name, state.generation);
        if let Err(source) = state.file.write_all_at(&[IoSlice::new(bytes)], state.end) {
            // A half-written group must not stand where the next one goes, nor come back behind that one when
            // the power fails.
            if let Err(error) = state.file.set_len(state.end).and_then(|()| state.file.sync_data()) {
                let failed = self.committer.fail(format_args!("{}: {error}", path().display()));
                self.durable.fail(&failed);
            }
            return Err(JournalError::Io { attempt: "append to", file: path(), source });
        }
        state.end += bytes.len() as u64;
        Ok(())
    }
}

impl Syncable for Shared {
    fn queued(&self) -> &AtomicBool {
        &self.queued
    }

    fn begin(&self, round: &mut Round) -> u64 {
        let mut state = self.state.lock();
        round.file(state.file.clone());
        state.begun = state.end;
        state.appended
    }

    fn end(&self, outcome: Result<u64, SyncFailed>) {
        let group = match outcome {
            Ok(group) => group,
            Err(failed) => return self.durable.fail(&failed),
        };
        {
            let mut state = self.state.lock();
            // Of a generation that began meanwhile the round says nothing.
            if state.begun > state.synced {
                state.synced = state.begun;
                // The mark lets the next opening tell damage from a torn tail. Losing it costs that only, so
                // it is not worth a sync, and a full disk is no reason to fail.
                let mut mark = Vec::with_capacity(format::MARK_LEN);
                format::encode_mark(&mut mark, state.generation, state.end, state.synced);
                if let Err(error) = self.write(&mut state, &mark) {
                    tracing::debug!(journal = %self.name, %error, "no sync mark");
                }
            }
        }
        self.durable.advance(group);
    }
}

/// Takes the records that begin a generation.
pub struct Snapshot<'a> {
    file: &'a dyn File,
    path: &'a Path,
    generation: u64,
    written: u64,
    buffer: Vec<u8>,
}

impl Snapshot<'_> {
    /// Adds one record.
    pub fn record(&mut self, payload: &[u8]) -> Result<(), JournalError> {
        let at = self.written + self.buffer.len() as u64;
        format::encode_group(&mut self.buffer, &[payload], self.generation, at, 0)?;
        if self.buffer.len() >= 1 << 18 { self.flush() } else { Ok(()) }
    }

    fn flush(&mut self) -> Result<(), JournalError> {
        self.file
            .write_all_at(&[IoSlice::new(&self.buffer)], self.written)
            .map_err(|source| JournalError::Io { attempt: "write", file: self.path.to_owned(), source })?;
        self.written += self.buffer.len() as u64;
        self.buffer.clear();
        Ok(())
    }
}

impl fmt::Debug for Snapshot<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Snapshot({})", self.path.display())
    }
}

/// A generation that has been written but has not taken its place.
struct Draft {
    file: Arc<dyn File>,
    header: Header,
    folder: PathBuf,
    temporary: PathBuf,
    path: PathBuf,
}

impl Draft {
    fn write(
        disk: &dyn Disk,
        folder: &Path,
        name: &str,
        generation: u64,
        write: impl FnOnce(&mut Snapshot<'_>) -> Result<(), JournalError>,
    ) -> Result<Self, JournalError> {
        let path = path_of(folder, name, generation);
        let temporary = path.with_extension("journal.tmp");
        let fail = |source| JournalError::Io { attempt: "write", file: temporary.clone(), source };
        remove_if_there(disk, &temporary).map_err(fail)?;
        let file = disk.open(&temporary, OpenMode::CreateNew).map_err(fail)?;
        let mut snapshot =
            Snapshot { file: &*file, path: &temporary, generation, written: HEADER_LEN, buffer: Vec::new() };
        let outcome = write(&mut snapshot).and_then(|()| snapshot.flush()).and_then(|()| {
            let header = Header { generation, snapshot_end: snapshot.written };
            file.write_all_at(&[IoSlice::new(&header.encode())], 0).map_err(fail)?;
            Ok(header)
        });
        match outcome {
            Ok(header) => Ok(Self { file, header, folder: folder.to_owned(), temporary, path }),
            Err(error) => {
                // Best effort: the next opening removes it too, but a full disk wants the room now.
                let _ = disk.remove_file(&temporary);
                Err(error)
            }
        }
    }

    /// Gives it its name, durably.
    fn publish(self, disk: &dyn Disk) -> io::Result<State> {
        self.file.sync_data()?;
        disk.rename(&self.temporary, &self.path)?;
        disk.sync_dir(&self.folder)?;
        let Header { generation, snapshot_end } = self.header;
        Ok(State {
            file: self.file,
            generation,
            snapshot_end,
            end: snapshot_end,
            synced: snapshot_end,
            appended: 0,
            begun: 0,
            buffer: Vec::new(),
        })
    }
}

fn path_of(folder: &Path, name: &str, generation: u64) -> PathBuf {
    folder.join(format!("{name}-{generation}.journal"))
}

fn remove_if_there(disk: &dyn Disk, path: &Path) -> io::Result<()> {
    match disk.remove_file(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

#[cfg(test)]
mod tests;
