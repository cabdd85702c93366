//! Group commit: one thread owns syncing for one filesystem.
//!
//! Whoever has written something submits itself; the thread takes everybody who is waiting, syncs once for
//! all of them, and tells each how it went. While a sync runs, the next round gathers. There is no timer: an
//! idle committer sleeps, a lone submission is synced at once, and load makes the rounds larger by itself.
//!
//! # Invariants
//!
//! - A failed sync is final: it fails its whole round and every later one, and is never tried again.
//! - Nobody else syncs files that are submitted here, so no failure is reported to someone who ignores it.

use std::collections::BTreeSet;
use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use parking_lot::{Condvar, Mutex};

use crate::clock::Clock;
use crate::disk::{Disk, File, Filesystem};

/// Up to this many files and folders are synced one by one; more, by one sync of the whole filesystem. One
/// such sync costs about as much as ten of files, but also flushes what others wrote there.
const SYNCED_SINGLY: usize = 8;

const PANICKED: &str = "the commit thread panicked";

/// Why nothing can be made durable any more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SyncFailed(Arc<str>);

impl SyncFailed {
    /// With this reason.
    pub fn new(reason: impl fmt::Display) -> Self {
        Self(reason.to_string().into())
    }
}

impl fmt::Display for SyncFailed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "a sync failed, nothing is durable until a restart has read the files again: {}", self.0)
    }
}

impl std::error::Error for SyncFailed {}

/// Something that writes files and wants to know when they are durable.
///
/// Neither method may submit to the committer and wait for the outcome: they run on its thread.
pub trait Syncable: Send + Sync {
    /// Whether this waits for a round already. Only the committer changes it.
    fn queued(&self) -> &AtomicBool;
    /// Names everything that was written since the last call, and returns a mark for "up to here".
    fn begin(&self, round: &mut Round) -> u64;
    /// The round is over: everything up to the mark that `begin` gave is durable, or nothing ever will be.
    fn end(&self, outcome: Result<u64, SyncFailed>);
}

/// What one sync has to cover.
#[derive(Debug, Default)]
pub struct Round {
    files: Vec<Arc<dyn File>>,
    folders: BTreeSet<PathBuf>,
}

impl Round {
    /// Covers the bytes of a file.
    pub fn file(&mut self, file: Arc<dyn File>) {
        self.files.push(file);
    }

    /// Covers the names in a folder.
    pub fn folder(&mut self, path: &Path) {
        if !self.folders.contains(path) {
            self.folders.insert(path.to_owned());
        }
    }
}

/// What a committer has done, for metrics.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CommitCounters {
    /// Rounds that synced something.
    pub rounds: u64,
    /// Files and folders covered by them.
    pub synced: u64,
    /// Time spent in syncs.
    pub busy: Duration,
}

/// The handle to the thread. Dropping it finishes what is queued and ends the thread.
pub struct Committer {
    shared: Arc<Shared>,
    thread: Mutex<Option<JoinHandle<()>>>,
}

struct Shared {
    disk: Arc<dyn Disk>,
    filesystem: Box<dyn Filesystem>,
    root: PathBuf,
    clock: Clock,
    queue: Mutex<Queue>,
    arrival: Condvar,
    has_failed: AtomicBool,
    rounds: AtomicU64,
    synced: AtomicU64,
    busy_nanos: AtomicU64,
}

#[derive(Default)]
struct Queue {
    waiting: Vec<Arc<dyn Syncable>>,
    failed: Option<SyncFailed>,
    closed: bool,
}

impl Committer {
    /// Starts the thread for the filesystem that holds the folder `root`. Start it before writing there.
    pub fn start(disk: Arc<dyn Disk>, root: &Path, clock: Clock) -> io::Result<Arc<Self>> {
        let shared = Arc::new(Shared {
            filesystem: disk.filesystem(root)?,
            disk,
            root: root.to_owned(),
            clock,
            queue: Mutex::default(),
            arrival: Condvar::new(),
            has_failed: AtomicBool::new(false),
            rounds: AtomicU64::new(0),
            synced: AtomicU64::new(0),
            busy_nanos: AtomicU64::new(0),
        });
        let of_thread = shared.clone();
        let thread = thread::Builder::new().name("commit".into()).spawn(move || of_thread.run())?;
        Ok(Arc::new(Self { shared, thread: Mutex::new(Some(thread)) }))
    }

    /// Queues `item` for the next round, once; everything it has written by now will be covered.
    ///
    /// Fails at once when no sync can succeed any more. `end` is not called then: the caller tells all who
    /// wait for the item, since others may have been told that it is queued.
    pub fn submit(&self, item: Arc<dyn Syncable>) -> Result<(), SyncFailed> {
        // Set before the round that will cover it clears it: see `Shared::take`.
        if item.queued().swap(true, Ordering::SeqCst) {
            return Ok(());
        }
        let mut queue = self.shared.queue.lock();
        let refusal = match &queue.failed {
            Some(failed) => Some(failed.clone()),
            None if queue.closed => Some(SyncFailed::new("the committer has been shut down")),
            None => None,
        };
        if let Some(refusal) = refusal {
            item.queued().store(false, Ordering::SeqCst);
            return Err(refusal);
        }
        queue.waiting.push(item);
        drop(queue);
        self.shared.arrival.notify_one();
        Ok(())
    }

    /// Why nothing can be made durable any more, if so.
    pub fn failed(&self) -> Option<SyncFailed> {
        self.shared.queue.lock().failed.clone()
    }

    /// Whether nothing can be made durable any more; costs next to nothing to ask.
    pub fn has_failed(&self) -> bool {
        self.shared.has_failed.load(Ordering::Acquire)
    }

    /// Ends all committing, because somebody's own sync on this filesystem failed (of a file that is
    /// replaced as a whole, say). Returns the reason that now holds, which is the first.
    pub fn fail(&self, reason: impl fmt::Display) -> SyncFailed {
        self.shared.poison(reason)
    }

    /// What was done so far.
    pub fn counters(&self) -> CommitCounters {
        CommitCounters {
            rounds: self.shared.rounds.load(Ordering::Relaxed),
            synced: self.shared.synced.load(Ordering::Relaxed),
            busy: Duration::from_nanos(self.shared.busy_nanos.load(Ordering::Relaxed)),
        }
    }

    /// Finishes what is queued, ends the thread, and refuses everything later.
    pub fn shutdown(&self) {
        self.shared.queue.lock().closed = true;
        self.shared.arrival.notify_one();
        if let Some(thread) = self.thread.lock().take() {
            // The last handle can be dropped by something that a round held: then this is the thread.
            if thread.thread().id() != thread::current().id() {
                // A panic there has been reported by the thread itself, and has failed all who waited.
                let _ = thread.join();
            }
        }
    }
}

impl Drop for Committer {
    fn drop(&mut self) {
        self.shutdown();
    }
}

impl fmt::Debug for Committer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Committer({})", self.shared.root.display())
    }
}

impl Shared {
    fn run(&self) {
        let _watch = PanicWatch(self);
        while let Some((mut members, failed)) = self.take() {
            let mut round = Round::default();
            let mut marks = Vec::with_capacity(members.0.len());
            for member in &members.0 {
                // Cleared before the member looks at what it has written: a write that comes later finds the
                // flag down and queues again, one that came earlier is seen.
                member.queued().store(false, Ordering::SeqCst);
                if failed.is_none() {
                    marks.push(member.begin(&mut round));
                }
            }
            match failed.map_or_else(|| self.sync(&round), Err) {
                Ok(()) => {
                    while let (Some(member), Some(mark)) = (members.0.pop(), marks.pop()) {
                        member.end(Ok(mark));
                    }
                }
                Err(failed) => members.fail(&failed),
            }
        }
    }

    /// Sleeps until there is a round to do; none when shut down and done.
    fn take(&self) -> Option<(Members, Option<SyncFailed>)> {
        let mut queue = self.queue.lock();
        while queue.waiting.is_empty() {
            if queue.closed {
                return None;
            }
            self.arrival.wait(&mut queue);
        }
        Some((Members(std::mem::take(&mut queue.waiting)), queue.failed.clone()))
    }

    fn sync(&self, round: &Round) -> Result<(), SyncFailed> {
        let count = round.files.len() + round.folders.len();
        if count == 0 {
            return Ok(());
        }
        let started = self.clock.elapsed();
        let result = if count <= SYNCED_SINGLY { self.sync_singly(round) } else { self.filesystem.sync() };
        let took = u64::try_from((self.clock.elapsed() - started).as_nanos()).unwrap_or(u64::MAX);
        self.rounds.fetch_add(1, Ordering::Relaxed);
        self.synced.fetch_add(count as u64, Ordering::Relaxed);
        self.busy_nanos.fetch_add(took, Ordering::Relaxed);
        result.map_err(|error| self.poison(error))
    }

    fn sync_singly(&self, round: &Round) -> io::Result<()> {
        round.files.iter().try_for_each(|file| file.sync_data())?;
        round.folders.iter().try_for_each(|folder| match self.disk.sync_dir(folder) {
            // It was removed, or renamed to be removed, since the round began: with it went the names whose
            // durability was asked for. A file of it still syncs, because it is open.
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            outcome => outcome,
        })
    }

    fn poison(&self, reason: impl fmt::Display) -> SyncFailed {
        let failed = SyncFailed::new(reason);
        tracing::error!(root = %self.root.display(), %failed, "no write will be acknowledged any more");
        let first = self.queue.lock().failed.get_or_insert(failed).clone();
        self.has_failed.store(true, Ordering::Release);
        first
    }
}

/// Members of a running round. Dropping them, as a panic does, fails those not told yet.
struct Members(Vec<Arc<dyn Syncable>>);

impl Members {
    fn fail(&mut self, failed: &SyncFailed) {
        while let Some(member) = self.0.pop() {
            member.queued().store(false, Ordering::SeqCst);
            member.end(Err(failed.clone()));
        }
    }
}

impl Drop for Members {
    fn drop(&mut self) {
        self.fail(&SyncFailed::new(PANICKED));
    }
}

/// Fails everybody when the thread ends by a panic, so that nobody waits for ever.
struct PanicWatch<'a>(&'a Shared);

impl Drop for PanicWatch<'_> {
    fn drop(&mut self) {
        if thread::panicking() {
            let failed = self.0.poison(PANICKED);
            let waiting = std::mem::take(&mut self.0.queue.lock().waiting);
            Members(waiting).fail(&failed);
        }
    }
}

#[cfg(test)]
mod tests;
