//! What a request is charged, and how its client is told to hold back: the larger of what its bytes and its time come
//! to. The host's own connections are charged nothing.

use std::time::Duration;

use kafka_wire::ErrorCode;
use kafka_wire::messages::Message;

use super::Context;
use crate::metrics::ThrottleKind;
use crate::quota::Client;

/// What a fetch is told.
pub(super) struct FetchThrottle {
    pub(super) throttle_time_ms: i32,
    /// Whether it is given what was read.
    pub(super) is_given: bool,
}

impl Context<'_> {
    /// Who is charged; nobody for the host.
    fn charged(&self) -> Option<Client<'_>> {
        let client = Client {
            user: self.peer.principal.name(),
            client_id: self.client_id,
            is_public: self.peer.is_public,
        };
        (!self.peer.is_host).then_some(client)
    }

    /// Charges a Produce request of so many bytes, and the time that it took where its client is told of that.
    pub(super) fn throttle_produce(&self, bytes: usize, busy: Option<Duration>) -> i32 {
        let Some(client) = self.charged() else { return 0 };
        let (quotas, now) = (self.cluster.quotas(), self.cluster.clock().elapsed());
        self.cluster.metrics().produced(bytes as u64);
        let of_bytes = quotas.produce(client, bytes as u64, now);
        let of_time = busy.map_or(Duration::ZERO, |busy| quotas.request(client, busy, now));
        self.hold_back(&[
            (ThrottleKind::Produce, bytes as u64, of_bytes),
            (ThrottleKind::Request, 0, of_time),
        ])
    }

    /// The most that a fetch can be given.
    pub(super) fn fetch_bytes_max(&self) -> u32 {
        let bytes = self.charged().map_or(u64::MAX, |client| self.cluster.quotas().fetch_bytes_max(client));
        u32::try_from(bytes).unwrap_or(u32::MAX)
    }

    /// Charges a Fetch that is about to be given so many bytes of records, and the time that it took.
    pub(super) fn throttle_fetch(&self, bytes: u32, busy: Duration) -> FetchThrottle {
        let Some(client) = self.charged() else {
            return FetchThrottle { throttle_time_ms: 0, is_given: true };
        };
        let (quotas, now) = (self.cluster.quotas(), self.cluster.clock().elapsed());
        let of_time = quotas.request(client, busy, now);
        let charge = quotas.fetch(client, bytes.into(), of_time, now);
        if charge.is_given {
            self.cluster.metrics().fetched(bytes.into());
        }
        let of_bytes = if charge.throttle > of_time { charge.throttle } else { Duration::ZERO };
        let throttle_time_ms = self
            .hold_back(&[(ThrottleKind::Fetch, bytes.into(), of_bytes), (ThrottleKind::Request, 0, of_time)]);
        FetchThrottle { throttle_time_ms, is_given: charge.is_given }
    }

    /// Charges the time that any other request took, and tells its client; what the handler has it told already counts
    /// when it is more.
    pub(super) fn throttle_response(&self, response: &mut impl Message, busy: Duration) {
        let Some(client) = self.charged() else { return };
        let now = self.cluster.clock().elapsed();
        let of_time = self.cluster.quotas().request(client, busy, now);
        let throttle_time_ms = self.hold_back(&[(ThrottleKind::Request, 0, of_time)]);
        if let Some(told) = response.throttle_time() {
            *told = throttle_time_ms.max(*told);
        }
    }

    /// What changes of partitions are charged to, from a version on that knows to be refused for it.
    pub(super) fn mutations(&self, strict_from: i16) -> Mutations<'_> {
        Mutations { context: self, is_strict: self.version >= strict_from, throttle: Duration::ZERO }
    }

    /// Has the connection rest for the longest of these, each for so many bytes, and says how long that is, in
    /// milliseconds.
    fn hold_back(&self, throttles: &[(ThrottleKind, u64, Duration)]) -> i32 {
        let mut longest = Duration::ZERO;
        for (kind, bytes, throttle) in throttles.iter().filter(|(.., throttle)| !throttle.is_zero()) {
            self.cluster.metrics().throttled(*kind, *bytes, *throttle);
            longest = longest.max(*throttle);
        }
        if !longest.is_zero() {
            let now = self.cluster.clock().elapsed();
            self.peer.pause.until(now.saturating_add(longest));
            if self.cluster.metrics().is_throttle_told(now) {
                let (cluster, user) = (self.cluster.name(), self.peer.principal.name());
                let (client_id, pause_ms) = (self.client_id, longest.as_millis());
                tracing::info!(
                    cluster,
                    user,
                    client_id,
                    pause_ms,
                    "a client is over its rate: it has to pause"
                );
            }
        }
        i32::try_from(longest.as_millis()).unwrap_or(i32::MAX)
    }
}

/// Changes of partitions that one request makes.
pub(super) struct Mutations<'a> {
    context: &'a Context<'a>,
    is_strict: bool,
    throttle: Duration,
}

impl Mutations<'_> {
    /// Charges so many partitions, or refuses them because too many were changed before.
    pub(super) fn charge(&mut self, partitions: i32) -> Result<(), (ErrorCode, String)> {
        let Some(client) = self.context.charged() else { return Ok(()) };
        let now = self.context.cluster.clock().elapsed();
        let partitions = u32::try_from(partitions).unwrap_or_default();
        let outcome = self.context.cluster.quotas().mutate(client, partitions, self.is_strict, now);
        let (Ok(throttle) | Err(throttle)) = outcome;
        self.throttle = self.throttle.max(throttle);
        let refusal =
            |_| (ErrorCode::THROTTLING_QUOTA_EXCEEDED, "the quota of changes is used up".to_owned());
        outcome.map(drop).map_err(refusal)
    }

    /// Has the client hold back as long as that came to; in milliseconds.
    pub(super) fn throttle_time_ms(self) -> i32 {
        // A part of a millisecond is not told as none: who comes back too soon is refused again.
        let throttle = Duration::from_millis(
            u64::try_from(self.throttle.as_micros().div_ceil(1_000)).unwrap_or(u64::MAX),
        );
        self.context.hold_back(&[(ThrottleKind::Mutation, 0, throttle)])
    }
}
