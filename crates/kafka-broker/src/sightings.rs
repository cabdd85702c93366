//! Which clients were seen doing what, since the process began. For people who look; nothing is decided by it.
//!
//! One entry stands for all that one connection has asked of one kind about one thing, with the times of the first and
//! the last. Memory is bounded: beyond the limit, those seen longest ago are forgotten.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use hashbrown::{HashMap, HashSet};
use kafka_wire::ApiKey;
use parking_lot::Mutex;

/// Entries of one cluster: a megabyte or two when all of them are used.
const ENTRIES_MAX: usize = 8_192;
/// How many are kept when there are too many.
const ENTRIES_KEPT: usize = 6_144;

/// What a client has asked about.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Subject {
    /// The cluster, whatever else.
    Cluster,
    /// A topic, by name.
    Topic(Arc<str>),
    /// A group, by name.
    Group(Arc<str>),
}

/// Clients that have sent requests of one kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeenClients {
    /// The kind, as Kafka's protocol names it.
    pub request: &'static str,
    /// Addresses, and from how many ports each was connected.
    pub clients: Vec<(IpAddr, usize)>,
}

#[derive(Debug, PartialEq, Eq, Hash)]
struct Sighting {
    subject: Subject,
    key: ApiKey,
    address: SocketAddr,
}

/// The times of the first and the last, in milliseconds since 1970.
#[derive(Clone, Copy, Debug)]
struct Span {
    first_ms: i64,
    last_ms: i64,
}

/// All that were seen in one cluster.
#[derive(Debug, Default)]
pub(crate) struct Sightings {
    seen: Mutex<HashMap<Sighting, Span>>,
}

impl Sightings {
    /// A client has asked something.
    pub(crate) fn note(&self, subject: Subject, key: ApiKey, address: SocketAddr, now_ms: i64) {
        let mut seen = self.seen.lock();
        let span = seen
            .entry(Sighting { subject, key, address })
            .or_insert(Span { first_ms: now_ms, last_ms: now_ms });
        span.last_ms = span.last_ms.max(now_ms);
        if seen.len() > ENTRIES_MAX {
            forget(&mut seen);
        }
    }

    /// Who has asked something about a subject at a time between these two, both included; in order.
    pub(crate) fn between(&self, subject: &Subject, from_ms: i64, to_ms: i64) -> Vec<SeenClients> {
        let mut found = std::collections::BTreeMap::<&'static str, HashMap<IpAddr, HashSet<u16>>>::new();
        for (sighting, span) in &*self.seen.lock() {
            if sighting.subject == *subject
                && span.first_ms <= to_ms
                && span.last_ms >= from_ms
                && let Some(request) = sighting.key.name()
            {
                let addresses = found.entry(request).or_default();
                addresses.entry(sighting.address.ip()).or_default().insert(sighting.address.port());
            }
        }
        let clients = |addresses: HashMap<IpAddr, HashSet<u16>>| {
            let mut clients: Vec<_> =
                addresses.into_iter().map(|(address, ports)| (address, ports.len())).collect();
            clients.sort_unstable();
            clients
        };
        let seen = |(request, addresses)| SeenClients { request, clients: clients(addresses) };
        found.into_iter().map(seen).collect()
    }
}

/// Forgets those seen longest ago.
fn forget(seen: &mut HashMap<Sighting, Span>) {
    let mut times: Vec<i64> = seen.values().map(|span| span.last_ms).collect();
    let (_, oldest_kept, _) = times.select_nth_unstable(seen.len() - ENTRIES_KEPT);
    let oldest_kept = *oldest_kept;
    seen.retain(|_, span| span.last_ms >= oldest_kept);
    // Many of one time may be left: then any of them go.
    let mut room = ENTRIES_KEPT;
    seen.retain(|_, _| {
        let is_kept = room > 0;
        room = room.saturating_sub(1);
        is_kept
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> SocketAddr {
        text.parse().unwrap()
    }

    fn topic(name: &str) -> Subject {
        Subject::Topic(name.into())
    }

    #[test]
    fn connections_of_an_address_are_counted_by_request_and_time() {
        let sightings = Sightings::default();
        for (key, from, now_ms) in [
            (ApiKey::PRODUCE, "10.0.0.1:1000", 10),
            (ApiKey::PRODUCE, "10.0.0.1:1000", 30),
            (ApiKey::PRODUCE, "10.0.0.1:1001", 20),
            (ApiKey::PRODUCE, "10.0.0.2:1000", 40),
            (ApiKey::FETCH, "10.0.0.2:1000", 40),
        ] {
            sightings.note(topic("t"), key, address(from), now_ms);
        }
        sightings.note(topic("other"), ApiKey::FETCH, address("10.0.0.9:1"), 40);
        let found = |from_ms, to_ms| {
            let seen = sightings.between(&topic("t"), from_ms, to_ms).into_iter();
            seen.map(|seen| (seen.request, seen.clients)).collect::<Vec<_>>()
        };
        let (one, two): (IpAddr, IpAddr) = ("10.0.0.1".parse().unwrap(), "10.0.0.2".parse().unwrap());
        assert_eq!(found(0, 100), [("Fetch", vec![(two, 1)]), ("Produce", vec![(one, 2), (two, 1)])]);
        assert_eq!(found(0, 19), [("Produce", vec![(one, 1)])]);
        assert_eq!(found(25, 35), [("Produce", vec![(one, 1)])]);
        assert_eq!(found(41, 100), []);
        assert_eq!(sightings.between(&Subject::Cluster, 0, 100), []);
    }

    #[test]
    fn memory_is_bounded_and_the_oldest_go() {
        for step in [1, 0] {
            let sightings = Sightings::default();
            for number in 0..30_000_i64 {
                let port = u16::try_from(number % 60_000).unwrap();
                let from = SocketAddr::new("10.0.0.1".parse().unwrap(), port);
                sightings.note(Subject::Cluster, ApiKey::FETCH, from, number * step);
                assert!(sightings.seen.lock().len() <= ENTRIES_MAX);
            }
            let last = sightings.between(&Subject::Cluster, 29_000 * step, 30_000);
            assert!(last[0].clients[0].1 >= 1_000, "{last:?}");
        }
    }
}
