//! Wall and monotonic time from one injected source.
//!
//! Wall time only stamps records and judges signature windows; durations and timeouts are monotonic.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

/// A source of time; clones share the source.
#[derive(Clone)]
pub struct Clock {
    source: Source,
}

#[derive(Clone)]
enum Source {
    System { started: Instant },
    Held { now_ms: Arc<AtomicI64>, started_ms: i64 },
}

impl Clock {
    /// The machine's own clock.
    #[allow(clippy::disallowed_methods, reason = "the one place that reads the machine's clock")]
    pub fn system() -> Self {
        Self { source: Source::System { started: Instant::now() } }
    }

    /// A clock that stands still at `now_ms` until the returned handle moves it.
    pub fn held(now_ms: i64) -> (Self, HeldClock) {
        let now = Arc::new(AtomicI64::new(now_ms));
        (Self { source: Source::Held { now_ms: now.clone(), started_ms: now_ms } }, HeldClock { now_ms: now })
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
            Source::Held { now_ms, .. } => now_ms.load(Ordering::SeqCst),
        }
    }

    /// Monotonic time since this clock was made.
    #[allow(clippy::disallowed_methods, reason = "the one place that reads the machine's clock")]
    pub fn elapsed(&self) -> Duration {
        match &self.source {
            Source::System { started } => started.elapsed(),
            Source::Held { now_ms, started_ms } => {
                let since = now_ms.load(Ordering::SeqCst).saturating_sub(*started_ms);
                Duration::from_millis(u64::try_from(since).unwrap_or(0))
            }
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
    now_ms: Arc<AtomicI64>,
}

impl HeldClock {
    /// Moves the clock forward.
    pub fn advance(&self, by: Duration) {
        let by = i64::try_from(by.as_millis()).unwrap_or(i64::MAX);
        self.now_ms.fetch_add(by, Ordering::SeqCst);
    }

    /// Sets the clock, backwards too.
    pub fn set_ms(&self, now_ms: i64) {
        self.now_ms.store(now_ms, Ordering::SeqCst);
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

    #[test]
    fn system_clock_is_after_2020() {
        assert!(Clock::system().now_ms() > 1_577_836_800_000);
    }
}
