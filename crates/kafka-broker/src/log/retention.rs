//! Deleting what is old, too much, or before the start of the log.

use std::sync::Arc;

use super::error::LogError;
use super::partition::PartitionLog;
use super::segment::Segment;
use super::state::State;

/// What a pass has deleted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Retained {
    /// Segments removed.
    pub segments: usize,
    /// Their bytes.
    pub bytes: u64,
    /// Producers forgotten.
    pub producers: usize,
}

impl PartitionLog {
    /// One pass over the log, for a caller that comes back every few minutes: deletes what its settings no
    /// longer keep, begins syncs that are due by time, forgets silent producers, closes files nobody uses.
    pub async fn retain(self: &Arc<Self>) -> Result<Retained, LogError> {
        let now_ms = self.context.clock.now_ms();
        let trusted_ms = self.context.retention_ms()?;
        let (start, producers, must_sync) = {
            let mut state = self.lock();
            if state.readable().is_err() {
                return Ok(Retained::default());
            }
            let producers = match trusted_ms {
                Some(now_ms) => {
                    let expiration_ms = state.config.producer_expiration_ms;
                    state.producers.expire(now_ms.saturating_sub(expiration_ms))
                }
                None => 0,
            };
            let since_ms = state.unflushed_since_ms;
            let flush_ms = state.config.flush_ms;
            let must_sync = since_ms.is_some_and(|since_ms| now_ms.saturating_sub(since_ms) >= flush_ms);
            let start = self.kept_from(&mut state, trusted_ms);
            // A segment that was begun just now has a name to be synced.
            (start, producers, must_sync || state.names_changed)
        };
        if must_sync {
            self.submit()?;
        }
        let mut retained = self.begin_at(start).await?;
        retained.producers = producers;
        self.rest();
        Ok(retained)
    }

    /// Deletes the records before `offset`, -1 for all that can be read. Returns where the log begins now.
    /// They are gone for readers at once, and durably when this returns; their segments follow.
    pub async fn delete_records_before(self: &Arc<Self>, offset: i64) -> Result<i64, LogError> {
        let (target, is_done) = {
            let state = self.lock();
            if state.readable().is_err() {
                return Err(LogError::Closed);
            }
            let high_watermark = state.visible.offset;
            let target = if offset == -1 { high_watermark } else { offset };
            if !(0..=high_watermark).contains(&target) {
                return Err(LogError::OutOfRange { offset, high_watermark });
            }
            // At its very beginning a log is without anybody's doing.
            (target, target <= state.start && state.start > 0)
        };
        self.begin_at(target).await?;
        if is_done {
            // By somebody else, perhaps just now.
            self.context.ledger.flush()?.durable().await?;
        }
        Ok(self.log_start())
    }

    /// Lets the log begin at `start`, unless it begins later already, and removes the segments before it.
    pub(super) async fn begin_at(self: &Arc<Self>, start: i64) -> Result<Retained, LogError> {
        let noted = {
            let mut state = self.lock();
            if start > state.start {
                // Noted before anything is removed: whatever a crash leaves of it is below the start then.
                let noted = self.context.ledger.note_start(self.key, start)?;
                state.start = start;
                state.epochs.trim(start);
                state.restabilise();
                Some(noted)
            } else {
                None
            }
        };
        if let Some(noted) = noted {
            noted.durable().await?;
        }
        let _files = self.files.lock();
        let gone = {
            let mut state = self.lock();
            if state.readable().is_err() {
                return Ok(Retained::default());
            }
            let start = state.start;
            // The last one stays: it is written to.
            let below = state.segments.windows(2).take_while(|pair| pair[1].base() <= start).count();
            let kept = state.segments.get(below).map_or(start, |segment| segment.base());
            if below > 0 && !state.snapshots.iter().any(|offset| *offset >= kept) {
                // A recovery has dropped it; without one, producers would be forgotten with their records.
                self.take_snapshot(&mut state);
            }
            state.segments.drain(..below).collect::<Vec<_>>()
        };
        let mut retained = Retained::default();
        for segment in &gone {
            segment.remove(self.disk()).map_err(super::context::io("remove", &segment.path()))?;
            retained.segments += 1;
            retained.bytes += u64::from(segment.size());
        }
        if !gone.is_empty() {
            tracing::info!(log = ?self, segments = retained.segments, bytes = retained.bytes, start, "deleted");
        }
        Ok(retained)
    }

    /// Where the log may begin by its settings.
    fn kept_from(&self, state: &mut State, trusted_ms: Option<i64>) -> i64 {
        if !state.config.delete {
            return state.start;
        }
        let facts: Vec<_> =
            state.segments.iter().map(|segment| self.facts(state, segment, trusted_ms)).collect();
        let expired = expired(&facts, state.config.retention_bytes, state.config.retention_ms, trusted_ms);
        if expired == state.segments.len() && state.end.position > 0 && state.visible == state.end {
            // The last one goes too, so another has to be there first.
            if let Err(error) = self.roll(state) {
                tracing::warn!(log = ?self, %error, "the last segment stays");
            }
        }
        match state.segments.get(expired) {
            // Nothing that readers do not see yet is deleted.
            Some(segment) => segment.base().min(state.visible.offset).max(state.start),
            None => state.start,
        }
    }

    pub(super) fn facts(&self, state: &State, segment: &Arc<Segment>, trusted_ms: Option<i64>) -> Facts {
        let interval = state.config.index_interval_bytes;
        let newest_ms = match (trusted_ms, state.index_of(segment)) {
            (None, _) => None,
            (Some(_), Some(index)) => index.newest().map(|newest| newest.timestamp),
            // One that does not read is kept.
            (Some(_), None) => {
                segment.newest(self.disk(), interval).ok().flatten().map(|newest| newest.timestamp)
            }
        };
        Facts { bytes: u64::from(segment.size()), newest_ms }
    }

    /// Closes files that nobody has used since the last pass, and repairs indexes that were found wrong.
    fn rest(&self) {
        let (segments, last) = {
            let state = self.lock();
            let is_settled = state.durable == state.end && state.unsynced.is_empty();
            (state.segments.clone(), state.segments.last().filter(|_| !is_settled).map(|last| last.base()))
        };
        let interval = self.config().index_interval_bytes;
        let written = segments.last().map(|segment| segment.base());
        for segment in &segments {
            if segment.index_is_wrong() && Some(segment.base()) != written {
                tracing::warn!(file = %segment.path().display(), "the index did not fit the log: built anew");
                if segment.build_index(self.disk(), interval).is_err() {
                    tracing::warn!(file = %segment.path().display(), "the index cannot be built");
                }
            }
            if Some(segment.base()) != last {
                segment.rest();
            }
        }
    }
}

/// What decides over a segment.
#[derive(Clone, Copy, Debug)]
pub(super) struct Facts {
    pub(super) bytes: u64,
    /// None when it is not known, or not to be used.
    pub(super) newest_ms: Option<i64>,
}

/// How many segments, from the oldest on, are beyond the limits.
fn expired(segments: &[Facts], retention_bytes: i64, retention_ms: i64, now_ms: Option<i64>) -> usize {
    let total: u64 = segments.iter().map(|segment| segment.bytes).sum();
    let mut by_size = 0;
    if let Ok(floor) = u64::try_from(retention_bytes) {
        let mut left = total;
        for segment in segments {
            // What is left is never less than the limit says.
            match left.checked_sub(segment.bytes) {
                Some(rest) if rest >= floor && segment.bytes > 0 => left = rest,
                _ => break,
            }
            by_size += 1;
        }
    }
    let by_time = match now_ms {
        Some(now_ms) if retention_ms >= 0 => {
            let is_old = |segment: &&Facts| {
                segment.newest_ms.is_some_and(|newest_ms| now_ms.saturating_sub(newest_ms) > retention_ms)
            };
            segments.iter().take_while(is_old).count()
        }
        _ => 0,
    };
    by_size.max(by_time)
}

#[cfg(test)]
#[path = "retention_tests.rs"]
mod tests;
