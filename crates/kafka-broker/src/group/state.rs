//! One group as a pure state machine: requests and time go in, answers and records come out.
//!
//! There is no lock, no clock and no task in here. The shell ([`super::Groups`]) passes in the time, keeps the
//! other end of every parked request under its [`Ticket`], and carries out the [`Effect`]s after each event.
//! The events are in one file each: [`super::join`], [`super::sync`], [`super::heartbeat`], [`super::leave`]
//! and [`super::offsets`]; how one generation follows another is in [`super::rebalance`].
//!
//! # Invariants
//!
//! - A parked request is answered exactly once: by the event it waits for, by a newer request of the same
//!   member, by the member's removal, or when the group closes.
//! - The static index names exactly the members that have an instance id; the leader is a member; who is
//!   pending is not a member.
//! - All members have a protocol in common, and the generation only grows.
//! - [`GroupState::wake`] is never later than the next deadline.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

use super::history::{History, RebalanceCause};
use super::member::{Member, MemberId, Parked};
use super::request::{Claim, GroupPhase, JoinRefused, Joined, Synced};
use super::subscription::{CONSUMER, subscribed_topics};
use super::{GroupError, GroupSettings};
use crate::meta::{GroupRecord, MemberRecord};
use crate::now::Now;

/// Names a parked request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Ticket(pub(crate) u64);

/// Names a record on its way to the disk.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct StoreId(u64);

/// What is to be done after an event.
#[derive(Debug)]
pub(crate) enum Effect {
    /// Answer a join.
    Joined(Ticket, Result<Joined, JoinRefused>),
    /// Answer a sync.
    Synced(Ticket, Result<Synced, GroupError>),
    /// Make this durable and report back with [`GroupState::stored`].
    Store(StoreId, Arc<GroupRecord>),
}

/// A group.
#[derive(Debug)]
pub(crate) struct GroupState {
    pub(super) name: Arc<str>,
    pub(super) settings: Arc<GroupSettings>,
    pub(super) stage: Stage,
    /// When the stage began, in milliseconds since 1970.
    pub(super) since_ms: i64,
    pub(super) generation: i32,
    pub(super) protocol_type: Option<Arc<str>>,
    pub(super) protocol: Option<Arc<str>>,
    pub(super) leader: Option<MemberId>,
    pub(super) members: BTreeMap<MemberId, Member>,
    /// Members that have an instance id, by it.
    pub(super) statics: BTreeMap<Arc<str>, MemberId>,
    /// Ids that were handed out and not joined with yet, and until when they are good.
    pub(super) pending: BTreeMap<MemberId, Duration>,
    /// Topics that members read; none when that is not known.
    pub(super) subscribed: Option<BTreeSet<String>>,
    /// Static members that came back under a new id, to be answered once that is durable.
    pub(super) returning: Vec<Returning>,
    pub(super) history: History,
    effects: Vec<Effect>,
    wake: Option<Duration>,
    arrivals: u64,
    stores: u64,
}

/// Where the group stands, with what only matters there.
#[derive(Debug)]
pub(super) enum Stage {
    Empty,
    /// Members have until `deadline` to join.
    Preparing {
        deadline: Duration,
        /// The group was empty: more members may be on their way.
        gathering: Option<Gathering>,
    },
    /// Members have until `deadline` to ask for their assignment.
    Completing {
        deadline: Duration,
        /// The leader has brought the assignments.
        storing: Option<Storing>,
    },
    Stable {
        /// As above, while some have not asked.
        deadline: Option<Duration>,
    },
    Dead,
}

#[derive(Debug)]
pub(super) struct Gathering {
    /// By how much the deadline may still move.
    pub(super) left: Duration,
    /// Whether somebody came since it was last set.
    pub(super) arrivals: bool,
}

#[derive(Debug)]
pub(super) struct Storing {
    id: StoreId,
    assignments: BTreeMap<MemberId, Bytes>,
}

/// A static member that came back while the group was stable.
#[derive(Debug)]
pub(super) struct Returning {
    pub(super) id: StoreId,
    pub(super) ticket: Ticket,
    pub(super) member: MemberId,
    pub(super) leader_before: MemberId,
    pub(super) skips_assignment: bool,
}

impl GroupState {
    /// A group without members.
    pub(crate) fn new(name: Arc<str>, settings: Arc<GroupSettings>, now: Now) -> Self {
        Self {
            name,
            settings,
            stage: Stage::Empty,
            since_ms: now.wall_ms,
            generation: 0,
            protocol_type: None,
            protocol: None,
            leader: None,
            members: BTreeMap::new(),
            statics: BTreeMap::new(),
            pending: BTreeMap::new(),
            subscribed: None,
            returning: Vec::new(),
            history: History::default(),
            effects: Vec::new(),
            wake: None,
            arrivals: 0,
            stores: 0,
        }
    }

    /// A group as it was before a restart. Its members have a whole session to be heard of.
    pub(crate) fn restored(record: &GroupRecord, settings: Arc<GroupSettings>, now: Now) -> Self {
        let mut group = Self::new(record.name.clone(), settings, now);
        group.generation = record.generation;
        group.protocol_type.clone_from(&record.protocol_type);
        group.protocol.clone_from(&record.protocol);
        group.since_ms = record.since_ms;
        for stored in &record.members {
            let arrival = group.arrival_next();
            let member = Member::restored(stored, record.protocol.as_ref(), arrival);
            if let Some(instance) = &member.instance {
                group.statics.insert(instance.clone(), member.id.clone());
            }
            let id = member.id.clone();
            group.members.insert(id.clone(), member);
            group.session_renew(&id, now);
        }
        if !group.members.is_empty() {
            group.stage = Stage::Stable { deadline: None };
            group.leader = record.leader.clone().filter(|leader| group.members.contains_key(leader));
            if group.leader.is_none() {
                group.leader = group.first_arrived(|_| true);
            }
        }
        group.subscribed = group.subscriptions();
        group
    }

    pub(crate) fn name(&self) -> Arc<str> {
        self.name.clone()
    }

    /// What the events since the last call want done.
    pub(crate) fn effects_take(&mut self) -> Vec<Effect> {
        std::mem::take(&mut self.effects)
    }

    /// When [`GroupState::tick`] wants to be called, at the latest.
    pub(crate) fn wake(&self) -> Option<Duration> {
        self.wake
    }

    /// Where the group stands.
    pub(crate) fn phase(&self) -> GroupPhase {
        match self.stage {
            Stage::Empty => GroupPhase::Empty,
            Stage::Preparing { .. } => GroupPhase::PreparingRebalance,
            Stage::Completing { .. } => GroupPhase::CompletingRebalance,
            Stage::Stable { .. } => GroupPhase::Stable,
            Stage::Dead => GroupPhase::Dead,
        }
    }

    /// Time has passed: expels who was silent or slow, and ends what has waited long enough.
    pub(crate) fn tick(&mut self, now: Now) {
        if self.wake.is_none_or(|wake| wake > now.elapsed) {
            return;
        }
        self.wake = None;
        let pending_before = self.pending.len();
        self.pending.retain(|_id, until| *until > now.elapsed);
        let silent = self.members_where(|member| member.deadline().is_some_and(|at| at <= now.elapsed));
        for id in &silent {
            self.member_remove(id, GroupError::UnknownMemberId);
        }
        if !silent.is_empty() || self.pending.len() != pending_before {
            self.after_removal(silent.first().cloned().map(RebalanceCause::Silent), now);
        }
        match self.stage {
            Stage::Preparing { deadline, .. } if deadline <= now.elapsed => self.join_deadline(now),
            Stage::Completing { deadline, .. } | Stage::Stable { deadline: Some(deadline) }
                if deadline <= now.elapsed =>
            {
                self.sync_deadline(now);
            }
            _ => {}
        }
        self.rearm();
    }

    /// A record is durable, or could not be made so.
    pub(crate) fn stored(&mut self, id: StoreId, durable: bool, now: Now) {
        if let Some(at) = self.returning.iter().position(|returning| returning.id == id) {
            let returning = self.returning.swap_remove(at);
            return self.returned(&returning, durable, now);
        }
        let Stage::Completing { deadline, storing } = &mut self.stage else { return };
        let deadline = *deadline;
        match storing.take_if(|storing| storing.id == id) {
            // The group has gone on to another generation meanwhile.
            None => {}
            Some(storing) if durable => self.assign(storing.assignments, deadline, now),
            Some(_) => {
                self.syncs_refuse(GroupError::CoordinatorNotAvailable, now);
                self.prepare(RebalanceCause::NotStored, now);
            }
        }
    }

    /// Whether the group can be deleted. Who has only been given an id must begin again.
    pub(crate) fn delete_check(&self) -> Result<(), GroupError> {
        match self.stage {
            Stage::Dead => Err(GroupError::GroupIdNotFound),
            Stage::Empty => Ok(()),
            _ => Err(GroupError::NonEmptyGroup),
        }
    }

    /// Ends the group in this process and answers everybody who waits.
    pub(crate) fn close(&mut self) {
        for id in self.members_where(|_| true) {
            self.member_remove(&id, GroupError::CoordinatorNotAvailable);
        }
        self.pending.clear();
        self.wake = None;
        self.stage = Stage::Dead;
    }

    // What the events share.

    pub(super) fn effect(&mut self, effect: Effect) {
        self.effects.push(effect);
    }

    pub(super) fn stage_set(&mut self, stage: Stage, now: Now) {
        self.stage = stage;
        self.since_ms = now.wall_ms;
    }

    /// Asks to be woken at `at`, or earlier.
    pub(super) fn arm(&mut self, at: Duration) {
        self.wake = Some(self.wake.map_or(at, |wake| wake.min(at)));
    }

    fn rearm(&mut self) {
        let of_stage = match self.stage {
            Stage::Preparing { deadline, .. } | Stage::Completing { deadline, .. } => Some(deadline),
            Stage::Stable { deadline } => deadline,
            Stage::Empty | Stage::Dead => None,
        };
        let of_members = self.members.values().filter_map(Member::deadline);
        self.wake = of_members.chain(self.pending.values().copied()).chain(of_stage).min();
    }

    pub(super) fn arrival_next(&mut self) -> u64 {
        self.arrivals += 1;
        self.arrivals
    }

    pub(super) fn members_where(&self, wanted: impl Fn(&Member) -> bool) -> Vec<MemberId> {
        self.members.values().filter(|member| wanted(member)).map(|member| member.id.clone()).collect()
    }

    pub(super) fn first_arrived(&self, wanted: impl Fn(&Member) -> bool) -> Option<MemberId> {
        let candidates = self.members.values().filter(|member| wanted(member));
        candidates.min_by_key(|member| member.arrival).map(|member| member.id.clone())
    }

    pub(super) fn is_leader(&self, member: &str) -> bool {
        self.leader.as_deref() == Some(member)
    }

    /// The longest any member may take to join, or to ask for its assignment.
    pub(super) fn rebalance_timeout(&self) -> Duration {
        self.members.values().map(|member| member.rebalance_timeout).max().unwrap_or_default()
    }

    /// The member was heard of. One that waits in a join is not measured by its session.
    pub(super) fn session_renew(&mut self, id: &str, now: Now) {
        let Some(member) = self.members.get_mut(id).filter(|member| !member.awaits_join()) else { return };
        member.expires = now.elapsed.saturating_add(member.session_timeout);
        let expires = member.expires;
        self.arm(expires);
    }

    /// That the request comes from a member, and from the one that holds the instance id now.
    pub(super) fn claim_check(&self, member: &str, instance: Option<&str>) -> Result<(), GroupError> {
        if let Some(instance) = instance {
            match self.statics.get(instance) {
                None => return Err(GroupError::UnknownMemberId),
                Some(holder) if **holder != *member => return Err(GroupError::FencedInstanceId),
                Some(_) => {}
            }
        }
        if self.members.contains_key(member) { Ok(()) } else { Err(GroupError::UnknownMemberId) }
    }

    /// As [`Self::claim_check`], and of the current generation.
    pub(super) fn generation_check(&self, claim: Claim<'_>) -> Result<(), GroupError> {
        self.claim_check(claim.member, claim.instance)?;
        if claim.generation == self.generation { Ok(()) } else { Err(GroupError::IllegalGeneration) }
    }

    /// Takes a member out of every index and answers its parked request. What follows for the group is the
    /// caller's: see [`Self::after_removal`].
    pub(super) fn member_remove(&mut self, id: &str, reason: GroupError) {
        let Some(member) = self.members.remove(id) else { return };
        if let Some(instance) = &member.instance {
            self.statics.remove(instance);
        }
        if self.is_leader(id) {
            self.leader = self.first_arrived(|_| true);
        }
        self.parked_refuse(member.parked, &member.id, reason);
    }

    pub(super) fn parked_refuse(&mut self, parked: Parked, member: &MemberId, error: GroupError) {
        match parked {
            Parked::Nothing => {}
            Parked::Join(ticket) => {
                let refused = JoinRefused { error, member: member.clone() };
                self.effect(Effect::Joined(ticket, Err(refused)));
            }
            Parked::Sync(ticket) => self.effect(Effect::Synced(ticket, Err(error))),
        }
    }

    /// Members (then there is a cause) or pending ids are gone: a generation without them begins, or one that waited
    /// for them goes on.
    pub(super) fn after_removal(&mut self, cause: Option<RebalanceCause>, now: Now) {
        match (&self.stage, cause) {
            (Stage::Stable { .. } | Stage::Completing { .. }, Some(cause)) => self.prepare(cause, now),
            (Stage::Preparing { .. }, _) => self.join_try_complete(now),
            _ => {}
        }
    }

    /// Asks for the group as it is to be made durable, with these assignments instead of the members' own.
    pub(super) fn store(&mut self, assignments: Option<BTreeMap<MemberId, Bytes>>) -> StoreId {
        self.stores += 1;
        let id = StoreId(self.stores);
        let record = self.record(assignments.as_ref());
        if let (Some(assignments), Stage::Completing { storing, .. }) = (assignments, &mut self.stage) {
            *storing = Some(Storing { id, assignments });
        }
        self.effect(Effect::Store(id, Arc::new(record)));
        id
    }

    fn record(&self, assignments: Option<&BTreeMap<MemberId, Bytes>>) -> GroupRecord {
        let member_record = |member: &Member| -> MemberRecord {
            let assignment = match assignments {
                Some(assignments) => assignments.get(&member.id).cloned().unwrap_or_default(),
                None => member.assignment.clone(),
            };
            member.record(self.protocol.as_deref(), assignment)
        };
        GroupRecord {
            name: self.name.clone(),
            generation: self.generation,
            protocol_type: self.protocol_type.clone(),
            protocol: self.protocol.clone(),
            leader: self.leader.clone(),
            since_ms: self.since_ms,
            members: self.members.values().map(member_record).collect(),
        }
    }

    /// The topics that members of a `consumer` group read, when all of them can be understood.
    pub(super) fn subscriptions(&self) -> Option<BTreeSet<String>> {
        if self.protocol_type.as_deref() != Some(CONSUMER) {
            return None;
        }
        let metadata: Vec<_> =
            self.members.values().map(|member| member.metadata(self.protocol.as_deref())).collect();
        subscribed_topics(metadata.iter().map(|bytes| &bytes[..]))
    }
}

#[cfg(test)]
mod model_tests;
#[cfg(test)]
mod table_tests;
#[cfg(test)]
mod world;
