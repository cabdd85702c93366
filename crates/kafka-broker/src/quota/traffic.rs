//! What all clients of a cluster together may send and read, and those from the internet among them.
//!
//! Client quotas are reckoned as in Kafka, where ten seconds' worth goes by at once after a rest. What was bought is a
//! rate that holds over any few seconds: a quarter of a second's worth may be saved up, and what is over is paid off in time.

use std::num::NonZeroU64;
use std::time::Duration;

use arc_swap::ArcSwap;
use parking_lot::{Mutex, MutexGuard};

use super::FetchCharge;
use super::bucket::Bucket;

/// What may be saved up, and so what one fetch is given at most.
const BURST_MS: u64 = 250;
/// How long anybody holds back. Of what takes longer, the rest is forgiven: clients wait for a request about thirty
/// seconds, and one that was sent meanwhile waits behind this.
const HOLD_MAX: Duration = Duration::from_secs(10);

type Flow = Bucket<BURST_MS>;

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
enum Way {
    In,
    Out,
}

/// The limits of a cluster, and what is used of them.
#[derive(Debug, Default)]
pub(super) struct Traffic {
    limits: ArcSwap<TrafficLimits>,
    produced: Mutex<Flow>,
    fetched: Mutex<Flow>,
    public_in: Mutex<Flow>,
    public_out: Mutex<Flow>,
}

/// Those that a request counts in, each with its rate.
struct Flows<'a>([Option<(f64, MutexGuard<'a, Flow>)>; 2]);

impl Flows<'_> {
    /// The longest that any is behind.
    fn debt(&mut self, now: Duration) -> Duration {
        let debts = self.0.iter_mut().flatten().map(|(rate, flow)| flow.debt(*rate, now));
        debts.max().unwrap_or_default()
    }

    fn take(&mut self, bytes: u64, now: Duration) {
        for (rate, flow) in self.0.iter_mut().flatten() {
            flow.take(tokens(bytes), *rate, now);
            flow.forgive(HOLD_MAX);
        }
    }
}

impl Traffic {
    /// Bounds it otherwise from now on. What is owed is paid off at the new rate.
    pub(super) fn bound(&self, limits: TrafficLimits) {
        self.limits.store(limits.into());
    }

    /// Charges what was sent, and says how long to hold back.
    pub(super) fn produce(&self, is_public: bool, bytes: u64, now: Duration) -> Duration {
        let mut flows = self.flows(Way::In, is_public);
        flows.take(bytes, now);
        flows.debt(now)
    }

    /// Charges what is about to be given, unless something is owed already: then it is withheld until that is paid off.
    /// Who takes nothing is not held back.
    pub(super) fn fetch(&self, is_public: bool, bytes: u64, now: Duration) -> FetchCharge {
        if bytes == 0 {
            return FetchCharge { throttle: Duration::ZERO, is_given: true };
        }
        let mut flows = self.flows(Way::Out, is_public);
        let owed = flows.debt(now);
        if owed.is_zero() {
            flows.take(bytes, now);
            FetchCharge { throttle: flows.debt(now), is_given: true }
        } else {
            FetchCharge { throttle: owed, is_given: false }
        }
    }

    /// Takes back what was charged a moment ago, for it is withheld for another reason.
    pub(super) fn fetch_withheld(&self, is_public: bool, bytes: u64) {
        for (_, flow) in self.flows(Way::Out, is_public).0.iter_mut().flatten() {
            flow.give_back(tokens(bytes));
        }
    }

    /// The most that one fetch is given, so that it does not hold the others up for long.
    pub(super) fn fetch_bytes_max(&self, is_public: bool) -> u64 {
        let limits = self.limits.load();
        let rate = limits.fetch.into_iter().chain(limits.public.filter(|_| is_public)).min();
        rate.map_or(u64::MAX, |rate| rate.get().saturating_mul(BURST_MS) / 1_000)
    }

    /// The flows of which there is a bound.
    fn flows(&self, way: Way, is_public: bool) -> Flows<'_> {
        let limits = self.limits.load();
        let (all, all_flow, public_flow) = match way {
            Way::In => (limits.produce, &self.produced, &self.public_in),
            Way::Out => (limits.fetch, &self.fetched, &self.public_out),
        };
        let public = limits.public.filter(|_| is_public);
        Flows([
            all.map(|rate| (tokens(rate.get()), all_flow.lock())),
            public.map(|rate| (tokens(rate.get()), public_flow.lock())),
        ])
    }
}

#[expect(clippy::cast_precision_loss, reason = "nothing sends 2^53 bytes in a second")]
fn tokens(bytes: u64) -> f64 {
    bytes as f64
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    fn limit(rate: u64) -> Option<NonZeroU64> {
        NonZeroU64::new(rate)
    }

    fn bounded(limits: TrafficLimits) -> Traffic {
        let traffic = Traffic::default();
        traffic.bound(limits);
        traffic
    }

    #[test]
    fn a_quarter_of_a_seconds_worth_goes_by_at_once_and_the_rest_in_time() {
        let traffic = bounded(TrafficLimits { produce: limit(1_000), ..TrafficLimits::default() });
        assert_eq!(traffic.produce(false, 250, ms(0)), ms(0));
        assert_eq!(traffic.produce(false, 100, ms(0)), ms(100));
        assert_eq!(traffic.produce(true, 100, ms(50)), ms(150));
        assert_eq!(traffic.produce(false, 1 << 40, ms(50)), HOLD_MAX);
        assert_eq!(traffic.produce(false, 0, ms(10_050)), ms(0), "nobody owes more than that");
    }

    #[test]
    fn another_rate_counts_for_what_is_owed() {
        let traffic = bounded(TrafficLimits { produce: limit(1_000), ..TrafficLimits::default() });
        assert_eq!(traffic.produce(false, 4_250, ms(0)), ms(4_000));
        traffic.bound(TrafficLimits { produce: limit(10_000), ..TrafficLimits::default() });
        assert_eq!(traffic.produce(false, 0, ms(0)), ms(400));
        traffic.bound(TrafficLimits::default());
        assert_eq!(traffic.produce(false, 1 << 40, ms(0)), ms(0));
    }

    #[test]
    fn a_fetch_is_given_when_nothing_is_owed_whatever_it_comes_to() {
        let traffic = bounded(TrafficLimits { fetch: limit(1_000), ..TrafficLimits::default() });
        assert_eq!((traffic.fetch_bytes_max(false), traffic.fetch_bytes_max(true)), (250, 250));
        let charge = |throttle, is_given| FetchCharge { throttle: ms(throttle), is_given };
        assert_eq!(traffic.fetch(false, 1_250, ms(0)), charge(1_000, true));
        assert_eq!(traffic.fetch(false, 1, ms(400)), charge(600, false));
        assert_eq!(traffic.fetch(false, 0, ms(400)), charge(0, true), "nothing costs nothing");
        assert_eq!(traffic.fetch(false, 100, ms(1_000)), charge(100, true));
        traffic.fetch_withheld(false, 100);
        assert_eq!(traffic.fetch(false, 100, ms(1_000)), charge(100, true));
    }

    #[test]
    fn public_traffic_counts_as_such_and_with_all_in_each_direction() {
        let limits = TrafficLimits { produce: limit(1_000), public: limit(100), ..TrafficLimits::default() };
        let traffic = bounded(limits);
        assert_eq!(traffic.produce(true, 125, ms(0)), ms(1_000));
        assert_eq!(traffic.produce(false, 125, ms(0)), ms(0));
        assert_eq!(traffic.produce(false, 100, ms(0)), ms(100));
        assert_eq!((traffic.fetch_bytes_max(true), traffic.fetch_bytes_max(false)), (25, u64::MAX));
        assert!(traffic.fetch(true, 25, ms(0)).is_given, "what comes in is not what goes out");
        assert_eq!(traffic.fetch(true, 10, ms(0)).throttle, ms(100));
        assert_eq!(traffic.fetch(false, 1 << 40, ms(0)).throttle, ms(0));
    }

    proptest! {
        /// However many send and read in turn, and whatever they come with, what goes by in any time is the rate's, with
        /// what was saved up before it, and one request of each that was under way.
        #[test]
        fn nobody_gets_more_than_the_rate(
            clients in prop::collection::vec((100_u64..3_000, 0_u64..50), 1..6),
        ) {
            const RATE: u64 = 10_000;
            let traffic = bounded(TrafficLimits { produce: limit(RATE), fetch: limit(RATE), public: None });
            let whole = |hold: Duration| u64::try_from(hold.as_millis()).unwrap();
            let (mut produced, mut fetched) = (0, 0);
            let mut next = vec![[0_u64; 2]; clients.len()];
            for now in 0..20_000 {
                for ((bytes, rest), [send, read]) in clients.iter().zip(&mut next) {
                    if *send <= now {
                        produced += bytes;
                        *send = now + whole(traffic.produce(false, *bytes, ms(now))) + 1 + rest;
                    }
                    if *read <= now {
                        let charge = traffic.fetch(false, *bytes, ms(now));
                        fetched += if charge.is_given { *bytes } else { 0 };
                        *read = now + whole(charge.throttle) + 1 + rest;
                    }
                }
            }
            let request: u64 = clients.iter().map(|(bytes, _)| bytes).sum();
            let (least, most) = (RATE * 20 * 9 / 10, RATE * 20 + RATE / 4);
            prop_assert!(produced <= most + request, "{produced} produced");
            prop_assert!(fetched <= most + 3_000, "{fetched} fetched");
            // Those who could send so much did.
            let wanted: u64 = clients.iter().map(|(bytes, rest)| bytes * 1_000 / (rest + 1)).sum();
            if wanted > 2 * RATE {
                prop_assert!(produced >= least && fetched >= least, "{produced} produced, {fetched} fetched");
            }
        }
    }
}
