//! What a cluster does by itself: old data goes, also before its time where the disk is nearly full, what deleted
//! topics left is removed, sessions that nobody uses end, and clients that have long been quiet are forgotten.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::watch;

use super::Cluster;

/// Between two rounds, as in Kafka.
const EVERY: Duration = Duration::from_secs(5 * 60);

impl Cluster {
    /// Looks after the logs until told to stop.
    pub(super) async fn upkeep(self: Arc<Self>, mut stop: watch::Receiver<bool>) {
        loop {
            self.purge().await;
            self.keep_within_disk().await;
            self.fetch_sessions.expire(self.shared.clock.elapsed());
            self.quotas.sweep(self.clock().elapsed());
            tokio::select! {
                _ = stop.changed() => return,
                () = self.topics_deleted.notified() => continue,
                () = self.logs.grown() => continue,
                () = self.configured.notified() => {}
                () = tokio::time::sleep(EVERY) => {}
            }
            for topic in self.topics.all() {
                for log in &topic.partitions {
                    if let Err(error) = log.retain().await {
                        tracing::warn!(cluster = self.name, ?log, %error, "old data stays for now");
                    }
                }
            }
        }
    }

    /// Removes the folders of deleted topics. They may be large, so this runs beside everything else.
    async fn purge(&self) {
        let logs = self.logs.clone();
        match tokio::task::spawn_blocking(move || logs.purge()).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::warn!(cluster = self.name, %error, "deleted topics still take room"),
            Err(ended) => {
                tracing::error!(cluster = self.name, %ended, "removing deleted topics did not end well");
            }
        }
    }
}
