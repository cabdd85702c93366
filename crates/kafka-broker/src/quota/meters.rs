//! What each of those who are told apart has used. Whoever rests is forgotten as soon as that makes no difference, and
//! of very many at once those who come last share one meter: there is no end to names that a client can make up.

use std::sync::Arc;
use std::time::Duration;

use hashbrown::{Equivalent, HashMap};
use parking_lot::Mutex;

use super::bucket::Bucket;
use super::window::Window;

/// Meters of one kind in a cluster: at 400 bytes each, a few megabytes.
const METERS_MAX: usize = 10_000;
/// Meters below this many are not looked through when there is a new one.
const SWEEP_MIN: usize = 64;
/// The least time between two looks.
const SWEEP_EVERY: Duration = Duration::from_secs(1);

/// A meter that makes no difference once it has rested.
pub(super) trait Meter: Default {
    /// Whether it is now as if it had never been used.
    fn is_idle(&self, now: Duration) -> bool;
}

impl Meter for Window {
    fn is_idle(&self, now: Duration) -> bool {
        self.total(now) == 0
    }
}

impl<const BURST_MS: u64> Meter for Bucket<BURST_MS> {
    fn is_idle(&self, now: Duration) -> bool {
        self.is_full(now)
    }
}

/// Who shares a meter: all of a user, all of a client, or those of both. Nobody in particular: whoever came when there
/// were too many.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct Sharer<'a> {
    pub(super) user: Option<&'a str>,
    pub(super) client_id: Option<&'a str>,
}

/// As [`Sharer`], of its own.
#[derive(Debug, PartialEq, Eq, Hash)]
struct Key {
    user: Option<Arc<str>>,
    client_id: Option<Arc<str>>,
}

impl Equivalent<Key> for Sharer<'_> {
    fn equivalent(&self, key: &Key) -> bool {
        (self.user, self.client_id) == (key.user.as_deref(), key.client_id.as_deref())
    }
}

/// The meters of one kind.
#[derive(Debug)]
pub(super) struct Meters<M>(Mutex<Table<M>>);

#[derive(Debug)]
struct Table<M> {
    meters: HashMap<Key, M>,
    /// At how many they are looked through.
    sweep_at: usize,
    swept: Duration,
}

impl<M> Default for Meters<M> {
    fn default() -> Self {
        Self(Mutex::new(Table { meters: HashMap::new(), sweep_at: SWEEP_MIN, swept: Duration::ZERO }))
    }
}

impl<M: Meter> Meters<M> {
    /// Has the meter of a sharer used.
    pub(super) fn with<T>(&self, sharer: Sharer<'_>, now: Duration, used: impl FnOnce(&mut M) -> T) -> T {
        let mut table = self.0.lock();
        if let Some(meter) = table.meters.get_mut(&sharer) {
            return used(meter);
        }
        if table.meters.len() >= table.sweep_at && now.saturating_sub(table.swept) >= SWEEP_EVERY {
            table.sweep(now);
        }
        let sharer = if table.meters.len() < METERS_MAX { sharer } else { Sharer::default() };
        let key = Key { user: sharer.user.map(Arc::from), client_id: sharer.client_id.map(Arc::from) };
        used(table.meters.entry(key).or_default())
    }

    /// Forgets those that make no difference.
    pub(super) fn sweep(&self, now: Duration) {
        self.0.lock().sweep(now);
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.0.lock().meters.len()
    }
}

impl<M: Meter> Table<M> {
    fn sweep(&mut self, now: Duration) {
        self.meters.retain(|_, meter| !meter.is_idle(now));
        self.meters.shrink_to(SWEEP_MIN);
        self.sweep_at = (2 * self.meters.len()).clamp(SWEEP_MIN, METERS_MAX);
        self.swept = now;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn client(client_id: &str) -> Sharer<'_> {
        Sharer { user: None, client_id: Some(client_id) }
    }

    #[test]
    fn who_rests_is_forgotten_and_who_does_not_is_not() {
        let (meters, at) = (Meters::<Window>::default(), Duration::from_secs);
        for number in 0..1_000 {
            meters.with(client(&number.to_string()), at(1), |window| window.record(1, at(1)));
        }
        meters.with(client("7"), at(10), |window| window.record(5, at(10)));
        assert_eq!(meters.len(), 1_000);
        meters.with(client("new"), at(12), |window| window.record(1, at(12)));
        assert_eq!(meters.len(), 2);
        assert_eq!(meters.with(client("7"), at(12), |window| window.total(at(12))), 5);
        meters.sweep(at(60));
        assert_eq!(meters.len(), 0);
    }

    #[test]
    fn beyond_so_many_they_share_one() {
        let (meters, now) = (Meters::<Window>::default(), Duration::from_secs(9));
        for number in 0..METERS_MAX + 500 {
            meters.with(client(&number.to_string()), now, |window| window.record(1, now));
        }
        assert_eq!(meters.len(), METERS_MAX + 1);
        assert_eq!(meters.with(client("another"), now, |window| window.total(now)), 500);
    }

    #[test]
    fn a_user_is_not_the_client_of_the_same_name() {
        let (meters, now) = (Meters::<Window>::default(), Duration::ZERO);
        let user = Sharer { user: Some("a"), client_id: None };
        let both = Sharer { user: Some("a"), client_id: Some("a") };
        for (sharer, amount) in [(user, 1), (client("a"), 2), (both, 3)] {
            meters.with(sharer, now, |window| window.record(amount, now));
        }
        let total = |sharer| meters.with(sharer, now, |window| window.total(now));
        assert_eq!([total(user), total(client("a")), total(both)], [1, 2, 3]);
    }
}
