//! Random lives of a compacted log: records, transactions that stay open across compactions and restarts, examinations,
//! deletions, kills and power cuts.

use std::time::Duration;

use machine::disk::sim::{Loss, SimDisk};
use proptest::prelude::*;

use super::{Model, World, config, findings, run};
use crate::log::Pace;

#[derive(Clone, Copy, Debug)]
enum Step {
    Append(usize),
    Begin(usize),
    End(usize, bool),
    Compact,
    Scrub,
    /// Deletes so many hundredths of what there is.
    Delete(i64),
    Pass(u64),
    Kill,
    Cut,
    Close,
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        24 => (0..1_000_usize).prop_map(Step::Append),
        8 => (0..1_000_usize).prop_map(Step::Begin),
        8 => (0..1_000_usize, any::<bool>()).prop_map(|(seed, commit)| Step::End(seed, commit)),
        8 => Just(Step::Compact),
        2 => Just(Step::Scrub),
        1 => (0..60_i64).prop_map(Step::Delete),
        4 => (1..100_u64).prop_map(Step::Pass),
        2 => Just(Step::Kill),
        2 => Just(Step::Cut),
        2 => Just(Step::Close),
    ]
}

async fn live(seed: u64, steps: &[Step]) {
    let disk = SimDisk::new(seed);
    let mut world = World::open(&disk, 0, config()).unwrap();
    let (mut model, mut now_ms) = (Model::default(), world.now_ms());
    for (epoch, step) in (1..).zip(steps) {
        match *step {
            Step::Append(seed) => assert!(model.append(&world, seed)),
            Step::Begin(seed) => assert!(model.begin(&world, seed)),
            Step::End(seed, commit) => assert!(model.end(&world, seed, commit)),
            Step::Compact => {
                world.log.flush().await.unwrap();
                if let Some(upto) = world.compact().await.unwrap() {
                    model.compacted(upto, now_ms);
                }
                model.check(&world, now_ms);
            }
            Step::Scrub => {
                world.log.flush().await.unwrap();
                assert_eq!(world.log.scrub(&Pace::new(u32::MAX)).await.unwrap().spots, 0);
            }
            Step::Delete(hundredths) => {
                world.log.flush().await.unwrap();
                let (start, stable) = (world.log.log_start(), world.log.last_stable());
                let upto = start + (stable - start) * hundredths / 100;
                world.log.delete_records_before(upto).await.unwrap();
            }
            Step::Pass(seconds) => world.hand.advance(Duration::from_secs(seconds)),
            Step::Kill | Step::Cut | Step::Close => {
                world.log.flush().await.unwrap();
                match step {
                    Step::Kill => disk.kill(),
                    Step::Cut => disk.cut(Loss::Some),
                    _ => {
                        world.log.close().await.unwrap();
                        world.context.close().await.unwrap();
                    }
                }
                assert_eq!(findings(&disk), [], "what a crash leaves is no damage");
                world = World::open(&disk, epoch, config()).unwrap();
                world.hand.set_ms(now_ms);
                world.log.settled().await.unwrap();
                model.check(&world, now_ms);
            }
        }
        now_ms = world.now_ms();
    }
    world.log.flush().await.unwrap();
    model.check(&world, now_ms);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn compacted_log_keeps_the_newest_of_each_key(seed: u64, steps in prop::collection::vec(step(), 20..120)) {
        run(live(seed, &steps));
    }
}
