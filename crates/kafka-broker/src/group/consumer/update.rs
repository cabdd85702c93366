//! What a member says of itself: where it is, what it reads, how it wants it shared out.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use uuid::Uuid;

use super::assignor::Assignor;
use super::group::ConsumerGroup;
use super::heartbeat::Surroundings;
use super::member::{AsOf, Matched, Member};
use super::pattern::Pattern;
use super::request::Heartbeat;
use crate::group::member::MemberId;

/// After so long an expression is looked up again though no topic has changed: the member's rights may have.
const LOOK_AGAIN: Duration = Duration::from_secs(30);

impl ConsumerGroup {
    /// Takes over what the member says. Whether partitions are to be shared out anew for it.
    pub(super) fn update(&mut self, id: &MemberId, beat: &Heartbeat<'_>, around: &Surroundings<'_>) -> bool {
        let Some(member) = self.members.get_mut(id) else { return false };
        let renamed = member.update_self(beat);
        let reads_otherwise = member.update_subscription(beat);
        let votes_otherwise = member.update_assignor(beat);
        if renamed || reads_otherwise || votes_otherwise {
            self.unsaved.member(id);
        }
        let matches_otherwise = self.match_topics(id, around);
        reads_otherwise
            || matches_otherwise
            || (votes_otherwise && self.assignor_preferred() != self.assignor)
    }

    /// Looks up the topics that the member's expression stands for, if there may be others than before. Whether
    /// there are.
    fn match_topics(&mut self, id: &MemberId, around: &Surroundings<'_>) -> bool {
        let Some(member) = self.members.get(id) else { return false };
        let Some(text) = &member.regex else { return false };
        let as_of = AsOf { epoch: around.topics.epoch(), elapsed: around.now.elapsed };
        if let Matched::Topics { as_of: Some(before), .. } = member.matched
            && before.epoch == as_of.epoch
            && as_of.elapsed < before.elapsed.saturating_add(LOOK_AGAIN)
        {
            return false;
        }
        // It was checked when it came.
        let Ok(pattern) = Pattern::new(text) else { return false };
        let of_clients = around.topics.iter().filter(|topic| !topic.internal);
        let found = of_clients.filter(|topic| pattern.matches(&topic.name) && (around.may_know)(&topic.name));
        let found: BTreeSet<_> = found.map(|topic| topic.id).collect();
        let differs = match member.matched.topics() {
            Some(before) => **before != found,
            // What it is to own was computed from what the expression stood for before the restart.
            None => {
                let named = member.names.iter().filter_map(|name| around.topics.named(name));
                let named: BTreeSet<_> = named.map(|topic| topic.id).collect();
                member.target.iter().any(|(topic, _)| !found.contains(topic) && !named.contains(topic))
            }
        };
        if member.matched.topics().is_none() {
            // What was read is known only now, so the target is to be compared with it again.
            self.topics_epoch = None;
        }
        self.matched_set(id, as_of, found);
        differs
    }

    /// What the member's expression stands for now, and with it that of all members for which it stood for the
    /// same before: otherwise a new topic would go to the first who asks, and be shared out as the others do.
    /// Each of them has it looked up for itself when it asks.
    fn matched_set(&mut self, id: &MemberId, as_of: AsOf, found: BTreeSet<Uuid>) {
        let Some(member) = self.members.get(id) else { return };
        let (regex, before) = (member.regex.clone(), member.matched.topics().cloned());
        let alike = self.members.values().filter(|other| other.regex == regex);
        let shared =
            alike.filter_map(|other| other.matched.topics()).find(|topics| ***topics == found).cloned();
        let topics = shared.unwrap_or_else(|| Arc::new(found));
        for other in self.members.values_mut().filter(|other| other.regex == regex) {
            if other.id == *id {
                other.matched = Matched::Topics { as_of: Some(as_of), topics: topics.clone() };
            } else if other.matched.topics() == before.as_ref() {
                other.matched = Matched::Topics { as_of: None, topics: topics.clone() };
            }
        }
    }
}

impl Member {
    fn update_self(&mut self, beat: &Heartbeat<'_>) -> bool {
        let mut changed =
            self.client_id.as_ref() != beat.client_id || self.client_host.as_ref() != beat.client_host;
        if changed {
            self.client_id = beat.client_id.into();
            self.client_host = beat.client_host.into();
        }
        if let Some(rack) = beat.rack.filter(|rack| self.rack.as_deref() != Some(rack)) {
            self.rack = Some(rack.into());
            changed = true;
        }
        if let Some(timeout) = beat.rebalance_timeout.filter(|timeout| self.rebalance_timeout != *timeout) {
            self.rebalance_timeout = timeout;
            changed = true;
        }
        changed
    }

    fn update_subscription(&mut self, beat: &Heartbeat<'_>) -> bool {
        let mut changed = false;
        if let Some(names) = &beat.names {
            let names: BTreeSet<&str> = names.iter().copied().collect();
            if !self.names.iter().map(|name| &**name).eq(names.iter().copied()) {
                self.names = names.into_iter().map(Into::into).collect();
                changed = true;
            }
        }
        if let Some(text) = beat.regex {
            let regex = Some(text).filter(|text| !text.is_empty());
            if self.regex.as_deref() != regex {
                self.regex = regex.map(Into::into);
                self.matched = Matched::Unknown;
                changed = true;
            }
        }
        changed
    }

    fn update_assignor(&mut self, beat: &Heartbeat<'_>) -> bool {
        let named = beat.assignor.and_then(Assignor::named);
        let differs = named.is_some() && named != self.assignor;
        if differs {
            self.assignor = named;
        }
        differs
    }
}
