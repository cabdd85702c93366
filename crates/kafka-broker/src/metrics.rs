//! What a cluster counts. Plain numbers; the binary names and exposes them.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use kafka_wire::ApiKey;
use parking_lot::Mutex;

use crate::apis;
use crate::authority::{Operation, ResourceKind};
use crate::log::Compacted;

/// Counters of one cluster since it was opened.
#[derive(Debug, Default)]
pub(crate) struct ClusterMetrics {
    requests: Requests,
    traffic: Traffic,
    panics: AtomicU64,
    evicted_bytes: AtomicU64,
    throttles: [ThrottleTally; ThrottleKind::ALL.len()],
    throttle_told: Told<60>,
    slow_requests: AtomicU64,
    slow_told: Told<1>,
    /// Slow requests that had no line of their own since the last that had one.
    slow_untold: AtomicU64,
    /// By port. Whoever counts here has cost more than the lock.
    refusals: Mutex<BTreeMap<u16, RefusalCount>>,
    compaction: Compaction,
    /// By what was to be done, and to what kind of thing.
    requests_refused: [[AtomicU64; Operation::EACH.len()]; ResourceKind::EACH.len()],
}

/// Who was turned away at a port.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RefusalCount {
    /// Logins that were refused.
    pub logins: u64,
    /// Connections that ended before a login for what they sent instead of it, or for being slow.
    pub strays: u64,
    /// Connections from addresses that are not on the list.
    pub addresses: u64,
    /// Connections that were used after their session's end.
    pub sessions: u64,
    /// TLS handshakes that failed, or took too long.
    pub handshakes: u64,
    /// Connections that spoke TLS where there is none, or did not where there is.
    pub misdialled: u64,
    /// Connections of proxies that did not say for whom.
    pub headers: u64,
}

/// What compaction has done, and has to do.
#[derive(Debug, Default)]
struct Compaction {
    runs: AtomicU64,
    failures: AtomicU64,
    bytes_before: AtomicU64,
    bytes_after: AtomicU64,
    dirty_bytes: AtomicU64,
}

/// Requests, by row of the table of APIs.
#[derive(Debug)]
struct Requests([RequestTally; apis::COUNT]);

impl Default for Requests {
    fn default() -> Self {
        Self(std::array::from_fn(|_| RequestTally::default()))
    }
}

/// Requests of one API.
#[derive(Debug, Default)]
struct RequestTally {
    count: AtomicU64,
    took_nanos: AtomicU64,
}

/// What has gone over the network.
#[derive(Debug, Default)]
struct Traffic {
    connections: AtomicU64,
    connections_refused: AtomicU64,
    bytes_in: AtomicU64,
    bytes_out: AtomicU64,
    produced: AtomicU64,
    fetched: AtomicU64,
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
    /// Bytes of Produce requests; the host's own are not in it.
    pub bytes_produced: u64,
    /// Bytes of fetched records; the host's own are not in it.
    pub bytes_fetched: u64,
    /// Connections that a fault of the broker ended.
    pub panics: u64,
    /// Bytes deleted before their time because the disk was nearly full.
    pub evicted_bytes: u64,
    /// Compactions of a partition.
    pub compactions: u64,
    /// Compactions that failed; what was there stays.
    pub compactions_failed: u64,
    /// Bytes that compactions have read.
    pub compacted_bytes_before: u64,
    /// Bytes that they have put in their place.
    pub compacted_bytes_after: u64,
    /// Bytes that wait for compaction, as of the last look.
    pub dirty_bytes: u64,
    /// Requests that took longer than the log has to tell of.
    pub slow_requests: u64,
}

/// What clients are held back for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ThrottleKind {
    /// Bytes that they send.
    Produce,
    /// Bytes that they are given.
    Fetch,
    /// The time that their requests take.
    Request,
    /// Partitions that they have made and deleted.
    Mutation,
    /// Connections that they make; these are closed at once.
    Connection,
}

impl ThrottleKind {
    /// Every one.
    pub const ALL: [Self; 5] = [Self::Produce, Self::Fetch, Self::Request, Self::Mutation, Self::Connection];
}

/// How often clients were held back for something.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ThrottleCount {
    /// Requests, or connections.
    pub count: u64,
    /// Bytes of those requests: sent, or asked for.
    pub bytes: u64,
    /// How long they were told to hold back, all together.
    pub time: Duration,
}

#[derive(Debug, Default)]
struct ThrottleTally {
    count: AtomicU64,
    bytes: AtomicU64,
    millis: AtomicU64,
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
    /// A request of the API in this row of their table.
    pub(crate) fn request(&self, row: usize, took: Duration) {
        let tally = &self.requests.0[row];
        add(&tally.count, 1);
        add(&tally.took_nanos, u64::try_from(took.as_nanos()).unwrap_or(u64::MAX));
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

    /// A port that is counted for from now on.
    pub(crate) fn listens(&self, port: u16) {
        self.refusals.lock().entry(port).or_default();
    }

    pub(crate) fn login_failed(&self, port: u16) {
        self.refusals.lock().entry(port).or_default().logins += 1;
    }

    /// Somebody sent something else than a login, or was too slow with it.
    pub(crate) fn strayed(&self, port: u16) {
        self.refusals.lock().entry(port).or_default().strays += 1;
    }

    /// Somebody came from an address that is not on the list.
    pub(crate) fn address_refused(&self, port: u16) {
        self.refusals.lock().entry(port).or_default().addresses += 1;
    }

    /// Somebody went on after the session's end without logging in again.
    pub(crate) fn session_expired(&self, port: u16) {
        self.refusals.lock().entry(port).or_default().sessions += 1;
    }

    /// A request was refused for want of a right.
    pub(crate) fn request_refused(&self, resource: ResourceKind, operation: Operation) {
        add(&self.requests_refused[resource as usize][operation.place()], 1);
    }

    /// Requests that were refused so far; without those of which there were none.
    pub(crate) fn requests_refused(&self) -> Vec<(ResourceKind, Operation, u64)> {
        let each = ResourceKind::EACH.into_iter().zip(&self.requests_refused);
        let counts = each.flat_map(|(resource, counts)| {
            let counts = Operation::EACH.into_iter().zip(counts);
            counts.map(move |(operation, count)| (resource, operation, count.load(Ordering::Relaxed)))
        });
        counts.filter(|(.., count)| *count > 0).collect()
    }

    pub(crate) fn handshake_failed(&self, port: u16) {
        self.refusals.lock().entry(port).or_default().handshakes += 1;
    }

    pub(crate) fn misdialled(&self, port: u16) {
        self.refusals.lock().entry(port).or_default().misdialled += 1;
    }

    pub(crate) fn header_refused(&self, port: u16) {
        self.refusals.lock().entry(port).or_default().headers += 1;
    }

    /// Who was turned away, by port.
    pub(crate) fn refusals(&self) -> Vec<(u16, RefusalCount)> {
        self.refusals.lock().iter().map(|(port, count)| (*port, *count)).collect()
    }

    pub(crate) fn evicted(&self, bytes: u64) {
        add(&self.evicted_bytes, bytes);
    }

    pub(crate) fn compacted(&self, done: Compacted) {
        add(&self.compaction.runs, 1);
        add(&self.compaction.bytes_before, done.bytes_before);
        add(&self.compaction.bytes_after, done.bytes_after);
    }

    pub(crate) fn compaction_failed(&self) {
        add(&self.compaction.failures, 1);
    }

    pub(crate) fn dirty(&self, bytes: u64) {
        self.compaction.dirty_bytes.store(bytes, Ordering::Relaxed);
    }

    pub(crate) fn received(&self, bytes: usize) {
        add(&self.traffic.bytes_in, bytes as u64);
    }

    pub(crate) fn sent(&self, bytes: u64) {
        add(&self.traffic.bytes_out, bytes);
    }

    pub(crate) fn produced(&self, bytes: u64) {
        add(&self.traffic.produced, bytes);
    }

    pub(crate) fn fetched(&self, bytes: u64) {
        add(&self.traffic.fetched, bytes);
    }

    pub(crate) fn throttled(&self, kind: ThrottleKind, bytes: u64, throttle: Duration) {
        let tally = &self.throttles[kind as usize];
        add(&tally.count, 1);
        add(&tally.bytes, bytes);
        add(&tally.millis, u64::try_from(throttle.as_millis()).unwrap_or(u64::MAX));
    }

    /// Whether the log is to tell of a throttle: whoever wonders why a client is slow looks there, and one line a minute
    /// says it.
    pub(crate) fn is_throttle_told(&self, now: Duration) -> bool {
        self.throttle_told.is_time(now)
    }

    /// A request that took long. If the log is to tell of it, which it does once a second, how many others there were
    /// since the last that it told of.
    pub(crate) fn slow_request(&self, now: Duration) -> Option<u64> {
        add(&self.slow_requests, 1);
        if self.slow_told.is_time(now) {
            return Some(self.slow_untold.swap(0, Ordering::Relaxed));
        }
        add(&self.slow_untold, 1);
        None
    }

    pub(crate) fn throttles(&self) -> [(ThrottleKind, ThrottleCount); ThrottleKind::ALL.len()] {
        ThrottleKind::ALL.map(|kind| {
            let tally = &self.throttles[kind as usize];
            let count = ThrottleCount {
                count: tally.count.load(Ordering::Relaxed),
                bytes: tally.bytes.load(Ordering::Relaxed),
                time: Duration::from_millis(tally.millis.load(Ordering::Relaxed)),
            };
            (kind, count)
        })
    }

    pub(crate) fn counters(&self) -> ClusterCounters {
        ClusterCounters {
            connections: self.traffic.connections.load(Ordering::Relaxed),
            connections_refused: self.traffic.connections_refused.load(Ordering::Relaxed),
            bytes_in: self.traffic.bytes_in.load(Ordering::Relaxed),
            bytes_out: self.traffic.bytes_out.load(Ordering::Relaxed),
            bytes_produced: self.traffic.produced.load(Ordering::Relaxed),
            bytes_fetched: self.traffic.fetched.load(Ordering::Relaxed),
            panics: self.panics.load(Ordering::Relaxed),
            evicted_bytes: self.evicted_bytes.load(Ordering::Relaxed),
            compactions: self.compaction.runs.load(Ordering::Relaxed),
            compactions_failed: self.compaction.failures.load(Ordering::Relaxed),
            compacted_bytes_before: self.compaction.bytes_before.load(Ordering::Relaxed),
            compacted_bytes_after: self.compaction.bytes_after.load(Ordering::Relaxed),
            dirty_bytes: self.compaction.dirty_bytes.load(Ordering::Relaxed),
            slow_requests: self.slow_requests.load(Ordering::Relaxed),
        }
    }

    /// Requests so far, by API, in order of keys; without those of which there were none.
    pub(crate) fn requests(&self) -> Vec<(ApiKey, RequestCount)> {
        let count = |tally: &RequestTally| RequestCount {
            count: tally.count.load(Ordering::Relaxed),
            took: Duration::from_nanos(tally.took_nanos.load(Ordering::Relaxed)),
        };
        let requests = apis::keys().zip(self.requests.0.iter().map(count));
        requests.filter(|(_, count)| count.count > 0).collect()
    }
}

/// When the log was last told of something that it is told once in so many seconds; counted in those, from 1.
#[derive(Debug, Default)]
struct Told<const SECONDS: u64>(AtomicU64);

impl<const SECONDS: u64> Told<SECONDS> {
    /// Whether it is to be told now, and if so it has been.
    fn is_time(&self, now: Duration) -> bool {
        let period = now.as_secs() / SECONDS + 1;
        self.0.swap(period, Ordering::Relaxed) != period
    }
}

/// Adds to a counter that nothing is decided by.
fn add(counter: &AtomicU64, by: u64) {
    counter.fetch_add(by, Ordering::Relaxed);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slow_requests_have_a_line_a_second_that_counts_the_others() {
        let metrics = ClusterMetrics::default();
        let told =
            [0, 10, 999, 1_000, 1_001, 5_000].map(|ms| metrics.slow_request(Duration::from_millis(ms)));
        assert_eq!(told, [Some(0), None, None, Some(2), None, Some(1)]);
        assert_eq!(metrics.counters().slow_requests, 6);
    }

    #[test]
    fn throttles_have_a_line_a_minute() {
        let metrics = ClusterMetrics::default();
        let told = [0, 59, 60, 61, 300].map(|seconds| metrics.is_throttle_told(Duration::from_secs(seconds)));
        assert_eq!(told, [true, false, true, false, true]);
    }

    #[test]
    fn requests_are_counted_by_api_from_many_threads() {
        let metrics = ClusterMetrics::default();
        assert_eq!(metrics.requests(), []);
        let row = |wanted| apis::keys().position(|key| key == wanted).unwrap();
        let (fetch, describe) = (row(ApiKey::FETCH), row(ApiKey::DESCRIBE_CLUSTER));
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| (0..1_000).for_each(|_| metrics.request(fetch, Duration::from_micros(3))));
            }
        });
        metrics.request(describe, Duration::from_secs(2));
        let count = |count, took| RequestCount { count, took };
        let expected = [
            (ApiKey::FETCH, count(4_000, Duration::from_millis(12))),
            (ApiKey::DESCRIBE_CLUSTER, count(1, Duration::from_secs(2))),
        ];
        assert_eq!(metrics.requests(), expected);
    }
}
