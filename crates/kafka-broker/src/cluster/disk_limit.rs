//! Keeps a cluster within the disk that its owner bought: the oldest data goes before writes would have to be refused.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};
use std::sync::Arc;

use super::Cluster;
use crate::log::PartitionLog;

/// Of the disk, in percent: above it, the oldest data goes early. Alibaba's figure.
const HIGH_WATER_PERCENT: u64 = 85;
/// It is looked at again after growth by a hundredth of the disk, and by no less than this.
const LOOK_AFTER_MIN: u64 = 1 << 20;

/// So many segments a disk has room for, at least: what goes is a small part of what there is.
const SEGMENTS: u64 = 64;

impl Cluster {
    /// Bytes of all its logs.
    pub fn disk_bytes(&self) -> u64 {
        self.topics.all().iter().flat_map(|topic| &topic.partitions).map(|log| log.size()).sum()
    }

    /// Deletes the oldest segments of all until the cluster is within its disk, and says when to look again.
    pub(super) async fn keep_within_disk(&self) {
        let bounds = [self.bounds().disk_bytes, self.limits().disk_bytes_max];
        let disk = bounds.into_iter().flatten().min();
        self.logs.bound_segments(disk.map_or(u64::MAX, |disk| disk / SEGMENTS));
        let Some(disk) = disk else { return };
        let high_water = disk / 100 * HIGH_WATER_PERCENT;
        let used = self.disk_bytes();
        let mut freed = 0;
        if used > high_water {
            for (log, next) in self.oldest(used - high_water) {
                match log.evict_before(next).await {
                    Ok(gone) => freed += gone.bytes,
                    Err(error) => {
                        tracing::warn!(cluster = self.name, ?log, %error, "old data stays for now");
                    }
                }
            }
            self.metrics.evicted(freed);
            let left = used.saturating_sub(freed);
            tracing::warn!(
                cluster = self.name,
                disk,
                used,
                freed,
                left,
                "the disk is nearly full: the oldest data is deleted before its time"
            );
        }
        let room = high_water.saturating_sub(used.saturating_sub(freed));
        self.logs.grown_by(room.max(disk / 100).max(LOOK_AFTER_MIN));
    }

    /// Where logs would have to begin for so many bytes to be free, the oldest segments of all of them first.
    fn oldest(&self, bytes: u64) -> Vec<(Arc<PartitionLog>, i64)> {
        let topics = self.topics.all();
        let logs: Vec<_> =
            topics.iter().filter(|topic| !topic.facts.internal).flat_map(|t| &t.partitions).collect();
        let mut queues: Vec<_> = logs.iter().map(|log| log.evictable().into_iter()).collect();
        // Of each log the oldest that is left, so that none loses a segment before those in front of it.
        let mut heads: BinaryHeap<_> = BinaryHeap::new();
        for (log, queue) in queues.iter_mut().enumerate() {
            heads.extend(queue.next().map(|head| Reverse((head, log))));
        }
        let (mut starts, mut freed) = (BTreeMap::new(), 0);
        while freed < bytes
            && let Some(Reverse((head, log))) = heads.pop()
        {
            freed += head.bytes;
            starts.insert(log, head.next);
            heads.extend(queues[log].next().map(|head| Reverse((head, log))));
        }
        starts.into_iter().map(|(log, next)| (logs[log].clone(), next)).collect()
    }
}
