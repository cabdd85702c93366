//! What compaction has done, and what waits for it.

use std::fmt;

use kafka_broker::ClusterCounters;
use prometheus_client::encoding::DescriptorEncoder;

use super::{Status, gauges};

type Count = (&'static str, &'static str, fn(ClusterCounters) -> u64);

const COUNTS: [Count; 4] = [
    ("weir_kafka_compactions", "Compactions of a partition", |counters| counters.compactions),
    ("weir_kafka_compactions_failed", "Compactions that failed, which changes nothing", |counters| {
        counters.compactions_failed
    }),
    ("weir_kafka_compacted_bytes_before", "Bytes that compactions have read", |counters| {
        counters.compacted_bytes_before
    }),
    ("weir_kafka_compacted_bytes_after", "Bytes that compactions have put in their place", |counters| {
        counters.compacted_bytes_after
    }),
];

impl Status {
    pub(super) fn encode_compaction(&self, encoder: &mut DescriptorEncoder<'_>) -> fmt::Result {
        for (name, help, count) in COUNTS {
            self.encode_count(encoder, name, help, count)?;
        }
        let clusters = self.broker.clusters();
        let dirty =
            clusters.iter().map(|cluster| ([("instance", cluster.name())], cluster.counters().dirty_bytes));
        let help = "Bytes that wait for compaction, as of the last look";
        gauges(encoder, "weir_kafka_dirty_bytes", help, dirty)
    }
}
