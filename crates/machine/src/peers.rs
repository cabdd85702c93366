//! How many connections one address may have, and how fast it may make new ones.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;

use crate::clock::Clock;

/// The bits of an IPv6 address that tell networks apart: whoever has one address has all that begin so.
const NETWORK: u128 = !0 << 64;

/// Bounds for one address. The default is for many clients behind one address.
#[derive(Clone, Copy, Debug)]
pub struct PeerLimits {
    /// Connections open at a time.
    pub open: u32,
    /// Connections made within a second.
    pub fresh_per_second: u32,
    /// Whether addresses of this machine are bounded too. Whoever is here can do worse than open sockets, so only
    /// tests, which are here as well, have a use for it.
    pub counts_loopback: bool,
}

impl Default for PeerLimits {
    fn default() -> Self {
        Self { open: 2_000, fresh_per_second: 500, counts_loopback: false }
    }
}

/// Addresses that have connections, or had one in the last second.
#[derive(Debug)]
pub struct Peers {
    limits: PeerLimits,
    clock: Clock,
    table: Mutex<Table>,
}

#[derive(Debug, Default)]
struct Table {
    counts: HashMap<IpAddr, Count>,
    /// When addresses without connections were last forgotten.
    swept: Duration,
}

#[derive(Debug, Default)]
struct Count {
    open: u32,
    /// Made since `second` began.
    fresh: u32,
    second: Duration,
}

/// An address's claim on one connection, given up when dropped.
#[derive(Debug)]
pub struct Share {
    /// None: nothing is bounded for the address.
    counted: Option<(Arc<Peers>, IpAddr)>,
}

impl Peers {
    /// Nobody is connected yet.
    pub fn new(limits: PeerLimits, clock: Clock) -> Arc<Self> {
        Arc::new(Self { limits, clock, table: Mutex::default() })
    }

    /// Admits a connection from `peer`, a canonical address, or does not. All of an IPv6 network (64 bits) are one.
    pub fn admit(self: &Arc<Self>, peer: IpAddr) -> Option<Share> {
        if peer.is_loopback() && !self.limits.counts_loopback {
            return Some(Share { counted: None });
        }
        let peer = match peer {
            IpAddr::V4(_) => peer,
            IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() & NETWORK).into(),
        };
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
        Some(Share { counted: Some((self.clone(), peer)) })
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        if let Some((peers, peer)) = &self.counted
            && let Some(count) = peers.table.lock().counts.get_mut(peer)
        {
            count.open -= 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::HeldClock;

    const LIMITS: PeerLimits = PeerLimits { open: 3, fresh_per_second: 2, counts_loopback: false };

    fn peers(limits: PeerLimits) -> (Arc<Peers>, HeldClock) {
        let (clock, hand) = Clock::held(0);
        hand.advance(Duration::from_secs(60));
        (Peers::new(limits, clock), hand)
    }

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn new_ones_are_bounded_by_the_second_and_open_ones_altogether() {
        let (peers, hand) = peers(LIMITS);
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
    fn a_network_of_ipv6_is_one_peer() {
        let (peers, _hand) = peers(LIMITS);
        let _first = (peers.admit(ip("2001:db8::1")).unwrap(), peers.admit(ip("2001:db8::2:0:0:1")).unwrap());
        assert!(peers.admit(ip("2001:db8::3")).is_none());
        assert!(peers.admit(ip("2001:db8:0:1::1")).is_some(), "another network");
    }

    #[test]
    fn this_machine_is_exempt_unless_it_is_to_be_counted() {
        for (counts_loopback, admitted) in [(false, 10), (true, 2)] {
            let (peers, _hand) = peers(PeerLimits { counts_loopback, ..LIMITS });
            for here in ["127.0.0.1", "::1"].map(ip) {
                let shares: Vec<_> = (0..10).filter_map(|_| peers.admit(here)).collect();
                assert_eq!(shares.len(), admitted, "{here}");
            }
        }
    }

    #[test]
    fn nobody_is_remembered_for_ever() {
        let (peers, hand) = peers(LIMITS);
        let (here, other) = (ip("192.0.2.1"), ip("192.0.2.2"));
        let share = peers.admit(here).unwrap();
        let known = || peers.table.lock().counts.contains_key(&here);
        hand.advance(Duration::from_secs(2));
        drop(peers.admit(other));
        assert!(known(), "its connection is open");
        drop(share);
        hand.advance(Duration::from_secs(2));
        drop(peers.admit(other));
        assert!(!known());
    }
}
