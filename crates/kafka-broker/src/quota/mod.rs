//! How much clients may do in a second: what a cluster's owner has bought for all of them, and the client quotas that
//! administrators set through Kafka.
//!
//! Whoever goes over is answered at once and told how long to hold back, and nothing more is read from its connection
//! for that long (KIP-219). The rates of client quotas are Kafka's own: of eleven samples of a second ([`window`]), and
//! tokens for changes of partitions ([`bucket`]). What was bought is held to more closely ([`traffic`]). A request that
//! comes under several bounds counts in each, and waits for the one that takes longest.
//!
//! Where nothing is bounded, a request costs two looks at pointers. There is no timer: time passes when somebody asks.

mod bucket;
mod busy;
mod meters;
mod pause;
mod rules;
mod traffic;
mod window;
mod witness;

use std::net::IpAddr;
use std::time::Duration;

use arc_swap::ArcSwap;

use bucket::Bucket;
pub(crate) use busy::busy;
use meters::{Meters, Sharer};
pub(crate) use pause::Pause;
use rules::Rules;
use traffic::Traffic;
pub use traffic::TrafficLimits;
use window::{SPAN_MIN, Window};
pub use witness::{Noted, QuotaEdit, QuotaNote, QuotaStage, QuotaWitness};

use crate::meta::{QuotaKey, QuotaTable};

/// How long changes of partitions may be saved up, as in Kafka.
const MUTATIONS_MS: u64 = 11_000;
/// Nanoseconds of a thread in a second, for one percent.
const NANOS_PER_PERCENT: f64 = 1e7;

/// The bounds of one cluster, and what is used of them.
#[derive(Debug, Default)]
pub(crate) struct Quotas {
    traffic: Traffic,
    rules: ArcSwap<Rules>,
    produced: Meters<Window>,
    fetched: Meters<Window>,
    busy: Meters<Window>,
    mutations: Meters<Bucket<MUTATIONS_MS>>,
    connections: Meters<Window>,
}

/// Who asks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Client<'a> {
    pub(crate) user: &'a str,
    pub(crate) client_id: &'a str,
    /// Whether it came through a public listener.
    pub(crate) is_public: bool,
}

/// What comes of a fetch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct FetchCharge {
    /// How long to hold back.
    pub(crate) throttle: Duration,
    /// Whether the client is given what was read. If not, it was not charged for it.
    pub(crate) is_given: bool,
}

impl Quotas {
    pub(crate) fn new(limits: TrafficLimits, table: &QuotaTable) -> Self {
        let quotas = Self::default();
        quotas.bound(limits);
        quotas.replace(table);
        quotas
    }

    /// Has all clients together held to these limits.
    pub(crate) fn bound(&self, limits: TrafficLimits) {
        self.traffic.bound(limits);
    }

    /// Has these quotas take the place of those before, for the next request of every connection.
    pub(crate) fn replace(&self, table: &QuotaTable) {
        self.rules.store(Rules::new(table).into());
    }

    /// Charges a Produce request, and says how long to hold back.
    pub(crate) fn produce(&self, client: Client<'_>, bytes: u64, now: Duration) -> Duration {
        let all = self.traffic.produce(client.is_public, bytes, now);
        let own = self.rules.load().find(QuotaKey::ProducerByteRate, client.user, client.client_id);
        all.max(own.map_or(Duration::ZERO, |rule| {
            self.produced.with(rule.sharer, now, |window| {
                window.record(bytes, now);
                window.throttle(rule.quota, now)
            })
        }))
    }

    /// The most that a fetch can be given: what is read beyond it could only be withheld.
    pub(crate) fn fetch_bytes_max(&self, client: Client<'_>) -> u64 {
        let own = self.rules.load().find(QuotaKey::ConsumerByteRate, client.user, client.client_id);
        let quota = own.map_or(f64::INFINITY, |rule| rule.quota);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it saturates")]
        let bytes = (quota * SPAN_MIN.as_secs_f64()) as u64;
        bytes.min(self.traffic.fetch_bytes_max(client.is_public))
    }

    /// Charges a fetch that has to hold back for `throttle` in any case, unless it is withheld, as all are that go over
    /// a quota; but for one that is alone in its window. That one would go over for ever.
    pub(crate) fn fetch(
        &self,
        client: Client<'_>,
        bytes: u64,
        throttle: Duration,
        now: Duration,
    ) -> FetchCharge {
        let rules = self.rules.load();
        let own = rules.find(QuotaKey::ConsumerByteRate, client.user, client.client_id);
        let of_all = self.traffic.fetch(client.is_public, bytes, now);
        let mut charge = FetchCharge {
            throttle: throttle.max(of_all.throttle),
            is_given: throttle.is_zero() && of_all.is_given,
        };
        if let Some(rule) = own {
            self.fetched.with(rule.sharer, now, |window| {
                let is_alone = window.total(now) == 0;
                window.record(bytes, now);
                let throttle = window.throttle(rule.quota, now);
                charge.throttle = charge.throttle.max(throttle);
                charge.is_given &= throttle.is_zero() || is_alone;
                if !charge.is_given {
                    window.unrecord(bytes);
                }
            });
        }
        if of_all.is_given && !charge.is_given {
            self.traffic.fetch_withheld(client.is_public, bytes);
        }
        charge
    }

    /// Charges the time that a request kept a thread, and says how long to hold back.
    pub(crate) fn request(&self, client: Client<'_>, busy: Duration, now: Duration) -> Duration {
        let rule = self.rules.load().find(QuotaKey::RequestPercentage, client.user, client.client_id);
        rule.map_or(Duration::ZERO, |rule| {
            self.busy.with(rule.sharer, now, |window| {
                window.record(u64::try_from(busy.as_nanos()).unwrap_or(u64::MAX), now);
                window.throttle(rule.quota * NANOS_PER_PERCENT, now)
            })
        })
    }

    /// Charges partitions that are made or deleted. The strict are refused, and charged nothing, while they owe some;
    /// the error is how long they have to hold back, and the success too.
    pub(crate) fn mutate(
        &self,
        client: Client<'_>,
        partitions: u32,
        is_strict: bool,
        now: Duration,
    ) -> Result<Duration, Duration> {
        let rule = self.rules.load().find(QuotaKey::ControllerMutationRate, client.user, client.client_id);
        let Some(rule) = rule else { return Ok(Duration::ZERO) };
        self.mutations.with(rule.sharer, now, |bucket| {
            let debt = bucket.debt(rule.quota, now);
            if is_strict && !debt.is_zero() {
                return Err(debt);
            }
            bucket.take(f64::from(partitions), rule.quota, now);
            Ok(if is_strict { Duration::ZERO } else { bucket.debt(rule.quota, now) })
        })
    }

    /// Whether an address may connect once more. It is charged for those that may.
    pub(crate) fn connect(&self, address: IpAddr, now: Duration) -> bool {
        let Some(quota) = self.rules.load().of_address(address) else { return true };
        let text = address.to_string();
        self.connections.with(Sharer { user: Some(&text), client_id: None }, now, |window| {
            let is_alone = window.total(now) == 0;
            window.record(1, now);
            let connects = is_alone || window.throttle(quota, now).is_zero();
            if !connects {
                window.unrecord(1);
            }
            connects
        })
    }

    /// Forgets those who rest.
    pub(crate) fn sweep(&self, now: Duration) {
        [&self.produced, &self.fetched, &self.busy, &self.connections]
            .iter()
            .for_each(|meters| meters.sweep(now));
        self.mutations.sweep(now);
    }
}

#[cfg(test)]
mod tests;
