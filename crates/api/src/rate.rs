//! Calls per second, by account and action.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use control::ids::AccountId;
use machine::clock::Clock;
use parking_lot::Mutex;

/// How many calls of one action an account may make each second, on average and at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rate(u32);

impl Rate {
    /// The vendor's figure for actions that it documents none for.
    pub const UNDOCUMENTED: Self = Self::per_second(100);

    /// So many calls each second; at least one.
    pub const fn per_second(calls: u32) -> Self {
        assert!(calls > 0, "an action that may never be called is not offered");
        Self(calls)
    }

    /// Calls each second.
    pub const fn calls(self) -> u32 {
        self.0
    }

    /// The time one call takes up.
    fn interval(self) -> Duration {
        Duration::from_secs(1) / self.0
    }
}

/// Which limits apply: the vendor's unless the operator says otherwise.
#[derive(Clone, Debug, Default)]
pub struct RateLimits {
    /// No limits at all.
    pub off: bool,
    /// Limits that replace an action's own, by its name.
    pub by_action: BTreeMap<String, Rate>,
}

/// Token buckets, one for each account and action that has called. Only verified callers get one, so their
/// number is bounded by accounts times actions.
pub(crate) struct RateLimiter {
    limits: RateLimits,
    clock: Clock,
    /// When the bucket will be full again, as time on the clock.
    full_at: Mutex<HashMap<(AccountId, &'static str), Duration>>,
}

/// The bucket is empty.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Throttled {
    /// Until the next call may pass, in milliseconds, rounded up.
    pub(crate) wait_ms: u64,
}

impl RateLimiter {
    pub(crate) fn new(limits: RateLimits, clock: Clock) -> Self {
        Self { limits, clock, full_at: Mutex::default() }
    }

    /// Takes a token of `account` for `action`, whose own rate is `rate`.
    pub(crate) fn take(
        &self,
        account: &AccountId,
        action: &'static str,
        rate: Rate,
    ) -> Result<(), Throttled> {
        if self.limits.off {
            return Ok(());
        }
        let rate = self.limits.by_action.get(action).copied().unwrap_or(rate);
        let now = self.clock.elapsed();
        let mut full_at = self.full_at.lock();
        let full = full_at.entry((account.clone(), action)).or_default();
        // A full bucket holds one second's worth of calls; each call puts its fullness off by one interval.
        let next = (*full).max(now) + rate.interval();
        match next.checked_sub(now + Duration::from_secs(1)).filter(|wait| !wait.is_zero()) {
            None => {
                *full = next;
                Ok(())
            }
            Some(wait) => {
                let wait_ms = wait.as_nanos().div_ceil(1_000_000);
                Err(Throttled { wait_ms: u64::try_from(wait_ms).unwrap_or(u64::MAX) })
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn limiter(limits: RateLimits) -> (RateLimiter, machine::clock::HeldClock) {
        let (clock, hand) = Clock::held(1_000);
        (RateLimiter::new(limits, clock), hand)
    }

    #[test]
    fn a_bucket_holds_a_second_and_refills_evenly() {
        let (limiter, hand) = limiter(RateLimits::default());
        let account = AccountId::new("a");
        let take = || limiter.take(&account, "StartInstance", Rate::per_second(2));
        assert_eq!([take(), take(), take()], [Ok(()), Ok(()), Err(Throttled { wait_ms: 500 })]);
        hand.advance(Duration::from_millis(499));
        assert_eq!(take(), Err(Throttled { wait_ms: 1 }));
        hand.advance(Duration::from_millis(1));
        assert_eq!([take(), take()], [Ok(()), Err(Throttled { wait_ms: 500 })]);
        hand.advance(Duration::from_secs(3_600));
        assert_eq!([take(), take(), take()], [Ok(()), Ok(()), Err(Throttled { wait_ms: 500 })]);
    }

    #[test]
    fn accounts_and_actions_do_not_share_a_bucket() {
        let (limiter, _hand) = limiter(RateLimits::default());
        let one = Rate::per_second(1);
        for (account, action) in [("a", "X"), ("a", "Y"), ("b", "X")] {
            assert_eq!(limiter.take(&AccountId::new(account), action, one), Ok(()));
        }
        assert!(limiter.take(&AccountId::new("a"), "X", one).is_err());
    }

    #[test]
    fn the_operator_decides() {
        let account = AccountId::new("a");
        let by_action = BTreeMap::from([("CreateTopic".to_owned(), Rate::per_second(20))]);
        let (raised, _hand) = limiter(RateLimits { by_action, ..RateLimits::default() });
        let passed = (0..30).filter(|_| raised.take(&account, "CreateTopic", Rate::per_second(1)).is_ok());
        assert_eq!(passed.count(), 20);
        let (off, _hand) = limiter(RateLimits { off: true, ..RateLimits::default() });
        assert!((0..1_000).all(|_| off.take(&account, "CreateTopic", Rate::per_second(1)).is_ok()));
    }
}
