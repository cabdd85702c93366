//! How members go: they leave, for good or for a while, or time is up for them.

use std::time::Duration;

use super::group::ConsumerGroup;
use super::heartbeat::Surroundings;
use super::request::{AWAY, Beat, Heartbeat};
use crate::group::GroupError;
use crate::group::history::RebalanceCause;
use crate::group::request::Leaving;
use crate::meta::{Partitions, Topics};
use crate::now::Now;

impl ConsumerGroup {
    pub(super) fn leave(
        &mut self,
        beat: &Heartbeat<'_>,
        around: &Surroundings<'_>,
    ) -> Result<Beat, GroupError> {
        let id = self.claimed(beat.member, beat.instance)?.id.clone();
        if beat.epoch == AWAY {
            // It owns nothing now, but is expected to come back for what it had before its session ends.
            if let Some(member) = self.members.get_mut(&id) {
                member.epoch = AWAY;
                member.revokes_until = None;
                let assigned = member.assigned.clone();
                self.hold(&id, assigned, Partitions::new());
            }
            self.session_renew(&id, around.now);
            self.history_end(around.now);
        } else {
            self.remove(&id, around.now);
            self.target_renew(RebalanceCause::Left(id.clone()), around.topics, around.now);
        }
        Ok(Beat { member: id, epoch: beat.epoch, interval: Duration::ZERO, assignment: None })
    }

    /// An administrator lets static members go, by their instance ids. Members of the newer protocol do not leave
    /// in this way themselves. One answer each, in order; the refusal of the whole is for a group that is ending.
    pub(in crate::group) fn expel(
        &mut self,
        leaving: &[Leaving<'_>],
        topics: &Topics,
        now: Now,
    ) -> Result<Vec<Result<(), GroupError>>, GroupError> {
        if self.is_closed {
            return Err(GroupError::CoordinatorNotAvailable);
        }
        let mut first = None;
        let mut answers = Vec::with_capacity(leaving.len());
        for Leaving { member, instance } in leaving {
            let by_instance = instance.filter(|_| member.is_empty());
            let holder = by_instance.and_then(|instance| self.statics.get(instance)).cloned();
            answers.push(holder.as_ref().map(drop).ok_or(GroupError::UnknownMemberId));
            if let Some(id) = holder {
                self.remove(&id, now);
                first.get_or_insert(id);
            }
        }
        if let Some(id) = first {
            self.target_renew(RebalanceCause::Left(id), topics, now);
        }
        Ok(answers)
    }

    /// Time has passed: fences who was silent, or has not given up in time what it was to give up.
    pub(in crate::group) fn tick(&mut self, topics: &Topics, now: Now) {
        if self.wake.is_none_or(|wake| wake > now.elapsed) {
            return;
        }
        let is_due = |at: Duration| at <= now.elapsed;
        let mut cause = None;
        let due = self.members.values().filter_map(|member| {
            let silent = is_due(member.expires).then(|| RebalanceCause::Silent(member.id.clone()));
            let slow = || {
                let passed = member.revokes_until.is_some_and(is_due);
                passed.then(|| RebalanceCause::Unrevoked(member.id.clone()))
            };
            silent.or_else(slow).map(|cause| (member.id.clone(), cause))
        });
        for (id, reason) in due.collect::<Vec<_>>() {
            self.remove(&id, now);
            cause.get_or_insert(reason);
        }
        if let Some(cause) = cause {
            self.target_renew(cause, topics, now);
        }
        let of_members = self.members.values();
        self.wake =
            of_members.flat_map(|member| [Some(member.expires), member.revokes_until]).flatten().min();
    }
}
