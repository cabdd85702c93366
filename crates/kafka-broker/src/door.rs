//! Who may connect to a listener, and who has to go when that changes.

use std::collections::HashSet;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::sync::Arc;

use parking_lot::Mutex;
use tokio::sync::watch;

/// Bits of an IPv4 address.
const BITS: u8 = 32;

/// A block of IPv4 addresses.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AddressBlock {
    address: u32,
    prefix: u8,
}

impl AddressBlock {
    /// All addresses that have the first `prefix` bits of `address`; more than 32 bits count as 32.
    pub fn new(address: Ipv4Addr, prefix: u8) -> Self {
        Self { address: address.into(), prefix: prefix.min(BITS) }
    }

    /// Whether this address is in it. A block of prefix 0 is everybody, whatever the kind of address.
    pub(crate) fn holds(self, address: IpAddr) -> bool {
        if self.prefix == 0 {
            return true;
        }
        match address.to_canonical() {
            IpAddr::V4(address) => (u32::from(address) ^ self.address) >> (BITS - self.prefix) == 0,
            IpAddr::V6(_) => false,
        }
    }
}

/// The addresses from which a cluster may be used. By default all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AllowedAddresses {
    /// None: everybody.
    blocks: Option<Vec<AddressBlock>>,
}

impl AllowedAddresses {
    /// The addresses of these blocks; of no blocks nobody's. IPv6 has no blocks but that of everybody.
    pub fn only(blocks: impl IntoIterator<Item = AddressBlock>) -> Self {
        Self { blocks: Some(blocks.into_iter().collect()) }
    }

    /// Whether this address is one of them; an IPv4 address may be written as IPv6.
    pub fn admits(&self, address: IpAddr) -> bool {
        self.blocks.as_ref().is_none_or(|blocks| blocks.iter().any(|block| block.holds(address)))
    }
}

/// The door of a cluster: all its connections come through it.
#[derive(Debug)]
pub(crate) struct Door {
    allowed: watch::Sender<AllowedAddresses>,
    /// Connections that the host itself is about to make, which the list does not concern.
    expected: Mutex<HashSet<SocketAddr>>,
}

impl Door {
    pub(crate) fn new(allowed: AllowedAddresses) -> Arc<Self> {
        Arc::new(Self { allowed: watch::Sender::new(allowed), expected: Mutex::default() })
    }

    /// Replaces the list.
    pub(crate) fn allow(&self, allowed: AllowedAddresses) {
        self.allowed.send_replace(allowed);
    }

    /// Lets a connection from this address in for as long as the result lives.
    pub(crate) fn expect(self: &Arc<Self>, address: SocketAddr) -> Expected {
        self.expected.lock().insert(address);
        Expected { door: self.clone(), address }
    }

    /// Whether a connection from this address is the host's own.
    pub(crate) fn expects(&self, address: SocketAddr) -> bool {
        self.expected.lock().contains(&address)
    }

    /// Lets a client in, or not.
    pub(crate) fn admit(&self, address: SocketAddr) -> Option<Admission> {
        if self.expects(address) {
            return Some(Admission { address: address.ip(), allowed: None });
        }
        let allowed = self.allowed.subscribe();
        let admits = allowed.borrow().admits(address.ip());
        admits.then(|| Admission { address: address.ip(), allowed: Some(allowed) })
    }
}

/// The host's own connection, awaited.
#[derive(Debug)]
pub struct Expected {
    door: Arc<Door>,
    address: SocketAddr,
}

impl Drop for Expected {
    fn drop(&mut self) {
        self.door.expected.lock().remove(&self.address);
    }
}

/// Leave to be connected, for as long as the list says so.
#[derive(Debug)]
pub(crate) struct Admission {
    address: IpAddr,
    /// None: of the host's own connection.
    allowed: Option<watch::Receiver<AllowedAddresses>>,
}

impl Admission {
    /// Whether it is of the host's own connection.
    pub(crate) fn is_host(&self) -> bool {
        self.allowed.is_none()
    }

    /// Waits until the client has to go.
    pub(crate) async fn withdrawn(&mut self) {
        let Self { address, allowed: Some(allowed) } = self else { return std::future::pending().await };
        if allowed.wait_for(|allowed| !allowed.admits(*address)).await.is_err() {
            // The door is gone, and whoever took it down ends the connections.
            std::future::pending::<()>().await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn allowed(blocks: &[(&str, u8)]) -> AllowedAddresses {
        AllowedAddresses::only(
            blocks.iter().map(|(ip, prefix)| AddressBlock::new(ip.parse().unwrap(), *prefix)),
        )
    }

    fn admits(allowed: &AllowedAddresses, address: &str) -> bool {
        allowed.admits(address.parse().unwrap())
    }

    #[test]
    fn blocks_hold_what_begins_like_them() {
        for (block, address, holds) in [
            (("10.0.0.0", 8), "10.255.255.255", true),
            (("10.0.0.0", 8), "11.0.0.0", false),
            // Bits beyond the prefix do not count.
            (("10.1.2.3", 8), "10.0.0.9", true),
            (("192.168.1.8", 29), "192.168.1.15", true),
            (("192.168.1.8", 29), "192.168.1.16", false),
            (("1.2.3.4", 32), "1.2.3.4", true),
            (("1.2.3.4", 32), "1.2.3.5", false),
            (("1.2.3.4", 99), "1.2.3.4", true),
            (("0.0.0.0", 1), "127.255.255.255", true),
            (("0.0.0.0", 1), "128.0.0.0", false),
            (("1.2.3.4", 32), "::ffff:1.2.3.4", true),
            (("1.2.3.4", 32), "::ffff:1.2.3.5", false),
            (("1.2.3.4", 1), "::1", false),
            (("0.0.0.0", 0), "255.255.255.255", true),
            (("0.0.0.0", 0), "::1", true),
        ] {
            assert_eq!(admits(&allowed(&[block]), address), holds, "{block:?} {address}");
        }
    }

    #[test]
    fn one_block_of_several_is_enough_and_no_block_is_nobody() {
        let two = allowed(&[("10.0.0.0", 8), ("127.0.0.1", 32)]);
        assert!(admits(&two, "10.1.1.1") && admits(&two, "127.0.0.1") && !admits(&two, "127.0.0.2"));
        assert!(!admits(&allowed(&[]), "127.0.0.1"));
        assert!(
            admits(&AllowedAddresses::default(), "127.0.0.1") && admits(&AllowedAddresses::default(), "::1")
        );
    }

    async fn is_withdrawn(admission: &mut Admission) -> bool {
        tokio::select! {
            biased;
            () = admission.withdrawn() => true,
            () = std::future::ready(()) => false,
        }
    }

    #[tokio::test]
    async fn a_change_reaches_those_who_are_in() {
        let address: SocketAddr = "127.0.0.1:4000".parse().unwrap();
        let door = Door::new(allowed(&[("127.0.0.0", 8)]));
        let mut guest = door.admit(address).expect("it is on the list");
        let expected = door.expect(address);
        let mut own = door.admit(address).expect("it is expected");
        door.allow(allowed(&[("127.0.0.1", 32)]));
        assert!(!is_withdrawn(&mut guest).await);
        door.allow(allowed(&[("127.0.0.2", 32)]));
        assert!(is_withdrawn(&mut guest).await && !is_withdrawn(&mut own).await);
        assert!(door.admit(address).is_some());
        drop(expected);
        assert!(door.admit(address).is_none());
    }
}
