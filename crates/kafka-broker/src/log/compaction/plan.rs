//! What of a log can be compacted, and whether that is worth it.

use std::sync::Arc;

use crate::log::aborted::ABORTED_MAX;
use crate::log::config::LogConfig;
use crate::log::context::io;
use crate::log::error::LogError;
use crate::log::partition::PartitionLog;
use crate::log::scan::Scanner;
use crate::log::segment::Segment;

/// How much of a log waits for compaction.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Dirty {
    /// Bytes that can be compacted and are not.
    pub bytes: u64,
    /// Their share of all that is or can be compacted.
    pub ratio: f64,
    /// Whether the topic's settings want it done now.
    pub is_due: bool,
}

/// What can be compacted.
#[derive(Debug)]
pub(super) struct Plan {
    /// From the first of the log on.
    pub(super) segments: Vec<Arc<Segment>>,
    /// Where the first that stays as it is begins.
    pub(super) end: i64,
    /// Before it, everything has been compacted.
    pub(super) cleaned: i64,
    pub(super) config: Arc<LogConfig>,
}

impl PartitionLog {
    /// How much waits for compaction; none when nothing does. Ends a segment that is too old to be written to.
    pub fn dirty(self: &Arc<Self>) -> Result<Option<Dirty>, LogError> {
        let now_ms = self.context.clock.now_ms();
        if self.config().compact && self.roll_aged(now_ms).map_err(io("end a segment of", &self.folder))? {
            self.submit()?;
        }
        let Some(plan) = self.cleanable(i64::MAX)? else { return Ok(None) };
        let is_dirty = |index: usize| {
            let next = plan.segments.get(index + 1).map_or(plan.end, |next| next.base());
            next > plan.cleaned
        };
        let first = (0..plan.segments.len()).find(|index| is_dirty(*index)).unwrap_or_default();
        let size = |segments: &[Arc<Segment>]| segments.iter().map(|one| u64::from(one.size())).sum::<u64>();
        let (bytes, all) = (size(&plan.segments[first..]), size(&plan.segments));
        #[expect(clippy::cast_precision_loss, reason = "a share need not be exact")]
        let ratio = bytes as f64 / all.max(1) as f64;
        let config = &plan.config;
        let mut is_due = bytes > 0 && ratio >= config.min_cleanable_dirty_ratio;
        if !is_due && config.max_compaction_lag_ms < i64::MAX {
            let file = plan.segments[first].file(self.disk()).map_err(io("open", &self.folder))?;
            let mut headers = Scanner::headers(&*file, 0, plan.segments[first].size());
            let oldest = headers.next().map_err(io("read", &self.folder))?.ok().flatten();
            is_due = oldest.is_some_and(|oldest| {
                now_ms.saturating_sub(oldest.max_timestamp) > config.max_compaction_lag_ms
            });
        }
        Ok(Some(Dirty { bytes, ratio, is_due }))
    }

    /// What can be compacted of what lies before `settled`; none when nothing is uncompacted that could be.
    pub(super) fn cleanable(&self, settled: i64) -> Result<Option<Plan>, LogError> {
        let (segments, config, cleaned, end) = {
            let state = self.lock();
            if !state.config.compact || state.writable().is_err() || state.damage.is_some() {
                return Ok(None);
            }
            let limit = state.stable.offset.min(state.visible.offset).min(state.durable.offset).min(settled);
            let finished = state.segments.len().saturating_sub(1);
            // A segment ends where the next one begins.
            let count = (0..finished).take_while(|index| state.segments[index + 1].base() <= limit).count();
            let end = if count > 0 { state.segments[count].base() } else { 0 };
            if end <= state.cleaned {
                return Ok(None);
            }
            (state.segments[..count].to_vec(), state.config.clone(), state.cleaned, end)
        };
        let mut plan = Plan { segments, end, cleaned, config };
        if plan.config.min_compaction_lag_ms > 0 {
            self.leave_young(&mut plan)?;
        }
        Ok((plan.end > plan.cleaned && !plan.segments.is_empty()).then_some(plan))
    }

    /// Leaves out what is too young, and what follows it.
    fn leave_young(&self, plan: &mut Plan) -> Result<(), LogError> {
        let before_ms = self.context.clock.now_ms().saturating_sub(plan.config.min_compaction_lag_ms);
        for index in 0..plan.segments.len() {
            let segment = &plan.segments[index];
            if segment.base() < plan.cleaned {
                continue;
            }
            let newest = segment.newest(self.disk(), plan.config.index_interval_bytes);
            let newest = newest.map_err(|error| super::unreadable(self.read_error(segment, error)))?;
            if newest.is_some_and(|newest| newest.timestamp > before_ms) {
                plan.end = segment.base();
                plan.segments.truncate(index);
                return Ok(());
            }
        }
        Ok(())
    }

    /// How many of these segments, from the first on, become one: as many as one segment may hold.
    pub(super) fn group(
        &self,
        segments: &[Arc<Segment>],
        upto: i64,
        config: &LogConfig,
    ) -> Result<usize, LogError> {
        let longest = config.segment_bytes.min(self.context.segment_bytes_max());
        let (mut bytes, mut aborted) = (0_u64, 0);
        let base = segments.first().map_or(0, |first| first.base());
        for (index, segment) in segments.iter().enumerate() {
            let decisions = self.decisions_of(segment).map_err(super::unreadable)?;
            bytes += u64::from(segment.size());
            aborted += decisions.aborted.len();
            let indexed = bytes / u64::from(config.index_interval_bytes.max(1)) * 8;
            let next = segments.get(index + 1).map_or(upto, |next| next.base());
            let fits = bytes <= u64::from(longest)
                && aborted < ABORTED_MAX
                && indexed < u64::from(config.segment_index_bytes)
                && next - base <= i64::from(i32::MAX)
                && segment.base() < upto;
            if !fits {
                return Ok(index.max(1));
            }
        }
        Ok(segments.len())
    }
}
