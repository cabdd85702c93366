//! Wall and monotonic time from one injected source.
//!
//! Wall time only stamps records and judges signature windows; durations and timeouts are monotonic.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use tokio::sync::Notify;

/// A source of time; clones share the source.
#[derive(Clone)]
pub struct Clock {
    source: Source,
}

#[derive(Clone)]
enum Source {
    System { started: Instant },
    Held { held: Arc<Held>, started_ms: i64 },
}

#[derive(Debug)]
struct Held {
    now_ms: AtomicI64,
    moved: Notify,
}

impl Clock {
    /// The machine's own clock.
    #[allow(clippy::disallowed_methods, reason = "the one place that reads the machine's clock")]
    pub fn system() -> Self {
        Self { source: Source::System { started: Instant::now() } }
    }

    /// A clock that stands still at `now_ms` until the returned handle moves it.
    pub fn held(now_ms: i64) -> (Self, HeldClock) {
        let held = Arc::new(Held { now_ms: AtomicI64::new(now_ms), moved: Notify::new() });
        (Self { source: Source::Held { held: held.clone(), started_ms: now_ms } }, HeldClock { held })
    }

    /// Wall time in milliseconds since 1970-01-01T00:00:00Z.
    #[allow(clippy::disallowed_methods, reason = "the one place that reads the machine's clock")]
    pub fn now_ms(&self) -> i64 {
        match &self.source {
            Source::System { .. } => match SystemTime::now().duration_since(UNIX_EPOCH) {
                Ok(since) => i64::try_from(since.as_millis()).unwrap_or(i64::MAX),
                // A machine set before 1970: time stands at the epoch rather than wrapping.
                Err(_) => 0,
            },
            Source::Held { held, .. } => held.now_ms.load(Ordering::SeqCst),
        }
    }

    /// Monotonic time since this clock was made.
    #[allow(clippy::disallowed_methods, reason = "the one place that reads the machine's clock")]
    pub fn elapsed(&self) -> Duration {
        match &self.source {
            Source::System { started } => started.elapsed(),
            Source::Held { held, started_ms } => {
                let since = held.now_ms.load(Ordering::SeqCst).saturating_sub(*started_ms);
                Duration::from_millis(u64::try_from(since).unwrap_or(0))
            }
        }
    }

    /// Waits until [`Clock::elapsed`] has reached `deadline`. A held clock gets there only when it is moved.
    pub async fn sleep_until(&self, deadline: Duration) {
        match &self.source {
            Source::System { .. } => loop {
                let left = deadline.saturating_sub(self.elapsed());
                if left.is_zero() {
                    return;
                }
                tokio::time::sleep(left).await;
            },
            Source::Held { held, .. } => loop {
                // Registered before looking, so that a move in between is not missed.
                let mut moved = std::pin::pin!(held.moved.notified());
                moved.as_mut().enable();
                if self.elapsed() >= deadline {
                    return;
                }
                moved.await;
            },
        }
    }
}

impl fmt::Debug for Clock {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Clock({})", self.now_ms())
    }
}

/// Moves a clock made by [`Clock::held`].
#[derive(Clone, Debug)]
pub struct HeldClock {
    held: Arc<Held>,
}

impl HeldClock {
    /// Moves the clock forward.
    pub fn advance(&self, by: Duration) {
        let by = i64::try_from(by.as_millis()).unwrap_or(i64::MAX);
        self.held.now_ms.fetch_add(by, Ordering::SeqCst);
        self.held.moved.notify_waiters();
    }

    /// Sets the clock, backwards too.
    pub fn set_ms(&self, now_ms: i64) {
        self.held.now_ms.store(now_ms, Ordering::SeqCst);
        self.held.moved.notify_waiters();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn held_clock_moves_only_when_told() {
        let (clock, hand) = Clock::held(1_000);
        assert_eq!((clock.now_ms(), clock.elapsed()), (1_000, Duration::ZERO));
        hand.advance(Duration::from_millis(5));
        assert_eq!((clock.now_ms(), clock.elapsed()), (1_005, Duration::from_millis(5)));
        hand.set_ms(10);
        assert_eq!((clock.now_ms(), clock.elapsed()), (10, Duration::ZERO));
    }

    #[tokio::test]
    async fn held_clock_wakes_sleepers_when_moved_far_enough() {
        let (clock, hand) = Clock::held(0);
        let sleeper = clock.clone();
        let sleep = tokio::spawn(async move { sleeper.sleep_until(Duration::from_millis(10)).await });
        tokio::task::yield_now().await;
        hand.advance(Duration::from_millis(9));
        tokio::task::yield_now().await;
        assert!(!sleep.is_finished());
        hand.advance(Duration::from_millis(1));
        sleep.await.unwrap();
    }

    #[test]
    fn system_clock_is_after_2020() {
        assert!(Clock::system().now_ms() > 1_577_836_800_000);
    }
}
