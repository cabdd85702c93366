//! How long a request keeps a thread: waiting is not counted.

use std::pin::pin;
use std::time::Duration;

use machine::clock::Clock;

/// What comes of the work, and how long a thread was at it.
pub(crate) async fn busy<T>(clock: &Clock, work: impl Future<Output = T>) -> (T, Duration) {
    let mut work = pin!(work);
    let mut busy = Duration::ZERO;
    let done = std::future::poll_fn(|context| {
        let begun = clock.elapsed();
        let polled = work.as_mut().poll(context);
        busy += clock.elapsed().saturating_sub(begun);
        polled
    });
    (done.await, busy)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn work_counts_and_waiting_does_not() {
        let (clock, hand) = Clock::held(0);
        let (wakes, waits) = tokio::sync::oneshot::channel();
        let work = async {
            hand.advance(Duration::from_millis(5));
            waits.await.unwrap();
            hand.advance(Duration::from_millis(2));
            7
        };
        let other = async {
            hand.advance(Duration::from_secs(60));
            wakes.send(()).unwrap();
        };
        let (done, ()) = tokio::join!(busy(&clock, work), other);
        assert_eq!(done, (7, Duration::from_millis(7)));
    }
}
