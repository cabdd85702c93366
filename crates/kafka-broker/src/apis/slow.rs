//! Requests that take long: the log has a line for one of them a second, and all are counted.
//!
//! What a request waits for by design is not its slowness: a fetch waits for records, a member of a group for the
//! others. Of those only what a thread was at counts. Of a Produce the disk counts as well.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use kafka_wire::ApiKey;

use super::Context;
use crate::cluster::Cluster;
use crate::principal::Principal;
use crate::reply::cut;

/// A request, by what the log has of it.
pub(super) struct Timed {
    cluster: Arc<Cluster>,
    address: SocketAddr,
    principal: Principal,
    client_id: Box<str>,
    key: ApiKey,
    version: i16,
    bytes: usize,
}

impl Context<'_> {
    /// Notes how long a request took, whose body has so many bytes.
    pub(super) fn took(&self, bytes: usize, took: Duration) {
        if is_slow(self.cluster, took) {
            self.timed(bytes).took(took);
        }
    }

    /// What is noted of a request that outlives its handler.
    pub(super) fn timed(&self, bytes: usize) -> Timed {
        Timed {
            cluster: self.cluster.clone(),
            address: self.peer.address,
            principal: self.peer.principal.clone(),
            client_id: cut(self.client_id).into(),
            key: self.key,
            version: self.version,
            bytes,
        }
    }
}

impl Timed {
    /// Notes how long it took.
    pub(super) fn took(&self, took: Duration) {
        let Self { cluster, address, principal, client_id, key, version, bytes } = self;
        if !is_slow(cluster, took) {
            return;
        }
        let Some(slow_before) = cluster.metrics().slow_request(cluster.clock().elapsed()) else { return };
        let (cluster, took_ms) = (cluster.name(), took.as_millis());
        tracing::warn!(cluster, peer = %address, %principal, client_id, api = %key, version, bytes, took_ms, slow_before, "a slow request");
    }
}

fn is_slow(cluster: &Cluster, took: Duration) -> bool {
    cluster.limits().slow_request.is_some_and(|slow| took >= slow)
}
