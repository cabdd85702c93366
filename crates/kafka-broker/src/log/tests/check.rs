//! Looking at the files of logs that nobody has open.

use std::path::{Path, PathBuf};

use machine::disk::sim::{Loss, SimDisk};
use machine::disk::{Disk, read};

use super::world::{Model, World, folder, segment_file, small};
use crate::log::{Finding, Pace, check};

fn found(disk: &SimDisk) -> Vec<Finding> {
    let mut findings = Vec::new();
    check(disk, Path::new("/data"), &mut findings).unwrap();
    findings
}

fn files(disk: &SimDisk) -> Vec<PathBuf> {
    disk.list(&folder()).unwrap().into_iter().map(|entry| folder().join(entry.name)).collect()
}

async fn sealed() -> (SimDisk, Model) {
    let world = World::fresh(small());
    let mut model = Model::default();
    for _ in 0..24 {
        model.append(&world.log).unwrap();
    }
    world.log.scrub(&Pace::new(u32::MAX)).await.unwrap();
    (world.close().await, model)
}

#[tokio::test]
async fn every_flipped_bit_of_a_segment_is_named_by_file_and_the_rest_is_clean() {
    let (disk, _) = sealed().await;
    assert_eq!(found(&disk), []);
    let mut flips = 0;
    for path in files(&disk).into_iter().filter(|path| path.extension().is_some_and(|end| end == "log")) {
        for at in 0..read(&disk, &path).unwrap().len() {
            let damaged = disk.fork(1);
            damaged.flip(&path, at, 1 << (at % 8));
            let before = read(&damaged, &path).unwrap();
            let findings = found(&damaged);
            assert!(!findings.is_empty(), "{} byte {at}", path.display());
            for finding in &findings {
                assert!(finding.file == path && finding.offset <= at as u64, "byte {at}: {finding:?}");
            }
            assert_eq!(read(&damaged, &path).unwrap(), before, "it only reads");
            flips += 1;
        }
    }
    assert!(flips > 8_000, "{flips}");
}

#[tokio::test]
async fn derived_files_that_were_durable_are_held_to_what_they_were() {
    let (disk, _) = sealed().await;
    let bases: Vec<_> = files(&disk)
        .iter()
        .filter_map(|path| path.file_name()?.to_str()?.strip_suffix(".log")?.parse::<i64>().ok())
        .collect();
    let last = *bases.last().unwrap();
    for path in files(&disk) {
        let kind = path.extension().unwrap_or_default().to_str().unwrap().to_owned();
        let is_last = path.with_extension("log") == segment_file(last);
        let held = kind == "snapshot"
            || kind == "digests"
            || (["index", "timeindex", "summary"].contains(&&*kind) && !is_last);
        if !held {
            continue;
        }
        for at in 0..read(&disk, &path).unwrap().len() {
            let damaged = disk.fork(1);
            damaged.flip(&path, at, 1 << (at % 8));
            assert_eq!(found(&damaged).len(), 1, "{} byte {at}", path.display());
        }
    }
}

#[tokio::test]
async fn what_a_crash_leaves_is_no_damage() {
    for loss in [None, Some(Loss::Unsynced), Some(Loss::Some)] {
        let world = World::fresh(small());
        let mut model = Model::default();
        for number in 0..30 {
            model.append(&world.log).unwrap();
            if number % 7 == 0 {
                world.log.wait_durable(model.end - 1).await.unwrap();
            }
            let disk = world.disk.fork(number);
            match loss {
                None => disk.kill(),
                Some(loss) => disk.cut(loss),
            }
            assert_eq!(found(&disk), [], "{loss:?} after {number}");
        }
    }
}

#[tokio::test]
async fn missing_segments_are_damage() {
    let (disk, _) = sealed().await;
    for path in files(&disk).into_iter().filter(|path| path.extension().is_some_and(|end| end == "log")) {
        let damaged = disk.fork(1);
        damaged.remove_file(&path).unwrap();
        assert!(!found(&damaged).is_empty(), "without {}", path.display());
    }
}
