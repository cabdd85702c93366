//! Markers: how partitions learn that a transaction has ended.

use std::collections::BTreeSet;
use std::sync::Arc;

use kafka_wire::records::{ControlKind, ControlMarker};
use tokio::task::JoinSet;
use uuid::Uuid;

use super::coordinator::Transactions;
use crate::log::{AppendError, Origin, PartitionLog};
use crate::meta::{TransactionPhase, TransactionRecord};

impl Transactions {
    /// Writes the markers of a transaction to the partitions that are not `marked` yet; tells which have theirs,
    /// durably. One that is not there any more needs none.
    pub(super) async fn markers_write(
        &self,
        record: &TransactionRecord,
        mut marked: BTreeSet<(Uuid, i32)>,
    ) -> BTreeSet<(Uuid, i32)> {
        let kind = match record.phase {
            TransactionPhase::PrepareCommit => ControlKind::Commit,
            _ => ControlKind::Abort,
        };
        let marker = ControlMarker { kind, coordinator_epoch: self.store.leader_epoch() };
        let marker = match marker.to_batch(record.producer_id, record.epoch, self.clock.now_ms()) {
            Ok(marker) => marker,
            Err(error) => {
                tracing::error!(id = %record.id, %error, "a marker cannot be built");
                return marked;
            }
        };
        let mut syncs = JoinSet::new();
        for partition in &record.partitions {
            if marked.contains(partition) {
                continue;
            }
            match self.marker_append(record, *partition, &marker) {
                Ok(Some(log)) => {
                    let partition = *partition;
                    // Whatever the topic demands: without its marker, the partition would never come to know.
                    syncs.spawn(async move { (partition, log.flush().await) });
                }
                Ok(None) => {
                    marked.insert(*partition);
                }
                Err(error) => {
                    let (topic, number) = partition;
                    tracing::warn!(id = %record.id, %topic, number, %error, "a marker is not written yet");
                }
            }
        }
        while let Some(synced) = syncs.join_next().await {
            let Ok((partition, outcome)) = synced else { continue };
            if outcome.is_ok() || !self.is_there(partition) {
                marked.insert(partition);
            }
        }
        marked
    }

    /// Appends a marker; gives the log in which it is, or none where it needs none.
    fn marker_append(
        &self,
        record: &TransactionRecord,
        partition: (Uuid, i32),
        marker: &[u8],
    ) -> Result<Option<Arc<PartitionLog>>, AppendError> {
        let (topic, number) = partition;
        let open = self.topics.of_id(topic);
        let Some(log) = open.as_ref().and_then(|open| open.partition(number)) else {
            return if self.is_there(partition) { Err(AppendError::Closed) } else { Ok(None) };
        };
        match log.append(marker, Origin::Broker) {
            Ok(_appended) => Ok(Some(log.clone())),
            Err(AppendError::Closed) if !self.is_there(partition) => Ok(None),
            // A newer marker stands there: it has ended this transaction as well.
            Err(
                error @ (AppendError::CoordinatorFenced { .. } | AppendError::InvalidProducerEpoch { .. }),
            ) => {
                tracing::error!(id = %record.id, ?log, %error, "a marker comes too late");
                Ok(None)
            }
            Err(error) => Err(error),
        }
    }

    fn is_there(&self, (topic, number): (Uuid, i32)) -> bool {
        self.store.topics().of_id(topic).is_some_and(|topic| topic.has_partition(number))
    }
}
