//! A sealed folder beside one that is not: the same to whoever has the keys, and nothing to whoever has not.

use std::io::{ErrorKind, IoSlice};
use std::path::Path;

use proptest::prelude::*;

use super::*;
use crate::disk::sim::{Loss, SimDisk, stop_at_each_call};
use crate::disk::{read, replace};
use crate::secret::Secret;

const MARKER: &[u8] = b"marker-that-nobody-may-see";
const HEADER: u64 = table::HEADER_LEN as u64;

fn ring() -> Arc<KeyRing> {
    Arc::new(KeyRing::new(1, &Secret::new([7; 32])))
}

/// A life of the process: what an earlier one knew is forgotten.
fn sealed(disk: &SimDisk, ring: &Arc<KeyRing>) -> SealedDisk {
    SealedDisk::new(Arc::new(disk.clone()), ring.clone(), Random::system())
}

fn write(file: &dyn File, bytes: &[u8], at: u64) {
    file.write_all_at(&[IoSlice::new(bytes)], at).unwrap();
}

fn xor(one: &[u8], other: &[u8]) -> Vec<u8> {
    one.iter().zip(other).map(|(one, other)| one ^ other).collect()
}

/// What somebody with the device sees of a file behind its header.
fn raw(disk: &SimDisk, path: &str) -> Vec<u8> {
    read(disk, Path::new(path)).unwrap().split_off(table::HEADER_LEN)
}

#[test]
fn a_file_reads_as_written_and_its_bytes_say_nothing() {
    let (disk, ring) = (SimDisk::new(1), ring());
    let path = Path::new("/a");
    let folder = sealed(&disk, &ring);
    let file = folder.open(path, OpenMode::CreateNew).unwrap();
    assert!(file.is_empty().unwrap());
    file.allocate(0, 100).unwrap();
    file.write_all_at(&[IoSlice::new(b"one "), IoSlice::new(b""), IoSlice::new(MARKER)], 0).unwrap();
    file.sync_data().unwrap();
    assert_eq!((file.len().unwrap(), file.as_fd().is_none()), (30, true));
    let whole = [b"one ", MARKER].concat();
    let again = sealed(&disk, &ring);
    for folder in [&folder, &again] {
        assert_eq!(read(folder, path).unwrap(), whole);
        let mut part = [0; 9];
        let file = folder.open(path, OpenMode::Read).unwrap();
        assert_eq!(file.read_at(&mut part, 21).unwrap(), 9);
        assert_eq!(part, whole[21..]);
        assert_eq!(file.read_at(&mut part, 30).unwrap(), 0);
        assert!(file.read_at(&mut part, u64::MAX - 1).is_err());
    }
    assert_eq!(disk.used(), HEADER + 30);
    assert!(!raw(&disk, "/a").windows(6).any(|window| MARKER.windows(6).any(|part| part == window)));
    // The same bytes in another file look otherwise.
    replace(&again, Path::new("/b"), &whole).unwrap();
    assert_ne!(raw(&disk, "/a"), raw(&disk, "/b"));
    assert_eq!(read(&again, Path::new("/b")).unwrap(), whole);
}

#[test]
fn no_keystream_is_used_twice() {
    let (disk, ring) = (SimDisk::new(1), ring());
    let path = Path::new("/a");
    let (first, second) = ([b'a'; 400], *b"0123456789".repeat(40).first_chunk::<400>().unwrap());
    // What was at the place of the second before the second: cut, not cut, of an earlier life, beyond the end after a crash.
    type Between = fn(&SimDisk, &SealedDisk, &dyn File);
    let again: [(&str, Between, bool); 5] = [
        ("cut", |_, _, file| file.set_len(100).unwrap(), false),
        ("cut to nothing", |_, _, file| file.set_len(0).unwrap(), false),
        ("overwritten", |_, _, _| {}, false),
        ("cut in an earlier life", |_, _, file| file.set_len(100).unwrap(), true),
        (
            "lost in an earlier life",
            |disk, _, file| {
                file.sync_data().unwrap();
                disk.open(Path::new("/a"), OpenMode::Write).unwrap().set_len(HEADER + 100).unwrap();
            },
            true,
        ),
    ];
    for (name, between, later) in again {
        for at in [100, 164] {
            drop(disk.remove_file(path));
            let folder = sealed(&disk, &ring);
            let file = folder.open(path, OpenMode::Create).unwrap();
            write(&*file, &[b'-'; 100], 0);
            write(&*file, &first, 100);
            let before = raw(&disk, "/a");
            between(&disk, &folder, &*file);
            let next = sealed(&disk, &ring);
            let file = if later { next.open(path, OpenMode::Write).unwrap() } else { file };
            write(&*file, &second, at);
            let after = raw(&disk, "/a");
            let place = usize::try_from(at).unwrap();
            let (one, other) = (&before[place..500], &after[place..500]);
            let (plain, told) = (xor(&first[place - 100..], &second), xor(one, other));
            let equal = told.iter().zip(&plain).filter(|(told, plain)| told == plain).count();
            assert!(equal < 20, "{name}, at {at}: {equal} of {} bytes are told", told.len());
            let mut found = vec![0; 400];
            file.read_at(&mut found, at).unwrap();
            assert_eq!(found, second, "{name}");
        }
    }
}

#[test]
fn what_goes_on_needs_no_epoch_and_what_does_not_needs_one() {
    let (disk, ring) = (SimDisk::new(1), ring());
    let path = Path::new("/a");
    let epochs = || {
        let header = read(&disk, path).unwrap();
        table::Table::decode(&header[..table::HEADER_LEN]).unwrap().len()
    };
    let folder = sealed(&disk, &ring);
    for n in 0..50 {
        write(&*folder.open(path, OpenMode::Create).unwrap(), MARKER, n * MARKER.len() as u64);
    }
    assert_eq!(epochs(), 1, "handles share what they know");
    folder.rename(path, Path::new("/b")).unwrap();
    folder.rename(Path::new("/b"), path).unwrap();
    let file = folder.open(path, OpenMode::Write).unwrap();
    write(&*file, MARKER, 50 * MARKER.len() as u64);
    assert_eq!(epochs(), 1, "and keep it when the file has another name");
    for _ in 0..100 {
        file.set_len(10).unwrap();
        write(&*file, MARKER, 10);
    }
    assert_eq!(epochs(), 2, "one that covers nothing any more makes room");
    for life in 0..100 {
        let later = sealed(&disk, &ring);
        let file = later.open(path, OpenMode::Write).unwrap();
        let was_worn = file.is_worn();
        assert_eq!(was_worn, life >= 29, "life {life}");
        let end = file.len().unwrap();
        if file.write_all_at(&[IoSlice::new(MARKER)], end).is_err() {
            assert!(was_worn && life == 61);
            break;
        }
    }
    assert_eq!(epochs(), table::EPOCHS_MAX);
    replace(&sealed(&disk, &ring), path, MARKER).unwrap();
    assert_eq!(epochs(), 1);
}

#[test]
fn a_new_key_seals_what_is_written_from_then_on() {
    let (disk, ring) = (SimDisk::new(1), ring());
    let path = Path::new("/a");
    let folder = sealed(&disk, &ring);
    let file = folder.open(path, OpenMode::Create).unwrap();
    write(&*file, MARKER, 0);
    ring.add(2, &Secret::new([8; 32]));
    write(&*file, MARKER, MARKER.len() as u64);
    assert_eq!(read(&sealed(&disk, &ring), path).unwrap(), MARKER.repeat(2));
    let kind = |ring: KeyRing| {
        let error = sealed(&disk, &Arc::new(ring)).open(path, OpenMode::Read).unwrap_err();
        (error.kind(), error.to_string())
    };
    let (invalid, absent) = kind(KeyRing::new(1, &Secret::new([7; 32])));
    assert_eq!(invalid, ErrorKind::InvalidData);
    assert!(absent.contains("/a: data key 2") && absent.contains("is not there"), "{absent}");
    let other = KeyRing::new(1, &Secret::new([7; 32]));
    other.add(2, &Secret::new([9; 32]));
    assert!(kind(other).1.contains("is another now"));
}

#[test]
fn what_is_not_sealed_is_refused() {
    let (disk, ring) = (SimDisk::new(1), ring());
    replace(&disk, Path::new("/short"), b"p").unwrap();
    replace(&disk, Path::new("/long"), &vec![b'p'; 10_000]).unwrap();
    let folder = sealed(&disk, &ring);
    for path in ["/short", "/long"] {
        for mode in [OpenMode::Read, OpenMode::Write, OpenMode::Create] {
            let error = folder.open(Path::new(path), mode).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::InvalidData);
            assert!(error.to_string().contains("is not sealed"), "{error}");
        }
    }
    assert_eq!(folder.open(Path::new("/none"), OpenMode::Read).unwrap_err().kind(), ErrorKind::NotFound);
}

#[test]
fn names_take_what_is_known_with_them() {
    let (disk, ring) = (SimDisk::new(1), ring());
    let folder = sealed(&disk, &ring);
    for name in ["/x", "/x/y", "/xy"] {
        folder.create_dir(Path::new(name)).unwrap();
    }
    let path = |name: &str| Path::new(name).to_owned();
    for name in ["/x/a", "/x/y/b", "/xy/c"] {
        write(&*folder.open(&path(name), OpenMode::Create).unwrap(), name.as_bytes(), 0);
    }
    folder.rename(&path("/x"), &path("/z")).unwrap();
    for (name, bytes) in [("/z/a", "/x/a"), ("/z/y/b", "/x/y/b"), ("/xy/c", "/xy/c")] {
        assert_eq!(read(&folder, &path(name)).unwrap(), bytes.as_bytes());
    }
    folder.remove_dir_all(&path("/z")).unwrap();
    folder.create_dir(&path("/z")).unwrap();
    // Another file of the same name, with nothing of the first.
    let file = folder.open(&path("/z/a"), OpenMode::CreateNew).unwrap();
    write(&*file, b"new", 0);
    assert_eq!(read(&sealed(&disk, &ring), &path("/z/a")).unwrap(), b"new");
    write(&*folder.open(&path("/z/b"), OpenMode::Create).unwrap(), b"taken over", 0);
    folder.rename(&path("/z/b"), &path("/z/a")).unwrap();
    assert_eq!(read(&folder, &path("/z/a")).unwrap(), b"taken over");
}

#[test]
fn what_was_synced_survives_a_cut_at_each_call() {
    let path = Path::new("/a");
    for loss in [Loss::Unsynced, Loss::Some] {
        let runs = stop_at_each_call(1, |disk| {
            let ring = ring();
            let (mut synced, mut written) = (Vec::new(), Vec::new());
            for _life in 0..3 {
                let folder = sealed(disk, &ring);
                let mut live = || -> io::Result<()> {
                    let file = folder.open(path, OpenMode::Create)?;
                    folder.sync_dir(Path::new("/"))?;
                    // What a log does after a crash: keeps what it knows to be durable.
                    file.set_len(synced.len() as u64)?;
                    for n in 0..3u8 {
                        written = synced.clone();
                        written.extend([n + b'0'; 700]);
                        file.write_all_at(&[IoSlice::new(&written[synced.len()..])], synced.len() as u64)?;
                        file.sync_data()?;
                        synced = written.clone();
                    }
                    Ok(())
                };
                drop(live());
                disk.cut(loss);
            }
            match read(&sealed(disk, &ring), path) {
                Ok(found) => {
                    let len = synced.len();
                    assert!(found.starts_with(&synced), "{} of {len} bytes", found.len());
                }
                Err(error) => assert_eq!((error.kind(), synced.len()), (ErrorKind::NotFound, 0)),
            }
        });
        assert!(runs > 60, "{runs} calls were failed");
    }
}

/// What is done to a file.
#[derive(Clone, Debug)]
enum Step {
    Write(u64, Vec<u8>),
    Append(Vec<u8>),
    Cut(u64),
    Reopen,
    Restart,
    Renew,
    Replace(Vec<u8>),
}

fn step() -> impl Strategy<Value = Step> {
    let bytes = || {
        prop_oneof![3 => (1..300usize).boxed(), 1 => Just(0).boxed(), 1 => (4000..9000usize).boxed()]
            .prop_map(|len| MARKER.iter().copied().cycle().take(len).collect::<Vec<u8>>())
    };
    prop_oneof![
        3 => (0..6_000u64, bytes()).prop_map(|(at, bytes)| Step::Write(at, bytes)),
        6 => bytes().prop_map(Step::Append),
        3 => (0..8_000u64).prop_map(Step::Cut),
        3 => Just(Step::Reopen),
        2 => Just(Step::Restart),
        1 => Just(Step::Renew),
        1 => bytes().prop_map(Step::Replace),
    ]
}

proptest! {
    #[test]
    fn a_sealed_file_reads_as_one_that_is_not(steps in prop::collection::vec(step(), 1..40)) {
        let (disk, plain, ring, path) = (SimDisk::new(1), SimDisk::new(1), ring(), Path::new("/a"));
        let mut folder = sealed(&disk, &ring);
        let open = |folder: &dyn Disk| folder.open(path, OpenMode::Create).unwrap();
        let (mut file, mut model) = (open(&folder), open(&plain));
        for (number, step) in steps.into_iter().enumerate() {
            match step {
                Step::Write(at, bytes) => {
                    write(&*file, &bytes, at);
                    write(&*model, &bytes, at);
                }
                Step::Append(bytes) => {
                    write(&*file, &bytes, file.len().unwrap());
                    write(&*model, &bytes, model.len().unwrap());
                }
                Step::Cut(len) => {
                    file.set_len(len).unwrap();
                    model.set_len(len).unwrap();
                }
                Step::Reopen => file = open(&folder),
                Step::Restart => {
                    folder = sealed(&disk, &ring);
                    file = open(&folder);
                }
                Step::Renew => ring.add(u32::try_from(number).unwrap() + 2, &Secret::new([9; 32])),
                Step::Replace(bytes) => {
                    replace(&folder, path, &bytes).unwrap();
                    replace(&plain, path, &bytes).unwrap();
                    (file, model) = (open(&folder), open(&plain));
                }
            }
            let expected = read(&plain, path).unwrap();
            prop_assert_eq!(file.len().unwrap(), expected.len() as u64);
            prop_assert!(read(&folder, path).unwrap() == expected);
            prop_assert!(read(&sealed(&disk, &ring), path).unwrap() == expected);
            let middle = expected.len() / 3;
            let mut part = vec![0; expected.len() / 2];
            let got = file.read_at(&mut part, middle as u64).unwrap();
            prop_assert!(part[..got] == expected[middle..middle + got]);
            let raw = read(&disk, path).unwrap();
            prop_assert!(!raw.windows(12).any(|window| window == &MARKER[..12]));
        }
    }
}
