//! Which clients were seen doing what, since the process began. For people who look; nothing is decided by it.
//!
//! One entry stands for all that one connection has asked of one kind about one thing, with the times of the first and
//! the last. Memory is bounded: beyond the limit, of those that have ended the ones seen longest ago are forgotten.

mod trail;

use std::collections::BTreeMap;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use hashbrown::{HashMap, HashSet};
use kafka_wire::ApiKey;
use parking_lot::Mutex;

pub(crate) use trail::Trail;

use trail::Notes;

/// Entries of one cluster that no open connection has: a megabyte or two when all of them are used.
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
    open: Mutex<Open>,
    /// What connections noted that have ended, or that had too much to note.
    past: Mutex<HashMap<Sighting, Span>>,
}

/// Connections that are open.
#[derive(Debug, Default)]
struct Open {
    notes: HashMap<u64, Arc<Notes>>,
    next: u64,
}

impl Sightings {
    /// Follows a connection to the end.
    pub(crate) fn follow(self: &Arc<Self>, address: SocketAddr) -> Trail {
        let notes = Arc::new(Notes::new(address));
        let mut open = self.open.lock();
        let number = open.next;
        open.next += 1;
        open.notes.insert(number, notes.clone());
        Trail { sightings: self.clone(), number, notes }
    }

    /// Who has asked something about a subject at a time between these two, both included; in order.
    pub(crate) fn between(&self, subject: &Subject, from_ms: i64, to_ms: i64) -> Vec<SeenClients> {
        let mut found = BTreeMap::<&'static str, HashMap<IpAddr, HashSet<u16>>>::new();
        let mut show = |key: ApiKey, address: SocketAddr, span: Span| {
            if span.first_ms <= to_ms
                && span.last_ms >= from_ms
                && let Some(request) = key.name()
            {
                let addresses = found.entry(request).or_default();
                addresses.entry(address.ip()).or_default().insert(address.port());
            }
        };
        // First what is open: from there things move to the past, and never back.
        let open: Vec<_> = self.open.lock().notes.values().cloned().collect();
        open.iter().for_each(|notes| notes.each(subject, &mut show));
        for (sighting, span) in self.past.lock().iter().filter(|(past, _)| past.subject == *subject) {
            show(sighting.key, sighting.address, *span);
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

    fn keep(&self, seen: impl Iterator<Item = (Sighting, Span)>) {
        let mut past = self.past.lock();
        for (sighting, span) in seen {
            let kept = past.entry(sighting).or_insert(span);
            kept.first_ms = kept.first_ms.min(span.first_ms);
            kept.last_ms = kept.last_ms.max(span.last_ms);
        }
        if past.len() > ENTRIES_MAX {
            forget(&mut past);
        }
    }

    fn leave(&self, number: u64) {
        self.open.lock().notes.remove(&number);
    }
}

/// Forgets those seen longest ago.
fn forget(past: &mut HashMap<Sighting, Span>) {
    let mut times: Vec<i64> = past.values().map(|span| span.last_ms).collect();
    let (_, oldest_kept, _) = times.select_nth_unstable(past.len() - ENTRIES_KEPT);
    let oldest_kept = *oldest_kept;
    past.retain(|_, span| span.last_ms >= oldest_kept);
    // Many of one time may be left: then any of them go.
    let mut room = ENTRIES_KEPT;
    past.retain(|_, _| {
        let is_kept = room > 0;
        room = room.saturating_sub(1);
        is_kept
    });
}

#[cfg(test)]
mod tests;
