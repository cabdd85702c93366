//! One queue of deadlines for everything of a kind in a cluster, and the one task that waits for the first of them.

use std::collections::BTreeSet;
use std::time::Duration;

use machine::clock::Clock;
use parking_lot::Mutex;
use tokio::sync::Notify;

/// Deadlines in order. An alarm whose deadline moves is moved, so the queue is as long as there are alarms.
#[derive(Debug)]
pub(crate) struct Deadlines<A> {
    queue: Mutex<Queue<A>>,
    changed: Notify,
}

#[derive(Debug)]
struct Queue<A> {
    alarms: BTreeSet<(Duration, A)>,
    closed: bool,
}

impl<A> Default for Deadlines<A> {
    fn default() -> Self {
        let queue = Queue { alarms: BTreeSet::new(), closed: false };
        Self { queue: Mutex::new(queue), changed: Notify::new() }
    }
}

impl<A: Ord> Deadlines<A> {
    /// Moves an alarm from where it was set last (it may have gone off since) to `to`.
    pub(crate) fn set(&self, alarm: A, from: Option<Duration>, to: Option<Duration>) {
        let is_first = {
            let mut queue = self.queue.lock();
            let mut entry = (Duration::ZERO, alarm);
            if let Some(from) = from {
                entry.0 = from;
                queue.alarms.remove(&entry);
            }
            let Some(to) = to else { return };
            entry.0 = to;
            let is_first = queue.alarms.first().is_none_or(|first| entry < *first);
            queue.alarms.insert(entry);
            is_first
        };
        if is_first {
            self.changed.notify_one();
        }
    }

    /// Waits until something is due and takes all of it. None when closed.
    pub(crate) async fn due(&self, clock: &Clock) -> Option<Vec<A>> {
        loop {
            let changed = self.changed.notified();
            let first = {
                let mut queue = self.queue.lock();
                if queue.closed {
                    return None;
                }
                let due = queue.take_until(clock.elapsed());
                if !due.is_empty() {
                    return Some(due);
                }
                queue.alarms.first().map(|(at, _alarm)| *at)
            };
            match first {
                None => changed.await,
                Some(at) => tokio::select! {
                    () = changed => {}
                    () = clock.sleep_until(at) => {}
                },
            }
        }
    }

    /// Ends all waiting.
    pub(crate) fn close(&self) {
        self.queue.lock().closed = true;
        self.changed.notify_one();
    }
}

impl<A: Ord> Queue<A> {
    fn take_until(&mut self, now: Duration) -> Vec<A> {
        let mut due = Vec::new();
        while let Some((at, _alarm)) = self.alarms.first()
            && *at <= now
        {
            due.extend(self.alarms.pop_first().map(|(_at, alarm)| alarm));
        }
        due
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;

    fn alarm(name: &str) -> String {
        name.to_owned()
    }

    const fn at(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[tokio::test]
    async fn alarms_go_off_in_order_and_once() {
        let (clock, hand) = Clock::held(0);
        let deadlines = Deadlines::default();
        deadlines.set(alarm("b"), None, Some(at(2)));
        deadlines.set(alarm("a"), None, Some(at(3)));
        deadlines.set(alarm("c"), None, Some(at(9)));
        hand.advance(at(3));
        assert_eq!(deadlines.due(&clock).await, Some(vec![alarm("b"), alarm("a")]));
        deadlines.set(alarm("c"), Some(at(9)), Some(at(4)));
        deadlines.set(alarm("b"), Some(at(2)), None);
        hand.advance(at(10));
        assert_eq!(deadlines.due(&clock).await, Some(vec![alarm("c")]));
        assert!(deadlines.queue.lock().alarms.is_empty());
    }

    #[tokio::test]
    async fn a_waiting_task_hears_of_an_earlier_alarm_and_of_the_end() {
        let (clock, hand) = Clock::held(0);
        let deadlines = Arc::new(Deadlines::default());
        deadlines.set(alarm("late"), None, Some(at(100)));
        let waiting = tokio::spawn({
            let (deadlines, clock) = (deadlines.clone(), clock.clone());
            async move { (deadlines.due(&clock).await, deadlines.due(&clock).await) }
        });
        tokio::task::yield_now().await;
        deadlines.set(alarm("early"), None, Some(at(1)));
        tokio::task::yield_now().await;
        hand.advance(at(1));
        tokio::task::yield_now().await;
        deadlines.close();
        assert_eq!(waiting.await.unwrap(), (Some(vec![alarm("early")]), None));
    }
}
