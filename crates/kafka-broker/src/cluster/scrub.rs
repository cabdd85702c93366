//! Reading everything that is kept again and again, slowly, so that damage is known before somebody needs the data.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::watch;

use super::Cluster;

/// Between two looks for segments whose turn it is.
const EVERY: Duration = Duration::from_secs(60);

/// What has been looked at since the cluster was opened.
#[derive(Debug, Default)]
pub(super) struct ScrubTally {
    bytes: AtomicU64,
}

impl Cluster {
    /// Examines the logs until told to stop.
    pub(super) async fn scrub(self: Arc<Self>, mut stop: watch::Receiver<bool>) {
        if !self.shared.pace.is_on() {
            return;
        }
        loop {
            tokio::select! {
                _ = stop.changed() => return,
                () = self.scrub_all() => {}
            }
            tokio::select! {
                _ = stop.changed() => return,
                () = tokio::time::sleep(EVERY) => {}
            }
        }
    }

    async fn scrub_all(&self) {
        for topic in self.topics.all() {
            for log in &topic.partitions {
                match log.scrub(&self.shared.pace).await {
                    Ok(scrubbed) => {
                        self.scrubbed.bytes.fetch_add(scrubbed.bytes, Ordering::Relaxed);
                    }
                    Err(error) => tracing::warn!(cluster = self.name, ?log, %error, "it is not examined"),
                }
            }
        }
    }

    /// Bytes that were read to look for damage since the cluster was opened.
    pub fn scrubbed_bytes(&self) -> u64 {
        self.scrubbed.bytes.load(Ordering::Relaxed)
    }

    /// Partitions in which damage was found since the cluster was opened, when it was opened included.
    pub fn damaged_partitions(&self) -> u64 {
        let topics = self.topics.all();
        let logs = topics.iter().flat_map(|topic| &topic.partitions);
        logs.filter(|log| log.is_damaged()).count() as u64
    }
}
