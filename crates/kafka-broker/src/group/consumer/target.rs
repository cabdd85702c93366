//! Who is to own what.

use std::collections::{BTreeMap, BTreeSet};

use uuid::Uuid;

use super::assignor::{Assignor, Reader};
use super::group::ConsumerGroup;
use super::member::Member;
use crate::group::history::RebalanceCause;
use crate::meta::Topics;
use crate::now::Now;

impl ConsumerGroup {
    /// A new epoch, and who is to own what in it.
    pub(super) fn target_renew(&mut self, cause: RebalanceCause, topics: &Topics, now: Now) {
        self.history.begin(cause, now);
        // No group gets to the end of the numbers.
        self.epoch = self.epoch.saturating_add(1);
        self.unsaved.epoch();
        self.assignor = self.assignor_preferred();
        let mut members: Vec<&mut Member> = self.members.values_mut().collect();
        // A static member keeps its place in the order, whatever its id is now.
        members.sort_by(|one, other| one.place().cmp(&other.place()));
        let reads: Vec<_> = members.iter().map(|member| member.reads(topics)).collect();
        self.covered = counted(reads.iter().flatten(), topics);
        let readers: Vec<_> = members
            .iter()
            .zip(reads)
            .map(|(member, topics)| Reader { topics, before: &member.target })
            .collect();
        let shares = self.assignor.assign(&readers, &self.covered);
        for (member, share) in members.into_iter().zip(shares) {
            if member.target != share {
                member.target = share;
                self.unsaved.member(&member.id);
            }
        }
        self.subscribed = self.covered_names(topics);
        self.topics_epoch = Some(topics.epoch());
        self.history_end(now);
    }

    /// Whether the target is for other topics, or fewer partitions, than there are to be read now.
    pub(super) fn topics_have_changed(&mut self, topics: &Topics) -> bool {
        if self.topics_epoch == Some(topics.epoch()) {
            return false;
        }
        self.topics_epoch = Some(topics.epoch());
        let reads: BTreeSet<_> = self.members.values().flat_map(|member| member.reads(topics)).collect();
        counted(&reads, topics) != self.covered
    }

    /// The assignor that most members prefer, of those who do.
    pub(super) fn assignor_preferred(&self) -> Assignor {
        let mut votes = BTreeMap::<Assignor, usize>::new();
        for assignor in self.members.values().filter_map(|member| member.assignor) {
            *votes.entry(assignor).or_default() += 1;
        }
        // Of those with as many votes, the last is the first of the list.
        votes
            .into_iter()
            .rev()
            .max_by_key(|(_, votes)| *votes)
            .map_or_else(Assignor::default, |(most, _)| most)
    }

    pub(super) fn covered_names(&self, topics: &Topics) -> BTreeSet<String> {
        let names = self.covered.keys().filter_map(|topic| topics.of_id(*topic));
        names.map(|topic| topic.name.to_string()).collect()
    }
}

impl Member {
    fn place(&self) -> (&str, &str) {
        (self.instance.as_deref().unwrap_or(&self.id), &self.id)
    }
}

/// Topics with how many partitions they have.
fn counted<'a>(of: impl IntoIterator<Item = &'a Uuid>, topics: &Topics) -> BTreeMap<Uuid, i32> {
    let found = of.into_iter().filter_map(|topic| topics.of_id(*topic));
    found.map(|topic| (topic.id, topic.partitions)).collect()
}
