//! Clients that do anything in any order, against rules that must always hold.

use std::collections::{BTreeMap, BTreeSet};

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::strategy::ValueTree;

use super::super::request::{Joining, Leaving, Syncing};
use super::world::*;
use super::*;

/// What somebody does. Clients are told apart by number; some share an instance id.
#[derive(Clone, Debug)]
enum Op {
    Join {
        client: usize,
        forget_id: bool,
        id_first: bool,
        skips_assignment: bool,
        protocols: usize,
    },
    Sync {
        client: usize,
        generation: i32,
    },
    Heartbeat {
        client: usize,
        generation: i32,
    },
    Leave {
        client: usize,
        by_instance: bool,
    },
    Commit {
        client: usize,
        generation: i32,
    },
    /// Everybody who waits for nothing does what a good client does next, and the disk answers.
    Behave,
    /// Time goes by.
    Pass {
        millis: u64,
    },
    /// The disk answers one of the writes. Its answers may overtake each other on the way here.
    Disk {
        which: usize,
        durable: bool,
    },
    /// The process dies, and starts again with what was durable.
    Restart,
}

const INSTANCES: [Option<&str>; 5] = [None, None, Some("i"), Some("i"), Some("j")];
const PROTOCOLS: [&[&str]; 4] = [&["range"], &["range", "sticky"], &["sticky", "range"], &["sticky"]];

fn op() -> impl Strategy<Value = Op> {
    let client = || 0..INSTANCES.len();
    // Mostly the client's own generation, sometimes one too low or too high.
    let generation = || prop_oneof![6 => Just(0), 1 => Just(-1), 1 => Just(1)];
    prop_oneof![
        8 => (client(), prop::bool::weighted(0.3), any::<bool>(), any::<bool>(), 0..PROTOCOLS.len()).prop_map(
            |(client, forget_id, id_first, skips_assignment, protocols)| Op::Join {
                client, forget_id, id_first, skips_assignment, protocols,
            }
        ),
        8 => (client(), generation()).prop_map(|(client, generation)| Op::Sync { client, generation }),
        4 => (client(), generation()).prop_map(|(client, generation)| Op::Heartbeat { client, generation }),
        2 => (client(), any::<bool>()).prop_map(|(client, by_instance)| Op::Leave { client, by_instance }),
        4 => (client(), generation()).prop_map(|(client, generation)| Op::Commit { client, generation }),
        3 => Just(Op::Behave),
        4 => prop_oneof![0..200_u64, 0..70_000_u64].prop_map(|millis| Op::Pass { millis }),
        8 => (prop_oneof![4 => Just(0), 1 => 0..4_usize], prop::bool::weighted(0.9))
            .prop_map(|(which, durable)| Op::Disk { which, durable }),
        1 => Just(Op::Restart),
    ]
}

#[derive(Default)]
struct Client {
    member: Arc<str>,
    generation: i32,
    /// Members to assign to, when it leads.
    leads: Vec<MemberId>,
}

struct Model {
    world: World,
    clients: Vec<Client>,
    /// Requests that were not answered yet, and whose they are.
    waiting: BTreeMap<Ticket, usize>,
    /// By generation: what the leader brought, as far as anybody was given of it.
    given: BTreeMap<i32, Given>,
    generation: i32,
    nonce: u64,
}

/// The assignments of a generation that were given out.
#[derive(Default)]
struct Given {
    nonce: String,
    /// Each part, and to whom: one member, or one static member under several ids.
    owners: BTreeMap<String, BTreeSet<MemberId>>,
}

impl Model {
    fn new(delay_ms: u64) -> Self {
        let delay = Duration::from_millis(delay_ms);
        Self {
            world: World::with(GroupSettings { initial_rebalance_delay: delay, size_max: 4, ..settings() }),
            clients: INSTANCES.iter().map(|_| Client::default()).collect(),
            waiting: BTreeMap::new(),
            given: BTreeMap::new(),
            generation: 0,
            nonce: 0,
        }
    }

    fn run(&mut self, op: &Op) {
        match *op {
            Op::Join { client, forget_id, id_first, skips_assignment, protocols: set } => {
                let member = if forget_id { "".into() } else { self.clients[client].member.clone() };
                let ticket = self.world.join(Joining {
                    instance: INSTANCES[client].map(Arc::from),
                    protocols: protocols(PROTOCOLS[set]),
                    // Shorter than the rebalance timeout, or longer.
                    session_timeout: Duration::from_secs(if set % 2 == 0 { 10 } else { 100 }),
                    rebalance_timeout: Duration::from_secs(if set < 2 { 60 } else { 20 }),
                    id_first,
                    skips_assignment,
                    ..joining(&member)
                });
                self.waiting.insert(ticket, client);
            }
            Op::Sync { client, generation } => self.sync(client, generation),
            Op::Heartbeat { client, generation } => {
                let member = self.clients[client].member.clone();
                let claim = self.claim(client, &member, generation);
                let _ = self.world.group.heartbeat(claim, self.world.now());
            }
            Op::Leave { client, by_instance } => {
                let member = if by_instance { "".into() } else { self.clients[client].member.clone() };
                let _ = self.world.leave(&member, INSTANCES[client]);
            }
            Op::Commit { client, generation } => self.commit(client, generation),
            Op::Behave => self.behave(),
            Op::Pass { millis } => self.world.pass(millis),
            Op::Disk { which, durable } => {
                if which < self.world.storing.len() {
                    self.world.store_at(which, durable);
                }
            }
            Op::Restart => self.restart(),
        }
        self.hear();
        self.check();
    }

    fn behave(&mut self) {
        for step in 0..2 {
            for client in 0..self.clients.len() {
                if self.waiting.values().any(|waits| *waits == client) {
                    continue;
                }
                match step {
                    0 => self.run(&Op::Join {
                        client,
                        forget_id: false,
                        id_first: true,
                        skips_assignment: true,
                        protocols: 1,
                    }),
                    _ => self.sync(client, 0),
                }
                self.hear();
            }
        }
        self.world.store_all(true);
    }

    fn claim<'a>(&self, client: usize, member: &'a str, generation: i32) -> Claim<'a> {
        let generation = self.clients[client].generation + generation;
        Claim { member, instance: INSTANCES[client], generation }
    }

    /// A client asks for its assignment; one that leads brings some, marked with where they come from.
    fn sync(&mut self, client: usize, generation: i32) {
        self.nonce += 1;
        let member = self.clients[client].member.clone();
        let claim = self.claim(client, &member, generation);
        let part = |of: &MemberId| Bytes::from(format!("{} {} {of}", claim.generation, self.nonce));
        let assignments = self.clients[client].leads.iter().map(|of| (of.clone(), part(of))).collect();
        let ticket = self.world.sync_as(Syncing { claim, protocol_type: None, protocol: None, assignments });
        self.waiting.insert(ticket, client);
    }

    fn commit(&mut self, client: usize, generation: i32) {
        let member = self.clients[client].member.clone();
        let claim = self.claim(client, &member, generation);
        let group = &mut self.world.group;
        let of_nobody = claim.generation < 0 && group.phase() == GroupPhase::Empty;
        let of_a_member = claim.generation == group.generation
            && group.members.get(&member).is_some_and(|there| there.instance.as_deref() == claim.instance)
            && group.phase() != GroupPhase::CompletingRebalance;
        let now = self.world.now();
        assert_eq!(self.world.group.commit_check(claim, now).is_ok(), of_nobody || of_a_member, "{claim:?}");
    }

    fn restart(&mut self) {
        self.world.restart();
        self.waiting.clear();
        // A generation nobody got anything of may be counted again.
        self.generation = self.given.last_key_value().map_or(0, |(generation, _)| *generation);
    }

    /// Clients take note of their answers.
    fn hear(&mut self) {
        for (ticket, client) in std::mem::take(&mut self.waiting) {
            let Some(answer) = self.world.answers.get(&ticket).cloned() else {
                self.waiting.insert(ticket, client);
                continue;
            };
            match answer {
                Answer::Joined(Ok(joined)) => {
                    let leads = !joined.skip_assignment && joined.leader == joined.member;
                    assert_eq!(!joined.members.is_empty(), leads || joined.skip_assignment);
                    let members = joined.members.into_iter().map(|member| member.member);
                    self.clients[client] = Client {
                        member: joined.member,
                        generation: joined.generation,
                        leads: if leads { members.collect() } else { Vec::new() },
                    };
                }
                Answer::Joined(Err(refused)) => {
                    let keeps = matches!(
                        refused.error,
                        GroupError::MemberIdRequired | GroupError::RebalanceInProgress
                    );
                    self.clients[client].member = if keeps { refused.member } else { "".into() };
                }
                Answer::Synced(Ok(synced)) => self.owns(client, &synced.assignment),
                Answer::Synced(Err(_)) => {}
            }
        }
    }

    /// What a client was given is what the leader of its generation brought, and nobody else was given it.
    fn owns(&mut self, client: usize, assignment: &Bytes) {
        if assignment.is_empty() {
            return;
        }
        let text = std::str::from_utf8(assignment).unwrap();
        let parts: Vec<_> = text.split(' ').collect();
        let [generation, nonce, owner] = parts[..] else { panic!("{text}") };
        let generation: i32 = generation.parse().unwrap();
        let given = self.given.entry(generation).or_default();
        if given.nonce.is_empty() {
            nonce.clone_into(&mut given.nonce);
        }
        assert_eq!(given.nonce, nonce, "one generation, one set of assignments");
        let holders = given.owners.entry(owner.to_owned()).or_default();
        holders.insert(self.clients[client].member.clone());
        assert!(holders.len() == 1 || INSTANCES[client].is_some(), "{owner} has two owners: {holders:?}");
        let stored = self.world.stored().unwrap();
        assert!(stored.generation >= generation, "given out before it was durable");
    }

    fn check(&mut self) {
        let group = &self.world.group;
        assert!(group.generation >= self.generation, "the generation only grows");
        self.generation = group.generation;
        let statics: BTreeMap<_, _> = group
            .members
            .values()
            .filter_map(|member| Some((member.instance.clone()?, member.id.clone())))
            .collect();
        assert_eq!(group.statics, statics);
        assert!(group.members.iter().all(|(id, member)| *id == member.id && !id.is_empty()));
        assert!(group.pending.keys().all(|id| !group.members.contains_key(id)));
        match &group.leader {
            Some(leader) => assert!(group.members.contains_key(leader)),
            None => assert!(group.members.is_empty()),
        }
        if let Some(first) = group.members.values().next() {
            let common = |name: &str| group.members.values().all(|member| member.supports(name));
            assert!(first.protocols.iter().any(|protocol| common(&protocol.name)));
        }
        self.check_stage();
        self.check_waiting();
        self.check_wake();
    }

    fn check_stage(&self) {
        let group = &self.world.group;
        let all_joined = group.members.values().all(Member::awaits_join);
        let returning = |member: &Member| {
            group.returning.iter().any(|returning| member.parked == Parked::Join(returning.ticket))
        };
        match &group.stage {
            Stage::Empty => assert!(group.members.is_empty()),
            Stage::Preparing { gathering: None, .. } => assert!(!all_joined || !group.pending.is_empty()),
            Stage::Preparing { .. } => {}
            Stage::Completing { storing, .. } => {
                let protocol = group.protocol.as_deref().unwrap();
                assert!(group.members.values().all(|member| member.supports(protocol)));
                assert!(!group.members.values().any(Member::awaits_join));
                let leader = &group.members[group.leader.as_ref().unwrap()];
                assert_eq!(leader.synced, storing.is_some());
            }
            Stage::Stable { .. } => {
                assert!(!group.members.is_empty());
                assert!(group.members.values().filter(|member| member.awaits_join()).all(returning));
                assert!(!group.members.values().any(|member| matches!(member.parked, Parked::Sync(_))));
            }
            Stage::Dead => panic!("nobody ended it"),
        }
    }

    /// Every request that was not answered is parked with exactly one member.
    fn check_waiting(&self) {
        let parked: Vec<_> = self
            .world
            .group
            .members
            .values()
            .filter_map(|member| match member.parked {
                Parked::Nothing => None,
                Parked::Join(ticket) | Parked::Sync(ticket) => Some(ticket),
            })
            .collect();
        assert_eq!(parked.len(), parked.iter().collect::<BTreeSet<_>>().len());
        assert_eq!(parked.iter().collect::<BTreeSet<_>>(), self.waiting.keys().collect());
    }

    fn check_wake(&self) {
        let group = &self.world.group;
        let of_stage = match group.stage {
            Stage::Preparing { deadline, .. } | Stage::Completing { deadline, .. } => Some(deadline),
            Stage::Stable { deadline } => deadline,
            Stage::Empty | Stage::Dead => None,
        };
        let deadlines = group.members.values().filter_map(Member::deadline);
        let first = deadlines.chain(group.pending.values().copied()).chain(of_stage).min();
        if let Some(first) = first {
            assert!(group.wake.is_some_and(|wake| wake <= first), "{:?} is after {first:?}", group.wake);
        }
    }

    /// Everybody is gone: what waits is answered, and nothing stays.
    fn drain(&mut self) {
        for _ in 0..200 {
            self.world.store_all(true);
            self.hear();
            self.check();
            self.world.pass(60_000);
        }
        assert!(self.waiting.is_empty(), "never answered: {:?}", self.waiting);
        assert_eq!(self.world.group.phase(), GroupPhase::Empty);
        assert!(self.world.group.is_vacant() && self.world.group.wake().is_none());
        assert!(self.world.storing.is_empty() && self.world.group.returning.is_empty());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 1_000, ..ProptestConfig::default() })]

    #[test]
    fn rules_hold_whatever_clients_do(
        delay_ms in prop_oneof![Just(0), Just(100), Just(3_000)],
        ops in vec(op(), 1..150),
    ) {
        let mut model = Model::new(delay_ms);
        for op in &ops {
            model.run(op);
        }
        model.drain();
    }
}

/// The rules above would hold in a group that never gets anywhere, so: how often do random clients get far?
#[test]
fn random_clients_reach_every_stage() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let mut given = 0;
    let mut returned = 0;
    let mut phases = BTreeMap::new();
    for _ in 0..200 {
        let ops = vec(op(), 150).new_tree(&mut runner).unwrap().current();
        let mut model = Model::new(0);
        for op in &ops {
            returned += usize::from(!model.world.group.returning.is_empty());
            model.run(op);
            *phases.entry(model.world.group.phase().name()).or_insert(0) += 1;
        }
        given += model.given.values().map(|given| given.owners.len()).sum::<usize>();
    }
    assert!(given > 500 && returned > 100, "{given} assignments, {returned} returns");
    assert!(phases.len() == 4 && phases.values().all(|count| *count > 1_000), "{phases:?}");
}

/// An administrator removing a static member by instance id in the middle of everything.
#[test]
fn removal_by_instance_answers_a_return_under_way() {
    let (mut world, _) = World::stable(vec![joining(""), static_joining("", "i")]);
    let back = world.join(static_joining("", "i"));
    let leave = [Leaving { member: "", instance: Some("i") }];
    assert_eq!(world.group.leave(&leave, world.now()), Ok(vec![Ok(())]));
    world.store_all(true);
    assert_eq!(world.refused(back).error, GroupError::UnknownMemberId);
}

/// Reports of the disk come through tasks, which may run in any order.
#[test]
fn a_late_report_of_a_return_answers_nobody_twice() {
    let (mut world, ids) = World::stable(vec![joining(""), static_joining("", "i")]);
    let back = world.join(static_joining("", "i"));
    world.rejoin(&ids[..1]);
    let member = world.joined(back).member;
    world.sync(&ids[0], Vec::new());
    world.store_at(1, true);
    assert_eq!(world.group.phase(), GroupPhase::Stable);
    world.store_first(true);
    assert_eq!(world.heartbeat(&member), Ok(()));
    assert_eq!(world.stored().unwrap().generation, 3);
}
