//! How one generation follows another.
//!
//! `prepare` asks everybody to join again; when all have, or time is up, the join is complete: slow members
//! are out, the generation is counted, protocol and leader are chosen. The leader's assignment, once durable,
//! makes the group stable.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

use super::GroupError;
use super::history::RebalanceCause;
use super::member::{Member, MemberId, Parked};
use super::request::{Joined, JoinedMember, Synced};
use super::state::{Effect, Gathering, GroupState, Returning, Stage};
use crate::now::Now;

/// Where there is nothing to do but wait, a deadline is moved by this much at least, whatever the members say.
const LOOK_AGAIN_MIN: Duration = Duration::from_secs(1);

impl GroupState {
    /// Begins the next generation: members that wait for an assignment are sent back to join.
    pub(super) fn prepare(&mut self, cause: RebalanceCause, now: Now) {
        self.history.begin(cause, now);
        self.syncs_refuse(GroupError::RebalanceInProgress, now);
        let timeout = self.rebalance_timeout();
        let (wait, gathering) = match self.stage {
            Stage::Empty => {
                let delay = self.settings.initial_rebalance_delay;
                (delay, Some(Gathering { left: timeout.saturating_sub(delay), arrivals: false }))
            }
            _ => (timeout, None),
        };
        let deadline = now.elapsed.saturating_add(wait);
        self.stage_set(Stage::Preparing { deadline, gathering }, now);
        self.arm(deadline);
        self.join_try_complete(now);
    }

    /// Completes the join if nobody is missing, or if there was no time to wait at all.
    pub(super) fn join_try_complete(&mut self, now: Now) {
        let Stage::Preparing { deadline, gathering } = &self.stage else { return };
        let all_here = self.pending.is_empty() && self.members.values().all(Member::awaits_join);
        if *deadline <= now.elapsed {
            self.join_deadline(now);
        } else if gathering.is_none() && all_here {
            self.join_complete(now);
        }
    }

    /// Time is up for joining; a group that gathers goes on while members keep arriving.
    pub(super) fn join_deadline(&mut self, now: Now) {
        let delay = self.settings.initial_rebalance_delay;
        if let Stage::Preparing { deadline, gathering: Some(gathering) } = &mut self.stage
            && gathering.arrivals
            && !gathering.left.is_zero()
        {
            let more = delay.min(gathering.left);
            gathering.left -= more;
            gathering.arrivals = false;
            *deadline = now.elapsed.saturating_add(more);
            let deadline = *deadline;
            return self.arm(deadline);
        }
        self.join_complete(now);
    }

    /// The generation begins with those who joined, and with static members wherever they are.
    fn join_complete(&mut self, now: Now) {
        for id in self.members_where(|member| !member.awaits_join() && member.instance.is_none()) {
            self.member_remove(&id, GroupError::UnknownMemberId);
        }
        if self.members.is_empty() {
            return self.empty_out(now);
        }
        let leader_is_here =
            self.leader.as_ref().and_then(|leader| self.members.get(leader)).is_some_and(Member::awaits_join);
        if !leader_is_here {
            match self.first_arrived(Member::awaits_join) {
                Some(first) => self.leader = Some(first),
                None => return self.absent_wait(now),
            }
        }
        self.generation = generation_after(self.generation);
        self.protocol = self.protocol_vote();
        self.subscribed = self.subscriptions();
        let deadline = now.elapsed.saturating_add(self.rebalance_timeout());
        self.stage_set(Stage::Completing { deadline, storing: None }, now);
        self.arm(deadline);
        for member in self.members.values_mut() {
            member.synced = false;
        }
        for id in self.members_where(Member::awaits_join) {
            self.join_answer(&id, now);
        }
    }

    fn empty_out(&mut self, now: Now) {
        self.generation = generation_after(self.generation);
        self.protocol = None;
        self.subscribed = None;
        self.stage_set(Stage::Empty, now);
        self.history.end(self.generation, false, now);
        // Nobody waits for this record. If it is lost, a restart finds the members again and expels them.
        self.store(None);
    }

    /// Only static members are left and none is back: their sessions decide.
    fn absent_wait(&mut self, now: Now) {
        let again = now.elapsed.saturating_add(self.rebalance_timeout().max(LOOK_AGAIN_MIN));
        self.stage = Stage::Preparing { deadline: again, gathering: None };
        self.arm(again);
    }

    /// Tells a parked member what the generation is.
    fn join_answer(&mut self, id: &MemberId, now: Now) {
        let Some(member) = self.members.get_mut(id) else { return };
        let Parked::Join(ticket) = std::mem::replace(&mut member.parked, Parked::Nothing) else { return };
        member.new = false;
        self.session_renew(id, now);
        let joined = self.joined(id, false);
        self.effect(Effect::Joined(ticket, Ok(joined)));
    }

    /// What a member is told about the current generation.
    pub(super) fn joined(&self, id: &MemberId, skip_assignment: bool) -> Joined {
        let members = if self.is_leader(id) { self.joined_members() } else { Vec::new() };
        Joined {
            generation: self.generation,
            protocol_type: self.protocol_type.clone(),
            protocol: self.protocol.clone(),
            leader: self.leader.clone().unwrap_or_default(),
            member: id.clone(),
            skip_assignment,
            members,
        }
    }

    fn joined_members(&self) -> Vec<JoinedMember> {
        self.members.values().map(|member| member.as_joined(self.protocol.as_deref())).collect()
    }

    /// The protocol that all members support and most like best; among equals, the one the leader likes best.
    pub(super) fn protocol_vote(&self) -> Option<Arc<str>> {
        let leader = self.leader.as_ref().and_then(|leader| self.members.get(leader))?;
        let common = |name: &str| self.members.values().all(|member| member.supports(name));
        let candidates: Vec<_> =
            leader.protocols.iter().map(|protocol| &protocol.name).filter(|name| common(name)).collect();
        let mut votes = vec![0_usize; candidates.len()];
        for member in self.members.values() {
            let choice = member
                .protocols
                .iter()
                .find_map(|protocol| candidates.iter().position(|candidate| **candidate == protocol.name));
            if let Some(choice) = choice {
                votes[choice] += 1;
            }
        }
        let most = *votes.iter().max()?;
        let winner = votes.iter().position(|count| *count == most)?;
        Some(candidates[winner].clone())
    }

    /// The assignments are durable: everybody may have theirs.
    pub(super) fn assign(
        &mut self,
        mut assignments: BTreeMap<MemberId, Bytes>,
        deadline: Duration,
        now: Now,
    ) {
        let all_asked = self.members.values().all(|member| member.synced);
        self.stage_set(Stage::Stable { deadline: (!all_asked).then_some(deadline) }, now);
        self.history.end(self.generation, true, now);
        for member in self.members.values_mut() {
            member.assignment = assignments.remove(&member.id).unwrap_or_default();
        }
        for id in self.members_where(|member| matches!(member.parked, Parked::Sync(_))) {
            self.sync_answer(&id, now);
        }
    }

    fn sync_answer(&mut self, id: &MemberId, now: Now) {
        let Some(member) = self.members.get_mut(id) else { return };
        let Parked::Sync(ticket) = std::mem::replace(&mut member.parked, Parked::Nothing) else { return };
        let assignment = member.assignment.clone();
        self.session_renew(id, now);
        let synced = self.synced(assignment);
        self.effect(Effect::Synced(ticket, Ok(synced)));
    }

    pub(super) fn synced(&self, assignment: Bytes) -> Synced {
        Synced { protocol_type: self.protocol_type.clone(), protocol: self.protocol.clone(), assignment }
    }

    /// There will be no assignment in this generation. Whoever waited for it has a session from here on.
    pub(super) fn syncs_refuse(&mut self, error: GroupError, now: Now) {
        for id in self.members_where(|member| matches!(member.parked, Parked::Sync(_))) {
            let Some(member) = self.members.get_mut(&id) else { continue };
            let parked = std::mem::replace(&mut member.parked, Parked::Nothing);
            self.session_renew(&id, now);
            self.parked_refuse(parked, &id, error);
        }
    }

    /// Members that did not ask for their assignment in time are out.
    pub(super) fn sync_deadline(&mut self, now: Now) {
        let slow = self.members_where(|member| !member.synced);
        for id in &slow {
            self.member_remove(id, GroupError::UnknownMemberId);
        }
        match slow.into_iter().next() {
            Some(first) => self.after_removal(Some(RebalanceCause::Slow(first)), now),
            // Nobody is slow.
            None => self.sync_extend(now),
        }
    }

    /// Nobody is slow. If the group is not stable yet, it is the disk that keeps everybody waiting.
    fn sync_extend(&mut self, now: Now) {
        let again = now.elapsed.saturating_add(self.rebalance_timeout().max(LOOK_AGAIN_MIN));
        match &mut self.stage {
            Stage::Stable { deadline } => *deadline = None,
            Stage::Completing { deadline, .. } => *deadline = again,
            _ => {}
        }
    }

    /// A static member that came back is durable under its new id.
    pub(super) fn returned(&mut self, returning: &Returning, durable: bool, now: Now) {
        // A rebalance, or another return, may have answered it meanwhile.
        if !matches!(self.stage, Stage::Stable { .. }) {
            return;
        }
        let Some(member) = self.members.get_mut(&returning.member) else { return };
        if member.parked != Parked::Join(returning.ticket) {
            return;
        }
        let parked = std::mem::replace(&mut member.parked, Parked::Nothing);
        self.session_renew(&returning.member, now);
        if !durable {
            return self.parked_refuse(parked, &returning.member, GroupError::CoordinatorNotAvailable);
        }
        let joined = if returning.skips_assignment {
            self.joined(&returning.member, self.is_leader(&returning.member))
        } else {
            // An older client that reads its own id as the leader's would assign, and a stable group would
            // not hear of it. The id from before makes it a follower.
            Joined {
                leader: returning.leader_before.clone(),
                members: Vec::new(),
                ..self.joined(&returning.member, false)
            }
        };
        self.effect(Effect::Joined(returning.ticket, Ok(joined)));
    }
}

/// The count starts again from 0 rather than end, though no group gets there.
fn generation_after(generation: i32) -> i32 {
    generation.checked_add(1).unwrap_or(0)
}
