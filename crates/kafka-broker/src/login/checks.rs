//! Turns for checking passwords, fair over clusters.
//!
//! A check keeps a thread busy for milliseconds, so that few run at a time. Whoever waits stands in the queue of their
//! own cluster, and only the first of each cluster among those of the others: strangers who knock at one cluster
//! cannot keep the users of another waiting.

use std::sync::Arc;

use tokio::sync::Semaphore;

/// Checks that run at the same time; other blocking work needs its threads too.
const RUNNING_MAX: usize = 2;

/// The turns of a process.
#[derive(Clone, Debug)]
pub(crate) struct Turns {
    free: Arc<Semaphore>,
}

/// The checks of one cluster.
#[derive(Debug)]
pub(crate) struct Checks {
    /// As many as there are turns, so that a cluster alone can have all of them.
    first: Arc<Semaphore>,
    turns: Turns,
}

impl Turns {
    pub(crate) fn new() -> Self {
        Self { free: Arc::new(Semaphore::new(RUNNING_MAX)) }
    }
}

impl Checks {
    /// None waits yet.
    pub(crate) fn new(turns: &Turns) -> Self {
        Self { first: Arc::new(Semaphore::new(RUNNING_MAX)), turns: turns.clone() }
    }

    /// Runs a check when its turn comes. Dropped before that, it takes none; dropped later, it keeps it to the end.
    pub(super) async fn run(&self, check: impl FnOnce() -> bool + Send + 'static) -> bool {
        let first = self.first.clone().acquire_owned().await.expect("the semaphore is never closed");
        let turn = self.turns.free.clone().acquire_owned().await.expect("the semaphore is never closed");
        let running = tokio::task::spawn_blocking(move || {
            // Given back here and not by whoever waits, who may go away while the thread is still busy.
            let _held = (first, turn);
            check()
        });
        running.await.unwrap_or(false)
    }
}

#[cfg(test)]
impl Checks {
    /// Takes all turns of the process for as long as the result lives.
    pub(crate) async fn hold(&self) -> tokio::sync::OwnedSemaphorePermit {
        let all = u32::try_from(RUNNING_MAX).unwrap();
        self.turns.free.clone().acquire_many_owned(all).await.unwrap()
    }

    /// How many of the cluster run or are the next to run.
    pub(crate) fn first_count(&self) -> usize {
        RUNNING_MAX - self.first.available_permits()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;
    use std::sync::mpsc;

    use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel};
    use tokio::task::JoinHandle;

    use super::*;
    use crate::testing::until;

    /// A check that ends when it is let.
    struct Held {
        task: JoinHandle<bool>,
        end: mpsc::Sender<()>,
    }

    impl Held {
        /// Asks for a check that says its name when it begins.
        fn ask(checks: &Arc<Checks>, name: impl Into<String>, begun: &UnboundedSender<String>) -> Self {
            let (checks, name, begun) = (checks.clone(), name.into(), begun.clone());
            let (end, ended) = mpsc::channel();
            let check = move || begun.send(name).is_ok() && ended.recv().is_ok();
            Self { task: tokio::spawn(async move { checks.run(check).await }), end }
        }

        async fn finish(self) {
            self.end.send(()).unwrap();
            assert!(self.task.await.unwrap());
        }

        /// Whoever waits for it goes away.
        async fn leave(self) -> mpsc::Sender<()> {
            self.task.abort();
            assert!(self.task.await.unwrap_err().is_cancelled());
            self.end
        }
    }

    async fn next(begun: &mut UnboundedReceiver<String>) -> String {
        begun.recv().await.unwrap()
    }

    fn clusters() -> (Arc<Checks>, Arc<Checks>) {
        let turns = Turns::new();
        (Arc::new(Checks::new(&turns)), Arc::new(Checks::new(&turns)))
    }

    #[tokio::test]
    async fn a_check_that_nobody_waits_for_keeps_its_turn_while_it_runs() {
        let (checks, _) = clusters();
        let (say, mut begun) = unbounded_channel();
        let (left, other) = (Held::ask(&checks, "left", &say), Held::ask(&checks, "other", &say));
        next(&mut begun).await;
        next(&mut begun).await;
        let end = left.leave().await;
        assert_eq!((checks.turns.free.available_permits(), checks.first_count()), (0, 2));
        let third = Held::ask(&checks, "third", &say);
        end.send(()).unwrap();
        assert_eq!(next(&mut begun).await, "third");
        other.finish().await;
        third.finish().await;
        assert_eq!((checks.turns.free.available_permits(), checks.first_count()), (2, 0));
    }

    #[tokio::test]
    async fn one_that_is_given_up_before_its_turn_takes_none() {
        let (checks, _) = clusters();
        let (say, mut begun) = unbounded_channel();
        let held = checks.hold().await;
        let (gone, stays) = (Held::ask(&checks, "gone", &say), Held::ask(&checks, "stays", &say));
        until(|| checks.first_count() == 2).await;
        gone.leave().await;
        drop(held);
        assert_eq!(next(&mut begun).await, "stays");
        stays.finish().await;
        drop(say);
        assert_eq!(begun.recv().await, None, "nothing else ever ran");
    }

    #[tokio::test]
    async fn a_queue_in_one_cluster_is_none_for_another() {
        let (here, there) = clusters();
        let (say, mut begun) = unbounded_channel();
        let mut crowd = HashMap::new();
        for name in (0..20).map(|number| number.to_string()) {
            crowd.insert(name.clone(), Held::ask(&here, name, &say));
        }
        let running = next(&mut begun).await;
        next(&mut begun).await;
        let user = Held::ask(&there, "user", &say);
        until(|| there.first_count() == 1).await;
        crowd.remove(&running).unwrap().finish().await;
        assert_eq!(next(&mut begun).await, "user", "18 asked before, and wait in a queue of their own");
        user.finish().await;
        for held in crowd.values() {
            held.end.send(()).unwrap();
        }
        for (_, held) in crowd {
            assert!(held.task.await.unwrap());
        }
    }
}
