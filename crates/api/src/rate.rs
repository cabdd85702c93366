//! Calls per second, by caller and action. A caller is an account's owner or one of its sub-users, whatever keys they
//! call with.

use std::collections::{BTreeMap, HashMap};
use std::time::Duration;

use control::Caller;
use control::ids::{AccountId, SubUserId};
use machine::clock::Clock;
use parking_lot::Mutex;

/// How many calls of one action a caller may make each second, on average and at once.
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
    /// What replaces an action's own limit, by its name; none for no limit.
    pub by_action: BTreeMap<String, Option<Rate>>,
}

/// Token buckets, one for each caller and action. Only verified callers get one, and one that is full again is as
/// good as none.
pub(crate) struct RateLimiter {
    limits: RateLimits,
    clock: Clock,
    /// When the bucket will be full again, as time on the clock.
    full_at: Mutex<HashMap<Bucket, Duration>>,
}

/// Whose calls of what.
type Bucket = (AccountId, Option<SubUserId>, &'static str);

/// Buckets beyond which full ones are thrown away.
const BUCKETS_KEPT: usize = 10_000;

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

    /// Takes a token of `caller` for `action`, whose own rate is `rate`.
    pub(crate) fn take(&self, caller: &Caller, action: &'static str, rate: Rate) -> Result<(), Throttled> {
        let rate = self.limits.by_action.get(action).copied().unwrap_or(Some(rate));
        let Some(rate) = rate.filter(|_| !self.limits.off) else { return Ok(()) };
        let now = self.clock.elapsed();
        let mut full_at = self.full_at.lock();
        if full_at.len() >= BUCKETS_KEPT {
            full_at.retain(|_, full| *full > now);
        }
        let full = full_at.entry((caller.account.clone(), caller.user.clone(), action)).or_default();
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

    fn caller(account: &str, user: Option<&str>) -> Caller {
        Caller {
            account: AccountId::new(account),
            user: user.map(SubUserId::new),
            access_key_id: "k".into(),
            request_id: "r".into(),
            address: "127.0.0.1".into(),
        }
    }

    #[test]
    fn a_bucket_holds_a_second_and_refills_evenly() {
        let (limiter, hand) = limiter(RateLimits::default());
        let owner = caller("a", None);
        let take = || limiter.take(&owner, "StartInstance", Rate::per_second(2));
        assert_eq!([take(), take(), take()], [Ok(()), Ok(()), Err(Throttled { wait_ms: 500 })]);
        hand.advance(Duration::from_millis(499));
        assert_eq!(take(), Err(Throttled { wait_ms: 1 }));
        hand.advance(Duration::from_millis(1));
        assert_eq!([take(), take()], [Ok(()), Err(Throttled { wait_ms: 500 })]);
        hand.advance(Duration::from_secs(3_600));
        assert_eq!([take(), take(), take()], [Ok(()), Ok(()), Err(Throttled { wait_ms: 500 })]);
    }

    #[test]
    fn callers_and_actions_do_not_share_a_bucket_and_keys_of_one_caller_do() {
        let (limiter, _hand) = limiter(RateLimits::default());
        let one = Rate::per_second(1);
        let all = [
            ("a", None, "X"),
            ("a", None, "Y"),
            ("b", None, "X"),
            ("a", Some("u"), "X"),
            ("a", Some("v"), "X"),
        ];
        for (account, user, action) in all {
            assert_eq!(limiter.take(&caller(account, user), action, one), Ok(()));
        }
        for (account, user, action) in all {
            let with_another_key = Caller { access_key_id: "other".into(), ..caller(account, user) };
            assert!(limiter.take(&with_another_key, action, one).is_err());
        }
    }

    #[test]
    fn the_operator_decides() {
        let owner = caller("a", None);
        let by_action = BTreeMap::from([
            ("CreateTopic".to_owned(), Some(Rate::per_second(20))),
            ("StartInstance".to_owned(), None),
        ]);
        let (raised, _hand) = limiter(RateLimits { by_action, ..RateLimits::default() });
        let passed = (0..30).filter(|_| raised.take(&owner, "CreateTopic", Rate::per_second(1)).is_ok());
        assert_eq!(passed.count(), 20);
        assert!((0..30).all(|_| raised.take(&owner, "StartInstance", Rate::per_second(1)).is_ok()));
        let (off, _hand) = limiter(RateLimits { off: true, ..RateLimits::default() });
        assert!((0..1_000).all(|_| off.take(&owner, "CreateTopic", Rate::per_second(1)).is_ok()));
    }

    #[test]
    fn buckets_that_are_full_again_are_not_kept_for_ever() {
        let (limiter, hand) = limiter(RateLimits::default());
        for number in 0..BUCKETS_KEPT {
            limiter.take(&caller(&number.to_string(), None), "X", Rate::per_second(1)).unwrap();
        }
        hand.advance(Duration::from_secs(2));
        limiter.take(&caller("one more", None), "X", Rate::per_second(1)).unwrap();
        assert_eq!(limiter.full_at.lock().len(), 1);
    }
}
