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

mod effort;
mod hole;
mod keys;
mod output;
mod pass;
mod plan;
mod restart;
mod source;
mod swap;

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use super::context::io;
use super::error::{LogError, ReadError};
use super::pace::Pace;
use super::partition::PartitionLog;
use super::room::Room;
use super::state::Standing;

pub(super) use effort::Effort;
pub use plan::Dirty;
pub(super) use swap::{Pending, finish, pending};

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
    /// done so far, when `stop` is set. Reads no faster than `pace` allows.
    pub async fn compact(
        self: &Arc<Self>,
        pace: &Arc<Pace>,
        stop: &Arc<AtomicBool>,
    ) -> Result<Option<Compacted>, LogError> {
        self.compact_with(Effort::new(pace.clone(), stop.clone())).await
    }

    pub(super) async fn compact_with(
        self: &Arc<Self>,
        effort: Effort,
    ) -> Result<Option<Compacted>, LogError> {
        let Some(settled) = self.settle().await? else { return Ok(None) };
        let log = self.clone();
        let work = tokio::task::spawn_blocking(move || log.compact_now(settled, &effort));
        match work.await {
            Ok(outcome) => outcome,
            Err(ended) => Err(LogError::Compaction(ended.to_string())),
        }
    }

    fn compact_now(self: &Arc<Self>, settled: i64, effort: &Effort) -> Result<Option<Compacted>, LogError> {
        if self.is_half_swapped()? {
            return Err(LogError::Compaction(
                "the last one failed half-way; the next start finishes it".into(),
            ));
        }
        let Some(plan) = self.cleanable(settled)? else { return Ok(None) };
        let now_ms = self.context.retention_ms()?;
        let (mut pass, mut done) =
            (pass::Pass::new(self, &plan, now_ms, effort.keys_max), Compacted::default());
        let Some(upto) = pass.map_keys(effort)? else { return Ok(None) };
        self.start_behind(plan.end)?;
        let mut rest = &plan.segments[..];
        while let Some(first) = rest.first().filter(|first| first.base() < upto) {
            let count = self.group(rest, upto, &plan.config)?;
            let (group, after) = rest.split_at(count);
            let end = after.first().map_or(plan.end, |next| next.base());
            let before: u64 = group.iter().map(|segment| u64::from(segment.size())).sum();
            if !Room::lends(before, self.disk(), &self.folder).map_err(io("look at", &self.folder))? {
                return Err(LogError::Compaction(format!("the disk has no room for {before} bytes more")));
            }
            let Some(after_bytes) = pass.rewrite(group, first.base(), end, effort)? else { return Ok(None) };
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
