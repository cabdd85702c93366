//! JoinGroup: becoming a member, and staying one into the next generation.

use std::sync::Arc;
use std::time::Duration;

use super::GroupError;
use super::history::RebalanceCause;
use super::member::{Member, MemberId, Parked};
use super::request::{JoinRefused, Joining};
use super::state::{Effect, GroupState, Returning, Stage, Ticket};
use crate::now::Now;

/// A first join is not waited for longer than this. Its client may be gone without our knowing, and comes
/// back as another member; if it is still there, it joins again.
const FIRST_JOIN_MAX: Duration = Duration::from_secs(5 * 60);

impl GroupState {
    /// A member joins. The answer comes as an effect, now or later. `fresh` is an id nobody ever had, for a
    /// member that has none.
    pub(crate) fn join(&mut self, ticket: Ticket, fresh: MemberId, join: Joining, now: Now) {
        let member = join.member.clone();
        if let Err(refusal) = self.join_admit(ticket, fresh, join, now) {
            let refused = match refusal {
                Refusal::Plain(error) => JoinRefused { error, member },
                Refusal::IdFirst(id) => JoinRefused { error: GroupError::MemberIdRequired, member: id },
            };
            self.effect(Effect::Joined(ticket, Err(refused)));
        }
        self.join_try_complete(now);
    }

    fn join_admit(
        &mut self,
        ticket: Ticket,
        fresh: MemberId,
        join: Joining,
        now: Now,
    ) -> Result<(), Refusal> {
        if matches!(self.stage, Stage::Dead) {
            return Err(GroupError::CoordinatorNotAvailable.into());
        }
        if !self.has_room_for(&join) {
            // One of the last to rejoin a group that has become smaller than it was.
            self.member_remove(&join.member, GroupError::GroupMaxSizeReached);
            self.pending.remove(&join.member);
            return Err(GroupError::GroupMaxSizeReached.into());
        }
        if !self.protocols_fit(&join) {
            return Err(GroupError::InconsistentGroupProtocol.into());
        }
        if join.member.is_empty() {
            self.join_new(ticket, fresh, join, now)
        } else {
            Ok(self.join_known(ticket, join, now)?)
        }
    }

    fn join_new(&mut self, ticket: Ticket, fresh: MemberId, join: Joining, now: Now) -> Result<(), Refusal> {
        let holder = join.instance.as_ref().and_then(|instance| self.statics.get(instance)).cloned();
        if let Some(holder) = holder {
            self.member_return(ticket, &holder, fresh, join, now);
        } else if join.id_first && join.instance.is_none() {
            let until = now.elapsed.saturating_add(join.session_timeout);
            self.pending.insert(fresh.clone(), until);
            self.arm(until);
            return Err(Refusal::IdFirst(fresh));
        } else {
            self.member_add(ticket, fresh, join, now);
        }
        Ok(())
    }

    fn join_known(&mut self, ticket: Ticket, join: Joining, now: Now) -> Result<(), GroupError> {
        if join.instance.is_none() && self.pending.contains_key(&join.member) {
            let id = join.member.clone();
            self.member_add(ticket, id, join, now);
            return Ok(());
        }
        self.claim_check(&join.member, join.instance.as_deref())?;
        let member = self.members.get(&join.member).ok_or(GroupError::UnknownMemberId)?;
        let unchanged = member.protocols == join.protocols;
        match self.stage {
            Stage::Empty | Stage::Dead => return Err(GroupError::UnknownMemberId),
            Stage::Preparing { .. } => self.member_park(ticket, join, now),
            // The leader joins again when it wants to assign anew.
            Stage::Stable { .. } if unchanged && self.is_leader(&join.member) => {
                let cause = RebalanceCause::LeaderRejoined(join.member.clone());
                self.member_park(ticket, join, now);
                self.prepare(cause, now);
            }
            Stage::Stable { .. } | Stage::Completing { .. } if !unchanged => {
                let cause = RebalanceCause::Changed(join.member.clone());
                self.member_park(ticket, join, now);
                self.prepare(cause, now);
            }
            // It may not have had the answer, so it gets it again.
            Stage::Completing { .. } | Stage::Stable { .. } => {
                self.session_renew(&join.member, now);
                let joined = self.joined(&join.member, false);
                self.effect(Effect::Joined(ticket, Ok(joined)));
            }
        }
        Ok(())
    }

    fn member_add(&mut self, ticket: Ticket, id: MemberId, join: Joining, now: Now) {
        if self.members.is_empty() {
            self.protocol_type = Some(join.protocol_type.clone());
        }
        if let Stage::Preparing { gathering: Some(gathering), .. } = &mut self.stage {
            gathering.arrivals = true;
        }
        self.pending.remove(&id);
        self.leader.get_or_insert_with(|| id.clone());
        if let Some(instance) = &join.instance {
            self.statics.insert(instance.clone(), id.clone());
        }
        let (arrival, expires) = (self.arrival_next(), now.elapsed.saturating_add(FIRST_JOIN_MAX));
        let cause = RebalanceCause::Joined(id.clone());
        self.members.insert(id.clone(), Member::joining(id, join, arrival, ticket, expires));
        self.arm(expires);
        if !matches!(self.stage, Stage::Preparing { .. }) {
            self.prepare(cause, now);
        }
    }

    /// A member waits for the next generation, with what it says now. An older join of it, whose connection
    /// must be gone, is sent away.
    fn member_park(&mut self, ticket: Ticket, join: Joining, now: Now) {
        let Some(member) = self.members.get_mut(&join.member) else { return };
        member.protocols = join.protocols;
        member.session_timeout = join.session_timeout;
        member.rebalance_timeout = join.rebalance_timeout;
        if member.new {
            member.expires = now.elapsed.saturating_add(FIRST_JOIN_MAX);
        }
        let older = std::mem::replace(&mut member.parked, Parked::Join(ticket));
        self.parked_refuse(older, &join.member, GroupError::RebalanceInProgress);
    }

    /// A static member came back without its id. It gets a new one, so that the process that had the old one,
    /// should it still be there, is fenced; its place in the group stays.
    fn member_return(&mut self, ticket: Ticket, old: &MemberId, fresh: MemberId, join: Joining, now: Now) {
        let Some(mut member) = self.members.remove(old) else { return };
        self.parked_refuse(member.parked, old, GroupError::FencedInstanceId);
        let leader_before = self.leader.clone().unwrap_or_default();
        if self.is_leader(old) {
            self.leader = Some(fresh.clone());
        }
        if let Some(instance) = &member.instance {
            self.statics.insert(instance.clone(), fresh.clone());
        }
        member.id = fresh.clone();
        member.client_id = join.client_id;
        member.client_host = join.client_host;
        member.protocols = join.protocols;
        member.session_timeout = join.session_timeout;
        member.rebalance_timeout = join.rebalance_timeout;
        member.parked = Parked::Join(ticket);
        self.members.insert(fresh.clone(), member);
        match self.stage {
            // Its assignment stands, so nobody else need hear of it.
            Stage::Stable { .. } if self.protocol_vote() == self.protocol => {
                self.subscribed = self.subscriptions();
                let (member, skips_assignment) = (fresh, join.skips_assignment);
                let id = self.store(None);
                self.returning.push(Returning { id, ticket, member, leader_before, skips_assignment });
            }
            // The leader may be assigning to the old id at this moment.
            Stage::Stable { .. } | Stage::Completing { .. } => {
                self.prepare(RebalanceCause::Returned(fresh), now);
            }
            Stage::Preparing { .. } | Stage::Empty | Stage::Dead => {}
        }
    }

    /// Whether the group can take the member. Whoever has a place keeps it; while members rejoin, those who
    /// are back count, so that a group that is too large sends the last ones away.
    fn has_room_for(&self, join: &Joining) -> bool {
        let known = match &join.instance {
            Some(instance) if join.member.is_empty() => self.statics.get(instance),
            _ => Some(&join.member),
        };
        let known = known.and_then(|id| self.members.get(id));
        let max = self.settings.size_max;
        if join.member.is_empty() && known.is_none() && self.members.len() + self.pending.len() >= max {
            return false;
        }
        match (&self.stage, known) {
            (Stage::Empty | Stage::Dead, _) => true,
            (Stage::Preparing { .. }, Some(member)) if member.awaits_join() => true,
            (Stage::Preparing { .. }, _) => {
                self.members.values().filter(|member| member.awaits_join()).count() < max
            }
            (Stage::Completing { .. } | Stage::Stable { .. }, known) => {
                known.is_some() || self.members.len() < max
            }
        }
    }

    /// Whether the member speaks the group's protocol type and a protocol that every member supports, the
    /// member itself, as it was, included.
    fn protocols_fit(&self, join: &Joining) -> bool {
        if let Stage::Empty = self.stage {
            return !join.protocol_type.is_empty() && !join.protocols.is_empty();
        }
        let common = |name: &Arc<str>| self.members.values().all(|member| member.supports(name));
        self.protocol_type.as_ref() == Some(&join.protocol_type)
            && join.protocols.iter().any(|protocol| common(&protocol.name))
    }
}

/// A refusal, and the id it speaks of when that is not the one that was sent.
enum Refusal {
    Plain(GroupError),
    IdFirst(MemberId),
}

impl From<GroupError> for Refusal {
    fn from(error: GroupError) -> Self {
        Self::Plain(error)
    }
}
