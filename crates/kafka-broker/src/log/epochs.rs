//! Which leader epoch wrote which offsets.
//!
//! The epoch rises with every start of the broker. By it a client notices that records it had read were lost
//! and that others stand at their offsets now.

/// Epochs that have written, with the offset each began at; both ascending.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Epochs {
    entries: Vec<(i32, i64)>,
}

impl Epochs {
    /// `epoch` writes from `start` on. Entries that this contradicts are gone.
    pub(super) fn assign(&mut self, epoch: i32, start: i64) {
        if self.latest() == Some(epoch) {
            return;
        }
        self.entries.retain(|(known, begun)| *known < epoch && *begun < start);
        self.entries.push((epoch, start));
    }

    /// Forgets epochs that began at or after `end`: the log ends there now.
    pub(super) fn truncate(&mut self, end: i64) {
        self.entries.retain(|(_, begun)| *begun < end);
    }

    /// Forgets epochs that ended before `start`: the log begins there now.
    pub(super) fn trim(&mut self, start: i64) {
        let ended = self.entries.iter().skip(1).take_while(|(_, begun)| *begun <= start).count();
        // The first that stays keeps where it began: the log may begin inside one of its batches.
        self.entries.drain(..ended);
    }

    /// The newest epoch that has written.
    pub fn latest(&self) -> Option<i32> {
        self.entries.last().map(|(epoch, _)| *epoch)
    }

    /// The epoch that wrote `offset`; none before the first.
    pub fn at(&self, offset: i64) -> Option<i32> {
        let after = self.entries.partition_point(|(_, begun)| *begun <= offset);
        after.checked_sub(1).map(|index| self.entries[index].0)
    }

    /// Where the first epoch after the one of `offset` began; none when that is the latest.
    pub(super) fn next_begun(&self, offset: i64) -> Option<i64> {
        let after = self.entries.partition_point(|(_, begun)| *begun <= offset);
        self.entries.get(after).map(|(_, begun)| *begun)
    }

    /// Where `epoch` ended, as OffsetForLeaderEpoch asks: the largest known epoch up to it, and the offset the
    /// next one began at. `leader_epoch` is the current one, `start` and `end` are those of the log. None when
    /// `epoch` says nothing.
    pub fn end_of(&self, epoch: i32, leader_epoch: i32, start: i64, end: i64) -> Option<(i32, i64)> {
        if epoch < 0 || epoch > leader_epoch {
            return None;
        }
        if epoch == leader_epoch {
            return Some((epoch, end));
        }
        let next = self.entries.partition_point(|(known, _)| *known <= epoch);
        let next_start = self.entries.get(next).map_or(end, |(_, begun)| start.max(*begun));
        match next.checked_sub(1) {
            Some(index) => Some((self.entries[index].0, next_start)),
            // Older than anything known: nothing of it is here.
            None => Some((epoch, next_start)),
        }
    }

    /// As Kafka's `leader-epoch-checkpoint` says it.
    pub(super) fn checkpoint(&self) -> String {
        let mut text = format!("0\n{}\n", self.entries.len());
        for (epoch, start) in &self.entries {
            text.push_str(&format!("{epoch} {start}\n"));
        }
        text
    }

    /// All of them.
    pub fn entries(&self) -> &[(i32, i64)] {
        &self.entries
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn epochs() -> Epochs {
        let mut epochs = Epochs::default();
        for (epoch, start) in [(2, 10), (4, 20), (4, 25), (7, 40)] {
            epochs.assign(epoch, start);
        }
        epochs
    }

    #[test]
    fn assigning_keeps_both_ascending() {
        let mut epochs = epochs();
        assert_eq!(epochs.entries(), [(2, 10), (4, 20), (7, 40)]);
        // The log was cut to 30 before epoch 8 began.
        epochs.assign(8, 30);
        assert_eq!(epochs.entries(), [(2, 10), (4, 20), (8, 30)]);
    }

    #[test]
    fn end_of_epoch_table() {
        let epochs = epochs();
        let table = [
            (-1, None),
            (10, None),
            (9, Some((9, 55))),
            (8, Some((7, 55))),
            (7, Some((7, 55))),
            (6, Some((4, 40))),
            (4, Some((4, 40))),
            (3, Some((2, 20))),
            (2, Some((2, 20))),
            (1, Some((1, 10))),
        ];
        for (epoch, expected) in table {
            assert_eq!(epochs.end_of(epoch, 9, 0, 55), expected, "epoch {epoch}");
        }
        assert_eq!(Epochs::default().end_of(3, 9, 0, 0), Some((3, 0)));
    }

    #[test]
    fn checkpoint_is_kafkas() {
        assert_eq!(epochs().checkpoint(), "0\n3\n2 10\n4 20\n7 40\n");
    }

    #[test]
    fn ends_of_the_log_move() {
        let mut cut = epochs();
        cut.truncate(40);
        assert_eq!(cut.entries(), [(2, 10), (4, 20)]);
        let mut trimmed = epochs();
        trimmed.trim(15);
        assert_eq!(trimmed.entries(), epochs().entries());
        assert_eq!(trimmed.end_of(1, 9, 15, 55), Some((1, 15)));
        trimmed.trim(40);
        assert_eq!(trimmed.entries(), [(7, 40)]);
        trimmed.trim(100);
        assert_eq!((trimmed.at(40), trimmed.at(39)), (Some(7), None));
    }
}
