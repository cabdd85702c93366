//! What an operator can set about groups.

use std::time::Duration;

/// The coordinator's settings.
#[derive(Clone, Debug)]
pub struct GroupSettings {
    /// Shortest session timeout a member may ask for.
    pub session_timeout_min: Duration,
    /// Longest session timeout a member may ask for.
    pub session_timeout_max: Duration,
    /// How long an empty group waits for more members after its first one, begun again (up to the members'
    /// rebalance timeout) when one arrived in the meantime.
    ///
    /// Apache Kafka's default is 3 s, which suits a fleet being rolled out; the configuration it ships for
    /// trying it out says 0, and so do most test harnesses, because every test with one consumer would pay
    /// it. With 0, though, the second of two consumers started together waits for the first one's next
    /// heartbeat, usually 3 s: the delay is only moved. A tenth of a second gathers what is started
    /// together, since each arrival extends it, and a lone consumer does not notice it beside its own
    /// start-up.
    pub initial_rebalance_delay: Duration,
    /// How long a member of the newer protocol may be silent; the coordinator dictates it.
    pub consumer_session_timeout: Duration,
    /// How often a member of the newer protocol is to be heard of.
    pub consumer_heartbeat_interval: Duration,
    /// Most members of one group, those who were only given an id included. Apache Kafka has no bound; this
    /// one only keeps a runaway client from filling the memory.
    pub size_max: usize,
    /// Longest note with an offset, in bytes.
    pub offset_metadata_max: usize,
    /// How long offsets outlive their group's last use.
    pub offsets_retention: Duration,
    /// How often offsets are looked over for expiry.
    pub offsets_retention_check: Duration,
}

impl Default for GroupSettings {
    fn default() -> Self {
        Self {
            session_timeout_min: Duration::from_secs(6),
            session_timeout_max: Duration::from_secs(30 * 60),
            initial_rebalance_delay: Duration::from_millis(100),
            consumer_session_timeout: Duration::from_secs(45),
            consumer_heartbeat_interval: Duration::from_secs(5),
            size_max: 10_000,
            offset_metadata_max: 4_096,
            offsets_retention: Duration::from_secs(7 * 24 * 60 * 60),
            offsets_retention_check: Duration::from_secs(10 * 60),
        }
    }
}
