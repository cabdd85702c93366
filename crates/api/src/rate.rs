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

/// An action of one product: several have a `ListTagResources`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ActionName {
    /// The product, as resource names call it: `alikafka`.
    pub product: &'static str,
    /// The action's name on the wire.
    pub action: &'static str,
}

/// Which limits apply: the vendor's unless the operator says otherwise.
#[derive(Clone, Debug, Default)]
pub struct RateLimits {
    /// No limits at all.
    pub off: bool,
    /// What replaces an action's own limit; none for no limit.
    pub by_action: BTreeMap<ActionName, Option<Rate>>,
}

/// Token buckets: one for each caller and action, and one for all that a caller is refused for want of permission.
/// Only verified callers get one, and one that is full again is as good as none.
pub(crate) struct RateLimiter {
    limits: RateLimits,
    clock: Clock,
    /// When the bucket will be full again, as time on the clock.
    full_at: Mutex<HashMap<Bucket, Duration>>,
}

/// Whose calls, and which.
type Bucket = (AccountId, Option<SubUserId>, Counted);

/// What a bucket is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Counted {
    /// Permitted calls of an action.
    Action(ActionName),
    /// Calls of any action that were not permitted.
    Forbidden,
}

/// One call that is not permitted each second, and a minute's worth of them at once: whoever looks through what
/// there is, as Terraform does, hears what is missing, and whoever goes on leaves no more than 86,400 audit records
/// a day.
const FORBIDDEN_EACH: Duration = Duration::from_secs(1);
const FORBIDDEN_HELD: Duration = Duration::from_secs(60);

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
    pub(crate) fn take(&self, caller: &Caller, action: ActionName, rate: Rate) -> Result<(), Throttled> {
        let rate = self.limits.by_action.get(&action).copied().unwrap_or(Some(rate));
        let Some(rate) = rate else { return Ok(()) };
        self.take_from(caller, Counted::Action(action), rate.interval(), Duration::from_secs(1))
    }

    /// Takes a token of `caller` for a call that is not permitted. They have a bucket of their own, so that refusals do
    /// not use up what is permitted.
    pub(crate) fn take_forbidden(&self, caller: &Caller) -> Result<(), Throttled> {
        self.take_from(caller, Counted::Forbidden, FORBIDDEN_EACH, FORBIDDEN_HELD)
    }

    /// Takes a token that is replaced after `each`, from a bucket that holds what comes in `held`.
    fn take_from(
        &self,
        caller: &Caller,
        counted: Counted,
        each: Duration,
        held: Duration,
    ) -> Result<(), Throttled> {
        if self.limits.off {
            return Ok(());
        }
        let now = self.clock.elapsed();
        let mut full_at = self.full_at.lock();
        if full_at.len() >= BUCKETS_KEPT {
            full_at.retain(|_, full| *full > now);
        }
        let full = full_at.entry((caller.account.clone(), caller.user.clone(), counted)).or_default();
        // Each call puts off the moment at which the bucket is full.
        let next = (*full).max(now) + each;
        match next.checked_sub(now + held).filter(|wait| !wait.is_zero()) {
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

    fn named(action: &'static str) -> ActionName {
        ActionName { product: "alikafka", action }
    }

    #[test]
    fn a_bucket_holds_a_second_and_refills_evenly() {
        let (limiter, hand) = limiter(RateLimits::default());
        let owner = caller("a", None);
        let take = || limiter.take(&owner, named("StartInstance"), Rate::per_second(2));
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
            ("a", None, named("X")),
            ("a", None, named("Y")),
            ("a", None, ActionName { product: "kms", action: "X" }),
            ("b", None, named("X")),
            ("a", Some("u"), named("X")),
            ("a", Some("v"), named("X")),
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
    fn calls_that_are_not_permitted_have_a_bucket_of_their_own() {
        let (limiter, hand) = limiter(RateLimits::default());
        let (ann, ben) = (caller("a", Some("ann")), caller("a", Some("ben")));
        assert!((0..60).all(|_| limiter.take_forbidden(&ann).is_ok()));
        assert_eq!(limiter.take_forbidden(&ann), Err(Throttled { wait_ms: 1_000 }));
        assert_eq!(limiter.take(&ann, named("X"), Rate::per_second(1)), Ok(()));
        assert_eq!(limiter.take_forbidden(&ben), Ok(()));
        hand.advance(Duration::from_secs(2));
        let after =
            [limiter.take_forbidden(&ann), limiter.take_forbidden(&ann), limiter.take_forbidden(&ann)];
        assert_eq!(after, [Ok(()), Ok(()), Err(Throttled { wait_ms: 1_000 })]);
    }

    #[test]
    fn the_operator_decides() {
        let owner = caller("a", None);
        let by_action = BTreeMap::from([
            (named("CreateTopic"), Some(Rate::per_second(20))),
            (named("StartInstance"), None),
        ]);
        let (raised, _hand) = limiter(RateLimits { by_action, ..RateLimits::default() });
        let passed =
            (0..30).filter(|_| raised.take(&owner, named("CreateTopic"), Rate::per_second(1)).is_ok());
        assert_eq!(passed.count(), 20);
        assert!((0..30).all(|_| raised.take(&owner, named("StartInstance"), Rate::per_second(1)).is_ok()));
        let (off, _hand) = limiter(RateLimits { off: true, ..RateLimits::default() });
        assert!((0..1_000).all(|_| off.take(&owner, named("CreateTopic"), Rate::per_second(1)).is_ok()));
        assert!((0..1_000).all(|_| off.take_forbidden(&owner).is_ok()));
    }

    #[test]
    fn buckets_that_are_full_again_are_not_kept_for_ever() {
        let (limiter, hand) = limiter(RateLimits::default());
        for number in 0..BUCKETS_KEPT {
            limiter.take(&caller(&number.to_string(), None), named("X"), Rate::per_second(1)).unwrap();
        }
        hand.advance(Duration::from_secs(2));
        limiter.take(&caller("one more", None), named("X"), Rate::per_second(1)).unwrap();
        assert_eq!(limiter.full_at.lock().len(), 1);
    }
}
