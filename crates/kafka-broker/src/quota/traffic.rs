//! What all clients of a cluster together may send and read, and those from the internet among them.

use std::num::NonZeroU64;
use std::time::Duration;

use arc_swap::ArcSwap;
use parking_lot::Mutex;

use super::window::Window;

/// How much traffic a cluster may have, in bytes per second; none for no bound.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct TrafficLimits {
    /// Of Produce requests.
    pub produce: Option<NonZeroU64>,
    /// Of fetched records.
    pub fetch: Option<NonZeroU64>,
    /// In each direction through public listeners; it counts as produced or fetched too.
    pub public: Option<NonZeroU64>,
}

/// Which way bytes go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    In,
    Out,
}

/// The limits of a cluster, and what is used of them.
#[derive(Debug, Default)]
pub(super) struct Traffic {
    limits: ArcSwap<TrafficLimits>,
    produced: Mutex<Window>,
    fetched: Mutex<Window>,
    public_in: Mutex<Window>,
    public_out: Mutex<Window>,
}

impl Traffic {
    /// Bounds it otherwise from now on. What has gone by counts.
    pub(super) fn bound(&self, limits: TrafficLimits) {
        self.limits.store(limits.into());
    }

    /// Each bound that applies, with its window.
    pub(super) fn each(&self, way: Way, is_public: bool, mut used: impl FnMut(f64, &Mutex<Window>)) {
        let limits = self.limits.load();
        let (all, all_window, public_window) = match way {
            Way::In => (limits.produce, &self.produced, &self.public_in),
            Way::Out => (limits.fetch, &self.fetched, &self.public_out),
        };
        if let Some(all) = all {
            used(number(all), all_window);
        }
        if let Some(public) = limits.public.filter(|_| is_public) {
            used(number(public), public_window);
        }
    }

    /// Charges what went by, and says how long to hold back.
    pub(super) fn charge(&self, way: Way, is_public: bool, bytes: u64, now: Duration) -> Duration {
        let mut throttle = Duration::ZERO;
        self.each(way, is_public, |quota, window| {
            let mut window = window.lock();
            window.record(bytes, now);
            throttle = throttle.max(window.throttle(quota, now));
        });
        throttle
    }
}

#[expect(clippy::cast_precision_loss, reason = "nothing sends 2^53 bytes in a second")]
fn number(limit: NonZeroU64) -> f64 {
    limit.get() as f64
}
