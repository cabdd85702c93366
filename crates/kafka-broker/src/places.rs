//! Places for connections: so many in the process, and so many of one address.

use std::net::IpAddr;
use std::sync::Arc;

use machine::clock::Clock;
use machine::peers::{Peers, Share};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::broker::Limits;

/// The places of all clusters together.
#[derive(Debug)]
pub(crate) struct Places {
    all: Arc<Semaphore>,
    peers: Arc<Peers>,
}

/// A connection's place, given up when dropped.
#[derive(Debug)]
pub(crate) struct Place {
    _of_all: OwnedSemaphorePermit,
    _of_peer: Option<Share>,
}

impl Places {
    pub(crate) fn new(limits: &Limits, clock: Clock) -> Self {
        Self { all: Arc::new(Semaphore::new(limits.connections_max)), peers: Peers::new(limits.peers, clock) }
    }

    /// Waits for a place. An address that has too many gets none, and hears so at once: it must not stand in the way
    /// of those behind it.
    pub(crate) async fn take(&self, peer: IpAddr) -> Option<Place> {
        let share = self.peers.admit(peer)?;
        Some(Place { _of_peer: Some(share), ..self.take_own().await })
    }

    /// Makes a place that nobody's address counts for that of a client, unless its address has too many.
    pub(crate) fn assign(&self, place: Place, peer: IpAddr) -> Option<Place> {
        let share = self.peers.admit(peer)?;
        Some(Place { _of_peer: Some(share), ..place })
    }

    /// Waits for a place that no address counts: of the host's own connection, which has the address of its clients on
    /// this machine, or of a proxy's, which has yet to say whose it is.
    pub(crate) async fn take_own(&self) -> Place {
        let permit = self.all.clone().acquire_owned().await.expect("the semaphore is never closed");
        Place { _of_all: permit, _of_peer: None }
    }
}
