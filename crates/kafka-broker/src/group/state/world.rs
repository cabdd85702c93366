//! A group with a clock that tests move, requests that tests park, and a disk that answers when told.

use std::collections::BTreeMap;

use super::super::request::{Joining, Leaving, Protocol, Syncing};
use super::super::subscription::subscription;
use super::*;

/// What came back for a parked request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Answer {
    Joined(Result<Joined, JoinRefused>),
    Synced(Result<Synced, GroupError>),
}

pub(super) struct World {
    pub(super) group: GroupState,
    pub(super) now_ms: u64,
    tickets: u64,
    fresh: u64,
    pub(super) answers: BTreeMap<Ticket, Answer>,
    /// Records on their way to the disk.
    pub(super) storing: Vec<(StoreId, Arc<GroupRecord>)>,
    /// The last record that reached it.
    stored: Option<(StoreId, Arc<GroupRecord>)>,
}

pub(super) fn settings() -> GroupSettings {
    GroupSettings { initial_rebalance_delay: Duration::ZERO, ..GroupSettings::default() }
}

pub(super) fn now(now_ms: u64) -> Now {
    // Wall time is elsewhere, so that nothing passes by taking one for the other.
    Now { elapsed: Duration::from_millis(now_ms), wall_ms: 1_000_000 + now_ms.cast_signed() }
}

/// A dynamic member that supports `range` and has the session timeout of 10 s, the rebalance timeout of 60 s.
pub(super) fn joining(member: &str) -> Joining {
    Joining {
        group: "g".into(),
        member: member.into(),
        instance: None,
        client_id: "client".into(),
        client_host: "/127.0.0.1".into(),
        session_timeout: Duration::from_secs(10),
        rebalance_timeout: Duration::from_secs(60),
        protocol_type: "consumer".into(),
        protocols: protocols(&["range"]),
        id_first: false,
        skips_assignment: false,
    }
}

pub(super) fn static_joining(member: &str, instance: &str) -> Joining {
    Joining { instance: Some(instance.into()), ..joining(member) }
}

/// Protocols in this order, subscribed to topic `t`.
pub(super) fn protocols(names: &[&str]) -> Vec<Protocol> {
    names.iter().map(|name| Protocol { name: (*name).into(), metadata: subscription(&["t"]) }).collect()
}

pub(super) fn claim(member: &str, generation: i32) -> Claim<'_> {
    Claim { member, instance: None, generation }
}

impl World {
    pub(super) fn new() -> Self {
        Self::with(settings())
    }

    pub(super) fn with(settings: GroupSettings) -> Self {
        Self {
            group: GroupState::new("g".into(), Arc::new(settings), now(0)),
            now_ms: 0,
            tickets: 0,
            fresh: 0,
            answers: BTreeMap::new(),
            storing: Vec::new(),
            stored: None,
        }
    }

    /// A stable group of these members; the first leads. Each owns a partition named after it.
    pub(super) fn stable(members: Vec<Joining>) -> (Self, Vec<MemberId>) {
        let mut world = Self::new();
        let ids = world.stabilize(members);
        (world, ids)
    }

    /// Lets members join an empty group and brings it to stability.
    pub(super) fn stabilize(&mut self, members: Vec<Joining>) -> Vec<MemberId> {
        let mut members = members.into_iter();
        let first = self.join(members.next().unwrap());
        let leader = self.joined(first).member;
        let rest: Vec<_> = members.map(|member| self.join(member)).collect();
        let mut ids = vec![leader.clone()];
        if !rest.is_empty() {
            let again = self.rejoin(std::slice::from_ref(&leader))[0];
            self.joined(again);
            ids.extend(rest.into_iter().map(|ticket| self.joined(ticket).member));
        }
        let assignments = ids.iter().map(|id| (id.clone(), own(id))).collect();
        let syncs: Vec<_> = ids[1..].iter().map(|id| self.sync(id, Vec::new())).collect();
        let sync = self.sync(&leader, assignments);
        self.store_all(true);
        for ticket in syncs.into_iter().chain([sync]) {
            assert!(self.synced(ticket).is_ok());
        }
        assert_eq!(self.group.phase(), GroupPhase::Stable);
        ids
    }

    pub(super) fn now(&self) -> Now {
        now(self.now_ms)
    }

    pub(super) fn join(&mut self, joining: Joining) -> Ticket {
        self.tickets += 1;
        self.fresh += 1;
        let ticket = Ticket(self.tickets);
        let fresh = format!("m{}", self.fresh).into();
        self.group.join(ticket, fresh, joining, self.now());
        self.collect();
        ticket
    }

    /// Members join again just as they are.
    pub(super) fn rejoin(&mut self, members: &[MemberId]) -> Vec<Ticket> {
        let as_it_is = |world: &Self, id: &MemberId| {
            let member = &world.group.members[id];
            Joining {
                instance: member.instance.clone(),
                session_timeout: member.session_timeout,
                rebalance_timeout: member.rebalance_timeout,
                protocols: member.protocols.clone(),
                ..joining(id)
            }
        };
        members.iter().map(|id| self.join(as_it_is(self, id))).collect()
    }

    pub(super) fn sync(&mut self, member: &str, assignments: Vec<(Arc<str>, Bytes)>) -> Ticket {
        let claim = claim(member, self.group.generation);
        self.sync_as(Syncing { claim, protocol_type: None, protocol: None, assignments })
    }

    pub(super) fn sync_as(&mut self, syncing: Syncing<'_>) -> Ticket {
        self.tickets += 1;
        let ticket = Ticket(self.tickets);
        self.group.sync(ticket, syncing, self.now());
        self.collect();
        ticket
    }

    pub(super) fn heartbeat(&mut self, member: &str) -> Result<(), GroupError> {
        let claim = claim(member, self.group.generation);
        let answer = self.group.heartbeat(claim, self.now());
        self.collect();
        answer
    }

    pub(super) fn leave(&mut self, member: &str, instance: Option<&str>) -> Result<(), GroupError> {
        let answers = self.group.leave(&[Leaving { member, instance }], self.now());
        self.collect();
        answers?.remove(0)
    }

    /// Moves the clock, waking the group whenever it asked to be.
    pub(super) fn pass(&mut self, millis: u64) {
        let end = self.now_ms + millis;
        let mut wakes = 0;
        while let Some(wake) = self.group.wake().filter(|wake| *wake <= Duration::from_millis(end)) {
            self.now_ms = self.now_ms.max(u64::try_from(wake.as_millis()).unwrap());
            self.group.tick(self.now());
            self.collect();
            wakes += 1;
            assert!(wakes < 10_000, "the group wakes for ever: {:?}", self.group);
        }
        self.now_ms = end;
    }

    /// The disk answers all that is on its way.
    pub(super) fn store_all(&mut self, durable: bool) {
        while !self.storing.is_empty() {
            self.store_first(durable);
        }
    }

    pub(super) fn store_first(&mut self, durable: bool) {
        self.store_at(0, durable);
    }

    pub(super) fn store_at(&mut self, which: usize, durable: bool) {
        let (id, record) = self.storing.remove(which);
        if durable && self.stored.as_ref().is_none_or(|(last, _)| *last < id) {
            self.stored = Some((id, record));
        }
        self.group.stored(id, durable, self.now());
        self.collect();
    }

    fn collect(&mut self) {
        for effect in self.group.effects_take() {
            let (ticket, answer) = match effect {
                Effect::Joined(ticket, answer) => (ticket, Answer::Joined(answer)),
                Effect::Synced(ticket, answer) => (ticket, Answer::Synced(answer)),
                Effect::Store(id, record) => {
                    self.storing.push((id, record));
                    continue;
                }
            };
            let earlier = self.answers.insert(ticket, answer);
            assert_eq!(earlier, None, "{ticket:?} is answered twice");
        }
    }

    /// What a restart would find.
    pub(super) fn stored(&self) -> Option<&Arc<GroupRecord>> {
        self.stored.as_ref().map(|(_, record)| record)
    }

    /// The group starts again with what is durable; what was on its way is lost, and so is who waited.
    pub(super) fn restart(&mut self) {
        let (settings, now) = (self.group.settings.clone(), self.now());
        let stores = self.group.stores;
        self.group = match self.stored() {
            Some(record) => GroupState::restored(record, settings, now),
            None => GroupState::new("g".into(), settings, now),
        };
        // So that later records of this test go on being later.
        self.group.stores = stores;
        self.storing.clear();
    }

    pub(super) fn waits(&self, ticket: Ticket) -> bool {
        !self.answers.contains_key(&ticket)
    }

    #[track_caller]
    pub(super) fn joined(&mut self, ticket: Ticket) -> Joined {
        match self.answers.get(&ticket) {
            Some(Answer::Joined(Ok(joined))) => joined.clone(),
            other => panic!("not joined: {other:?}"),
        }
    }

    #[track_caller]
    pub(super) fn refused(&self, ticket: Ticket) -> JoinRefused {
        match self.answers.get(&ticket) {
            Some(Answer::Joined(Err(refused))) => refused.clone(),
            other => panic!("not refused: {other:?}"),
        }
    }

    #[track_caller]
    pub(super) fn synced(&self, ticket: Ticket) -> Result<Bytes, GroupError> {
        match self.answers.get(&ticket) {
            Some(Answer::Synced(answer)) => answer.clone().map(|synced| synced.assignment),
            other => panic!("not synced: {other:?}"),
        }
    }
}

/// What the leader of these tests gives a member.
pub(super) fn own(member: &str) -> Bytes {
    format!("of {member}").into_bytes().into()
}
