//! Kills, power cuts and failing calls, at every call.

use std::io::ErrorKind;

use machine::disk::Disk;
use machine::disk::sim::{Effect, Loss, Moment, Plan, SimDisk, fault_at_each_call, stop_at_each_call};

use super::world::{Model, World, segment_file, small};
use crate::log::testing::sealed;
use crate::log::{AppendError, LogConfig, ReadBound};

/// What the outside knows of a log when its broker dies.
#[derive(Clone, Debug, Default)]
struct Known {
    model: Model,
    /// Acknowledged as durable, or shown to a reader.
    promised: i64,
    /// End of what was acknowledged at all.
    written: i64,
    /// Where the log begins, at least and at most.
    start: (i64, i64),
    /// Batches that were asked for; the last may be there although its answer was an error.
    attempted: Option<Vec<u8>>,
}

/// One life: appends, waits, reads, deletes, and closes in every second one.
async fn live(world: &World, known: &mut Known, closes: bool) {
    for step in 0..14 {
        let attempt = known.model.next();
        match known.model.append(&world.log) {
            Ok(appended) => {
                known.written = known.model.end;
                if step % 3 == 2 && world.log.wait_durable(appended.last_offset).await.is_ok() {
                    known.promised = known.written;
                }
            }
            Err(_) => {
                known.attempted = Some(attempt.bytes());
                return;
            }
        }
        known.promised = known.promised.max(world.log.high_watermark());
        if step == 9 {
            let target = known.promised - 3;
            known.start.1 = known.start.1.max(target);
            match world.log.delete_records_before(target).await {
                Ok(start) => known.start.0 = start,
                Err(_) => return,
            }
        }
    }
    if closes && world.log.close().await.is_ok() && world.context.close().await.is_ok() {
        known.promised = known.written;
    }
}

/// What the next life finds must fit; then it is what is known.
fn compare(world: &World, known: &mut Known, at_least: i64) {
    let end = world.log.log_end();
    if let Some(bytes) = known.attempted.take()
        && end > known.written
    {
        // Nobody knows whether the batch of a failed call is there.
        known.model.batches.push((known.written, bytes));
        known.model.end = end;
    }
    assert!(at_least <= end && end <= known.model.end, "{at_least} <= {end} <= {}", known.model.end);
    let start = world.log.log_start();
    assert!((known.start.0..=known.start.1).contains(&start), "{start} in {:?}", known.start);
    known.model.cut(end);
    known.model.check(&world.log, ReadBound::LogEnd, end);
    known.model.check_duplicates(&world.log);
    assert_eq!(world.log.damage(), None);
    assert!(world.log.high_watermark() <= end);
    (known.written, known.start) = (end, (start, start));
}

fn run(work: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(work);
}

/// Two lives, each ended by `end`, and a third to look; stopped at every call of any of them.
fn crash_everywhere(seed: u64, config: &LogConfig, end: fn(&SimDisk), loses: bool) -> u64 {
    stop_at_each_call(seed, |disk| {
        run(async {
            let mut known = Known::default();
            let mut epoch = 0;
            for life in 0..3 {
                let world = loop {
                    epoch += 1;
                    match World::open(disk, epoch, config.clone()) {
                        Ok(world) => break world,
                        Err(error) => {
                            assert!(disk.stopped(), "{error}");
                            end(disk);
                        }
                    }
                };
                if world.log.settled().await.is_err() {
                    assert!(disk.stopped());
                    // Readers may have seen what was visible until then.
                    known.promised = known.promised.max(world.log.high_watermark());
                } else {
                    let at_least = if loses { known.promised } else { known.written };
                    if !disk.stopped() {
                        compare(&world, &mut known, at_least);
                        // What recovery has shown is durable.
                        known.promised = world.log.high_watermark();
                    }
                }
                if life < 2 && !disk.stopped() {
                    live(&world, &mut known, life == 0).await;
                }
                end(disk);
            }
        });
    })
}

#[test]
fn kill_at_every_call_loses_nothing_acknowledged() {
    let runs = crash_everywhere(1, &small(), SimDisk::kill, false);
    assert!(runs >= 400, "{runs} runs were stopped");
    let page_cache = LogConfig { flush_messages: i64::MAX, ..small() };
    let runs = crash_everywhere(2, &page_cache, SimDisk::kill, false);
    assert!(runs >= 200, "{runs} runs were stopped");
}

#[test]
fn no_crash_takes_more_where_files_are_sealed() {
    sealed(|| {
        let runs = crash_everywhere(1, &small(), SimDisk::kill, false);
        assert!(runs >= 400, "{runs} runs were stopped");
        for seed in [10, 20_000] {
            let runs = crash_everywhere(seed, &small(), |disk| disk.cut(Loss::Some), true);
            assert!(runs >= 400, "{runs} runs were stopped");
        }
        let runs = crash_everywhere(1, &small(), |disk| disk.cut(Loss::Unsynced), true);
        assert!(runs >= 400, "{runs} runs were stopped");
    });
}

#[test]
fn any_number_of_lives_write_to_sealed_files() {
    sealed(|| {
        run(async {
            let (disk, mut model) = (SimDisk::new(1), Model::default());
            for life in 0..100 {
                let world = World::open(&disk, life, LogConfig::default()).unwrap();
                model.append(&world.log).unwrap();
                if life % 2 == 0 {
                    world.close().await;
                } else {
                    disk.kill();
                }
            }
            let world = World::open(&disk, 100, LogConfig::default()).unwrap();
            model.check(&world.log, ReadBound::LogEnd, model.end);
            let segments = world.names(".log").len();
            assert!((3..6).contains(&segments), "worn files get a successor: {segments} segments");
        });
    });
}

#[test]
fn cut_at_every_call_loses_nothing_durable_or_seen() {
    for seed in [10, 20_000] {
        let runs = crash_everywhere(seed, &small(), |disk| disk.cut(Loss::Some), true);
        assert!(runs >= 400, "{runs} runs were stopped");
    }
    let runs = crash_everywhere(1, &small(), |disk| disk.cut(Loss::Unsynced), true);
    assert!(runs >= 400, "{runs} runs were stopped");
}

#[test]
fn every_failing_call_is_reported_and_a_failed_sync_is_final() {
    for (seed, kind) in [(1, ErrorKind::Other), (2, ErrorKind::StorageFull)] {
        let runs = fault_at_each_call(seed, Effect::Error(kind), |disk| {
            run(async {
                let mut known = Known::default();
                let Ok(world) = World::open(disk, 0, small()) else { return };
                live(&world, &mut known, true).await;
                let sync_failed = world.context.committer.failed().is_some();
                if sync_failed {
                    let after = world.append(&known.model.next());
                    assert!(matches!(after, Err(AppendError::Offline(_) | AppendError::Closed)), "{after:?}");
                    assert!(world.log.wait_durable(1_000_000).await.is_err());
                    assert!(world.log.offline().is_some() || after == Err(AppendError::Closed));
                }
                // A restart of the process, then of the machine: what the first has shown must stay.
                disk.kill();
                let open =
                    |epoch| World::open(disk, epoch, small()).or_else(|_| World::open(disk, epoch, small()));
                let world = open(1).unwrap();
                if world.log.settled().await.is_err() {
                    return;
                }
                let promised = known.promised;
                compare(&world, &mut known, promised);
                known.promised = world.log.high_watermark();
                disk.cut(Loss::Some);
                let world = open(2).unwrap();
                let promised = known.promised;
                compare(&world, &mut known, promised);
            });
        });
        assert!(runs >= 100, "{runs} calls failed");
    }
}

#[test]
fn batch_whose_write_failed_is_not_there_after_a_restart() {
    for moment in Moment::ALL {
        run(async {
            let world = World::fresh(small());
            let mut model = Model::default();
            model.append(&world.log).unwrap();
            world.log.wait_durable(model.end - 1).await.unwrap();
            let fault = Effect::Error(ErrorKind::Other);
            world.disk.plan(Plan { call: 1, moment, effect: fault });
            assert!(matches!(world.append(&model.next()), Err(AppendError::WriteFailed(_))));
            assert_eq!(world.log.log_end(), model.end);
            let fork = world.disk.fork(1);
            let again = World::open(&fork, 1, small()).unwrap();
            again.log.settled().await.unwrap();
            model.check(&again.log, ReadBound::LogEnd, model.end);
            assert_eq!(again.log.log_end(), model.end);
            model.append(&world.log).unwrap();
            model.check(&world.log, ReadBound::LogEnd, model.end);
        });
    }
}

#[test]
fn records_that_were_said_to_be_deleted_do_not_come_back() {
    // Whichever call of the first deletion fails: whoever asks again is not told that it is done before it is.
    for call in 1..=4 {
        run(async {
            let world = World::fresh(small());
            let mut model = Model::default();
            for _ in 0..5 {
                model.append(&world.log).unwrap();
            }
            world.log.wait_durable(model.end - 1).await.unwrap();
            world.disk.plan(Plan { call, moment: Moment::Before, effect: Effect::Error(ErrorKind::Other) });
            let first = world.log.delete_records_before(3).await;
            let again = world.log.delete_records_before(3).await;
            let fork = world.disk.fork(1);
            fork.cut(Loss::Unsynced);
            let begins = World::open(&fork, 1, small()).unwrap().log.log_start();
            for told in [first, again].into_iter().flatten() {
                assert_eq!((told, begins), (3, 3), "call {call}");
            }
        });
    }
}

#[test]
fn beginning_that_a_cut_has_taken_takes_the_rest_along() {
    run(async {
        let page_cache = LogConfig { flush_messages: i64::MAX, ..small() };
        let (world, _hand) = World::open_held(&SimDisk::new(1), 0, page_cache.clone()).unwrap();
        let mut model = Model::default();
        for _ in 0..20 {
            model.append(&world.log).unwrap();
        }
        assert!(world.names(".log").len() > 2);
        world.disk.kill();
        // The name of the first segment was lost, those of later ones were not.
        world.disk.remove_file(&segment_file(0)).unwrap();
        let world = World::open(&world.disk, 1, page_cache).unwrap();
        assert_eq!((world.log.log_start(), world.log.log_end(), world.log.damage()), (0, 0, None));
        assert_eq!(world.names(".log"), [""; 0]);
    });
}
