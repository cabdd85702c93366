//! A group's offsets, kept small: a cluster may have millions.

use std::sync::Arc;

use hashbrown::HashMap;
use uuid::Uuid;

/// How far a group has come in one partition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offset {
    /// The next offset the group will read.
    pub offset: i64,
    /// The leader epoch of the record before it; -1 when the client did not say.
    pub leader_epoch: i32,
    /// The client's note; an empty one is none.
    pub metadata: Option<Arc<str>>,
    /// When it was committed, in milliseconds since 1970.
    pub committed_ms: i64,
    /// When it is to be forgotten, from clients that say so themselves; otherwise the group's life decides.
    pub expires_ms: Option<i64>,
}

/// All offsets of one group, by topic and then partition.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GroupOffsets {
    /// Sorted by partition: there are few, and a list costs nothing beyond its entries.
    topics: HashMap<Uuid, Vec<(i32, Offset)>>,
}

impl GroupOffsets {
    /// The commit in a partition.
    pub fn get(&self, topic: Uuid, partition: i32) -> Option<&Offset> {
        let partitions = self.topics.get(&topic)?;
        let at = partitions.binary_search_by_key(&partition, |(number, _)| *number).ok()?;
        Some(&partitions[at].1)
    }

    /// Whether there is a commit in any partition of a topic.
    pub fn has_topic(&self, topic: Uuid) -> bool {
        self.topics.contains_key(&topic)
    }

    /// All commits.
    pub fn iter(&self) -> impl Iterator<Item = (Uuid, i32, &Offset)> {
        self.topics.iter().flat_map(|(topic, partitions)| {
            partitions.iter().map(|(partition, offset)| (*topic, *partition, offset))
        })
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.topics.is_empty()
    }

    pub(super) fn set(&mut self, topic: Uuid, partition: i32, offset: Offset) {
        let partitions = self.topics.entry(topic).or_default();
        match partitions.binary_search_by_key(&partition, |(number, _)| *number) {
            Ok(at) => partitions[at].1 = offset,
            Err(at) => partitions.insert(at, (partition, offset)),
        }
    }

    pub(super) fn remove(&mut self, topic: Uuid, partition: i32) {
        let Some(partitions) = self.topics.get_mut(&topic) else { return };
        partitions.retain(|(number, _)| *number != partition);
        if partitions.is_empty() {
            self.topics.remove(&topic);
        }
    }

    pub(super) fn remove_topic(&mut self, topic: Uuid) {
        self.topics.remove(&topic);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn offset(offset: i64) -> Offset {
        Offset { offset, leader_epoch: -1, metadata: None, committed_ms: 0, expires_ms: None }
    }

    #[test]
    fn entries_are_found_replaced_and_removed() {
        let (one, two) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let mut offsets = GroupOffsets::default();
        for partition in [5, 0, 3] {
            offsets.set(one, partition, offset(i64::from(partition)));
        }
        offsets.set(two, 0, offset(9));
        offsets.set(one, 3, offset(33));
        assert_eq!(offsets.get(one, 3), Some(&offset(33)));
        assert_eq!(offsets.get(one, 4), None);
        assert_eq!(offsets.iter().count(), 4);
        offsets.remove(one, 3);
        offsets.remove(one, 4);
        assert_eq!((offsets.get(one, 3), offsets.get(one, 5)), (None, Some(&offset(5))));
        offsets.remove(two, 0);
        offsets.remove_topic(one);
        assert!(offsets.is_empty());
    }

    #[test]
    fn an_entry_stays_small() {
        assert!(size_of::<(i32, Offset)>() <= 64);
    }
}
