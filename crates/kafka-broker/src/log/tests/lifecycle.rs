//! The ends of a log: records deleted, retention, epochs, closing, deleting, a full disk, idleness.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use machine::commit::Committer;

use machine::disk::sim::{Loss, SimDisk};
use machine::disk::{Disk, OpenMode};
use uuid::Uuid;

use super::world::{Model, TOPIC, World, folder, read_all, segment_file, small, spec};
use crate::log::testing::Batch;
use crate::log::{AppendError, LogConfig, LogContext, LogError, Origin, PartitionLog, ReadBound, ReadError};

#[tokio::test]
async fn deleting_records_moves_the_start_for_good() {
    let world = World::fresh(small());
    let mut model = Model::default();
    for _ in 0..40 {
        model.append(&world.log).unwrap();
    }
    world.log.wait_durable(model.end - 1).await.unwrap();
    let segments = world.names(".log").len();
    assert_eq!(world.log.delete_records_before(33).await.unwrap(), 33);
    assert!(world.names(".log").len() < segments);
    assert_eq!(world.log.delete_records_before(7).await.unwrap(), 33, "the start never goes back");
    for offset in [-2, model.end + 1] {
        let refused = world.log.delete_records_before(offset).await;
        assert!(matches!(refused, Err(LogError::OutOfRange { .. })), "{refused:?}");
    }
    assert!(matches!(
        world.log.read(32, 100, ReadBound::HighWatermark, true),
        Err(ReadError::OutOfRange { log_start: 33, .. })
    ));
    model.check(&world.log, ReadBound::HighWatermark, model.end);
    world.disk.kill();
    let world = World::open(&world.disk, 1, small()).unwrap();
    world.log.settled().await.unwrap();
    assert_eq!(world.log.log_start(), 33);
    model.check(&world.log, ReadBound::HighWatermark, model.end);
    assert_eq!(world.log.delete_records_before(-1).await.unwrap(), model.end);
    assert_eq!(read_all(&world.log, 100, ReadBound::LogEnd).unwrap(), []);
    model.check_duplicates(&world.log);
    let end = model.end;
    assert_eq!(world.append(&Batch::of(1)).unwrap().base_offset, end);
}

#[tokio::test]
async fn retention_by_time_deletes_whole_segments_and_rolls_the_last() {
    let config = LogConfig { retention_ms: 60_000, ..small() };
    let world = World::fresh(config.clone());
    for n in 0..30 {
        let stamp = 1_000_000 + n * 1_000;
        world.append(&Batch::of(1).timestamps(stamp, stamp).filled(0, 500)).unwrap();
    }
    world.log.wait_durable(29).await.unwrap();
    assert_eq!(world.log.retain().await.unwrap().segments, 0);
    world.hand.advance(Duration::from_secs(75));
    let retained = world.log.retain().await.unwrap();
    assert!(retained.segments > 0 && retained.bytes > 0);
    let start = world.log.log_start();
    // A segment goes when its newest record is too old.
    assert!((10..=15).contains(&start), "{start}");
    world.hand.advance(Duration::from_secs(60));
    world.log.retain().await.unwrap();
    assert_eq!((world.log.log_start(), world.log.log_end(), world.log.size()), (30, 30, 0));
    assert_eq!(world.names(".log").len(), 1);
    let disk = world.close().await;
    let world = World::open(&disk, 1, config).unwrap();
    assert_eq!((world.log.log_start(), world.log.log_end()), (30, 30));
    assert_eq!(world.append(&Batch::of(1)).unwrap().base_offset, 30);
}

#[tokio::test]
async fn retention_waits_while_the_clock_is_not_trusted() {
    let world = World::fresh(LogConfig { retention_ms: 60_000, ..small() });
    world.append(&Batch::of(1).timestamps(1_000_000, 1_000_000)).unwrap();
    world.log.wait_durable(0).await.unwrap();
    world.log.retain().await.unwrap();
    let disk = world.close().await;
    // The machine comes back with a clock that is a year ahead.
    let world = World::open(&disk, 1, LogConfig { retention_ms: 60_000, ..small() }).unwrap();
    world.hand.set_ms(1_000_000 + 365 * 24 * 3_600_000);
    world.log.retain().await.unwrap();
    assert_eq!(world.log.log_start(), 0);
    world.hand.advance(Duration::from_secs(3_601));
    world.log.retain().await.unwrap();
    assert_eq!(world.log.log_start(), 1);
}

#[tokio::test]
async fn retention_by_size_keeps_the_floor_and_reads_in_flight_go_on() {
    let world = World::fresh(LogConfig { retention_bytes: 6_000, retention_ms: -1, ..small() });
    let mut model = Model::default();
    for _ in 0..60 {
        model.append(&world.log).unwrap();
    }
    world.log.wait_durable(model.end - 1).await.unwrap();
    let slice = world.log.read(0, 1_000, ReadBound::HighWatermark, true).unwrap();
    assert!(world.log.retain().await.unwrap().segments > 2);
    assert!((6_000..10_500).contains(&world.log.size()), "{}", world.log.size());
    let mut bytes = vec![0; slice.parts[0].len as usize];
    let got = slice.parts[0].file.read_at(&mut bytes, slice.parts[0].offset).unwrap();
    assert_eq!(got, bytes.len(), "the segment is deleted, the reader still has it");
    model.check(&world.log, ReadBound::HighWatermark, model.end);
}

#[tokio::test]
async fn epochs_tell_where_each_start_began() {
    let mut disk = None;
    let mut ends = Vec::new();
    for epoch in [3, 4, 7] {
        let world = match &disk {
            Some(disk) => World::open(disk, epoch, small()).unwrap(),
            None => World::open(&machine::disk::sim::SimDisk::new(1), epoch, small()).unwrap(),
        };
        for _ in 0..5 {
            world.append(&Batch::of(2)).unwrap();
        }
        ends.push(world.log.log_end());
        disk = Some(world.close().await);
    }
    let world = World::open(&disk.unwrap(), 9, small()).unwrap();
    let end = |epoch| world.log.epoch_end_offset(epoch);
    assert_eq!((end(2), end(3), end(4)), (Some((2, 0)), Some((3, 10)), Some((4, 20))));
    assert_eq!((end(5), end(7), end(8)), (Some((4, 20)), Some((7, 30)), Some((7, 30))));
    assert_eq!((end(9), end(10), end(-1)), (Some((9, 30)), None, None));
    assert_eq!((world.log.epoch_of(9), world.log.epoch_of(10)), (Some(3), Some(4)));
    let held = read_all(&world.log, 1 << 20, ReadBound::HighWatermark).unwrap();
    assert!(held.iter().all(|held| Some(held.epoch) == world.log.epoch_of(held.base)));
}

#[tokio::test]
async fn closed_log_opens_without_reading_or_writing_it() {
    let world = World::fresh(small());
    let mut model = Model::default();
    for _ in 0..30 {
        model.append(&world.log).unwrap();
    }
    let disk = world.close().await;
    let files = || {
        let list = disk.list(&folder()).unwrap();
        list.into_iter()
            .map(|entry| (machine::disk::read(&disk, &folder().join(&entry.name)).unwrap(), entry))
            .collect::<Vec<_>>()
    };
    let before = files();
    let world = World::open(&disk, 1, small()).unwrap();
    // Damage in what was durable is not looked for at the start: it is found when it is read.
    assert_eq!(files(), before);
    world.log.settled().await.unwrap();
    assert_eq!(world.log.high_watermark(), model.end);
    model.check(&world.log, ReadBound::HighWatermark, model.end);
    model.check_duplicates(&world.log);
    assert!(matches!(world.append(&Batch::of(1)), Ok(appended) if appended.base_offset == model.end));
}

#[tokio::test]
async fn closed_and_deleted_logs_refuse() {
    let world = World::fresh(small());
    world.append(&Batch::of(1)).unwrap();
    world.log.close().await.unwrap();
    world.log.close().await.unwrap();
    assert_eq!(world.append(&Batch::of(1)), Err(AppendError::Closed));
    assert!(matches!(world.log.read(0, 1, ReadBound::LogEnd, true), Err(ReadError::Closed)));
    assert!(matches!(world.log.delete_records_before(0).await, Err(LogError::Closed)));
}

#[tokio::test]
async fn deleted_topic_leaves_nothing_for_one_of_its_name() {
    let world = World::fresh(small());
    let mut model = Model::default();
    for _ in 0..20 {
        model.append(&world.log).unwrap();
    }
    world.log.wait_durable(model.end - 1).await.unwrap();
    world.log.delete_records_before(7).await.unwrap();
    let waiting = world.log.clone();
    let pending = tokio::spawn(async move { waiting.wait_durable(1_000).await });
    tokio::task::yield_now().await;
    world.log.delete().unwrap();
    assert!(pending.await.unwrap().is_err());
    let again = PartitionLog::open(&world.context, spec("t", Uuid::from_u128(2), 1, small())).unwrap();
    assert_eq!((again.log_start(), again.log_end()), (0, 0));
    assert_eq!(again.append(&Batch::of(1).bytes(), Origin::Client).unwrap().base_offset, 0);
    world.context.purge().unwrap();
    let list = world.disk.list(std::path::Path::new("/data")).unwrap();
    let folders: Vec<_> = list.into_iter().filter(|entry| entry.is_dir).map(|entry| entry.name).collect();
    assert_eq!(folders, ["t-0"]);
}

#[tokio::test]
async fn folder_of_an_earlier_topic_is_set_aside() {
    let world = World::fresh(small());
    world.append(&Batch::of(1)).unwrap();
    // The broker dies between the deletion of the topic and that of its log.
    let disk = world.close().await;
    let world = World::open(&disk, 1, small()).unwrap();
    let other = PartitionLog::open(&world.context, spec("t", Uuid::from_u128(2), 1, small())).unwrap();
    assert_eq!(other.log_end(), 0);
    other.append(&Batch::of(1).bytes(), Origin::Client).unwrap();
    other.flush().await.unwrap();
    world.context.set_orphans_aside(|id| id == Uuid::from_u128(2)).unwrap();
    world.context.purge().unwrap();
    assert!(world.disk.list(&folder()).is_ok());
    world.context.set_orphans_aside(|_| false).unwrap();
    world.context.purge().unwrap();
    assert!(world.disk.list(&folder()).is_err());
}

#[tokio::test]
async fn log_without_data_has_no_folder() {
    let world = World::fresh(small());
    world.log.retain().await.unwrap();
    world.log.settled().await.unwrap();
    assert_eq!(world.log.read(0, 100, ReadBound::HighWatermark, true).unwrap().len, 0);
    assert_eq!(world.log.offset_for_timestamp(0, ReadBound::LogEnd).unwrap(), None);
    let disk = world.close().await;
    assert!(disk.list(&folder()).is_err());
    let world = World::open(&disk, 1, small()).unwrap();
    assert_eq!(world.append(&Batch::of(1)).unwrap().base_offset, 0);
    let id = machine::disk::read(&world.disk, &folder().join("partition.metadata")).unwrap();
    assert!(String::from_utf8(id).unwrap().starts_with("version: 0\ntopic_id: "));
    assert_eq!(world.log.topic_id(), TOPIC);
    assert!(machine::disk::read(&world.disk, &segment_file(0)).is_ok());
}

#[tokio::test]
async fn full_disk_refuses_appends_and_nothing_else() {
    let world = World::fresh(small());
    let mut model = Model::default();
    for round in 0..20 {
        world.disk.set_capacity(Some(world.disk.used() + 2_000 + round * 37));
        world.hand.advance(Duration::from_secs(2));
        while model.append(&world.log).is_ok() {}
        assert_eq!(world.append(&model.next()), Err(AppendError::DiskFull));
        model.check(&world.log, ReadBound::LogEnd, model.end);
        assert!(world.context.is_full());
        world.disk.set_capacity(Some(1 << 30));
        assert_eq!(world.append(&model.next()), Err(AppendError::DiskFull), "looked at once a second");
        world.hand.advance(Duration::from_secs(1));
        model.append(&world.log).unwrap();
    }
    world.log.wait_durable(model.end - 1).await.unwrap();
    world.disk.kill();
    let again = World::open(&world.disk, 1, small()).unwrap();
    again.log.settled().await.unwrap();
    model.check(&again.log, ReadBound::HighWatermark, model.end);
    assert_eq!(again.log.damage(), None);
}

#[tokio::test]
async fn idle_log_is_small_and_holds_no_file() {
    assert!(size_of::<PartitionLog>() <= 1_024, "{}", size_of::<PartitionLog>());
    let world = World::fresh(small());
    let mut model = Model::default();
    for _ in 0..60 {
        model.append(&world.log).unwrap();
    }
    world.log.wait_durable(model.end - 1).await.unwrap();
    model.check(&world.log, ReadBound::HighWatermark, model.end);
    world.log.retain().await.unwrap();
    world.log.retain().await.unwrap();
    assert!(world.log.lock().segments.iter().all(|segment| !segment.holds_file()));
    model.append(&world.log).unwrap();
    model.check(&world.log, ReadBound::LogEnd, model.end);
}

#[tokio::test]
async fn damaged_metadata_does_not_make_an_orphan() {
    let world = World::fresh(small());
    world.append(&Batch::of(1)).unwrap();
    let disk = world.close().await;
    disk.flip(&folder().join("partition.metadata"), 25, 1);
    let world = World::open(&disk, 1, small()).unwrap();
    assert_eq!(world.log.log_end(), 1, "the ledger knows whose it is");
    disk.flip(&folder().join("partition.metadata"), 25, 1);
    world.context.set_orphans_aside(|id| id == TOPIC).unwrap();
    assert!(disk.list(&folder()).is_ok());
}

#[tokio::test]
async fn segment_deleted_under_a_reader_is_out_of_range() {
    let world = World::fresh(small());
    let mut model = Model::default();
    for _ in 0..20 {
        model.append(&world.log).unwrap();
    }
    world.log.wait_durable(model.end - 1).await.unwrap();
    world.log.retain().await.unwrap();
    world.log.retain().await.unwrap();
    world.disk.remove_file(&segment_file(0)).unwrap();
    let read = || world.log.read(0, 100, ReadBound::HighWatermark, true);
    assert!(matches!(read(), Err(ReadError::Failed(_))), "it should be there");
    world.log.delete_records_before(model.end - 1).await.unwrap();
    assert!(matches!(read(), Err(ReadError::OutOfRange { .. })));
}

#[tokio::test]
async fn epoch_whose_records_are_gone_is_forgotten() {
    let world = World::open(&SimDisk::new(1), 1, small()).unwrap();
    world.append(&Batch::of(5)).unwrap();
    world.log.wait_durable(4).await.unwrap();
    world.disk.kill();
    let len = machine::disk::read(&world.disk, &segment_file(0)).unwrap().len() as u64;
    let (world, _hand) = World::open_held(&world.disk, 2, small()).unwrap();
    world.append(&Batch::of(5)).unwrap();
    world.disk.kill();
    // The note of epoch 2 has reached the disk, its records have not.
    world.disk.open(&segment_file(0), OpenMode::Write).unwrap().set_len(len).unwrap();
    let world = World::open(&world.disk, 3, small()).unwrap();
    assert_eq!(world.log.log_end(), 5);
    assert_eq!((world.log.epoch_end_offset(2), world.log.epoch_of(4)), (Some((1, 5)), Some(1)));
    world.append(&Batch::of(1)).unwrap();
    assert_eq!(world.log.epoch_end_offset(2), Some((1, 5)));
}

#[tokio::test]
async fn deleted_log_comes_back_from_no_power_cut_for_good() {
    for seed in 0..40 {
        let world = World::open(&SimDisk::new(seed), 0, small()).unwrap();
        world.append(&Batch::of(1)).unwrap();
        world.log.wait_durable(0).await.unwrap();
        world.log.delete().unwrap();
        world.context.purge().unwrap();
        world.context.ledger.flush().unwrap().durable().await.unwrap();
        world.disk.cut(Loss::Some);
        let disk: Arc<dyn Disk> = Arc::new(world.disk.clone());
        let (clock, data) = (world.context.clock.clone(), PathBuf::from("/data"));
        let committer = Committer::start(disk.clone(), &data, clock.clone()).unwrap();
        let context = LogContext::open(disk, committer, clock, data).unwrap();
        context.set_orphans_aside(|_| false).unwrap();
        context.purge().unwrap();
        assert!(world.disk.list(&folder()).is_err(), "seed {seed}");
    }
}
