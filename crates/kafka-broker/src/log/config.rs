//! The settings of a topic that its logs obey, with Kafka's defaults.
//!
//! One default differs on purpose: `flush_messages` is 1. Kafka relies on replicas where Weir has one copy, so
//! a batch acknowledged to `acks=all` is on the disk unless the topic says otherwise.

/// Whose clock stamps records.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TimestampType {
    /// The producer's.
    CreateTime,
    /// The broker's.
    LogAppendTime,
}

/// The settings of one topic. Logs of one topic share it; a change takes effect with the next append.
#[derive(Clone, Debug, PartialEq)]
pub struct LogConfig {
    /// `cleanup.policy` contains `delete`: segments beyond the retention limits go.
    pub delete: bool,
    /// `cleanup.policy` contains `compact`: of each key the newest record stays.
    pub compact: bool,
    /// `delete.retention.ms`: how long compaction leaves a key without a value.
    pub delete_retention_ms: i64,
    /// `flush.messages`: with 1, what is visible is durable. With more, the page cache is enough, and a sync
    /// is begun after so many records.
    pub flush_messages: i64,
    /// `flush.ms`: with the page cache, how long records may wait for a sync.
    pub flush_ms: i64,
    /// `index.interval.bytes`: bytes of log for one index entry.
    pub index_interval_bytes: u32,
    /// `max.compaction.lag.ms`: how long a record may stay uncompacted.
    pub max_compaction_lag_ms: i64,
    /// `max.message.bytes`: longest batch.
    pub max_message_bytes: u32,
    /// `message.timestamp.type`.
    pub timestamp_type: TimestampType,
    /// `min.cleanable.dirty.ratio`: the share of uncompacted bytes from which on compaction is worth it.
    pub min_cleanable_dirty_ratio: f64,
    /// `min.compaction.lag.ms`: how long a record stays uncompacted at least.
    pub min_compaction_lag_ms: i64,
    /// `producer.id.expiration.ms`: how long a silent producer is remembered.
    pub producer_expiration_ms: i64,
    /// `retention.bytes`: how much is kept at least; -1 for no limit.
    pub retention_bytes: i64,
    /// `retention.ms`: how long is kept at least; -1 for ever.
    pub retention_ms: i64,
    /// `segment.bytes`: longest segment.
    pub segment_bytes: u32,
    /// `segment.index.bytes`: longest index of a segment.
    pub segment_index_bytes: u32,
    /// `segment.jitter.ms`: how much earlier than `segment.ms` a segment may be full.
    pub segment_jitter_ms: i64,
    /// `segment.ms`: longest time that one segment is written to.
    pub segment_ms: i64,
}

impl LogConfig {
    /// Whether a batch is visible only when it is durable.
    pub fn is_synced(&self) -> bool {
        self.flush_messages == 1
    }

    /// Longest time that one segment is written to. What is written to is not compacted, so a record that must be
    /// compacted soon must not wait there.
    pub(super) fn segment_ms_max(&self) -> i64 {
        let ms = if self.compact { self.segment_ms.min(self.max_compaction_lag_ms) } else { self.segment_ms };
        ms.saturating_sub(self.segment_jitter_ms)
    }
}

impl Default for LogConfig {
    fn default() -> Self {
        const DAY_MS: i64 = 24 * 60 * 60 * 1_000;
        Self {
            delete: true,
            compact: false,
            delete_retention_ms: DAY_MS,
            flush_messages: 1,
            flush_ms: i64::MAX,
            index_interval_bytes: 4_096,
            max_compaction_lag_ms: i64::MAX,
            max_message_bytes: 1_048_588,
            timestamp_type: TimestampType::CreateTime,
            min_cleanable_dirty_ratio: 0.5,
            min_compaction_lag_ms: 0,
            producer_expiration_ms: DAY_MS,
            retention_bytes: -1,
            retention_ms: 7 * DAY_MS,
            segment_bytes: 1 << 30,
            segment_index_bytes: 10 << 20,
            segment_jitter_ms: 0,
            segment_ms: 7 * DAY_MS,
        }
    }
}
