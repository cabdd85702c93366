//! The state of one group, and what its events share.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use hashbrown::HashMap;
use uuid::Uuid;

use super::assignor::Assignor;
use super::change::Unsaved;
use super::member::Member;
use crate::group::history::History;
use crate::group::member::MemberId;
use crate::group::{GroupError, GroupPhase, GroupSettings};
use crate::meta::{ConsumerFacts, Partitions, Topics};
use crate::now::Now;

/// A group.
#[derive(Debug)]
pub(in crate::group) struct ConsumerGroup {
    pub(super) name: Arc<str>,
    pub(super) settings: Arc<GroupSettings>,
    /// Rises with every change of members, subscriptions or topics; the target is always computed for it.
    pub(super) epoch: i32,
    /// Since when it has had members, or has had none, in milliseconds since 1970.
    pub(super) since_ms: i64,
    pub(super) members: BTreeMap<MemberId, Member>,
    /// Members that have an instance id, by it.
    pub(super) statics: BTreeMap<Arc<str>, MemberId>,
    /// Who may own each partition, or has not said yet that it has given it up.
    pub(super) holders: HashMap<(Uuid, i32), MemberId>,
    pub(super) assignor: Assignor,
    /// The topics that the target is for, with how many partitions they had.
    pub(super) covered: BTreeMap<Uuid, i32>,
    /// Their names.
    pub(super) subscribed: BTreeSet<String>,
    /// The epoch of the topics that the target was last compared with.
    pub(super) topics_epoch: Option<u64>,
    pub(super) history: History,
    pub(super) unsaved: Unsaved,
    pub(super) is_closed: bool,
    pub(super) wake: Option<Duration>,
}

impl ConsumerGroup {
    /// A group without members that goes on from an epoch: where it was when its members spoke the other
    /// protocol, or 0.
    pub(in crate::group) fn new(
        name: Arc<str>,
        settings: Arc<GroupSettings>,
        epoch: i32,
        since_ms: i64,
    ) -> Self {
        Self {
            name,
            settings,
            epoch,
            since_ms,
            members: BTreeMap::new(),
            statics: BTreeMap::new(),
            holders: HashMap::new(),
            assignor: Assignor::default(),
            covered: BTreeMap::new(),
            subscribed: BTreeSet::new(),
            topics_epoch: None,
            history: History::default(),
            unsaved: Unsaved::default(),
            is_closed: false,
            wake: None,
        }
    }

    /// A group as it was before a restart. Its members have a whole session to be heard of, and all their time
    /// to give up what they are to give up.
    pub(in crate::group) fn restored(
        name: Arc<str>,
        facts: &ConsumerFacts,
        settings: Arc<GroupSettings>,
        topics: &Topics,
        now: Now,
    ) -> Self {
        let mut group = Self::new(name, settings, facts.epoch, facts.since_ms);
        for record in facts.members.values() {
            let member = Member::restored(record);
            let id = member.id.clone();
            if let Some(instance) = &member.instance {
                group.statics.insert(instance.clone(), id.clone());
            }
            let held = member.assigned.iter().chain(&member.revoking);
            group.holders.extend(held.map(|partition| (*partition, id.clone())));
            for (topic, _) in &member.target {
                *group.covered.entry(*topic).or_default() += 1;
            }
            group.members.insert(id.clone(), member);
            group.session_renew(&id, now);
            group.revocation_arm(&id, now);
        }
        group.assignor = group.assignor_preferred();
        group.subscribed = group.covered_names(topics);
        group
    }

    pub(in crate::group) fn name(&self) -> Arc<str> {
        self.name.clone()
    }

    /// Its epoch; what a classic group that takes its place counts on from.
    pub(in crate::group) fn epoch(&self) -> i32 {
        self.epoch
    }

    /// Since when it has had members, or has had none, in milliseconds since 1970.
    pub(in crate::group) fn since_ms(&self) -> i64 {
        self.since_ms
    }

    /// Where it stands.
    pub(in crate::group) fn phase(&self) -> GroupPhase {
        match self.is_closed {
            true => GroupPhase::Dead,
            false if self.members.is_empty() => GroupPhase::Empty,
            false if self.is_settled() => GroupPhase::Stable,
            false => GroupPhase::Reconciling,
        }
    }

    /// When it wants to be told the time, at the latest.
    pub(in crate::group) fn wake(&self) -> Option<Duration> {
        self.wake
    }

    /// Ends the group in this process.
    pub(in crate::group) fn close(&mut self) {
        self.is_closed = true;
        self.wake = None;
    }

    /// Whether the group can be deleted.
    pub(in crate::group) fn delete_check(&self) -> Result<(), GroupError> {
        match self.is_closed {
            true => Err(GroupError::GroupIdNotFound),
            false if self.members.is_empty() => Ok(()),
            false => Err(GroupError::NonEmptyGroup),
        }
    }

    /// Whether nobody has anything left to do. Who is away may do it later.
    pub(super) fn is_settled(&self) -> bool {
        self.members.values().all(|member| member.is_away() || member.is_settled(self.epoch))
    }

    /// Asks to be woken at `at`, or earlier.
    pub(super) fn arm(&mut self, at: Duration) {
        self.wake = Some(self.wake.map_or(at, |wake| wake.min(at)));
    }

    /// The member was heard of.
    pub(super) fn session_renew(&mut self, id: &str, now: Now) {
        let Some(member) = self.members.get_mut(id) else { return };
        member.expires = now.elapsed.saturating_add(self.settings.consumer_session_timeout);
        let expires = member.expires;
        self.arm(expires);
    }

    /// From now on the member has its time to give up what it is to give up.
    pub(super) fn revocation_arm(&mut self, id: &str, now: Now) {
        let Some(member) = self.members.get_mut(id).filter(|member| !member.revoking.is_empty()) else {
            return;
        };
        let until = now.elapsed.saturating_add(member.rebalance_timeout);
        member.revokes_until = Some(until);
        self.arm(until);
    }

    /// What a member may own, and may still own, from now on.
    pub(super) fn hold(&mut self, id: &MemberId, assigned: Partitions, revoking: Partitions) {
        let Some(member) = self.members.get_mut(id) else { return };
        for partition in member.assigned.iter().chain(&member.revoking) {
            self.holders.remove(partition);
        }
        for partition in assigned.iter().chain(&revoking) {
            self.holders.insert(*partition, id.clone());
        }
        member.assigned = assigned;
        member.revoking = revoking;
        self.unsaved.member(id);
    }

    /// Takes a member out of every index; nobody owns what it owned. What follows for the group is the caller's.
    pub(super) fn remove(&mut self, id: &MemberId, now: Now) {
        self.hold(id, Partitions::new(), Partitions::new());
        let Some(member) = self.members.remove(id) else { return };
        if let Some(instance) = &member.instance {
            self.statics.remove(instance);
        }
        if self.members.is_empty() {
            self.since_ms = now.wall_ms;
        }
    }

    /// The rebalance ends once nobody has anything left to do.
    pub(super) fn history_end(&mut self, now: Now) {
        if self.history.is_begun() && self.is_settled() {
            self.history.end(self.epoch, !self.members.is_empty(), now);
        }
    }
}
