//! Tokens that come in at a rate, for what comes rarely and in heaps: partitions made and deleted.

use std::time::Duration;

/// Seconds of the rate that may be saved up, as in Kafka.
const BURST_SECONDS: f64 = 11.0;

/// A bucket of tokens. It may owe some.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bucket {
    tokens: f64,
    /// Per second, when it was last looked at.
    rate: f64,
    at: Duration,
}

/// As full as the rate lets it be.
impl Default for Bucket {
    fn default() -> Self {
        Self { tokens: f64::INFINITY, rate: 0.0, at: Duration::ZERO }
    }
}

impl Bucket {
    fn fill(&mut self, rate: f64, now: Duration) {
        let since = now.saturating_sub(self.at).as_secs_f64();
        *self = Self { tokens: (self.tokens + since * rate).min(BURST_SECONDS * rate), rate, at: now };
    }

    /// How long until it owes nothing.
    pub(super) fn debt(&mut self, rate: f64, now: Duration) -> Duration {
        self.fill(rate, now);
        Duration::try_from_secs_f64((-self.tokens / rate).max(0.0)).unwrap_or(Duration::MAX)
    }

    /// Takes tokens out, more than there are if need be.
    pub(super) fn take(&mut self, tokens: u32, rate: f64, now: Duration) {
        self.fill(rate, now);
        self.tokens -= f64::from(tokens);
    }

    /// Whether it is as full as one that was never used.
    pub(super) fn is_full(&self, now: Duration) -> bool {
        let since = now.saturating_sub(self.at).as_secs_f64();
        self.tokens + since * self.rate >= BURST_SECONDS * self.rate
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn eleven_seconds_worth_is_saved_up_and_a_debt_is_paid_off_at_the_rate() {
        let (mut bucket, at) = (Bucket::default(), Duration::from_secs);
        bucket.take(22, 2.0, at(100));
        assert_eq!(bucket.debt(2.0, at(100)), at(0));
        bucket.take(6, 2.0, at(100));
        assert_eq!(bucket.debt(2.0, at(101)), at(2));
        assert_eq!(bucket.debt(4.0, at(101)), at(1));
        assert_eq!(bucket.debt(2.0, at(200)), at(0));
        bucket.take(23, 2.0, at(200));
        assert_eq!(bucket.debt(2.0, at(200)), Duration::from_millis(500));
        assert!(!bucket.is_full(at(205)) && bucket.is_full(at(212)));
    }
}
