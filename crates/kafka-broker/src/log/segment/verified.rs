//! What of a segment may be served: what this process has written, or has verified since it started.

use machine::disk::Disk;

use super::{Point, Segment, SegmentError};
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
        let mut scanner = Scanner::bytes(&*file, start, end);
        let mut expected = offset;
        let damage = loop {
            match scanner.next_verified(expected)? {
                Ok(None) => break None,
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

    /// Whether these bytes may be served as they are.
    pub(in crate::log) fn is_verified(&self, start: u32, end: u32) -> bool {
        self.known.lock().verified.hold(start, end)
    }

    /// These bytes are whole batches, and right.
    pub(in crate::log) fn mark_verified(&self, start: u32, end: u32) {
        self.known.lock().verified.add(start, end);
    }
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
