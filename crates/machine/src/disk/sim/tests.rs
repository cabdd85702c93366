use std::io::IoSlice;

use super::*;
use crate::disk::{read, replace};

fn path(name: &str) -> PathBuf {
    Path::new("/d").join(name)
}

fn disk_with_folder() -> SimDisk {
    let disk = SimDisk::new(1);
    disk.create_dir_all(Path::new("/d")).unwrap();
    disk
}

#[test]
fn kill_keeps_what_was_written_and_ends_handles() {
    let disk = disk_with_folder();
    let file = disk.open(&path("a"), OpenMode::CreateNew).unwrap();
    file.write_all_at(&[IoSlice::new(b"bytes")], 0).unwrap();
    let lock = disk.lock(&path("lock")).unwrap();
    assert_eq!(disk.lock(&path("lock")).unwrap_err().kind(), ErrorKind::WouldBlock);
    disk.kill();
    assert!(file.write_all_at(&[IoSlice::new(b"more")], 5).is_err());
    assert!(file.len().is_err());
    assert_eq!(read(&disk, &path("a")).unwrap(), b"bytes");
    let _held = disk.lock(&path("lock")).unwrap();
    drop(lock);
    assert_eq!(disk.lock(&path("lock")).unwrap_err().kind(), ErrorKind::WouldBlock);
}

#[test]
fn cut_takes_unsynced_bytes_and_names() {
    let disk = disk_with_folder();
    replace(&disk, &path("kept"), b"kept").unwrap();
    let file = disk.open(&path("kept"), OpenMode::Write).unwrap();
    file.write_all_at(&[IoSlice::new(b"lost")], 0).unwrap();
    let unnamed = disk.open(&path("unnamed"), OpenMode::CreateNew).unwrap();
    unnamed.write_all_at(&[IoSlice::new(b"synced bytes without a name")], 0).unwrap();
    unnamed.sync_data().unwrap();
    disk.cut(Loss::Unsynced);
    assert_eq!(read(&disk, &path("kept")).unwrap(), b"kept");
    assert_eq!(read(&disk, &path("unnamed")).unwrap_err().kind(), ErrorKind::NotFound);
}

#[test]
fn filesystem_sync_keeps_bytes_and_names() {
    let disk = disk_with_folder();
    let file = disk.open(&path("a"), OpenMode::CreateNew).unwrap();
    file.write_all_at(&[IoSlice::new(b"a")], 0).unwrap();
    disk.filesystem(Path::new("/d")).unwrap().sync().unwrap();
    disk.cut(Loss::Unsynced);
    assert_eq!(read(&disk, &path("a")).unwrap(), b"a");
}

#[test]
fn stop_ends_everything_until_restarted() {
    let disk = disk_with_folder();
    let file = disk.open(&path("a"), OpenMode::CreateNew).unwrap();
    disk.plan(Plan { call: 2, moment: Moment::Half, effect: Effect::Stop });
    file.write_all_at(&[IoSlice::new(b"first")], 0).unwrap();
    assert!(file.write_all_at(&[IoSlice::new(b"second")], 5).is_err());
    assert!(disk.fired() && disk.stopped());
    assert!(read(&disk, &path("a")).is_err());
    disk.kill();
    assert_eq!(read(&disk, &path("a")).unwrap(), b"firstsec");
}

#[test]
fn full_disk_writes_what_fits() {
    let disk = disk_with_folder();
    disk.set_capacity(Some(10));
    let file = disk.open(&path("a"), OpenMode::CreateNew).unwrap();
    file.write_all_at(&[IoSlice::new(b"12345678")], 0).unwrap();
    let error = file.write_all_at(&[IoSlice::new(b"abcd")], 8).unwrap_err();
    assert_eq!(error.kind(), ErrorKind::StorageFull);
    assert_eq!(read(&disk, &path("a")).unwrap(), b"12345678ab");
    assert_eq!(disk.space(&path("a")).unwrap(), Space { total: 10, available: 0 });
    file.write_all_at(&[IoSlice::new(b"over")], 0).unwrap();
    disk.remove_file(&path("a")).unwrap();
    assert_eq!(disk.used(), 0);
}

#[test]
fn one_seed_gives_one_outcome() {
    let outcome = |seed| {
        let disk = SimDisk::new(seed);
        disk.create_dir_all(Path::new("/d")).unwrap();
        for name in ["a", "b", "c", "d"] {
            let file = disk.open(&path(name), OpenMode::CreateNew).unwrap();
            file.write_all_at(&[IoSlice::new(&[1; 4096])], 0).unwrap();
        }
        disk.cut(Loss::Some);
        let names = disk.list(Path::new("/d")).unwrap();
        let bytes: Vec<_> = names.iter().map(|entry| read(&disk, &path(&entry.name)).unwrap()).collect();
        (names, bytes)
    };
    assert_eq!(outcome(5), outcome(5));
    assert!((0..10).any(|seed| outcome(seed) != outcome(5)));
}

#[test]
fn reading_handle_cannot_write() {
    let disk = disk_with_folder();
    replace(&disk, &path("a"), b"a").unwrap();
    let file = disk.open(&path("a"), OpenMode::Read).unwrap();
    assert_eq!(file.set_len(0).unwrap_err().kind(), ErrorKind::PermissionDenied);
    assert!(disk.open(&path("a"), OpenMode::CreateNew).is_err());
    assert!(disk.open(Path::new("/d"), OpenMode::Read).is_err());
}
