//! What is known of the logs of one data directory besides their segments: where each begins, up to where it
//! is durable, and which leader epoch wrote what.
//!
//! One journal for all partitions, so that ten thousand of them cost one file and no rewriting of lists. Facts
//! are keyed by topic id: those of a deleted topic can never be taken for those of one made again under its
//! name.
//!
//! # Invariants
//!
//! - The recovery point is noted after the sync that made it true. It lags, it never leads.
//! - A log's start is durable here before anything below it is removed.

use std::path::Path;
use std::sync::Arc;

use hashbrown::HashMap;
use machine::commit::Committer;
use machine::disk::Disk;
use machine::journal::{Appended, Journal, JournalError};
use parking_lot::Mutex;
use uuid::Uuid;

use super::epochs::Epochs;

/// The journal's name in its folder.
const NAME: &str = "logs";
/// Notes that nobody waits for are synced after this many, so that a power cut does not make recovery read
/// too much again.
const LAZY_NOTES: u32 = 4_096;
/// The journal may grow by this much beyond twice what it began with before it is rewritten.
const GROWTH: u64 = 4 << 20;

/// A place in a log: an offset, and the byte of the segment where its batch begins or will begin.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) offset: i64,
    /// Base offset of the segment.
    pub(super) segment: i64,
    pub(super) position: u32,
}

/// Names a partition for ever.
pub(super) type Key = (Uuid, i32);

/// What is known of one log.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Facts {
    pub(super) start: i64,
    /// Everything before it has been synced.
    pub(super) recovery: Place,
    pub(super) epochs: Epochs,
    /// Before it, every segment has been compacted.
    pub(super) cleaned: i64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Note {
    Start(i64),
    Recovery(Place),
    Epoch {
        epoch: i32,
        start: i64,
    },
    Forgotten,
    Cleaned(i64),
    /// The wall clock, of no log in particular.
    Seen(i64),
}

/// The facts of all logs of a data directory.
#[derive(Debug)]
pub(super) struct Ledger {
    journal: Journal,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    facts: HashMap<Key, Facts>,
    seen_ms: Option<i64>,
    lazy: u32,
}

impl Ledger {
    pub(super) fn open(
        disk: Arc<dyn Disk>,
        committer: Arc<Committer>,
        folder: &Path,
    ) -> Result<Self, JournalError> {
        let mut state = State::default();
        let journal = Journal::open(disk, committer, folder, NAME, |payload| {
            let (key, note) = decode(payload).ok_or("a note of an unknown kind")?;
            state.apply(key, note);
            Ok(())
        })?;
        Ok(Self { journal, state: Mutex::new(state) })
    }

    /// What is known of every log, without changing anything.
    pub(super) fn inspect(disk: &dyn Disk, folder: &Path) -> Result<HashMap<Key, Facts>, JournalError> {
        let mut state = State::default();
        Journal::inspect(disk, folder, NAME, |payload| {
            let (key, note) = decode(payload).ok_or("a note of an unknown kind")?;
            state.apply(key, note);
            Ok(())
        })?;
        Ok(state.facts)
    }

    /// Whether the data directory had no ledger before: then there is nothing that logs must agree with.
    pub(super) fn is_new(&self) -> bool {
        self.journal.is_new()
    }

    /// What is known of a log; nothing when it is new.
    pub(super) fn facts(&self, key: Key) -> Option<Facts> {
        self.state.lock().facts.get(&key).cloned()
    }

    /// The newest wall time that was noted.
    pub(super) fn seen_ms(&self) -> Option<i64> {
        self.state.lock().seen_ms
    }

    /// The log begins at `start` now.
    pub(super) fn note_start(&self, key: Key, start: i64) -> Result<Appended, JournalError> {
        self.note(key, Note::Start(start))
    }

    /// Everything of the log before `place` is durable.
    pub(super) fn note_recovery(&self, key: Key, place: Place) -> Result<(), JournalError> {
        self.note_lazily(key, Note::Recovery(place))
    }

    /// `epoch` writes to the log from `start` on.
    pub(super) fn note_epoch(&self, key: Key, epoch: i32, start: i64) -> Result<(), JournalError> {
        self.note_lazily(key, Note::Epoch { epoch, start })
    }

    /// Everything of the log before `offset` has been compacted.
    pub(super) fn note_cleaned(&self, key: Key, offset: i64) -> Result<(), JournalError> {
        self.note_lazily(key, Note::Cleaned(offset))
    }

    /// The log is gone.
    pub(super) fn forget(&self, key: Key) -> Result<Appended, JournalError> {
        self.note(key, Note::Forgotten)
    }

    /// The wall clock shows `now_ms`.
    pub(super) fn note_seen(&self, now_ms: i64) -> Result<(), JournalError> {
        self.note_lazily((Uuid::nil(), 0), Note::Seen(now_ms))
    }

    /// Makes every note so far durable.
    pub(super) fn flush(&self) -> Result<Appended, JournalError> {
        self.state.lock().lazy = 0;
        self.journal.append(&[])
    }

    fn note(&self, key: Key, note: Note) -> Result<Appended, JournalError> {
        let mut state = self.state.lock();
        let appended = self.journal.append(&[&encode(key, note)])?;
        state.apply(key, note);
        state.lazy = 0;
        self.tidy(&state)?;
        Ok(appended)
    }

    fn note_lazily(&self, key: Key, note: Note) -> Result<(), JournalError> {
        let mut state = self.state.lock();
        let bytes = encode(key, note);
        state.lazy += 1;
        if state.lazy >= LAZY_NOTES {
            state.lazy = 0;
            // Nobody waits; what matters is that it will be synced.
            let _appended = self.journal.append(&[&bytes])?;
        } else {
            self.journal.append_lazily(&[&bytes])?;
        }
        state.apply(key, note);
        self.tidy(&state)
    }

    /// Rewrites the journal when it has outgrown the facts.
    fn tidy(&self, state: &State) -> Result<(), JournalError> {
        let size = self.journal.size();
        if size.total < 2 * size.snapshot + GROWTH && !self.journal.is_worn() {
            return Ok(());
        }
        let outcome = self.journal.rewrite(|snapshot| {
            for (key, facts) in &state.facts {
                let mut write = |note| snapshot.record(&encode(*key, note));
                write(Note::Start(facts.start))?;
                write(Note::Recovery(facts.recovery))?;
                if facts.cleaned > 0 {
                    write(Note::Cleaned(facts.cleaned))?;
                }
                for (epoch, start) in facts.epochs.entries() {
                    write(Note::Epoch { epoch: *epoch, start: *start })?;
                }
            }
            match state.seen_ms {
                Some(now_ms) => snapshot.record(&encode((Uuid::nil(), 0), Note::Seen(now_ms))),
                None => Ok(()),
            }
        });
        match outcome {
            // A full disk: the longer journal serves as well.
            Err(JournalError::Io { .. }) => Ok(()),
            other => other,
        }
    }
}

impl State {
    fn apply(&mut self, key: Key, note: Note) {
        match note {
            Note::Start(start) => {
                let facts = self.facts.entry(key).or_default();
                facts.start = start;
                facts.epochs.trim(start);
            }
            Note::Recovery(place) => self.facts.entry(key).or_default().recovery = place,
            Note::Epoch { epoch, start } => self.facts.entry(key).or_default().epochs.assign(epoch, start),
            Note::Forgotten => {
                self.facts.remove(&key);
            }
            Note::Cleaned(offset) => self.facts.entry(key).or_default().cleaned = offset,
            Note::Seen(now_ms) => self.seen_ms = Some(now_ms),
        }
    }
}

/// Kind, topic id, partition, and what the kind carries; big-endian.
fn encode((topic, partition): Key, note: Note) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(41);
    bytes.push(match note {
        Note::Start(_) => 1,
        Note::Recovery(_) => 2,
        Note::Epoch { .. } => 3,
        Note::Forgotten => 4,
        Note::Seen(_) => 5,
        Note::Cleaned(_) => 6,
    });
    bytes.extend_from_slice(topic.as_bytes());
    bytes.extend_from_slice(&partition.to_be_bytes());
    match note {
        Note::Start(value) | Note::Seen(value) | Note::Cleaned(value) => {
            bytes.extend_from_slice(&value.to_be_bytes());
        }
        Note::Recovery(place) => {
            bytes.extend_from_slice(&place.offset.to_be_bytes());
            bytes.extend_from_slice(&place.segment.to_be_bytes());
            bytes.extend_from_slice(&place.position.to_be_bytes());
        }
        Note::Epoch { epoch, start } => {
            bytes.extend_from_slice(&epoch.to_be_bytes());
            bytes.extend_from_slice(&start.to_be_bytes());
        }
        Note::Forgotten => {}
    }
    bytes
}

fn decode(bytes: &[u8]) -> Option<(Key, Note)> {
    let (kind, rest) = bytes.split_first()?;
    let (topic, rest) = rest.split_first_chunk()?;
    let (partition, rest) = rest.split_first_chunk()?;
    let note = match kind {
        1 => Note::Start(i64::from_be_bytes(rest.try_into().ok()?)),
        2 => {
            let (offset, rest) = rest.split_first_chunk()?;
            let (segment, rest) = rest.split_first_chunk()?;
            Note::Recovery(Place {
                offset: i64::from_be_bytes(*offset),
                segment: i64::from_be_bytes(*segment),
                position: u32::from_be_bytes(rest.try_into().ok()?),
            })
        }
        3 => {
            let (epoch, rest) = rest.split_first_chunk()?;
            Note::Epoch {
                epoch: i32::from_be_bytes(*epoch),
                start: i64::from_be_bytes(rest.try_into().ok()?),
            }
        }
        4 if rest.is_empty() => Note::Forgotten,
        5 => Note::Seen(i64::from_be_bytes(rest.try_into().ok()?)),
        6 => Note::Cleaned(i64::from_be_bytes(rest.try_into().ok()?)),
        _ => return None,
    };
    Some(((Uuid::from_bytes(*topic), i32::from_be_bytes(*partition)), note))
}

#[cfg(test)]
mod tests {
    use machine::clock::Clock;
    use machine::disk::sim::{Loss, SimDisk};

    use super::*;

    fn open(disk: &SimDisk) -> Ledger {
        disk.create_dir_all(Path::new("/d")).unwrap();
        let disk: Arc<dyn Disk> = Arc::new(disk.clone());
        let committer = Committer::start(disk.clone(), Path::new("/d"), Clock::system()).unwrap();
        Ledger::open(disk, committer, Path::new("/d")).unwrap()
    }

    fn key(partition: i32) -> Key {
        (Uuid::from_u128(7), partition)
    }

    fn place(offset: i64) -> Place {
        Place { offset, segment: offset / 100 * 100, position: u32::try_from(offset * 3).unwrap() }
    }

    #[tokio::test]
    async fn facts_survive() {
        let disk = SimDisk::new(1);
        let ledger = open(&disk);
        assert_eq!(ledger.facts(key(0)), None);
        ledger.note_epoch(key(0), 4, 0).unwrap();
        ledger.note_recovery(key(0), place(50)).unwrap();
        ledger.note_epoch(key(0), 6, 120).unwrap();
        ledger.note_recovery(key(0), place(250)).unwrap();
        let _ = ledger.note_start(key(1), 9).unwrap();
        ledger.note_seen(77).unwrap();
        let expected = ledger.facts(key(0)).unwrap();
        assert_eq!((expected.recovery, expected.epochs.entries()), (place(250), &[(4, 0), (6, 120)][..]));
        ledger.flush().unwrap().durable().await.unwrap();
        disk.cut(Loss::Unsynced);
        let again = open(&disk);
        assert_eq!(again.facts(key(0)), Some(expected));
        assert_eq!((again.facts(key(1)).unwrap().start, again.seen_ms()), (9, Some(77)));
        again.forget(key(0)).unwrap().durable().await.unwrap();
        disk.cut(Loss::Unsynced);
        assert_eq!(open(&disk).facts(key(0)), None);
    }

    #[tokio::test]
    async fn many_notes_do_not_grow_the_journal_for_ever() {
        let disk = SimDisk::new(1);
        let ledger = open(&disk);
        for offset in 0..200_000 {
            ledger.note_recovery(key(0), place(offset)).unwrap();
        }
        assert!(ledger.journal.size().total < 2 * GROWTH, "{:?}", ledger.journal.size());
        ledger.flush().unwrap().durable().await.unwrap();
        disk.cut(Loss::Unsynced);
        assert_eq!(open(&disk).facts(key(0)).unwrap().recovery, place(199_999));
    }

    #[test]
    fn notes_that_nobody_waits_for_are_synced_in_the_end() {
        let disk = SimDisk::new(1);
        disk.create_dir_all(Path::new("/d")).unwrap();
        let shared: Arc<dyn Disk> = Arc::new(disk.clone());
        let committer = Committer::start(shared.clone(), Path::new("/d"), Clock::system()).unwrap();
        let ledger = Ledger::open(shared, committer.clone(), Path::new("/d")).unwrap();
        for offset in 0..i64::from(LAZY_NOTES) + 10 {
            ledger.note_recovery(key(0), place(offset)).unwrap();
        }
        committer.shutdown();
        disk.cut(Loss::Unsynced);
        let recovered = open(&disk).facts(key(0)).unwrap().recovery.offset;
        assert!(recovered >= i64::from(LAZY_NOTES) - 1, "{recovered}");
    }

    #[test]
    fn notes_of_an_unknown_kind_are_not_guessed() {
        let bytes = encode(key(1), Note::Recovery(place(5)));
        assert_eq!(decode(&bytes), Some((key(1), Note::Recovery(place(5)))));
        for len in 0..bytes.len() {
            assert_eq!(decode(&bytes[..len]), None);
        }
        assert_eq!(decode(&[&[9], &bytes[1..]].concat()), None);
    }
}
