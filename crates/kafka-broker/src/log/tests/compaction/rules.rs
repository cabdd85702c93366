//! The rules of compaction, one by one.

use std::time::Duration;

use kafka_wire::records::{Batch, BatchBuilder, Compression, NewRecord};
use machine::disk::Disk;

use super::super::world::{folder, read_all};
use super::{HEADERS, Model, RETENTION_MS, World, config, records, run};
use crate::log::{BatchInfo, LogConfig, Origin, ReadBound};

/// A log of `count` batches, flushed.
async fn filled(config: LogConfig, count: usize) -> (World, Model) {
    let world = World::fresh(config);
    let mut model = Model::default();
    fill(&world, &mut model, 0..count).await;
    (world, model)
}

async fn fill(world: &World, model: &mut Model, seeds: std::ops::Range<usize>) {
    for seed in seeds {
        assert!(model.append(world, seed));
    }
    world.log.flush().await.unwrap();
}

async fn compact(world: &World, model: &mut Model) -> i64 {
    let upto = world.compact().await.unwrap().expect("there is something to compact");
    model.compacted(upto, world.now_ms());
    model.check(world, world.now_ms());
    upto
}

fn past_retention(world: &World) {
    world.hand.advance(Duration::from_millis(RETENTION_MS.unsigned_abs() + 1));
}

#[test]
fn read_that_skips_what_is_compacted_away_ends_where_its_bytes_do() {
    run(async {
        let (world, mut model) = filled(config(), 60).await;
        compact(&world, &mut model).await;
        for from in 0..world.log.log_end() {
            for max in (100..3_000).step_by(100) {
                let slice = world.log.read(from, max, ReadBound::LastStable, true).unwrap();
                let last = slice.parts.last().unwrap();
                let mut bytes = vec![0; last.len as usize];
                last.file.read_at(&mut bytes, last.offset).unwrap();
                let (mut rest, mut next) = (&bytes[..], 0);
                while let Some(info) = BatchInfo::read(rest) {
                    next = info.next_offset();
                    rest = &rest[info.size as usize..];
                }
                assert_eq!(slice.next, next, "from {from}, {max} bytes");
            }
        }
    });
}

#[test]
fn segment_that_is_written_to_and_both_ends_of_the_log_stay() {
    run(async {
        let (world, mut model) = filled(config(), 60).await;
        let names = world.names(".log");
        let last = folder().join(names.last().unwrap());
        let before = machine::disk::read(&world.disk, &last).unwrap();
        let ends = |world: &World| (world.log.log_start(), world.log.high_watermark(), world.log.log_end());
        let was = ends(&world);
        let upto = compact(&world, &mut model).await;
        assert_eq!(format!("{upto:020}.log"), *names.last().unwrap());
        assert_eq!(machine::disk::read(&world.disk, &last).unwrap(), before);
        assert_eq!(ends(&world), was);
        assert_eq!(world.compact().await.unwrap(), None, "there is nothing more to do");
        fill(&world, &mut model, 60..70).await;
        compact(&world, &mut model).await;
        assert!(world.names(".log").len() < names.len(), "segments that have become small become one");
    });
}

#[test]
fn tombstone_stays_for_its_time_and_goes_then() {
    run(async {
        let (world, mut model) = filled(config(), 2).await;
        for value in [Some(&b"value"[..]), None] {
            let mut builder = BatchBuilder::new(Compression::Lz4);
            let timestamp = world.now_ms();
            builder.push(&NewRecord { timestamp, key: Some(b"lone"), value, headers: &HEADERS }).unwrap();
            let base = world.log.append(&builder.build().unwrap(), Origin::Client).unwrap().base_offset;
            model.add(base, vec![(b"lone".to_vec(), value.map(<[u8]>::to_vec))], timestamp);
        }
        let lone = |world: &World| -> Vec<_> {
            let lone = records(world).into_iter().filter(|record| record.key == b"lone");
            lone.map(|record| record.value.is_some()).collect()
        };
        fill(&world, &mut model, 2..40).await;
        assert_eq!(lone(&world), [true, false]);
        compact(&world, &mut model).await;
        assert_eq!(lone(&world), [false]);
        world.hand.advance(Duration::from_millis(RETENTION_MS.unsigned_abs()));
        fill(&world, &mut model, 40..60).await;
        compact(&world, &mut model).await;
        assert_eq!(lone(&world), [false], "its time is not over before it is");
        world.hand.advance(Duration::from_millis(1));
        fill(&world, &mut model, 60..80).await;
        compact(&world, &mut model).await;
        assert_eq!(lone(&world), []);
    });
}

#[test]
fn aborted_records_go_at_once_and_markers_after_their_records() {
    run(async {
        let world = World::fresh(config());
        let mut model = Model::default();
        let markers = |world: &World| {
            let all = read_all(&world.log, 1 << 20, ReadBound::LogEnd).unwrap();
            all.iter().filter(|held| BatchInfo::read(&held.bytes).unwrap().is_control()).count()
        };
        assert!(model.begin(&world, 1) && model.end(&world, 1, false), "aborted");
        let epoch = model.transactions;
        assert!(model.begin(&world, 1) && model.end(&world, 1, true), "its producer goes on");
        fill(&world, &mut model, 0..40).await;
        compact(&world, &mut model).await;
        let all = read_all(&world.log, 1 << 20, ReadBound::LogEnd).unwrap();
        let infos: Vec<_> = all.iter().map(|held| BatchInfo::read(&held.bytes).unwrap()).collect();
        let is_aborted = |info: &BatchInfo| info.producer_epoch == epoch && info.producer_id == 101;
        assert!(infos.iter().all(|info| !is_aborted(info) || info.is_control()));
        assert_eq!(markers(&world), 2, "their records were there a moment ago");
        fill(&world, &mut model, 40..60).await;
        compact(&world, &mut model).await;
        assert_eq!(markers(&world), 2, "their time begins when their records are gone");
        past_retention(&world);
        fill(&world, &mut model, 60..80).await;
        compact(&world, &mut model).await;
        assert_eq!(markers(&world), 0);
        let producers = world.log.producers();
        assert!(producers.iter().any(|(id, producer)| *id == 101 && producer.epoch() == epoch + 1));
    });
}

#[test]
fn start_finds_no_open_transaction_where_compaction_took_its_marker() {
    run(async {
        let (world, mut model) = filled(config(), 2).await;
        assert!(model.begin(&world, 1));
        fill(&world, &mut model, 2..20).await;
        assert!(model.end(&world, 1, false));
        assert!(model.begin(&world, 1) && model.end(&world, 1, true), "its producer goes on");
        for seeds in [20..40, 40..60, 60..80] {
            fill(&world, &mut model, seeds).await;
            compact(&world, &mut model).await;
            past_retention(&world);
        }
        fill(&world, &mut model, 80..100).await;
        let upto = compact(&world, &mut model).await;
        let snapshots = world.names(".snapshot");
        let offset = |name: &String| name.strip_suffix(".snapshot").unwrap().parse::<i64>().unwrap();
        assert!(snapshots.iter().all(|name| offset(name) >= upto), "{snapshots:?} before {upto}");
        // A start without them reads everything.
        world.disk.kill();
        for name in snapshots {
            world.disk.remove_file(&folder().join(name)).unwrap();
        }
        let again = World::open(&world.disk, 1, config()).unwrap();
        again.hand.set_ms(world.now_ms());
        again.log.settled().await.unwrap();
        model.check(&again, again.now_ms());
        assert!(model.append(&again, 100), "sequences are known");
    });
}

#[test]
fn old_records_without_a_key_go() {
    run(async {
        let world = World::fresh(config());
        for n in 0..40 {
            let key = (n % 2 == 0).then_some(&b"key"[..]);
            let mut builder = BatchBuilder::new(Compression::None);
            let value = Some(&[b'v'; 100][..]);
            builder.push(&NewRecord { timestamp: 0, key, value, headers: &[] }).unwrap();
            world.log.append(&builder.build().unwrap(), Origin::Client).unwrap();
        }
        world.log.flush().await.unwrap();
        let upto = world.compact().await.unwrap().unwrap();
        let left = read_all(&world.log, 1 << 20, ReadBound::LogEnd).unwrap();
        let left: Vec<_> = left.iter().filter(|held| held.base < upto).collect();
        let count =
            |held: &&&super::super::world::Held| BatchInfo::read(&held.bytes).unwrap().record_count > 0;
        assert_eq!(left.iter().filter(count).count(), 1);
    });
}

#[test]
fn client_that_reads_on_while_segments_are_swapped_finds_every_newest_record() {
    run(async {
        let (world, mut model) = filled(config(), 60).await;
        let (mut next, mut seen) = (0, Vec::new());
        let mut seed = 60;
        while next < world.log.high_watermark() {
            let slice = world.log.read(next, 150, ReadBound::LastStable, true).unwrap();
            fill(&world, &mut model, seed..seed + 1).await;
            seed += 1;
            if let Some(upto) = world.compact().await.unwrap() {
                model.compacted(upto, world.now_ms());
            }
            // What was promised before the swap is read after it.
            for part in &slice.parts {
                let mut bytes = vec![0; part.len as usize];
                assert_eq!(part.file.read_at(&mut bytes, part.offset).unwrap(), bytes.len());
                let mut rest = &bytes[..];
                while let Some(info) = BatchInfo::read(rest) {
                    let (batch, _) = Batch::parse(rest).unwrap();
                    for record in batch.plain(usize::MAX).unwrap().records() {
                        let offset = record.unwrap().offset;
                        assert!(seen.last().is_none_or(|last| *last < offset), "{offset} once, and in order");
                        seen.push(offset);
                    }
                    rest = &rest[info.size as usize..];
                }
            }
            next = slice.next;
            if seed > 200 {
                break;
            }
        }
        let newest = records(&world);
        let passed: Vec<_> = newest.iter().filter(|record| record.offset < next).collect();
        assert!(passed.len() > 5, "the reader has come a long way");
        let missed: Vec<_> = passed.iter().filter(|record| !seen.contains(&record.offset)).collect();
        assert!(missed.is_empty(), "{missed:?}");
    });
}

#[test]
fn ratio_and_lags_say_when_and_what() {
    run(async {
        let (world, mut model) = filled(config(), 60).await;
        let with = |change: fn(&mut LogConfig)| {
            let mut config = config();
            change(&mut config);
            world.log.configure(config.into());
        };
        let is_due = || world.log.dirty().unwrap().is_some_and(|dirty| dirty.is_due);
        assert!(is_due(), "everything is dirty");
        with(|config| config.min_compaction_lag_ms = 10_000);
        assert_eq!(world.log.dirty().unwrap(), None, "all of it is too young");
        world.hand.advance(Duration::from_millis(10_001));
        assert!(is_due());
        with(|_| {});
        compact(&world, &mut model).await;
        fill(&world, &mut model, 60..66).await;
        with(|config| config.min_cleanable_dirty_ratio = 0.9);
        let dirty = world.log.dirty().unwrap().expect("there is something");
        assert!(dirty.bytes > 0 && dirty.ratio < 0.9 && !dirty.is_due, "{dirty:?}");
        with(|config| {
            config.min_cleanable_dirty_ratio = 0.9;
            config.max_compaction_lag_ms = 15_000;
        });
        assert!(!is_due(), "the oldest came ten seconds ago");
        world.hand.advance(Duration::from_millis(5_000));
        assert!(is_due(), "it has waited for too long");
        compact(&world, &mut model).await;
    });
}

#[test]
fn retention_takes_compacted_segments_where_both_are_wanted() {
    run(async {
        let both = LogConfig { delete: true, retention_ms: 1_000, ..config() };
        let (world, mut model) = filled(both, 60).await;
        let upto = compact(&world, &mut model).await;
        world.hand.advance(Duration::from_millis(1_001));
        fill(&world, &mut model, 60..61).await;
        assert!(world.log.retain().await.unwrap().segments > 0);
        assert!(world.log.log_start() >= upto);
        model.check(&world, world.now_ms());
    });
}

#[test]
fn log_may_begin_inside_a_hole_that_an_earlier_life_wrote() {
    run(async {
        let (mut world, mut model) = filled(config(), 30).await;
        for epoch in 1..4 {
            world.disk.kill();
            let now_ms = world.now_ms();
            world = World::open(&world.disk, epoch, config()).unwrap();
            world.hand.set_ms(now_ms);
            world.log.settled().await.unwrap();
            let from = usize::try_from(epoch).unwrap() * 30;
            fill(&world, &mut model, from..from + 30).await;
        }
        compact(&world, &mut model).await;
        for start in 0..world.log.log_end() {
            world.log.delete_records_before(start).await.unwrap();
            assert_eq!(world.log.damage(), None, "from {start}");
            model.check_places(&world, &records(&world));
        }
    });
}

#[test]
fn damage_that_only_digests_show_is_not_copied() {
    run(async {
        let (world, _) = filled(config(), 60).await;
        world.log.scrub(&crate::log::Pace::new(u32::MAX)).await.unwrap();
        let first = folder().join(&world.names(".log")[0]);
        let bytes = machine::disk::read(&world.disk, &first).unwrap();
        // Two batches of the same offsets and another content: the checksum of each is right.
        let other = World::fresh(config());
        let mut wrong = Model::default();
        other.hand.advance(Duration::from_secs(1));
        fill(&other, &mut wrong, 0..60).await;
        let theirs = machine::disk::read(&other.disk, &folder().join(&other.names(".log")[0])).unwrap();
        let size = BatchInfo::read(&bytes).unwrap().size as usize;
        assert_eq!(BatchInfo::read(&theirs).unwrap().size as usize, size);
        for at in 0..size {
            world.disk.flip(&first, at, bytes[at] ^ theirs[at]);
        }
        let refused = world.compact().await;
        assert!(matches!(refused, Err(crate::log::LogError::Compaction(_))), "{refused:?}");
        assert!(world.log.is_damaged());
        assert_eq!(world.names(".cleaned"), Vec::<String>::new());
        assert_eq!(world.compact().await.unwrap(), None, "a log with damage is left alone");
    });
}

#[test]
fn more_keys_than_memory_holds_take_more_than_one_pass() {
    run(async {
        let (world, mut model) = filled(config(), 60).await;
        let mut upto = 0;
        let mut passes = 0;
        while let Some(done) = world.compact_within(3).await.unwrap() {
            assert!(done > upto, "every pass gets on");
            upto = done;
            passes += 1;
        }
        assert!(passes > 3, "{passes}");
        model.compacted(upto, world.now_ms());
        model.check(&world, world.now_ms());
    });
}
