//! The heartbeat: a member joins, says what it reads and owns, and hears what it may own.

use super::group::ConsumerGroup;
use super::member::Member;
use super::request::{AWAY, Beat, Heartbeat, JOINS, LEAVES, TopicPartitions};
use crate::group::GroupError;
use crate::group::history::RebalanceCause;
use crate::group::member::MemberId;
use crate::meta::Topics;
use crate::now::Now;

/// What a heartbeat is judged by besides the group.
pub(in crate::group) struct Surroundings<'a> {
    /// The topics at this moment.
    pub(in crate::group) topics: &'a Topics,
    /// Whether the member may know of a topic; its expression stands for no other.
    pub(in crate::group) may_know: &'a (dyn Fn(&str) -> bool + Sync),
    pub(in crate::group) now: Now,
}

impl ConsumerGroup {
    /// A member says what it says; see [`Heartbeat::check`] for what must hold before. `fresh` is an id nobody
    /// ever had, for a member that has none.
    pub(in crate::group) fn heartbeat(
        &mut self,
        beat: &Heartbeat<'_>,
        fresh: MemberId,
        around: &Surroundings<'_>,
    ) -> Result<Beat, GroupError> {
        if self.is_closed {
            return Err(GroupError::CoordinatorNotAvailable);
        }
        let (id, mut cause) = match beat.epoch {
            LEAVES | AWAY => return self.leave(beat, around),
            JOINS => self.admit(beat, fresh, around.now)?,
            _ => (self.known(beat)?, None),
        };
        // It has not had the last answer, so it does not know what that said.
        let missed_answer = self.members.get(&id).is_some_and(|member| member.epoch != beat.epoch);
        if self.update(&id, beat, around) {
            cause.get_or_insert(RebalanceCause::Changed(id.clone()));
        }
        if self.topics_have_changed(around.topics) {
            cause.get_or_insert(RebalanceCause::TopicsChanged);
        }
        if let Some(cause) = cause {
            self.target_renew(cause, around.topics, around.now);
        }
        let has_moved = self.reconcile(&id, beat, around.now);
        self.session_renew(&id, around.now);
        self.history_end(around.now);
        let member = self.members.get(&id).ok_or(GroupError::UnknownMemberId)?;
        let tells = beat.is_full() || missed_answer || has_moved;
        Ok(Beat {
            epoch: member.epoch,
            interval: self.settings.consumer_heartbeat_interval,
            assignment: tells.then(|| TopicPartitions::grouped(&member.assigned)),
            member: id,
        })
    }

    /// A member joins, begins again, or comes back. With what that begins, if anything.
    fn admit(
        &mut self,
        beat: &Heartbeat<'_>,
        fresh: MemberId,
        now: Now,
    ) -> Result<(MemberId, Option<RebalanceCause>), GroupError> {
        let id = if beat.member.is_empty() { fresh } else { beat.member.into() };
        let holder = beat.instance.and_then(|instance| self.statics.get(instance)).cloned();
        match holder {
            Some(holder) if self.members.get(&holder).is_some_and(Member::is_away) => {
                let cause = self.come_back(&holder, &id, now);
                return Ok((id, cause));
            }
            Some(holder) if holder != id => return Err(GroupError::UnreleasedInstanceId),
            _ => {}
        }
        match self.members.get(&id) {
            Some(member) if member.instance.as_deref() == beat.instance && member.epoch_fits(beat) => {
                return Ok((id, None));
            }
            // It has given up everything. Its next epoch is above all it had, so nothing it said before counts.
            Some(_) => self.remove(&id, now),
            None if self.members.len() >= self.settings.size_max => {
                return Err(GroupError::GroupMaxSizeReached);
            }
            None => {}
        }
        if self.members.is_empty() {
            self.since_ms = now.wall_ms;
        }
        let mut member = Member::joining(id.clone());
        member.instance = beat.instance.map(Into::into);
        if let Some(instance) = &member.instance {
            self.statics.insert(instance.clone(), id.clone());
        }
        self.members.insert(id.clone(), member);
        Ok((id.clone(), Some(RebalanceCause::Joined(id))))
    }

    /// A static member is back, most likely under another id. Its place in the group, and what it owned, is
    /// still its own.
    fn come_back(&mut self, holder: &MemberId, id: &MemberId, now: Now) -> Option<RebalanceCause> {
        let mut cause = None;
        if id != holder && self.members.contains_key(id) {
            self.remove(id, now);
            cause = Some(RebalanceCause::Returned(id.clone()));
        }
        let mut member = self.members.remove(holder)?;
        self.unsaved.member(holder);
        self.unsaved.member(id);
        if let Some(instance) = &member.instance {
            self.statics.insert(instance.clone(), id.clone());
        }
        for partition in &member.assigned {
            self.holders.insert(*partition, id.clone());
        }
        member.id = id.clone();
        member.epoch = JOINS;
        member.epoch_before = JOINS;
        self.members.insert(id.clone(), member);
        cause
    }

    /// The member that a request comes from, which must be of its epoch.
    fn known(&self, beat: &Heartbeat<'_>) -> Result<MemberId, GroupError> {
        let member = self.claimed(beat.member, beat.instance)?;
        if member.epoch_fits(beat) { Ok(member.id.clone()) } else { Err(GroupError::FencedMemberEpoch) }
    }

    /// The member of this id, which must hold the instance id if there is one.
    pub(super) fn claimed(&self, member: &str, instance: Option<&str>) -> Result<&Member, GroupError> {
        if let Some(instance) = instance {
            let holder = self.statics.get(instance).ok_or(GroupError::UnknownMemberId)?;
            if **holder != *member {
                return Err(GroupError::FencedInstanceId);
            }
        }
        self.members.get(member).ok_or(GroupError::UnknownMemberId)
    }
}
