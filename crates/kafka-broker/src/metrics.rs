//! What a cluster counts. Plain numbers; the binary names and exposes them.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use hashbrown::HashMap;
use kafka_wire::ApiKey;
use parking_lot::Mutex;

/// Counters of one cluster since it was opened.
#[derive(Debug, Default)]
pub(crate) struct ClusterMetrics {
    requests: Mutex<HashMap<ApiKey, RequestCount>>,
    traffic: Traffic,
    panics: AtomicU64,
    logins_failed: AtomicU64,
}

/// What has gone over the network.
#[derive(Debug, Default)]
struct Traffic {
    connections: AtomicU64,
    connections_refused: AtomicU64,
    bytes_in: AtomicU64,
    bytes_out: AtomicU64,
}

/// Counters of one cluster since it was opened.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ClusterCounters {
    /// Connections accepted.
    pub connections: u64,
    /// Connections closed at once because their address has too many.
    pub connections_refused: u64,
    /// Bytes of requests.
    pub bytes_in: u64,
    /// Bytes of replies.
    pub bytes_out: u64,
    /// Connections that a fault of the broker ended.
    pub panics: u64,
    /// Logins that were refused.
    pub logins_failed: u64,
}

/// Requests of one API.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RequestCount {
    /// How many were answered.
    pub count: u64,
    /// How long handling them took, all together; a Produce's wait for the disk is not in it.
    pub took: Duration,
}

impl ClusterMetrics {
    pub(crate) fn request(&self, key: ApiKey, took: Duration) {
        let mut requests = self.requests.lock();
        let count = requests.entry(key).or_default();
        count.count += 1;
        count.took += took;
    }

    pub(crate) fn connection(&self) {
        add(&self.traffic.connections, 1);
    }

    pub(crate) fn connection_refused(&self) {
        add(&self.traffic.connections_refused, 1);
    }

    pub(crate) fn panic(&self) {
        add(&self.panics, 1);
    }

    pub(crate) fn login_failed(&self) {
        add(&self.logins_failed, 1);
    }

    pub(crate) fn received(&self, bytes: usize) {
        add(&self.traffic.bytes_in, bytes as u64);
    }

    pub(crate) fn sent(&self, bytes: u64) {
        add(&self.traffic.bytes_out, bytes);
    }

    pub(crate) fn counters(&self) -> ClusterCounters {
        ClusterCounters {
            connections: self.traffic.connections.load(Ordering::Relaxed),
            connections_refused: self.traffic.connections_refused.load(Ordering::Relaxed),
            bytes_in: self.traffic.bytes_in.load(Ordering::Relaxed),
            bytes_out: self.traffic.bytes_out.load(Ordering::Relaxed),
            panics: self.panics.load(Ordering::Relaxed),
            logins_failed: self.logins_failed.load(Ordering::Relaxed),
        }
    }

    /// Requests so far, by API, in order of keys.
    pub(crate) fn requests(&self) -> Vec<(ApiKey, RequestCount)> {
        let mut requests: Vec<_> = self.requests.lock().iter().map(|(key, count)| (*key, *count)).collect();
        requests.sort_unstable_by_key(|(key, _)| *key);
        requests
    }
}

/// Adds to a counter that nothing is decided by.
fn add(counter: &AtomicU64, by: u64) {
    counter.fetch_add(by, Ordering::Relaxed);
}
