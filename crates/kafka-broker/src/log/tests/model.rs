//! Random lives of a log against the plain list.

use machine::disk::sim::{Loss, SimDisk};
use proptest::prelude::*;

use super::world::{Model, World, small};
use crate::log::{LogConfig, ReadBound};

#[derive(Clone, Copy, Debug)]
enum Step {
    Append(u8),
    Wait,
    Read,
    Flush,
    Retain,
    DeleteRecords(u8),
    Close,
    Kill,
    Cut(bool),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        12 => (1..12u8).prop_map(Step::Append),
        4 => Just(Step::Wait),
        4 => Just(Step::Read),
        1 => Just(Step::Flush),
        1 => Just(Step::Retain),
        1 => any::<u8>().prop_map(Step::DeleteRecords),
        1 => Just(Step::Close),
        2 => Just(Step::Kill),
        2 => any::<bool>().prop_map(Step::Cut),
    ]
}

/// A log and all that was ever promised of it.
struct Checked {
    world: Option<World>,
    disk: SimDisk,
    config: LogConfig,
    epoch: i32,
    model: Model,
    promised: i64,
}

impl Checked {
    fn world(&self) -> &World {
        self.world.as_ref().unwrap()
    }

    async fn restart(&mut self, at_least: i64) {
        self.world = None;
        self.epoch += 1;
        let world = World::open(&self.disk, self.epoch, self.config.clone()).unwrap();
        world.log.settled().await.unwrap();
        let end = world.log.log_end();
        assert!((at_least..=self.model.end).contains(&end), "{at_least} <= {end} <= {}", self.model.end);
        assert_eq!(world.log.high_watermark(), end, "what is settled is visible");
        self.model.cut(end);
        self.model.check(&world.log, ReadBound::HighWatermark, end);
        self.model.check_duplicates(&world.log);
        assert_eq!(world.log.damage(), None);
        self.promised = end;
        self.world = Some(world);
    }

    async fn step(&mut self, step: Step) {
        let log = self.world().log.clone();
        match step {
            Step::Append(count) => {
                for _ in 0..count {
                    self.model.append(&log).unwrap();
                }
            }
            Step::Wait => {
                if self.model.end > 0 {
                    log.wait_durable(self.model.end - 1).await.unwrap();
                    self.promised =
                        self.promised.max(if self.config.is_synced() { self.model.end } else { 0 });
                }
            }
            Step::Read => {
                let visible = log.high_watermark();
                self.model.check(&log, ReadBound::HighWatermark, visible);
                if self.config.is_synced() {
                    self.promised = self.promised.max(visible);
                }
            }
            Step::Flush => {
                log.flush().await.unwrap();
                self.promised = self.model.end;
            }
            Step::Retain => {
                log.retain().await.unwrap();
            }
            Step::DeleteRecords(part) => {
                let (start, end) = (log.log_start(), log.high_watermark());
                let target = start + (end - start) * i64::from(part) / 512;
                assert_eq!(log.delete_records_before(target).await.unwrap(), target);
            }
            Step::Close => {
                self.world.take().unwrap().close().await;
                self.restart(self.model.end).await;
            }
            Step::Kill => {
                self.disk.kill();
                self.restart(self.model.end).await;
            }
            Step::Cut(some) => {
                self.disk.cut(if some { Loss::Some } else { Loss::Unsynced });
                // A start that was deleted up to is never given out again.
                let at_least = self.promised;
                self.restart(at_least).await;
            }
        }
    }
}

fn live(seed: u64, steps: &[Step], config: LogConfig) {
    tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
        let disk = SimDisk::new(seed);
        let mut checked =
            Checked { world: None, disk, config, epoch: 0, model: Model::default(), promised: 0 };
        checked.restart(0).await;
        for step in steps {
            checked.step(*step).await;
        }
        checked.disk.kill();
        checked.restart(checked.model.end).await;
    });
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 120, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn synced_log_keeps_every_promise(seed: u64, steps in prop::collection::vec(step(), 1..40)) {
        live(seed, &steps, small());
    }

    #[test]
    fn page_cache_log_survives_kills(seed: u64, steps in prop::collection::vec(step(), 1..40)) {
        // What it loses with the power is not promised, so there is nothing to compare.
        let kills = |step| if matches!(step, Step::Cut(_)) { Step::Kill } else { step };
        let steps: Vec<_> = steps.into_iter().map(kills).collect();
        live(seed, &steps, LogConfig { flush_messages: i64::MAX, ..small() });
    }
}
