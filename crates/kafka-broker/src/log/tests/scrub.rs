//! Looking for damage unasked, and the digests that are taken on the way.

use std::path::PathBuf;

use machine::disk::Disk;
use machine::disk::sim::SimDisk;

use super::world::{Model, TOPIC, World, folder, segment_file, small, spec, take_apart};
use crate::log::{Pace, PartitionLog, ReadBound, ReadError, Scrubbed};

/// Fast enough to be waited for.
fn pace() -> Pace {
    Pace::new(u32::MAX)
}

fn digests_file(base: i64) -> PathBuf {
    folder().join(format!("{base:020}.digests"))
}

fn bases(disk: &SimDisk) -> Vec<i64> {
    let list = disk.list(&folder()).unwrap();
    list.iter().filter_map(|entry| entry.name.strip_suffix(".log")?.parse().ok()).collect()
}

/// A log of several segments that has been examined once.
async fn sealed() -> (World, Model) {
    let world = World::fresh(small());
    let mut model = Model::default();
    for _ in 0..24 {
        model.append(&world.log).unwrap();
    }
    world.log.scrub(&pace()).await.unwrap();
    (world, model)
}

#[tokio::test]
async fn finished_segments_get_digests_once() {
    let (world, mut model) = sealed().await;
    let finished = bases(&world.disk).len() - 1;
    assert!(finished >= 2);
    assert_eq!(world.names(".digests").len(), finished);
    assert_eq!(world.log.scrub(&pace()).await.unwrap(), Scrubbed::default(), "it is not their turn again");
    while bases(&world.disk).len() == finished + 1 {
        model.append(&world.log).unwrap();
    }
    let scrubbed = world.log.scrub(&pace()).await.unwrap();
    assert_eq!((scrubbed.segments, scrubbed.sealed, scrubbed.spots), (1, 1, 0));
    world.log.flush().await.unwrap();
    world.hand.advance(std::time::Duration::from_secs(8 * 24 * 60 * 60));
    let again = world.log.scrub(&pace()).await.unwrap();
    assert_eq!((again.segments, again.sealed, again.spots), (finished as u64 + 1, 0, 0));
    let disk = world.close().await;
    disk.cut(machine::disk::sim::Loss::Unsynced);
    let world = World::open(&disk, 1, small()).unwrap();
    let after = world.log.scrub(&pace()).await.unwrap();
    assert_eq!((after.segments, after.sealed, after.spots), (finished as u64 + 1, 0, 0), "they are durable");
    model.check(&world.log, ReadBound::LogEnd, model.end);
}

#[tokio::test]
async fn bits_that_turn_while_the_server_runs_are_found_and_never_served_again() {
    let (world, model) = sealed().await;
    // Everything was written by this process, and would be served without another look.
    let base = bases(&world.disk)[1];
    let first = model.batches.iter().position(|(first, _)| *first == base).unwrap();
    for at in [3, 9, 14, 16, 30, 61, 70] {
        let disk = world.disk.fork(1);
        let world = World::open(&disk, 1, small()).unwrap();
        assert!(take_apart(&world.log, base, 1, ReadBound::LogEnd).is_ok());
        disk.flip(&segment_file(base), at, 4);
        let scrubbed = world.log.scrub(&pace()).await.unwrap();
        assert_eq!(scrubbed.spots, 1, "byte {at}");
        let damage = world.log.damage().unwrap();
        assert_eq!((damage.file, damage.position, damage.offset), (segment_file(base), 0, base), "byte {at}");
        let refused = take_apart(&world.log, base, 1, ReadBound::LogEnd);
        assert!(matches!(refused, Err(ReadError::Damaged(_))), "byte {at}");
        let (next, bytes) = &model.batches[first + 1];
        let held = take_apart(&world.log, *next, 1, ReadBound::LogEnd).unwrap();
        assert_eq!(&held[0].bytes, bytes, "byte {at}: what follows is served");
    }
}

#[tokio::test]
async fn segment_of_another_partition_is_not_taken_for_ours() {
    let (world, _) = sealed().await;
    let other =
        PartitionLog::open(&world.context, spec("u", uuid::Uuid::from_u128(0x71), 0, small())).unwrap();
    let mut stranger = Model::default();
    // As long as ours, and with the same offsets: every batch of it reads.
    for number in 0..24u8 {
        let batch = stranger.next().timestamps(0, 700_000 + i64::from(number));
        let appended = other.append(&batch.bytes(), crate::log::Origin::Client).unwrap();
        stranger.add(&batch, appended);
    }
    let theirs = PathBuf::from("/data/u-0").join(segment_file(0).file_name().unwrap());
    let bytes = machine::disk::read(&world.disk, &theirs).unwrap();
    let ours = machine::disk::read(&world.disk, &segment_file(0)).unwrap();
    assert!(bytes.len() == ours.len() && bytes != ours);
    let disk = world.disk.fork(1);
    let file = disk.open(&segment_file(0), machine::disk::OpenMode::Write).unwrap();
    file.write_all_at(&[std::io::IoSlice::new(&bytes)], 0).unwrap();
    let world = World::open(&disk, 1, small()).unwrap();
    assert_eq!(world.log.topic_id(), TOPIC);
    assert_eq!(world.log.scrub(&pace()).await.unwrap().spots, 1);
    let refused = take_apart(&world.log, 0, 1, ReadBound::LogEnd);
    assert!(matches!(refused, Err(ReadError::Damaged(_))), "{refused:?}");
}

#[tokio::test]
async fn digests_that_are_lost_or_wrong_are_taken_again() {
    let (world, model) = sealed().await;
    let base = bases(&world.disk)[1];
    let path = digests_file(base);
    let whole = machine::disk::read(&world.disk, &path).unwrap();
    for at in (0..whole.len()).step_by(3) {
        let disk = world.disk.fork(1);
        disk.flip(&path, at, 0x20);
        let world = World::open(&disk, 1, small()).unwrap();
        let scrubbed = world.log.scrub(&pace()).await.unwrap();
        assert_eq!((scrubbed.spots, scrubbed.sealed, world.log.damage()), (0, 1, None), "byte {at}");
        assert_eq!(machine::disk::read(&disk, &path).unwrap(), whole, "byte {at}");
    }
    let disk = world.disk.fork(1);
    disk.remove_file(&path).unwrap();
    let world = World::open(&disk, 1, small()).unwrap();
    assert_eq!(world.log.scrub(&pace()).await.unwrap().sealed, 1);
    assert_eq!(machine::disk::read(&disk, &path).unwrap(), whole);
    world.log.delete_records_before(model.end).await.unwrap();
    assert_eq!(world.names(".digests"), Vec::<String>::new(), "they go with their segments");
}
