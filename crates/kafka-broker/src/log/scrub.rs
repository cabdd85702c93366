//! Looking for damage before somebody asks for the damaged bytes, and taking the digests of segments that have none.
//!
//! The last segment is left out: it is still written to, and what is read of it is verified then.

use std::sync::Arc;
use std::time::Duration;

use machine::disk::Disk;

use super::digests::Owner;
use super::error::LogError;
use super::examination::{Examination, Examined, Expected};
use super::pace::Pace;
use super::partition::PartitionLog;
use super::segment::Segment;

/// Bytes looked at between two waits.
const STEP: u32 = 1 << 20;
/// A segment is looked at again after so long.
const REPEAT: Duration = Duration::from_secs(7 * 24 * 60 * 60);

/// What was looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Scrubbed {
    /// Segments.
    pub segments: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Places that are not as they were written.
    pub spots: u64,
    /// Segments that have digests since.
    pub sealed: u64,
}

impl PartitionLog {
    /// Examines the finished segments whose turn it is, no faster than `pace` allows. Damage is marked and reported as
    /// recovery does it, and is not served from then on.
    pub async fn scrub(self: &Arc<Self>, pace: &Pace) -> Result<Scrubbed, LogError> {
        let mut scrubbed = Scrubbed::default();
        let now = self.context.clock.elapsed();
        for (segment, end) in self.finished() {
            if segment.examined().is_some_and(|at| now.saturating_sub(at) < REPEAT) {
                continue;
            }
            let examined = match self.examine(&segment, end, pace).await {
                Ok(Some(examined)) => examined,
                Ok(None) => return Ok(scrubbed),
                Err(_) if !self.holds(&segment) => continue,
                Err(error) => {
                    tracing::warn!(log = ?self, %error, "a segment cannot be examined");
                    segment.mark_examined(now);
                    self.report(&segment, 0, segment.base(), "it cannot be read");
                    scrubbed.spots += 1;
                    continue;
                }
            };
            segment.mark_examined(now);
            scrubbed.segments += 1;
            scrubbed.bytes += u64::from(segment.size());
            scrubbed.spots += examined.spots.len() as u64;
            if examined.spots.is_empty() {
                segment.mark_verified(0, segment.size());
                if examined.is_unsealed && self.seal(&segment, &examined)? {
                    scrubbed.sealed += 1;
                }
            } else if self.holds(&segment) {
                self.mark_spots(&segment, &examined);
            }
        }
        Ok(scrubbed)
    }

    /// Finished segments, with the offset behind each.
    fn finished(&self) -> Vec<(Arc<Segment>, i64)> {
        let state = self.lock();
        if state.readable().is_err() {
            return Vec::new();
        }
        state.segments.windows(2).map(|pair| (pair[0].clone(), pair[1].base())).collect()
    }

    /// Whether the segment is of the log still.
    pub(super) fn holds(&self, segment: &Arc<Segment>) -> bool {
        let state = self.lock();
        state.readable().is_ok() && state.segments.iter().any(|held| Arc::ptr_eq(held, segment))
    }

    /// None when the log was closed meanwhile, or the segment has gone.
    async fn examine(
        self: &Arc<Self>,
        segment: &Arc<Segment>,
        end: i64,
        pace: &Pace,
    ) -> std::io::Result<Option<Examined>> {
        let expected = {
            let state = self.lock();
            Expected { epochs: state.epochs.clone(), start: state.start, end: Some(end) }
        };
        let mut examination = segment.examination(self.disk(), self.key, expected)?;
        loop {
            pace.take(u64::from(STEP.min(segment.size()))).await;
            if !self.holds(segment) {
                return Ok(None);
            }
            let step = tokio::task::spawn_blocking(move || {
                let is_done = examination.step(STEP, |_, _| {})?;
                Ok::<_, std::io::Error>((examination, is_done))
            });
            let (back, is_done) = step.await.map_err(std::io::Error::other)??;
            if is_done {
                return Ok(Some(back.finish()));
            }
            examination = back;
        }
    }

    /// Puts the digests that were taken beside the segment. Whether they are there now.
    fn seal(self: &Arc<Self>, segment: &Arc<Segment>, examined: &Examined) -> Result<bool, LogError> {
        // A compaction may put another in its place, of which these are no digests.
        let _files = self.files.lock();
        if !self.holds(segment) {
            return Ok(false);
        }
        match examined.taken.write(self.disk(), &self.folder) {
            Ok(file) => {
                let mut state = self.lock();
                state.unsynced.push(file);
                state.names_changed = true;
            }
            // A full disk: they are taken again at the next turn.
            Err(error) => {
                tracing::debug!(log = ?self, %error, "no digests are kept");
                return Ok(false);
            }
        }
        self.submit()?;
        Ok(true)
    }

    fn mark_spots(&self, segment: &Segment, examined: &Examined) {
        for spot in &examined.spots {
            segment.distrust(spot);
            self.report(segment, spot.position, spot.offset, spot.what);
        }
    }
}

impl Segment {
    /// Begins to look at all of it. It must not be written any more.
    pub(in crate::log) fn examination(
        &self,
        disk: &dyn Disk,
        key: super::ledger::Key,
        expected: Expected,
    ) -> std::io::Result<Examination> {
        let owner = Owner { key, base: self.base() };
        Examination::begin(disk, self.folder(), owner, (self.file(disk)?, self.size()), expected)
    }
}
