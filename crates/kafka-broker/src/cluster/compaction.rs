//! When a cluster compacts its topics: where enough has become superfluous, the worst partition first.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use hashbrown::HashMap;
use tokio::sync::watch;
use uuid::Uuid;

use super::Cluster;
use crate::log::PartitionLog;

/// Between two looks, as in Kafka (`log.cleaner.backoff.ms`).
const EVERY: Duration = Duration::from_secs(15);
/// A partition whose compaction failed is left alone for so long: it may be damaged, and reading it costs.
const AFTER_FAILURE: Duration = Duration::from_secs(5 * 60);

/// Until when, by the monotonic clock, partitions are left alone.
type Failed = HashMap<(Uuid, i32), Duration>;

impl Cluster {
    /// Compacts until told to stop.
    pub(super) async fn compaction(self: Arc<Self>, mut stop: watch::Receiver<bool>) {
        if self.shared.limits.compaction_bytes_per_second == 0 {
            return;
        }
        let mut failed = Failed::new();
        while !self.is_stopping() {
            tokio::select! {
                _ = stop.changed() => return,
                () = self.compaction_due.notified() => {}
                () = tokio::time::sleep(EVERY) => {}
            }
            failed.retain(|_, until| *until > self.clock().elapsed());
            for log in self.compaction_candidates(&failed).await {
                if self.is_stopping() {
                    return;
                }
                self.compact(&log, &mut stop, &mut failed).await;
            }
        }
    }

    /// The partitions that are due, the worst first.
    async fn compaction_candidates(&self, failed: &Failed) -> Vec<Arc<PartitionLog>> {
        let topics = self.topics.all();
        let compacted = topics.iter().filter(|topic| topic.rules.log.compact);
        let logs: Vec<_> = compacted.flat_map(|topic| topic.partitions.clone()).collect();
        if logs.is_empty() {
            self.metrics.dirty(0);
            return Vec::new();
        }
        let look = tokio::task::spawn_blocking(move || {
            let dirty = |log: Arc<PartitionLog>| match log.dirty() {
                Ok(dirty) => dirty.map(|dirty| (dirty, log)),
                Err(error) => {
                    tracing::warn!(?log, %error, "cannot tell what to compact");
                    None
                }
            };
            logs.into_iter().filter_map(dirty).collect::<Vec<_>>()
        });
        let mut dirty = look.await.unwrap_or_default();
        self.metrics.dirty(dirty.iter().map(|(dirty, _)| dirty.bytes).sum());
        dirty.retain(|(dirty, log)| dirty.is_due && !failed.contains_key(&(log.topic_id(), log.partition())));
        dirty.sort_by(|(a, _), (b, _)| b.ratio.total_cmp(&a.ratio));
        dirty.into_iter().map(|(_, log)| log).collect()
    }

    async fn compact(&self, log: &Arc<PartitionLog>, stop: &mut watch::Receiver<bool>, failed: &mut Failed) {
        let pace = tokio::select! {
            pace = self.shared.compacting.lock() => pace,
            _ = stop.changed() => return,
        };
        let stopping = Arc::new(AtomicBool::new(self.is_stopping()));
        let mut work = std::pin::pin!(log.compact(&pace, &stopping));
        let outcome = tokio::select! {
            outcome = &mut work => outcome,
            _ = stop.changed() => {
                stopping.store(true, Ordering::Relaxed);
                work.await
            }
        };
        match outcome {
            Ok(Some(done)) => {
                tracing::info!(cluster = self.name, ?log, ?done, "compacted");
                self.metrics.compacted(done);
            }
            Ok(None) => {}
            // It is being deleted, or records of it were meanwhile.
            Err(crate::log::LogError::Closed) => {}
            Err(error) => {
                tracing::error!(cluster = self.name, ?log, %error, "not compacted; what was there stays");
                self.metrics.compaction_failed();
                let until = self.clock().elapsed() + AFTER_FAILURE;
                failed.insert((log.topic_id(), log.partition()), until);
            }
        }
    }
}
