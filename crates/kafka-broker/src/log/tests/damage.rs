//! Bytes that have changed at rest, and tails that were torn.

use std::io::IoSlice;
use std::path::PathBuf;

use machine::disk::sim::{Loss, SimDisk};
use machine::disk::{Disk, OpenMode};

use super::world::{Held, Model, World, folder, read_all, segment_file, small, take_apart};
use crate::log::{BatchInfo, LogConfig, Origin, ReadBound, ReadError};

/// A closed log of some segments.
async fn closed() -> (SimDisk, Model) {
    let world = World::fresh(small());
    let mut model = Model::default();
    for _ in 0..24 {
        model.append(&world.log).unwrap();
    }
    (world.close().await, model)
}

/// Reads batch by batch whatever can be read, skipping what is refused.
fn salvage(world: &World, model: &Model) -> (Vec<Held>, usize) {
    let (mut held, mut refused) = (Vec::new(), 0);
    for (base, _) in &model.batches {
        match take_apart(&world.log, *base, 1, ReadBound::HighWatermark) {
            Ok(found) => held.extend(found),
            Err(ReadError::Damaged(_)) => refused += 1,
            Err(error) => panic!("{error}"),
        }
    }
    (held, refused)
}

fn check_salvage(world: &World, model: &Model, what: &str) -> usize {
    let (held, refused) = salvage(world, model);
    for batch in &held {
        let sent = model.batches.iter().find(|(base, _)| *base == batch.base);
        assert!(sent.is_some_and(|(_, bytes)| *bytes == batch.bytes), "{what}: wrong bytes were served");
        assert_eq!(batch.epoch, 0, "{what}: a wrong epoch was served");
    }
    assert_eq!(held.len() + refused, model.batches.len(), "{what}");
    refused
}

#[tokio::test]
async fn every_flipped_byte_is_found_and_never_served() {
    let (disk, model) = closed().await;
    let segments: Vec<_> =
        disk.list(&folder()).unwrap().into_iter().filter(|e| e.name.ends_with(".log")).collect();
    let mut refusals = 0;
    for segment in &segments {
        let path = folder().join(&segment.name);
        let len = machine::disk::read(&disk, &path).unwrap().len();
        // Every byte of the headers, and some of the records.
        for at in (0..len).filter(|at| at % 7 == 0 || at % 64 < 24) {
            let damaged = disk.fork(1);
            damaged.flip(&path, at, 1 << (at % 8));
            let world = World::open(&damaged, 1, small()).unwrap();
            let refused = check_salvage(&world, &model, &format!("{} byte {at}", segment.name));
            assert_eq!(refused, 1, "{} byte {at}: that batch and no other", segment.name);
            assert!(world.log.damage().is_some());
            refusals += refused;
            // It stays as it is, and the log goes on behind it.
            assert_eq!(world.log.high_watermark(), model.end);
            assert_eq!(machine::disk::read(&damaged, &path).unwrap().len(), len);
        }
    }
    assert!(refusals > 1_000, "{refusals}");
}

#[tokio::test]
async fn damage_before_the_recovery_point_is_kept_when_the_broker_had_died() {
    let world = World::fresh(small());
    let mut model = Model::default();
    for _ in 0..24 {
        model.append(&world.log).unwrap();
    }
    world.log.wait_durable(model.end - 1).await.unwrap();
    world.disk.kill();
    let bases = read_bases(&world.disk);
    for (number, base) in bases.iter().enumerate() {
        let path = segment_file(*base);
        let len = machine::disk::read(&world.disk, &path).unwrap().len();
        let end = bases.get(number + 1).copied().unwrap_or(i64::MAX);
        let first_in = |first: i64| (*base..end).contains(&first);
        let last = len - model.batches.iter().rfind(|(first, _)| first_in(*first)).unwrap().1.len();
        for at in [0, 9, 13, 16, 18, 30, 60, len / 2, len - 1, last, last + 9, last + 16, last + 24] {
            let damaged = world.disk.fork(1);
            damaged.flip(&path, at, 0x10);
            let world = World::open(&damaged, 1, small()).unwrap();
            world.log.settled().await.unwrap();
            let what = format!("segment {number} byte {at}");
            assert_eq!(check_salvage(&world, &model, &what), 1, "{what}: that batch and no other");
            assert_eq!(world.log.log_end(), model.end, "{what}: nothing is cut");
            if at < last || number + 1 < bases.len() {
                let newest = world.log.append(&model.batches.last().unwrap().1, Origin::Client);
                assert!(newest.is_ok_and(|newest| newest.duplicate), "{what}: producers are known");
            }
            assert_eq!(machine::disk::read(&damaged, &path).unwrap().len(), len, "{what}");
            let appended = model.clone().append(&world.log);
            assert!(appended.is_ok(), "{what}: the log goes on: {appended:?}");
        }
    }
}

fn read_bases(disk: &SimDisk) -> Vec<i64> {
    let list = disk.list(&folder()).unwrap();
    list.iter().filter_map(|entry| entry.name.strip_suffix(".log")?.parse().ok()).collect()
}

#[tokio::test]
async fn torn_and_zero_tails_are_cut() {
    let world = World::fresh(small());
    let mut model = Model::default();
    for _ in 0..10 {
        model.append(&world.log).unwrap();
    }
    world.log.wait_durable(model.end - 1).await.unwrap();
    world.disk.kill();
    let base = *read_bases(&world.disk).last().unwrap();
    let path = segment_file(base);
    let len = machine::disk::read(&world.disk, &path).unwrap().len();
    let next = model.next().bytes();
    let tails = [
        vec![0; 10],
        vec![0; 5_000],
        next[..40].to_vec(),
        next[..next.len() - 1].to_vec(),
        // Whole batches, but of another place: as the client sent it, of offset 0, and one behind a gap.
        next.clone(),
        placed(&next, 0),
        placed(&next, model.end + 1),
        vec![0xff; 100],
    ];
    for (number, tail) in tails.iter().enumerate() {
        let torn = world.disk.fork(1);
        let file = torn.open(&path, OpenMode::Write).unwrap();
        file.write_all_at(&[IoSlice::new(tail)], len as u64).unwrap();
        let world = World::open(&torn, 1, small()).unwrap();
        world.log.settled().await.unwrap();
        assert_eq!((world.log.log_end(), world.log.damage()), (model.end, None), "tail {number}");
        torn.cut(Loss::Unsynced);
        assert_eq!(machine::disk::read(&torn, &path).unwrap().len(), len, "tail {number} is cut durably");
        let world = World::open(&torn, 2, small()).unwrap();
        model.check(&world.log, ReadBound::HighWatermark, model.end);
        model.clone().append(&world.log).unwrap();
    }
}

/// A batch as epoch 0 would have stored it.
fn placed(batch: &[u8], offset: i64) -> Vec<u8> {
    let mut batch = batch.to_vec();
    batch[..8].copy_from_slice(&offset.to_be_bytes());
    batch[12..16].copy_from_slice(&0i32.to_be_bytes());
    batch
}

#[tokio::test]
async fn what_stands_before_damage_is_served() {
    let world = World::fresh(LogConfig::default());
    let mut model = Model::default();
    for _ in 0..10 {
        model.append(&world.log).unwrap();
    }
    let disk = world.close().await;
    let position: usize = model.batches[..6].iter().map(|(_, bytes)| bytes.len()).sum();
    disk.flip(&segment_file(0), position + 70, 1);
    let world = World::open(&disk, 1, LogConfig::default()).unwrap();
    let held = take_apart(&world.log, 0, 1 << 20, ReadBound::HighWatermark).unwrap();
    assert_eq!(held.len(), 6);
    let (damaged, next) = (model.batches[6].0, model.batches[7].0);
    let error = world.log.read(damaged, 1 << 20, ReadBound::HighWatermark, true).unwrap_err();
    assert!(
        matches!(error, ReadError::Damaged(damage) if damage.offset == damaged && damage.position as usize == position)
    );
    assert_eq!(take_apart(&world.log, next, 1 << 20, ReadBound::HighWatermark).unwrap().len(), 3);
}

#[tokio::test]
async fn wrong_index_of_the_segment_being_written_misleads_nobody() {
    let config = LogConfig { segment_bytes: 1 << 20, index_interval_bytes: 1, ..small() };
    let world = World::fresh(config.clone());
    let mut model = Model::default();
    for _ in 0..200 {
        model.append(&world.log).unwrap();
    }
    world.log.wait_durable(model.end - 1).await.unwrap();
    let index = folder().join(format!("{:020}.index", 0));
    for entry in 0..100 {
        world.disk.flip(&index, entry * 8 + 6, 1);
    }
    for (base, _) in model.batches.iter().rev() {
        assert_eq!(take_apart(&world.log, *base, 1, ReadBound::HighWatermark).unwrap()[0].base, *base);
    }
    assert!(world.log.lock().segments[0].index_is_wrong());
    world.log.configure(std::sync::Arc::new(LogConfig { segment_bytes: 1_000, ..config.clone() }));
    model.append(&world.log).unwrap();
    assert_eq!(world.names(".log").len(), 2);
    assert!(!world.log.lock().segments[0].index_is_wrong(), "rolling has built it anew");
    let disk = world.close().await;
    let world = World::open(&disk, 1, config).unwrap();
    for (base, _) in model.batches.iter().rev() {
        assert_eq!(take_apart(&world.log, *base, 1, ReadBound::HighWatermark).unwrap()[0].base, *base);
    }
    assert!(!world.log.lock().segments[0].index_is_wrong());
}

#[tokio::test]
async fn stale_batch_of_an_older_epoch_is_not_data() {
    let world = World::open(&SimDisk::new(1), 5, small()).unwrap();
    let mut model = Model::default();
    for _ in 0..3 {
        model.append(&world.log).unwrap();
    }
    world.log.wait_durable(model.end - 1).await.unwrap();
    world.disk.kill();
    let path = segment_file(0);
    let len = machine::disk::read(&world.disk, &path).unwrap().len();
    let mut stale = model.next().bytes();
    stale[..8].copy_from_slice(&model.end.to_be_bytes());
    for (epoch, kept) in [(4i32, false), (5, true), (6, true), (7, false)] {
        let disk = world.disk.fork(1);
        stale[12..16].copy_from_slice(&epoch.to_be_bytes());
        let file = disk.open(&path, OpenMode::Write).unwrap();
        file.write_all_at(&[IoSlice::new(&stale)], len as u64).unwrap();
        let world = World::open(&disk, 6, small()).unwrap();
        assert_eq!(world.log.log_end() > model.end, kept, "epoch {epoch}");
    }
}

#[tokio::test]
async fn missing_files_are_damage_and_offsets_are_not_given_out_again() {
    let (disk, model) = closed().await;
    let bases = read_bases(&disk);
    for (number, base) in bases.iter().enumerate() {
        let broken = disk.fork(1);
        broken.remove_file(&segment_file(*base)).unwrap();
        let world = World::open(&broken, 1, small()).unwrap();
        assert_eq!(world.log.log_end(), model.end, "segment {number}");
        if number > 0 {
            assert!(check_salvage(&world, &model, &format!("segment {number}")) > 0);
            assert!(world.log.damage().is_some());
        }
        let appended = world.append(&model.next());
        assert!(appended.is_ok_and(|appended| appended.base_offset == model.end));
    }
    let gone = disk.fork(1);
    gone.remove_dir_all(&folder()).unwrap();
    let world = World::open(&gone, 1, small()).unwrap();
    assert!(world.log.damage().is_some());
    assert_eq!((world.log.log_start(), world.log.log_end()), (model.end, model.end));
}

#[tokio::test]
async fn shortened_segment_is_damage() {
    let (disk, model) = closed().await;
    for base in read_bases(&disk) {
        let broken = disk.fork(1);
        let file = broken.open(&segment_file(base), OpenMode::Write).unwrap();
        file.set_len(file.len().unwrap() - 50).unwrap();
        let world = World::open(&broken, 1, small()).unwrap();
        world.log.settled().await.unwrap();
        assert_eq!(world.log.log_end(), model.end);
        assert!(check_salvage(&world, &model, "shortened") > 0);
        let appended = world.append(&model.next());
        assert!(appended.is_ok_and(|appended| appended.base_offset == model.end));
        world.log.flush().await.unwrap();
        broken.kill();
        let world = World::open(&broken, 2, small()).unwrap();
        assert_eq!(world.log.log_end(), model.end + 1 + model.batches.len() as i64 % 4);
    }
}

#[tokio::test]
async fn derived_files_are_built_again() {
    let (disk, model) = closed().await;
    let derived: Vec<PathBuf> = disk
        .list(&folder())
        .unwrap()
        .into_iter()
        .filter(|entry| !entry.name.ends_with(".log"))
        .map(|entry| folder().join(entry.name))
        .collect();
    assert!(derived.len() > 8);
    let check = |disk: &SimDisk, what: String| {
        let world = World::open(disk, 1, small()).unwrap();
        assert_eq!((world.log.log_end(), world.log.damage()), (model.end, None), "{what}");
        model.check(&world.log, ReadBound::LogEnd, model.end);
        model.check_duplicates(&world.log);
        for (number, (base, bytes)) in model.batches.iter().enumerate() {
            let stamp = BatchInfo::read(bytes).unwrap().max_timestamp;
            let found = world.log.offset_for_timestamp(stamp, ReadBound::LogEnd).unwrap().unwrap();
            assert_eq!(found.info.base_offset, *base, "{what}, batch {number}");
        }
        let newest = world.log.max_timestamp(ReadBound::LogEnd).unwrap().unwrap();
        assert_eq!(newest.info.max_timestamp, 500_000 + model.batches.len() as i64 - 1, "{what}");
    };
    for path in &derived {
        let lost = disk.fork(1);
        lost.remove_file(path).unwrap();
        check(&lost, format!("without {}", path.display()));
        let len = machine::disk::read(&disk, path).unwrap().len();
        for at in 0..len {
            let flipped = disk.fork(1);
            flipped.flip(path, at, 1 << (at % 8));
            check(&flipped, format!("{} byte {at}", path.display()));
        }
        let torn = disk.fork(1);
        torn.open(path, OpenMode::Write).unwrap().set_len(len as u64 / 2).unwrap();
        check(&torn, format!("half of {}", path.display()));
    }
    let world = World::open(&disk, 1, small()).unwrap();
    assert_eq!(read_all(&world.log, 1 << 20, ReadBound::LogEnd).unwrap().len(), model.batches.len());
}

#[tokio::test]
async fn index_that_does_not_fit_is_repaired_by_a_pass() {
    let (disk, model) = closed().await;
    let index = folder().join(format!("{:020}.index", 0));
    disk.flip(&index, 7, 0x10);
    let wrong = machine::disk::read(&disk, &index).unwrap();
    let world = World::open(&disk, 1, small()).unwrap();
    for (base, _) in model.batches.iter().rev() {
        assert_eq!(take_apart(&world.log, *base, 1, ReadBound::HighWatermark).unwrap()[0].base, *base);
    }
    world.log.retain().await.unwrap();
    let repaired = machine::disk::read(&disk, &index).unwrap();
    assert!(repaired != wrong && repaired.len() == wrong.len(), "the flipped bit is gone");
    model.check(&world.log, ReadBound::HighWatermark, model.end);
}
