use super::*;
use crate::clock::Clock;
use crate::disk::sim::{Effect, Loss, Moment, Plan, SimDisk, fault_at_each_call, stop_at_each_call};

const FOLDER: &str = "/data/state";

/// A journal of numbers, and the numbers it stands for.
struct Numbers {
    journal: Journal,
    values: Vec<u64>,
}

impl Numbers {
    fn open(disk: &SimDisk) -> Result<Self, JournalError> {
        let fail = |source| JournalError::Io { attempt: "start on", file: FOLDER.into(), source };
        disk.create_dir_all(Path::new("/data")).map_err(fail)?;
        let disk: Arc<dyn Disk> = Arc::new(disk.clone());
        let committer = Committer::start(disk.clone(), Path::new("/data"), Clock::system()).map_err(fail)?;
        let mut values = Vec::new();
        let journal = Journal::open(disk, committer, Path::new(FOLDER), "numbers", |payload| {
            values.push(number(payload)?);
            Ok(())
        })?;
        Ok(Self { journal, values })
    }

    /// Appends `count` numbers that go on from the last, as one group.
    fn append(&mut self, count: u64) -> Result<Appended, JournalError> {
        let first = self.values.last().map_or(0, |last| last + 1);
        let fresh: Vec<u64> = (first..first + count).collect();
        let payloads: Vec<_> = fresh.iter().map(|value| payload(*value)).collect();
        let payloads: Vec<_> = payloads.iter().map(Vec::as_slice).collect();
        let appended = self.journal.append(&payloads)?;
        self.values.extend(fresh);
        Ok(appended)
    }

    fn rewrite(&self) -> Result<(), JournalError> {
        self.journal
            .rewrite(|snapshot| self.values.iter().try_for_each(|value| snapshot.record(&payload(*value))))
    }
}

/// Of different lengths, some longer than a sector.
fn payload(value: u64) -> Vec<u8> {
    let len = usize::try_from(value * 37 % 700).unwrap();
    [&value.to_le_bytes()[..], &vec![0xab; len]].concat()
}

fn number(bytes: &[u8]) -> Result<u64, String> {
    let head = bytes.get(..8).ok_or("too short")?;
    let value = u64::from_le_bytes(head.try_into().unwrap());
    if payload(value) == bytes { Ok(value) } else { Err("not what was appended".into()) }
}

fn wait(appended: Appended) -> Result<(), SyncFailed> {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(appended.durable())
}

/// Appends groups of 1 to 3, waits for every second one, rewrites in between. Returns how many numbers
/// are durable, how many were acknowledged as written, and how many may be found.
fn work(numbers: &mut Numbers) -> (u64, u64, u64) {
    let len = |numbers: &Numbers| numbers.values.len() as u64;
    let (mut durable, mut written, mut possible) = (len(numbers), len(numbers), len(numbers));
    for step in 0..8 {
        let count = step % 3 + 1;
        possible = possible.max(len(numbers) + count);
        match numbers.append(count) {
            Ok(appended) => {
                written = len(numbers);
                if step % 2 == 1 && wait(appended).is_ok() {
                    durable = written;
                }
            }
            // Later appends would only repeat the same numbers.
            Err(_) => return (durable, written, possible),
        }
        if step == 3 || step == 6 {
            match numbers.rewrite() {
                Ok(()) => durable = written,
                Err(JournalError::SyncFailed(_)) => {
                    // Nobody knows which generation rules, so nothing may be added to either.
                    assert!(matches!(numbers.append(1), Err(JournalError::SyncFailed(_))));
                    return (durable, written, possible);
                }
                Err(_) => {}
            }
        }
    }
    (durable, written, possible)
}

fn reopened(disk: &SimDisk) -> Numbers {
    Numbers::open(disk)
        .or_else(|_stopped| {
            // The planned stop came during this recovery: the next one meets a disk that works.
            assert!(disk.fired());
            disk.kill();
            Numbers::open(disk)
        })
        .unwrap()
}

fn check(numbers: &Numbers, at_least: u64, at_most: u64) {
    let found = numbers.values.len() as u64;
    assert!(numbers.values.iter().copied().eq(0..found), "order kept: {:?}", numbers.values);
    assert!((at_least..=at_most).contains(&found), "{found} found of {at_least} to {at_most}");
}

/// Where groups of `work` end.
fn check_whole_groups(numbers: &Numbers) {
    let ends = [0, 1, 3, 6, 7, 9, 12, 13, 15];
    assert!(ends.contains(&numbers.values.len()), "half a group: {:?}", numbers.values);
}

#[test]
fn records_come_back_in_order() {
    let disk = SimDisk::new(1);
    let mut numbers = Numbers::open(&disk).unwrap();
    assert_eq!(work(&mut numbers), (15, 15, 15));
    let mut again = reopened(&disk);
    assert!(numbers.journal.is_new() && !again.journal.is_new());
    check(&again, 15, 15);
    let _ = again.append(2).unwrap();
    disk.kill();
    check(&reopened(&disk), 17, 17);
    let names: Vec<_> = disk.list(Path::new(FOLDER)).unwrap().into_iter().map(|entry| entry.name).collect();
    assert_eq!(names, ["numbers-3.journal"]);
}

#[test]
fn empty_payloads_are_records_too() {
    let disk = SimDisk::new(1);
    let open = |found: &mut Vec<Vec<u8>>| {
        disk.create_dir_all(Path::new("/data")).unwrap();
        let disk: Arc<dyn Disk> = Arc::new(disk.clone());
        let committer = Committer::start(disk.clone(), Path::new("/data"), Clock::system()).unwrap();
        Journal::open(disk, committer, Path::new(FOLDER), "j", |payload| {
            found.push(payload.to_vec());
            Ok(())
        })
    };
    let journal = open(&mut Vec::new()).unwrap();
    wait(journal.append(&[b"", b"a", b""]).unwrap()).unwrap();
    wait(journal.append(&[b""]).unwrap()).unwrap();
    let mut found = Vec::new();
    open(&mut found).unwrap();
    assert_eq!(found, [&b""[..], b"a", b"", b""]);
}

#[test]
fn kill_at_every_call_loses_nothing_written() {
    let runs = stop_at_each_call(1, |disk| {
        let (_durable, written, possible) = Numbers::open(disk).map(|mut n| work(&mut n)).unwrap_or_default();
        disk.kill();
        let mut numbers = reopened(disk);
        check(&numbers, written, possible);
        let before = numbers.values.len() as u64;
        let appended = numbers.append(3).map(wait);
        disk.kill();
        let expected = if matches!(appended, Ok(Ok(()))) { before + 3 } else { before };
        let again = reopened(disk);
        check(&again, expected, before + 3);
        // A kill loses nothing, and what the next life has shown is durable.
        disk.cut(Loss::Some);
        check(&reopened(disk), again.values.len() as u64, before + 3);
        assert_eq!(disk.list(Path::new(FOLDER)).unwrap().len(), 1, "old generations and drafts are gone");
    });
    assert!(runs >= 90, "{runs} runs were stopped");
}

#[test]
fn cut_at_every_call_loses_nothing_durable() {
    for (seed, loss) in [(1, Loss::Unsynced), (1_000, Loss::Some), (2_000, Loss::Some)] {
        let runs = stop_at_each_call(seed, |disk| {
            let (durable, _written, possible) =
                Numbers::open(disk).map(|mut numbers| work(&mut numbers)).unwrap_or_default();
            disk.cut(loss);
            let mut numbers = match Numbers::open(disk) {
                Ok(numbers) => numbers,
                Err(_) => {
                    assert!(disk.fired());
                    disk.cut(loss);
                    Numbers::open(disk).unwrap()
                }
            };
            check(&numbers, durable, possible);
            check_whole_groups(&numbers);
            // What recovery has shown is durable, and so is what is built on it.
            let shown = numbers.values.len() as u64;
            let appended = numbers.append(3).map(wait);
            disk.cut(loss);
            let expected = if matches!(appended, Ok(Ok(()))) { shown + 3 } else { shown };
            check(&reopened(disk), expected, shown + 3);
        });
        assert!(runs >= 90, "{runs} runs were stopped");
    }
}

#[test]
fn failed_call_is_reported_and_a_failed_sync_is_final() {
    for kind in [ErrorKind::Other, ErrorKind::StorageFull] {
        let runs = fault_at_each_call(1, Effect::Error(kind), |disk| {
            let Ok(mut numbers) = Numbers::open(disk) else { return };
            let (durable, written, possible) = work(&mut numbers);
            let failed = numbers.journal.shared.durable.failed();
            if failed.is_some() {
                assert!(matches!(numbers.append(1), Err(JournalError::SyncFailed(_))));
                assert!(matches!(numbers.rewrite(), Err(JournalError::SyncFailed(_))));
            }
            // The fault may come only now; then it is the next opening that counts.
            let open = || Numbers::open(disk).or_else(|_| Numbers::open(disk)).unwrap();
            let possible = if failed.is_some() { possible } else { written };
            disk.kill();
            let shown = open();
            check(&shown, durable, possible);
            // The cache may have shown what the device never got; recovery must not have believed it.
            disk.cut(Loss::Some);
            check(&open(), shown.values.len() as u64, possible);
        });
        assert!(runs >= 60, "{runs} runs were failed");
    }
}

#[test]
fn full_disk_refuses_and_goes_on_when_there_is_room() {
    let disk = SimDisk::new(1);
    let mut numbers = Numbers::open(&disk).unwrap();
    for _ in 0..40 {
        disk.set_capacity(Some(disk.used() + 300));
        while let Ok(appended) = numbers.append(2) {
            wait(appended).unwrap();
        }
        assert!(numbers.rewrite().is_err() || numbers.values.len() < 4);
        disk.set_capacity(None);
        wait(numbers.append(1).unwrap()).unwrap();
    }
    let count = numbers.values.len() as u64;
    disk.cut(Loss::Unsynced);
    check(&reopened(&disk), count, count);
}

#[test]
fn every_flipped_bit_of_durable_records_is_found() {
    let disk = SimDisk::new(1);
    let mut numbers = Numbers::open(&disk).unwrap();
    wait(numbers.append(2).unwrap()).unwrap();
    numbers.rewrite().unwrap();
    for count in [2, 3] {
        wait(numbers.append(count).unwrap()).unwrap();
    }
    drop(numbers);
    let path = Path::new(FOLDER).join("numbers-2.journal");
    let len = crate::disk::read(&disk, &path).unwrap().len();
    let (mut refused, mut whole) = (0, 0);
    for at in 0..len {
        let damaged = disk.fork(1);
        damaged.flip(&path, at, 1 << (at % 8));
        match Numbers::open(&damaged) {
            Ok(numbers) => {
                // Padding, and the mark at the end, decide nothing.
                check(&numbers, 7, 7);
                whole += 1;
            }
            Err(JournalError::Damaged { file, offset, .. }) => {
                assert_eq!(file, path);
                assert!(offset <= at as u64, "found at {offset}, flipped at {at}");
                refused += 1;
            }
            Err(other) => panic!("{other}"),
        }
    }
    assert!(refused > 7 * 24 && whole <= 7 * ALIGNMENT_LOSS + format::MARK_LEN, "{refused}, {whole}");
}

#[test]
fn damage_in_a_fresh_snapshot_is_found() {
    let disk = SimDisk::new(1);
    let mut numbers = Numbers::open(&disk).unwrap();
    wait(numbers.append(3).unwrap()).unwrap();
    numbers.rewrite().unwrap();
    drop(numbers);
    let path = Path::new(FOLDER).join("numbers-2.journal");
    let last = crate::disk::read(&disk, &path).unwrap().len() - format::ALIGNMENT;
    disk.flip(&path, last, 1);
    assert!(matches!(Numbers::open(&disk), Err(JournalError::Damaged { .. })));
}

#[test]
fn failed_group_does_not_come_back_behind_the_next() {
    let disk = SimDisk::new(1);
    disk.create_dir_all(Path::new("/data")).unwrap();
    let shared: Arc<dyn Disk> = Arc::new(disk.clone());
    let committer = Committer::start(shared.clone(), Path::new("/data"), Clock::system()).unwrap();
    let open = |found: &mut Vec<Vec<u8>>| {
        Journal::open(shared.clone(), committer.clone(), Path::new(FOLDER), "j", |payload| {
            found.push(payload.to_vec());
            Ok(())
        })
        .unwrap()
    };
    let journal = open(&mut Vec::new());
    disk.plan(Plan { call: 1, moment: Moment::After, effect: Effect::Error(ErrorKind::Other) });
    assert!(matches!(journal.append(&[b"one", b"two"]), Err(JournalError::Io { .. })));
    // As long as the first record of the failed group: the second would stand right behind it.
    let _ = journal.append(&[b"new"]).unwrap();
    let mut found = Vec::new();
    open(&mut found);
    assert_eq!(found, [b"new"]);
}

#[test]
fn round_that_a_rewrite_overtakes_says_nothing_of_the_new_generation() {
    let disk = SimDisk::new(1);
    let mut numbers = Numbers::open(&disk).unwrap();
    wait(numbers.append(3).unwrap()).unwrap();
    numbers.values.truncate(1);
    let shared = numbers.journal.shared.clone();
    let group = shared.begin(&mut Round::default());
    numbers.rewrite().unwrap();
    let size = numbers.journal.size();
    shared.end(Ok(group));
    assert_eq!(numbers.journal.size(), size, "no mark was written");
    assert_eq!(shared.state.lock().synced, size.total);
}

/// Most padding bytes a record can have.
const ALIGNMENT_LOSS: usize = format::ALIGNMENT - 1;

#[test]
fn torn_and_zero_tails_are_cut() {
    let disk = SimDisk::new(1);
    let mut numbers = Numbers::open(&disk).unwrap();
    wait(numbers.append(3).unwrap()).unwrap();
    drop(numbers);
    let path = Path::new(FOLDER).join("numbers-1.journal");
    let whole = crate::disk::read(&disk, &path).unwrap();
    for tail in [vec![0; 5], vec![0; 4096], vec![0xff; 16], b"some text that is no record at all".to_vec()] {
        let torn = disk.fork(1);
        let file = torn.open(&path, OpenMode::Write).unwrap();
        file.write_all_at(&[IoSlice::new(&tail)], whole.len() as u64).unwrap();
        check(&reopened(&torn), 3, 3);
        torn.cut(Loss::Unsynced);
        assert_eq!(crate::disk::read(&torn, &path).unwrap(), whole, "the cut is durable");
    }
}

#[test]
fn later_version_is_refused_untouched() {
    let disk = SimDisk::new(1);
    drop(Numbers::open(&disk).unwrap());
    let path = Path::new(FOLDER).join("numbers-1.journal");
    let mut bytes = crate::disk::read(&disk, &path).unwrap();
    bytes[8] = 9;
    let crc = crc32c::crc32c(&bytes[..28]).to_le_bytes();
    bytes[28..32].copy_from_slice(&crc);
    crate::disk::replace(&disk, &path, &bytes).unwrap();
    assert!(matches!(Numbers::open(&disk), Err(JournalError::Damaged { offset: 0, .. })));
    assert_eq!(crate::disk::read(&disk, &path).unwrap(), bytes);
}

#[test]
fn owner_can_refuse_a_record() {
    let disk = SimDisk::new(1);
    wait(Numbers::open(&disk).unwrap().append(1).unwrap()).unwrap();
    let shared: Arc<dyn Disk> = Arc::new(disk.clone());
    let committer = Committer::start(shared.clone(), Path::new("/data"), Clock::system()).unwrap();
    let refused = Journal::open(shared, committer, Path::new(FOLDER), "numbers", |_| Err("no".into()));
    assert!(matches!(refused, Err(JournalError::Refused { offset: 32, .. })));
}

#[test]
fn lazy_group_is_durable_with_the_next() {
    let disk = SimDisk::new(1);
    let numbers = Numbers::open(&disk).unwrap();
    numbers.journal.append_lazily(&[&payload(0)]).unwrap();
    let calls = disk.calls();
    numbers.journal.append_lazily(&[&payload(1)]).unwrap();
    assert_eq!(disk.calls(), calls + 1, "written, not synced");
    let lost = disk.fork(1);
    lost.cut(Loss::Unsynced);
    check(&reopened(&lost), 0, 0);
    wait(numbers.journal.append(&[&payload(2)]).unwrap()).unwrap();
    disk.cut(Loss::Unsynced);
    check(&reopened(&disk), 3, 3);
}

#[test]
fn size_shrinks_with_a_rewrite() {
    let disk = SimDisk::new(1);
    let mut numbers = Numbers::open(&disk).unwrap();
    assert_eq!(numbers.journal.size(), JournalSize { snapshot: 32, total: 32 });
    let _ = numbers.append(3).unwrap();
    numbers.values.truncate(1);
    let before = numbers.journal.size().total;
    numbers.rewrite().unwrap();
    let after = numbers.journal.size();
    assert!(after.total < before && after.snapshot == after.total, "{before} {after:?}");
}
