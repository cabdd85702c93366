//! Compaction stopped at every call to the disk.

use std::collections::BTreeMap;
use std::io::ErrorKind;

use machine::disk::Disk;
use machine::disk::sim::{Effect, Loss, SimDisk, fault_at_each_call, stop_at_each_call};

use super::super::world::folder;
use super::{Model, World, config, findings, records, run};
use crate::log::LogConfig;

/// As [`config`], with segments of a few batches: every call is another life, and few make a compaction.
fn tight() -> LogConfig {
    LogConfig { segment_bytes: 500, ..config() }
}

/// Appends, compacts, and again, until the disk stops.
async fn work(world: &World, model: &mut Model) {
    for round in 0..2 {
        for seed in 0..6 {
            let is_taken = match seed {
                1 => model.begin(world, round),
                2 => model.end(world, round, false),
                4 => model.begin(world, 1) && model.end(world, 1, true),
                _ => model.append(world, seed * 5 + round),
            };
            if !is_taken {
                return;
            }
        }
        let end = world.log.log_end();
        if world.log.flush().await.is_err() {
            return;
        }
        model.durable = end;
        match world.compact().await {
            // What came since the last time may all be in the segment that is written.
            Ok(upto) => model.upto = upto.unwrap_or(model.upto),
            Err(_) => return,
        }
    }
}

fn stopped_everywhere(seed: u64, end: fn(&SimDisk)) -> u64 {
    stop_at_each_call(seed, |disk| {
        run(async {
            let mut model = Model::default();
            for epoch in 0..2 {
                let Ok(world) = World::open(disk, epoch, tight()) else {
                    end(disk);
                    continue;
                };
                if world.log.settled().await.is_ok() && !disk.stopped() {
                    model.found(&world);
                    newest_are_there(&world, &model);
                    model.sequence = next_sequence(&world);
                    if model.end_again(&world) {
                        work(&world, &mut model).await;
                    }
                }
                end(disk);
                assert_eq!(findings(disk), [], "what a crash leaves is no damage");
            }
            assert!(disk.fired() || model.upto > 0, "undisturbed, it is compacted");
            let world = World::open(disk, 9, tight()).or_else(|_| {
                end(disk);
                World::open(disk, 10, tight())
            });
            let mut world = world.unwrap();
            if world.log.settled().await.is_err() {
                assert!(disk.stopped());
                end(disk);
                world = World::open(disk, 11, tight()).unwrap();
                world.log.settled().await.unwrap();
            }
            model.found(&world);
            newest_are_there(&world, &model);
            let left = world.disk.list(&folder()).unwrap_or_default();
            assert!(
                left.iter().all(|entry| !entry.name.ends_with(".swap") && !entry.name.ends_with(".cleaned"))
            );
        });
    })
}

/// What the log expects of the producer without transactions.
fn next_sequence(world: &World) -> i32 {
    let producers = world.log.producers();
    let known = producers.iter().find(|(id, _)| *id == super::PRODUCER);
    known.map_or(0, |(_, producer)| producer.last_sequence() + 1)
}

/// Waits until what was found is durable, on a thread of its own.
fn run_settled(world: &World) {
    let log = world.log.clone();
    std::thread::scope(|scope| {
        scope.spawn(move || run(async move { log.settled().await.unwrap() }));
    });
}

fn newest_are_there(world: &World, model: &Model) {
    let visible = world.log.last_stable();
    let fork = world.disk.fork(1);
    fork.kill();
    // A look of its own: the disk of the other may stop at any moment.
    let Ok(world) = World::open(&fork, 20, config()) else { panic!("what is there does not open") };
    assert_eq!(world.log.damage(), None);
    run_settled(&world);
    let mut model = model.clone();
    model.found(&world);
    assert!(model.end_again(&world));
    let found = records(&world);
    let seen = model.records.iter().filter(|record| record.offset < visible);
    let newest: BTreeMap<_, _> = seen.map(|record| (&record.key, record)).collect();
    for record in newest.values() {
        assert!(found.contains(record), "the newest of its key is gone: {record:?}");
    }
    for record in &found {
        assert!(model.records.contains(record), "nobody wrote that: {record:?}");
    }
}

#[test]
fn kill_at_every_call_of_a_compaction_loses_no_newest_record() {
    let runs = stopped_everywhere(1, SimDisk::kill);
    assert!(runs >= 200, "{runs} runs were stopped");
}

#[test]
fn cut_at_every_call_of_a_compaction_loses_no_newest_record() {
    let runs = stopped_everywhere(3, |disk| disk.cut(Loss::Some));
    assert!(runs >= 200, "{runs} runs were stopped");
}

#[test]
fn no_stop_takes_more_where_files_are_sealed() {
    crate::log::testing::sealed(|| {
        let runs = stopped_everywhere(3, |disk| disk.cut(Loss::Some));
        assert!(runs >= 200, "{runs} runs were stopped");
    });
}

#[test]
fn full_disk_or_failing_call_leaves_what_can_be_read() {
    for kind in [ErrorKind::StorageFull, ErrorKind::Other] {
        let runs = fault_at_each_call(1, Effect::Error(kind), |disk| {
            run(async {
                let Ok(world) = World::open(disk, 0, tight()) else { return };
                let mut model = Model::default();
                work(&world, &mut model).await;
                newest_are_there(&world, &model);
                disk.kill();
                let open = World::open(disk, 1, tight()).or_else(|_| World::open(disk, 2, tight()));
                let world = open.unwrap();
                if world.log.settled().await.is_ok() {
                    newest_are_there(&world, &model);
                }
            });
        });
        assert!(runs >= 100, "{runs} calls failed");
    }
}
