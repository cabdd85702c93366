//! What of a segment may be served: what this process has written, or has verified since it started.

use std::time::Duration;

use machine::disk::Disk;

use super::{Point, Segment, SegmentError};
use crate::log::examination::{Spot, UNLIKE_DIGEST};
use crate::log::scan::Scanner;

/// Separate stretches that are remembered; sequential readers need one each.
const STRETCHES: usize = 32;

impl Segment {
    /// Verifies the whole batches from `start`, where the batch of `offset` begins, to `end`, unless that was
    /// done before. Returns up to where they are good, and what is wrong there if that is before `end`.
    pub(in crate::log) fn verify(
        &self,
        disk: &dyn Disk,
        (offset, start): Point,
        end: u32,
        epoch_of: impl Fn(i64) -> Option<i32>,
    ) -> Result<(u32, Option<SegmentError>), SegmentError> {
        if self.is_verified(start, end) {
            return Ok((end, None));
        }
        let file = self.file(disk)?;
        let refused = self.known.lock().refused.clone();
        let mut scanner = Scanner::bytes(&*file, start, end);
        let mut expected = offset;
        let damage = loop {
            let at = scanner.position();
            match scanner.next_verified(expected)? {
                Ok(None) => break None,
                Ok(Some(info)) if overlapping(&refused, at, at + info.size).is_some() => {
                    break overlapping(&refused, at, at + info.size);
                }
                Ok(Some(info)) if epoch_of(info.base_offset) == Some(info.leader_epoch) => {
                    expected = info.next_offset();
                    scanner.skip(&info);
                }
                Ok(Some(_)) => break Some("the leader epoch is wrong"),
                Err(bad) => break Some(bad.what()),
            }
        };
        let good = scanner.position();
        self.mark_verified(start, good);
        let damage = damage.map(|what| SegmentError::Damaged { position: good, offset: expected, what });
        Ok((good, damage))
    }

    /// These bytes have been found wrong, whatever was known of them. They are verified again before anything of
    /// them is served, and refused where it takes more than that to see it.
    pub(in crate::log) fn distrust(&self, spot: &Spot) {
        let mut known = self.known.lock();
        known.verified.remove(spot.position, spot.end);
        if spot.what == UNLIKE_DIGEST && !known.refused.contains(spot) {
            known.refused.push(*spot);
        }
    }

    /// When it was examined last, by the monotonic clock.
    pub(in crate::log) fn examined(&self) -> Option<Duration> {
        self.known.lock().examined
    }

    /// It was examined now.
    pub(in crate::log) fn mark_examined(&self, now: Duration) {
        self.known.lock().examined = Some(now);
    }

    /// Whether these bytes may be served as they are.
    pub(in crate::log) fn is_verified(&self, start: u32, end: u32) -> bool {
        self.known.lock().verified.hold(start, end)
    }

    /// These bytes are whole batches, and right.
    pub(in crate::log) fn mark_verified(&self, start: u32, end: u32) {
        self.known.lock().verified.add(start, end);
    }
}

/// What is wrong with one of these bytes, if that is known.
fn overlapping(refused: &[Spot], start: u32, end: u32) -> Option<&'static str> {
    refused.iter().find(|spot| spot.position < end && start < spot.end).map(|spot| spot.what)
}

/// Stretches of a file, ascending, apart. Forgetting one costs only verifying it again, so their number is
/// bounded.
#[derive(Debug, Default)]
pub(super) struct Stretches {
    list: Vec<(u32, u32)>,
}

impl Stretches {
    fn hold(&self, start: u32, end: u32) -> bool {
        self.list.iter().any(|(from, to)| *from <= start && end <= *to)
    }

    fn add(&mut self, start: u32, end: u32) {
        if start >= end {
            return;
        }
        // The common case: the writer, or a sequential reader, goes on.
        if let Some((from, to)) = self.list.last_mut()
            && *from <= start
            && start <= *to
        {
            *to = end.max(*to);
            return;
        }
        let touching = self.list.extract_if(.., |stretch| stretch.0 <= end && start <= stretch.1);
        let merged = touching.fold((start, end), |all, one| (all.0.min(one.0), all.1.max(one.1)));
        if self.list.len() == STRETCHES {
            let shortest = self.list.iter().enumerate().min_by_key(|(_, (from, to))| to - from);
            if let Some((index, _)) = shortest {
                self.list.remove(index);
            }
        }
        let index = self.list.partition_point(|stretch| stretch.0 < merged.0);
        self.list.insert(index, merged);
    }

    /// Nothing is known of these bytes any more.
    fn remove(&mut self, start: u32, end: u32) {
        for (from, to) in std::mem::take(&mut self.list) {
            self.add(from, to.min(start));
            self.add(from.max(end), to);
        }
    }

    /// The file ends at `size` now.
    pub(super) fn truncate(&mut self, size: u32) {
        self.list.retain(|(start, _)| *start < size);
        if let Some((_, end)) = self.list.last_mut() {
            *end = size.min(*end);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stretches(list: &[(u32, u32)]) -> Stretches {
        let mut stretches = Stretches::default();
        list.iter().for_each(|(start, end)| stretches.add(*start, *end));
        stretches
    }

    #[test]
    fn touching_stretches_become_one() {
        assert_eq!(stretches(&[(0, 5), (5, 9)]).list, [(0, 9)]);
        assert_eq!(stretches(&[(10, 20), (0, 5), (5, 10)]).list, [(0, 20)]);
        assert_eq!(stretches(&[(10, 20), (30, 40), (0, 5), (4, 35)]).list, [(0, 40)]);
        assert_eq!(stretches(&[(10, 20), (0, 5), (7, 7)]).list, [(0, 5), (10, 20)]);
    }

    #[test]
    fn only_whole_stretches_hold() {
        let stretches = stretches(&[(10, 20), (30, 40)]);
        let table =
            [((10, 20), true), ((12, 13), true), ((10, 21), false), ((9, 12), false), ((15, 35), false)];
        for ((start, end), held) in table {
            assert_eq!(stretches.hold(start, end), held, "{start} to {end}");
        }
    }

    #[test]
    fn what_is_distrusted_is_forgotten() {
        for ((start, end), left) in [
            ((0, 10), vec![(10, 20), (30, 40)]),
            ((12, 15), vec![(10, 12), (15, 20), (30, 40)]),
            ((5, 35), vec![(35, 40)]),
            ((20, 30), vec![(10, 20), (30, 40)]),
        ] {
            let mut stretches = stretches(&[(10, 20), (30, 40)]);
            stretches.remove(start, end);
            assert_eq!(stretches.list, left, "without {start} to {end}");
        }
    }

    #[test]
    fn truncating_forgets_what_is_gone() {
        for (size, left) in
            [(50, vec![(10, 20), (30, 40)]), (35, vec![(10, 20), (30, 35)]), (30, vec![(10, 20)])]
        {
            let mut stretches = stretches(&[(10, 20), (30, 40)]);
            stretches.truncate(size);
            assert_eq!(stretches.list, left, "at {size}");
        }
    }

    #[test]
    fn their_number_is_bounded() {
        let many: Vec<_> = (0..100).map(|n| (n * 100, n * 100 + n + 1)).collect();
        let stretches = stretches(&many);
        assert_eq!(stretches.list.len(), STRETCHES);
        assert!(stretches.hold(9_900, 10_000), "the longest stay");
    }
}
