//! The process is stopped at every call to the disk, by a kill and by a power cut: a transaction counts in all
//! partitions and for the group, or nowhere; and what was answered stands.

use machine::disk::sim::{Loss, SimDisk, stop_at_each_call};

use super::Outcome;
use super::world::World;

/// What the outside knows.
#[derive(Debug, Default)]
struct Told {
    /// Transactions are numbered; those that were answered, with their outcome.
    outcomes: Vec<(i64, bool)>,
    /// The one that was asked for and not answered.
    doubt: Option<(i64, Outcome)>,
    next: i64,
}

impl Told {
    fn check(&mut self, world: &World) -> Result<(), String> {
        let committed = [world.committed(0)?, world.committed(1)?];
        assert_eq!(committed[0], committed[1], "never in one partition only");
        let counts = |number: &i64| committed[0].contains(number);
        if let Some((number, outcome)) = self.doubt.take() {
            let there = counts(&number);
            assert!(!there || outcome == Outcome::Commit, "{number} was to be aborted");
            self.outcomes.push((number, there));
        }
        let expected: Vec<_> =
            self.outcomes.iter().filter(|(_, commits)| *commits).map(|(number, _)| *number).collect();
        assert_eq!(committed[0], expected, "{:?}", self.outcomes);
        let (offset, _) = world.offset();
        assert_eq!(offset, expected.last().copied(), "the group's offset goes with the records");
        Ok(())
    }

    /// A look at what the lives before have left, and transactions with these outcomes.
    async fn live(&mut self, disk: &SimDisk, renews: bool, outcomes: &[Outcome]) -> Result<(), String> {
        let told = |error: &dyn std::fmt::Debug| format!("{error:?}");
        let world = World::open(disk, 1_000).await?;
        self.check(&world)?;
        let mut producer = world.producer("t", renews).await.map_err(|error| told(&error))?;
        self.check(&world)?;
        for log in &world.logs {
            assert_eq!(log.last_stable(), log.high_watermark(), "nothing holds readers back");
        }
        for outcome in outcomes.iter().copied() {
            let number = self.next;
            self.next += 1;
            // Without an end, it is aborted.
            self.doubt = Some((number, Outcome::Abort));
            for partition in 0..2 {
                producer.write(&world, partition, number).await.map_err(|error| told(&error))?;
            }
            producer.offset(&world, number).await.map_err(|error| told(&error))?;
            assert!(world.offset().1);
            self.doubt = Some((number, outcome));
            producer.end(&world, outcome).await.map_err(|error| told(&error))?;
            self.doubt = None;
            self.outcomes.push((number, outcome == Outcome::Commit));
            // A partition that cannot take its marker now gets it later.
            if !disk.stopped() {
                self.check(&world)?;
            }
        }
        Ok(())
    }
}

fn survive(seed: u64, renews: bool, restart: impl Fn(&SimDisk)) -> u64 {
    // A runtime for each life: its threads end with it.
    let run = |future: std::pin::Pin<Box<dyn Future<Output = Result<(), String>> + '_>>| {
        tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap().block_on(future)
    };
    stop_at_each_call(seed, |disk| {
        let mut told = Told::default();
        let lives = [&[Outcome::Commit, Outcome::Abort, Outcome::Commit][..], &[Outcome::Commit], &[]];
        for outcomes in lives {
            let outcome = run(Box::pin(told.live(disk, renews, outcomes)));
            assert!(outcome.is_ok() || disk.stopped(), "{outcome:?}");
            restart(disk);
        }
    })
}

#[test]
fn transactions_are_whole_after_a_kill_anywhere() {
    for renews in [false, true] {
        let stops = survive(1, renews, SimDisk::kill);
        assert!(stops >= 200, "{stops} places");
    }
}

#[test]
fn transactions_are_whole_after_a_cut_anywhere() {
    for renews in [false, true] {
        let stops = survive(2, renews, |disk| disk.cut(Loss::Unsynced));
        assert!(stops >= 200, "{stops} places");
        survive(3, renews, |disk| disk.cut(Loss::Some));
    }
}
