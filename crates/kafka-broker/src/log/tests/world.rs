//! A log on a simulated disk, and a plain list of what it should hold.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::sync::mpsc::{Receiver, Sender, channel};

use machine::clock::{Clock, HeldClock};
use machine::commit::{Committer, Round, SyncFailed, Syncable};
use machine::disk::Disk;
use machine::disk::sim::SimDisk;
use parking_lot::Mutex;
use uuid::Uuid;

use crate::log::testing::{Batch, on};
use crate::log::{
    AppendError, Appended, BatchInfo, LogConfig, LogContext, LogError, LogSpec, Origin, PartitionLog,
    ReadBound, ReadError,
};

pub(super) const TOPIC: Uuid = Uuid::from_u128(0x70);
pub(super) const PRODUCER: i64 = 9;

/// Small segments with dense indexes, so that few batches cross them.
pub(super) fn small() -> LogConfig {
    LogConfig { segment_bytes: 4_000, index_interval_bytes: 600, ..LogConfig::default() }
}

/// One life of a broker with one partition.
pub(super) struct World {
    pub(super) disk: SimDisk,
    pub(super) hand: HeldClock,
    pub(super) context: Arc<LogContext>,
    pub(super) log: Arc<PartitionLog>,
}

impl World {
    pub(super) fn open(disk: &SimDisk, epoch: i32, config: LogConfig) -> Result<Self, LogError> {
        Ok(Self::open_held(disk, epoch, config)?.0)
    }

    /// As [`Self::open`]; nothing is synced for the log before the returned hand is dropped or lets go.
    pub(super) fn open_held(
        disk: &SimDisk,
        epoch: i32,
        config: LogConfig,
    ) -> Result<(Self, Sender<()>), LogError> {
        let folder = PathBuf::from("/data");
        let failed = |source| LogError::Io { attempt: "start on", path: "/data".into(), source };
        disk.create_dir_all(&folder).map_err(failed)?;
        let (clock, hand) = Clock::held(1_000_000);
        let shared = on(disk);
        let committer = Committer::start(shared.clone(), &folder, clock.clone()).map_err(failed)?;
        let context = LogContext::open(shared, committer, clock, folder)?;
        let (release, released) = channel();
        let hold = Hold { queued: AtomicBool::new(false), released: Mutex::new(released) };
        context.committer.submit(Arc::new(hold))?;
        let log = PartitionLog::open(&context, spec("t", TOPIC, epoch, config))?;
        Ok((Self { disk: disk.clone(), hand, context, log }, release))
    }

    pub(super) fn fresh(config: LogConfig) -> Self {
        Self::open(&SimDisk::new(1), 0, config).unwrap()
    }

    /// Closes everything as a broker that ends well does.
    pub(super) async fn close(self) -> SimDisk {
        self.log.close().await.unwrap();
        self.context.close().await.unwrap();
        self.disk
    }

    pub(super) fn append(&self, batch: &Batch) -> Result<Appended, AppendError> {
        self.log.append(&batch.bytes(), Origin::Client)
    }

    /// Names of a kind in the partition's folder.
    pub(super) fn names(&self, extension: &str) -> Vec<String> {
        let list = self.disk.list(&folder()).unwrap_or_default();
        list.into_iter().map(|entry| entry.name).filter(|name| name.ends_with(extension)).collect()
    }
}

/// Keeps the committer's thread until it is released.
struct Hold {
    queued: AtomicBool,
    released: Mutex<Receiver<()>>,
}

impl Syncable for Hold {
    fn queued(&self) -> &AtomicBool {
        &self.queued
    }

    fn begin(&self, _round: &mut Round) -> u64 {
        // An error means that the hand was dropped.
        let _ = self.released.lock().recv();
        0
    }

    fn end(&self, _outcome: Result<u64, SyncFailed>) {}
}

pub(super) fn spec(topic: &str, topic_id: Uuid, leader_epoch: i32, config: LogConfig) -> LogSpec {
    LogSpec { topic: topic.into(), topic_id, partition: 0, config: Arc::new(config), leader_epoch }
}

pub(super) fn folder() -> PathBuf {
    Path::new("/data").join("t-0")
}

pub(super) fn segment_file(base: i64) -> PathBuf {
    folder().join(format!("{base:020}.log"))
}

/// A batch as the log has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Held {
    pub(super) base: i64,
    pub(super) epoch: i32,
    /// As the client sent it.
    pub(super) bytes: Vec<u8>,
}

/// Takes the batches of a read apart.
pub(super) fn take_apart(
    log: &PartitionLog,
    offset: i64,
    max: u32,
    bound: ReadBound,
) -> Result<Vec<Held>, ReadError> {
    let slice = log.read(offset, max, bound, true)?;
    let mut held = Vec::new();
    let mut total = 0;
    for part in &slice.parts {
        let mut bytes = vec![0; part.len as usize];
        assert_eq!(part.file.read_at(&mut bytes, part.offset).unwrap(), bytes.len());
        total += part.len;
        let mut rest = &bytes[..];
        while !rest.is_empty() {
            let info = BatchInfo::read(rest).expect("whole batches");
            let (batch, after) = rest.split_at(info.size as usize);
            rest = after;
            let mut bytes = batch.to_vec();
            bytes[..8].copy_from_slice(&0i64.to_be_bytes());
            bytes[12..16].copy_from_slice(&(-1i32).to_be_bytes());
            held.push(Held { base: info.base_offset, epoch: info.leader_epoch, bytes });
        }
    }
    assert_eq!(total, slice.len);
    Ok(held)
}

/// Everything from the start of the log, by reads of about `max` bytes.
pub(super) fn read_all(log: &PartitionLog, max: u32, bound: ReadBound) -> Result<Vec<Held>, ReadError> {
    let mut all: Vec<Held> = Vec::new();
    let mut offset = log.log_start();
    loop {
        let mut held = take_apart(log, offset, max, bound)?;
        let Some(last) = held.last() else {
            return Ok(all);
        };
        offset = BatchInfo::read(&last.bytes).unwrap().next_offset() + last.base;
        // A log that starts inside a batch returns that batch whole.
        if let Some(seen) = all.last() {
            held.retain(|batch| batch.base > seen.base);
        }
        all.extend(held);
    }
}

/// What was appended, in order.
#[derive(Clone, Debug, Default)]
pub(super) struct Model {
    pub(super) batches: Vec<(i64, Vec<u8>)>,
    pub(super) end: i64,
    sequence: i32,
}

impl Model {
    /// The next batch of the one producer, of one to four records and some hundred bytes, each different.
    pub(super) fn next(&self) -> Batch {
        let number = u32::try_from(self.batches.len()).unwrap();
        let count = i32::try_from(number % 4 + 1).unwrap();
        let filler = u8::try_from(number % 251).unwrap();
        Batch::of(count)
            .producer(PRODUCER, 0, self.sequence)
            .timestamps(0, 500_000 + i64::from(number))
            .filled(filler, usize::try_from(number * 131 % 900).unwrap())
    }

    pub(super) fn add(&mut self, batch: &Batch, appended: Appended) {
        assert!(!appended.duplicate);
        assert_eq!(appended.base_offset, self.end);
        self.batches.push((appended.base_offset, batch.bytes()));
        let count = appended.last_offset - appended.base_offset + 1;
        self.end = appended.last_offset + 1;
        self.sequence += i32::try_from(count).unwrap();
    }

    /// Appends the next batch, and remembers it if that succeeds.
    pub(super) fn append(&mut self, log: &Arc<PartitionLog>) -> Result<Appended, AppendError> {
        let batch = self.next();
        let appended = log.append(&batch.bytes(), Origin::Client)?;
        self.add(&batch, appended);
        Ok(appended)
    }

    /// Forgets what lies at or beyond `end`, which a crash has taken.
    pub(super) fn cut(&mut self, end: i64) {
        self.batches.retain(|(base, _)| *base < end);
        self.end = end;
        let count = |bytes: &Vec<u8>| BatchInfo::read(bytes).unwrap().record_count;
        self.sequence = self.batches.iter().map(|(_, bytes)| count(bytes)).sum();
    }

    /// Checks that the log holds exactly these batches from its start on, up to `end` if that comes first.
    pub(super) fn check(&self, log: &PartitionLog, bound: ReadBound, end: i64) {
        let start = log.log_start();
        for max in [1, 700, 1 << 20] {
            let held = read_all(log, max, bound).unwrap();
            let reaches =
                |base: &i64, bytes: &Vec<u8>| *base + BatchInfo::read(bytes).unwrap().next_offset() > start;
            let expected = self.batches.iter().filter(|(base, bytes)| *base < end && reaches(base, bytes));
            let expected: Vec<_> = expected.map(|(base, bytes)| (*base, bytes.clone())).collect();
            // The end moves on meanwhile, when the committer has something under way.
            let held = held.into_iter().filter(|held| held.base < end);
            let held: Vec<_> = held.map(|held| (held.base, held.bytes)).collect();
            let bases = |list: &[(i64, Vec<u8>)]| list.iter().map(|(base, _)| *base).collect::<Vec<_>>();
            assert_eq!(bases(&held), bases(&expected), "reading {max} bytes at a time from {start}");
            assert!(held == expected, "the bytes of a batch have changed");
        }
    }

    /// Sends the newest five again: each must be recognised.
    pub(super) fn check_duplicates(&self, log: &Arc<PartitionLog>) {
        for (base, bytes) in self.batches.iter().rev().take(5) {
            let again = log.append(bytes, Origin::Client).unwrap();
            assert_eq!((again.duplicate, again.base_offset), (true, *base));
        }
        if let Some((_, sixth)) = self.batches.iter().rev().nth(5) {
            let refused = log.append(sixth, Origin::Client);
            assert!(matches!(refused, Err(AppendError::OutOfOrderSequence { .. })), "{refused:?}");
        }
    }
}
