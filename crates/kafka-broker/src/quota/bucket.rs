//! Tokens that come in at a rate: partitions made and deleted, which come rarely and in heaps, and bytes of traffic.

use std::time::Duration;

/// A bucket that holds the tokens of so many milliseconds. It may owe some.
#[derive(Clone, Copy, Debug)]
pub(super) struct Bucket<const BURST_MS: u64> {
    tokens: f64,
    /// Per second, when it was last looked at.
    rate: f64,
    at: Duration,
}

/// As full as the rate lets it be.
impl<const BURST_MS: u64> Default for Bucket<BURST_MS> {
    fn default() -> Self {
        Self { tokens: f64::INFINITY, rate: 0.0, at: Duration::ZERO }
    }
}

impl<const BURST_MS: u64> Bucket<BURST_MS> {
    fn holds(rate: f64) -> f64 {
        Duration::from_millis(BURST_MS).as_secs_f64() * rate
    }

    fn fill(&mut self, rate: f64, now: Duration) {
        let since = now.saturating_sub(self.at).as_secs_f64();
        *self = Self { tokens: (self.tokens + since * rate).min(Self::holds(rate)), rate, at: now };
    }

    /// How long until it owes nothing.
    pub(super) fn debt(&mut self, rate: f64, now: Duration) -> Duration {
        self.fill(rate, now);
        Duration::try_from_secs_f64((-self.tokens / rate).max(0.0)).unwrap_or(Duration::MAX)
    }

    /// Takes tokens out, more than there are if need be.
    pub(super) fn take(&mut self, tokens: f64, rate: f64, now: Duration) {
        self.fill(rate, now);
        self.tokens -= tokens;
    }

    /// Puts back tokens that were taken out a moment ago.
    pub(super) fn give_back(&mut self, tokens: f64) {
        self.tokens += tokens;
    }

    /// Has it owe no more than comes in within this time.
    pub(super) fn forgive(&mut self, longest: Duration) {
        self.tokens = self.tokens.max(-longest.as_secs_f64() * self.rate);
    }

    /// Whether it is as full as one that was never used.
    pub(super) fn is_full(&self, now: Duration) -> bool {
        let since = now.saturating_sub(self.at).as_secs_f64();
        self.tokens + since * self.rate >= Self::holds(self.rate)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn at(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn what_it_holds_is_saved_up_and_a_debt_is_paid_off_at_the_rate() {
        let mut bucket = Bucket::<11_000>::default();
        bucket.take(22.0, 2.0, at(100));
        assert_eq!(bucket.debt(2.0, at(100)), at(0));
        bucket.take(6.0, 2.0, at(100));
        assert_eq!(bucket.debt(2.0, at(101)), at(2));
        assert_eq!(bucket.debt(4.0, at(101)), at(1));
        assert_eq!(bucket.debt(2.0, at(200)), at(0));
        bucket.take(23.0, 2.0, at(200));
        assert_eq!(bucket.debt(2.0, at(200)), Duration::from_millis(500));
        assert!(!bucket.is_full(at(205)) && bucket.is_full(at(212)));
    }

    #[test]
    fn a_debt_is_forgiven_down_to_what_comes_in_and_tokens_come_back() {
        let mut bucket = Bucket::<1_000>::default();
        bucket.take(101.0, 1.0, at(1));
        bucket.forgive(at(200));
        assert_eq!(bucket.debt(1.0, at(1)), at(100));
        bucket.forgive(at(10));
        assert_eq!(bucket.debt(1.0, at(1)), at(10));
        bucket.give_back(7.0);
        assert_eq!(bucket.debt(1.0, at(1)), at(3));
    }
}
