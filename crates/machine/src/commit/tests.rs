use std::sync::atomic::AtomicU64;

use super::*;
use crate::disk::OpenMode;
use crate::disk::sim::{Effect, Moment, Plan, SimDisk};
use crate::watermark::Watermark;

/// A file that grows byte by byte.
struct Growing {
    queued: AtomicBool,
    file: Arc<dyn File>,
    len: AtomicU64,
    durable: Watermark,
    rounds: AtomicU64,
}

impl Growing {
    fn new(disk: &SimDisk, name: &str) -> Arc<Self> {
        Arc::new(Self {
            queued: AtomicBool::new(false),
            file: disk.open(&Path::new("/d").join(name), OpenMode::Create).unwrap(),
            len: AtomicU64::new(0),
            durable: Watermark::default(),
            rounds: AtomicU64::new(0),
        })
    }

    fn grow(&self) -> u64 {
        let at = self.len.load(Ordering::SeqCst);
        self.file.write_all_at(&[io::IoSlice::new(b"x")], at).unwrap();
        self.len.store(at + 1, Ordering::SeqCst);
        at + 1
    }
}

impl Syncable for Growing {
    fn queued(&self) -> &AtomicBool {
        &self.queued
    }

    fn begin(&self, round: &mut Round) -> u64 {
        round.file(self.file.clone());
        round.folder(Path::new("/d"));
        self.len.load(Ordering::SeqCst)
    }

    fn end(&self, outcome: Result<u64, SyncFailed>) {
        self.rounds.fetch_add(1, Ordering::SeqCst);
        match outcome {
            Ok(mark) => self.durable.advance(mark),
            Err(failed) => self.durable.fail(&failed),
        }
    }
}

fn start() -> (SimDisk, Arc<Committer>) {
    let disk = SimDisk::new(1);
    disk.create_dir_all(Path::new("/d")).unwrap();
    let committer = Committer::start(Arc::new(disk.clone()), Path::new("/d"), Clock::system()).unwrap();
    (disk, committer)
}

#[tokio::test]
async fn what_was_written_before_submitting_is_durable_after_waiting() {
    let (disk, committer) = start();
    for count in [1, 3, 20] {
        let files: Vec<_> = (0..count).map(|n| Growing::new(&disk, &format!("{count}-{n}"))).collect();
        for _ in 0..50 {
            for file in &files {
                file.grow();
                committer.submit(file.clone()).unwrap();
            }
            for file in &files {
                let len = file.len.load(Ordering::SeqCst);
                file.durable.wait(len).await.unwrap();
            }
            let cut = disk.fork(0);
            cut.cut(crate::disk::sim::Loss::Unsynced);
            for (n, file) in files.iter().enumerate() {
                let found = crate::disk::read(&cut, &Path::new("/d").join(format!("{count}-{n}"))).unwrap();
                assert_eq!(found.len() as u64, file.len.load(Ordering::SeqCst));
            }
        }
    }
    let counters = committer.counters();
    assert!(counters.rounds >= 3 && counters.synced >= 150 * 2, "{counters:?}");
}

#[test]
fn submissions_of_one_round_share_it() {
    let (disk, committer) = start();
    let file = Growing::new(&disk, "a");
    // The queue is held, so nothing is taken between the first and the last submission.
    file.queued.store(true, Ordering::SeqCst);
    for _ in 0..100 {
        file.grow();
        committer.submit(file.clone()).unwrap();
    }
    file.queued.store(false, Ordering::SeqCst);
    committer.submit(file.clone()).unwrap();
    committer.shutdown();
    assert_eq!((file.durable.reached(), file.rounds.load(Ordering::SeqCst)), (100, 1));
}

#[tokio::test]
async fn failed_sync_is_final_for_everybody() {
    let mut failures = 0;
    for moment in Moment::ALL {
        for calls in 1.. {
            let (disk, committer) = start();
            let files: Vec<_> = (0..3).map(|n| Growing::new(&disk, &format!("{n}"))).collect();
            let other = Growing::new(&disk, "other");
            let mark = other.grow();
            files.iter().for_each(|file| {
                file.grow();
            });
            let fault = Effect::Error(io::ErrorKind::Other);
            disk.plan(Plan { call: calls, moment, effect: fault });
            for file in &files {
                // Refused already when an earlier file's round has failed.
                if let Err(failed) = committer.submit(file.clone()) {
                    file.durable.fail(&failed);
                }
            }
            let mut outcomes = Vec::new();
            for file in &files {
                outcomes.push(file.durable.wait(1).await.is_ok());
            }
            if !disk.fired() {
                assert_eq!(outcomes, [true; 3]);
                assert_eq!(committer.failed(), None);
                break;
            }
            failures += 1;
            assert!(outcomes.contains(&false));
            let failed = committer.failed().unwrap();
            assert!(committer.has_failed());
            let before = disk.calls();
            assert_eq!(committer.submit(other.clone()), Err(failed));
            committer.shutdown();
            assert_eq!(disk.calls(), before, "nothing is synced after a failure");
            assert!(other.durable.reached() < mark);
        }
    }
    assert!(failures >= 9, "{failures} syncs were failed");
}

#[test]
fn shutdown_finishes_what_is_queued_and_refuses_the_rest() {
    let (disk, committer) = start();
    let files: Vec<_> = (0..30).map(|n| Growing::new(&disk, &format!("{n}"))).collect();
    for file in &files {
        file.grow();
        committer.submit(file.clone()).unwrap();
    }
    committer.shutdown();
    assert!(files.iter().all(|file| file.durable.reached() == 1));
    assert!(committer.submit(files[0].clone()).is_err());
    assert!(!files[0].queued.load(Ordering::SeqCst));
    committer.shutdown();
}

/// Panics in the middle of a round.
struct Broken(AtomicBool);

impl Syncable for Broken {
    fn queued(&self) -> &AtomicBool {
        &self.0
    }
    fn begin(&self, _round: &mut Round) -> u64 {
        panic!("expected in this test")
    }
    fn end(&self, _outcome: Result<u64, SyncFailed>) {}
}

#[tokio::test]
async fn panic_on_the_thread_leaves_nobody_waiting() {
    let (disk, committer) = start();
    let (before, after) = (Growing::new(&disk, "before"), Growing::new(&disk, "after"));
    before.grow();
    after.grow();
    committer.submit(before.clone()).unwrap();
    committer.submit(Arc::new(Broken(AtomicBool::new(false)))).unwrap();
    // Either it is told by the round, or it is refused.
    if let Err(failed) = committer.submit(after.clone()) {
        after.durable.fail(&failed);
    }
    assert!(after.durable.wait(1).await.is_err());
    // It was synced by a round of its own, or failed with the other.
    let _ = before.durable.wait(1).await;
    committer.shutdown();
    assert!(committer.failed().is_some());
}

/// A file whose folder is removed while it waits to be synced.
struct Orphan(Arc<Growing>);

impl Syncable for Orphan {
    fn queued(&self) -> &AtomicBool {
        self.0.queued()
    }

    fn begin(&self, round: &mut Round) -> u64 {
        round.folder(Path::new("/d/removed"));
        self.0.begin(round)
    }

    fn end(&self, outcome: Result<u64, SyncFailed>) {
        self.0.end(outcome);
    }
}

#[tokio::test]
async fn a_folder_that_is_gone_fails_nobody() {
    let (disk, committer) = start();
    let (orphan, other) = (Growing::new(&disk, "orphan"), Growing::new(&disk, "other"));
    for file in [&orphan, &other] {
        file.grow();
    }
    committer.submit(Arc::new(Orphan(orphan.clone()))).unwrap();
    committer.submit(other.clone()).unwrap();
    orphan.durable.wait(1).await.unwrap();
    other.durable.wait(1).await.unwrap();
    assert!(committer.failed().is_none());
}
