//! What a log could do without, for whoever needs its room.

use std::sync::Arc;

use super::error::LogError;
use super::partition::PartitionLog;
use super::retention::Retained;

/// A segment that could go, with all before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Evictable {
    /// Whether it is the one that is written to. Of all that could go these are the last.
    pub is_last: bool,
    /// The newest timestamp in it, in milliseconds since 1970; the beginning of time where it is not known.
    pub newest_ms: i64,
    /// Its size, in bytes.
    pub bytes: u64,
    /// Where the log would begin without it.
    pub next: i64,
}

impl PartitionLog {
    /// The segments that could go, from the oldest on. None where old records stay until newer ones of their key
    /// come: what is left of those is all there is.
    pub fn evictable(&self) -> Vec<Evictable> {
        let state = self.lock();
        if !state.config.delete || state.config.compact || state.readable().is_err() {
            return Vec::new();
        }
        // The clock has no say: what is compared are the segments' own stamps.
        let facts = state.segments.iter().map(|segment| self.facts(&state, segment, Some(0)));
        let nexts = state.segments.iter().skip(1).map(|segment| segment.base());
        facts
            .zip(nexts.map(|next| (next, false)).chain([(state.end.offset, true)]))
            .filter(|(facts, _)| facts.bytes > 0)
            .map(|(facts, (next, is_last))| Evictable {
                is_last,
                newest_ms: facts.newest_ms.unwrap_or(i64::MIN),
                bytes: facts.bytes,
                next,
            })
            .collect()
    }

    /// Deletes the segments before `offset`, but for what readers do not see yet.
    pub async fn evict_before(self: &Arc<Self>, offset: i64) -> Result<Retained, LogError> {
        let start = {
            let mut state = self.lock();
            if state.readable().is_err() {
                return Ok(Retained::default());
            }
            if offset >= state.end.offset && state.end.position > 0 && state.visible == state.end {
                // The last one goes too, so another has to be there first.
                self.roll(&mut state).map_err(super::context::io("begin a segment in", &self.folder))?;
            }
            offset.min(state.visible.offset)
        };
        self.begin_at(start).await
    }
}
