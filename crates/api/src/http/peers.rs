//! How many connections one address may have, and how fast it may make new ones.
//!
//! Addresses of this machine are exempt: whoever is here can do worse than open sockets.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use machine::clock::Clock;
use parking_lot::Mutex;

/// Bounds for one address.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PeerLimits {
    /// Connections open at a time.
    pub(crate) open: u32,
    /// Connections made within a second.
    pub(crate) fresh_per_second: u32,
}

/// Addresses that have connections, or had one in the last second.
pub(crate) struct Peers {
    limits: PeerLimits,
    clock: Clock,
    table: Mutex<Table>,
}

#[derive(Default)]
struct Table {
    counts: HashMap<IpAddr, Count>,
    /// When addresses without connections were last forgotten.
    swept: Duration,
}

#[derive(Default)]
struct Count {
    open: u32,
    /// Made since `second` began.
    fresh: u32,
    second: Duration,
}

/// An address's claim on one connection, given up when dropped.
pub(crate) struct Share {
    peers: Arc<Peers>,
    peer: IpAddr,
}

impl Peers {
    pub(crate) fn new(limits: PeerLimits, clock: Clock) -> Self {
        Self { limits, clock, table: Mutex::default() }
    }

    /// Admits a connection from `peer`, a canonical address, or does not. Inside: nothing to give back for
    /// addresses that are not counted.
    pub(crate) fn admit(self: &Arc<Self>, peer: IpAddr) -> Option<Option<Share>> {
        if peer.is_loopback() {
            return Some(None);
        }
        let now = self.clock.elapsed();
        let is_over = |since: Duration| now.saturating_sub(since) >= Duration::from_secs(1);
        let mut table = self.table.lock();
        if is_over(table.swept) {
            // At most once a second, so that it costs nothing per connection.
            table.counts.retain(|_, count| count.open > 0 || !is_over(count.second));
            table.swept = now;
        }
        let count = table.counts.entry(peer).or_default();
        if is_over(count.second) {
            *count = Count { open: count.open, fresh: 0, second: now };
        }
        if count.open >= self.limits.open || count.fresh >= self.limits.fresh_per_second {
            return None;
        }
        count.open += 1;
        count.fresh += 1;
        Some(Some(Share { peers: self.clone(), peer }))
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        if let Some(count) = self.peers.table.lock().counts.get_mut(&self.peer) {
            count.open -= 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn peers() -> (Arc<Peers>, machine::clock::HeldClock) {
        let (clock, hand) = Clock::held(0);
        hand.advance(Duration::from_secs(60));
        (Arc::new(Peers::new(PeerLimits { open: 3, fresh_per_second: 2 }, clock)), hand)
    }

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn new_ones_are_bounded_by_the_second_and_open_ones_altogether() {
        let (peers, hand) = peers();
        let here = ip("192.0.2.1");
        let first = (peers.admit(here).unwrap(), peers.admit(here).unwrap());
        assert!(peers.admit(here).is_none(), "two in one second");
        assert!(peers.admit(ip("192.0.2.2")).is_some(), "another address");
        hand.advance(Duration::from_secs(1));
        let _third = peers.admit(here).unwrap();
        assert!(peers.admit(here).is_none(), "three open");
        drop(first);
        assert!(peers.admit(here).is_some());
    }

    #[test]
    fn this_machine_is_exempt_and_nobody_is_remembered_for_ever() {
        let (peers, hand) = peers();
        for _ in 0..10 {
            assert!(peers.admit(ip("127.0.0.1")).is_some_and(|share| share.is_none()));
            assert!(peers.admit(ip("::1")).is_some());
        }
        let share = peers.admit(ip("2001:db8::1")).unwrap();
        let known = || peers.table.lock().counts.contains_key(&ip("2001:db8::1"));
        hand.advance(Duration::from_secs(2));
        let _other = peers.admit(ip("2001:db8::2"));
        assert!(known(), "its connection is open");
        drop(share);
        hand.advance(Duration::from_secs(2));
        let _other = peers.admit(ip("2001:db8::2"));
        assert!(!known());
    }
}
