//! What the logs of one data directory share: the disk, its ledger, its room, and trust in the clock.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use machine::clock::Clock;
use machine::commit::Committer;
use machine::disk::{DirEntry, Disk, Space};
use parking_lot::Mutex;
use uuid::Uuid;

use super::error::LogError;
use super::growth::Growth;
use super::ledger::{Key, Ledger};
use super::metadata;
use super::room::Room;

/// Folders of this ending are on their way out.
const DELETED: &str = "-delete";

/// Segments are not made smaller than this for want of room.
const SEGMENT_BYTES_WORTH: u64 = 1 << 20;

/// The logs of one data directory.
#[derive(Debug)]
pub struct LogContext {
    pub(super) disk: Arc<dyn Disk>,
    pub(super) committer: Arc<Committer>,
    pub(super) clock: Clock,
    pub(super) folder: PathBuf,
    pub(super) ledger: Ledger,
    pub(super) room: Room,
    pub(super) growth: Growth,
    segment_bytes_max: AtomicU32,
    trust: Mutex<ClockTrust>,
}

impl LogContext {
    /// Opens the data directory, which must exist and be locked by this process.
    pub fn open(
        disk: Arc<dyn Disk>,
        committer: Arc<Committer>,
        clock: Clock,
        folder: PathBuf,
    ) -> Result<Arc<Self>, LogError> {
        let ledger = Ledger::open(disk.clone(), committer.clone(), &folder)?;
        let trust = Mutex::new(ClockTrust::new(ledger.seen_ms()));
        Ok(Arc::new(Self {
            disk,
            committer,
            clock,
            folder,
            ledger,
            room: Room::default(),
            growth: Growth::default(),
            segment_bytes_max: AtomicU32::new(u32::MAX),
            trust,
        }))
    }

    /// Makes what the logs have noted durable; after their own closing, so that the next start finds nothing
    /// to recover.
    pub async fn close(&self) -> Result<(), LogError> {
        self.ledger.note_seen(self.clock.now_ms())?;
        self.ledger.flush()?.durable().await?;
        Ok(())
    }

    /// Whether appends are refused because the disk is full.
    pub fn is_full(&self) -> bool {
        self.room.is_full()
    }

    /// Has the next segments be no larger than this, in bytes, whatever their topics say; but never so small that they
    /// are not worth a file.
    pub fn bound_segments(&self, bytes_max: u64) {
        let bytes_max = u32::try_from(bytes_max.max(SEGMENT_BYTES_WORTH)).unwrap_or(u32::MAX);
        self.segment_bytes_max.store(bytes_max, Ordering::Relaxed);
    }

    /// See [`Self::bound_segments`].
    pub(super) fn segment_bytes_max(&self) -> u32 {
        self.segment_bytes_max.load(Ordering::Relaxed)
    }

    /// Has [`Self::grown`] end when so many more bytes were appended.
    pub fn grown_by(&self, bytes: u64) {
        self.growth.allow(bytes);
    }

    /// Waits until as much was appended as [`Self::grown_by`] said last.
    pub async fn grown(&self) {
        self.growth.used_up().await;
    }

    /// Where the logs are.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The size of the disk that they are on, and what is left of it.
    pub fn space(&self) -> std::io::Result<Space> {
        self.disk.space(&self.folder)
    }

    /// Looks at the room left now, rather than with the next append.
    pub fn look_for_room(&self) {
        self.room.look(&*self.disk, &self.folder);
    }

    /// Removes what deleted logs have left. Takes as long as their size demands.
    pub fn purge(&self) -> Result<(), LogError> {
        let list = self.disk.list(&self.folder).map_err(io("list", &self.folder))?;
        let doomed: Vec<_> = list.iter().filter_map(Doomed::read).collect();
        if doomed.is_empty() {
            return Ok(());
        }
        // Their new names must be durable before they are forgotten: after a power cut a folder under its old
        // name is only known for what it is by the ledger.
        self.disk.sync_dir(&self.folder).map_err(io("sync", &self.folder))?;
        for Doomed { name, key } in doomed {
            let path = self.folder.join(name);
            self.disk.remove_dir_all(&path).map_err(io("remove", &path))?;
            let _appended = self.ledger.forget(key)?;
        }
        Ok(())
    }

    /// Sets the folders of topics aside that are not `known` any more: a crash came between the deletion of
    /// the topic and that of its logs. [`Self::purge`] removes them.
    pub fn set_orphans_aside(&self, known: impl Fn(Uuid) -> bool) -> Result<(), LogError> {
        for entry in self.disk.list(&self.folder).map_err(io("list", &self.folder))? {
            let Some(partition) = entry.name.rsplit_once('-').and_then(|(_, number)| number.parse().ok())
            else {
                continue;
            };
            let folder = self.folder.join(&entry.name);
            let found = metadata::read(&*self.disk, &folder).map_err(io("read", &folder))?;
            if let metadata::Found::Topic(id) = found
                && !known(id)
                // A damaged file could name any topic, but none that ever was.
                && self.ledger.facts((id, partition)).is_some()
            {
                tracing::warn!(folder = %folder.display(), %id, "the topic is gone, its log follows");
                self.set_aside(&folder, id)?;
            }
        }
        Ok(())
    }

    /// Gives the folder of a log of topic `id` the name of one that is to be removed.
    pub(super) fn set_aside(&self, folder: &Path, id: Uuid) -> Result<(), LogError> {
        let name = folder.file_name().unwrap_or_default().to_string_lossy();
        let aside = self.folder.join(format!("{name}.{}{DELETED}", id.simple()));
        self.disk.rename(folder, &aside).map_err(io("rename", folder))
    }

    /// The wall time by which data may be deleted; none while the clock is not to be trusted.
    pub(super) fn retention_ms(&self) -> Result<Option<i64>, LogError> {
        let now_ms = self.clock.now_ms();
        let mut trust = self.trust.lock();
        if trust.is_due(now_ms) {
            self.ledger.note_seen(now_ms)?;
        }
        Ok(trust.judge(now_ms, self.clock.elapsed()).then_some(now_ms))
    }
}

/// A folder that is to be removed: `<topic>-<partition>.<topic id>-delete`.
struct Doomed<'a> {
    name: &'a str,
    key: Key,
}

impl<'a> Doomed<'a> {
    fn read(entry: &'a DirEntry) -> Option<Self> {
        let (log, id) = entry.name.strip_suffix(DELETED)?.rsplit_once('.')?;
        let (_, partition) = log.rsplit_once('-')?;
        let key = (Uuid::try_parse(id).ok()?, partition.parse().ok()?);
        entry.is_dir.then_some(Self { name: &entry.name, key })
    }
}

/// Turns an I/O error into one that says what was tried on what.
pub(super) fn io(attempt: &'static str, path: &Path) -> impl FnOnce(std::io::Error) -> LogError + use<> {
    let path = path.to_owned();
    move |source| LogError::Io { attempt, path, source }
}

/// Deletion by age believes the wall clock, so it holds still while that may be wrong: after a jump against
/// the monotonic clock, and when a restart finds it far from where it was.
#[derive(Debug)]
struct ClockTrust {
    /// Wall and monotonic time of the last look; before the first, the wall time of an earlier process.
    last: Option<(i64, Option<Duration>)>,
    held_until: Option<Duration>,
    noted_ms: Option<i64>,
}

impl ClockTrust {
    /// A jump larger than this is not taken for drift.
    const JUMP_MS: i64 = 60 * 60 * 1_000;
    /// A stop longer than this is not taken for one.
    const STOP_MS: i64 = 30 * 24 * 60 * 60 * 1_000;
    /// How long deletion holds still.
    const HOLD: Duration = Duration::from_secs(60 * 60);
    /// How often the wall time is noted for the next process.
    const NOTE_MS: i64 = 60 * 1_000;

    fn new(seen_ms: Option<i64>) -> Self {
        Self { last: seen_ms.map(|ms| (ms, None)), held_until: None, noted_ms: None }
    }

    fn is_due(&mut self, now_ms: i64) -> bool {
        let due = self.noted_ms.is_none_or(|noted| (now_ms - noted).abs() >= Self::NOTE_MS);
        if due {
            self.noted_ms = Some(now_ms);
        }
        due
    }

    fn judge(&mut self, now_ms: i64, elapsed: Duration) -> bool {
        let jumped = match self.last {
            Some((last_ms, Some(last_elapsed))) => {
                let expected = i64::try_from((elapsed.saturating_sub(last_elapsed)).as_millis());
                (now_ms - last_ms).saturating_sub(expected.unwrap_or(i64::MAX)).abs() > Self::JUMP_MS
            }
            Some((last_ms, None)) => now_ms - last_ms > Self::STOP_MS || last_ms - now_ms > Self::JUMP_MS,
            None => false,
        };
        if jumped {
            tracing::error!(now_ms, "the wall clock has jumped: nothing is deleted by age for an hour");
            self.held_until = Some(elapsed + Self::HOLD);
        }
        self.last = Some((now_ms, Some(elapsed)));
        if self.held_until.is_some_and(|until| elapsed >= until) {
            self.held_until = None;
        }
        self.held_until.is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR_MS: i64 = ClockTrust::JUMP_MS;

    fn after(ms: i64) -> Duration {
        Duration::from_millis(u64::try_from(ms).unwrap())
    }

    #[test]
    fn jump_of_the_wall_clock_holds_deletion_for_an_hour() {
        for jump in [2 * HOUR_MS, -2 * HOUR_MS] {
            let mut trust = ClockTrust::new(None);
            let base = 100 * HOUR_MS;
            assert!(trust.judge(base, after(0)));
            assert!(trust.judge(base + 30 * HOUR_MS, after(30 * HOUR_MS)), "time passing is no jump");
            let jumped = base + 30 * HOUR_MS + jump;
            assert!(!trust.judge(jumped + 1, after(30 * HOUR_MS + 1)));
            assert!(!trust.judge(jumped + HOUR_MS, after(31 * HOUR_MS)));
            assert!(trust.judge(jumped + HOUR_MS + 1, after(31 * HOUR_MS + 1)));
        }
    }

    #[test]
    fn restart_far_away_in_time_holds_deletion() {
        let day = 24 * HOUR_MS;
        for (now, trusted) in [(29 * day, true), (31 * day, false), (0, true), (-2 * HOUR_MS, false)] {
            assert_eq!(ClockTrust::new(Some(0)).judge(now, after(0)), trusted, "{now}");
        }
        assert!(ClockTrust::new(None).judge(50 * day, after(0)), "a first start");
    }
}
