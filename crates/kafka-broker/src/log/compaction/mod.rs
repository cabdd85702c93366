//! Compaction: of each key the newest record stays.
//!
//! The log stays without gaps. Where batches were taken out, one batch without records stands for all their offsets,
//! so whatever finds damage by what must follow what finds it here as well.
//!
//! # Invariants
//!
//! - Only finished segments are rewritten, which are durable, before the last stable offset, and behind which the next
//!   start begins to read.
//! - Only verified batches are copied: damage stops compaction, it is not copied into a batch that is right.
//! - Until the new file has all its bytes on the disk, and its name says so, nothing old is touched.

mod keys;
mod pass;
mod plan;
mod swap;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use super::error::{LogError, ReadError};
use super::partition::PartitionLog;
use super::state::Standing;

pub use plan::Dirty;
pub(super) use swap::finish;

/// What a compaction has done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Compacted {
    /// Bytes of the segments it has read.
    pub bytes_before: u64,
    /// Bytes of those that have taken their place.
    pub bytes_after: u64,
    /// The offset before which the log is compacted now.
    pub upto: i64,
}

impl PartitionLog {
    /// Compacts what is uncompacted, however little it is; nothing when there is nothing. Ends early, with what is
    /// done so far, when `stop` is set.
    pub async fn compact(self: &Arc<Self>, stop: &Arc<AtomicBool>) -> Result<Option<Compacted>, LogError> {
        // What a start reads, it must not have to look for in what is rewritten now.
        self.flush().await?;
        let settled = self.lock().durable.segment;
        self.context.ledger.flush()?.durable().await?;
        let (log, stop) = (self.clone(), stop.clone());
        let work = tokio::task::spawn_blocking(move || log.compact_now(settled, &stop));
        match work.await {
            Ok(outcome) => outcome,
            Err(ended) => Err(LogError::Compaction(ended.to_string())),
        }
    }

    fn compact_now(self: &Arc<Self>, settled: i64, stop: &AtomicBool) -> Result<Option<Compacted>, LogError> {
        let Some(plan) = self.cleanable(settled)? else { return Ok(None) };
        let now_ms = self.context.retention_ms()?;
        let pass = pass::Pass::new(self, &plan, now_ms)?;
        let (mut pass, mut done) = (pass, Compacted::default());
        let Some(upto) = pass.map_keys(stop)? else { return Ok(None) };
        let mut rest = &plan.segments[..];
        while let Some(first) = rest.first().filter(|first| first.base() < upto) {
            if stop.load(Ordering::Relaxed) {
                return Ok(None);
            }
            let count = self.group(rest, upto, &plan.config)?;
            let (group, after) = rest.split_at(count);
            let end = after.first().map_or(plan.end, |next| next.base());
            let before: u64 = group.iter().map(|segment| u64::from(segment.size())).sum();
            let Some(after_bytes) = pass.rewrite(group, first.base(), end, stop)? else { return Ok(None) };
            done.bytes_before += before;
            done.bytes_after += after_bytes;
            rest = after;
        }
        done.upto = upto;
        self.lock().cleaned = upto;
        self.context.ledger.note_cleaned(self.key, upto)?;
        Ok(Some(done))
    }

    /// Whether the log may still be changed.
    pub(super) fn is_open(&self) -> bool {
        self.lock().standing == Standing::Open
    }
}

fn unreadable(error: ReadError) -> LogError {
    LogError::Compaction(error.to_string())
}
