//! Clients that do anything in any order, against rules that must always hold, and one that must hold in the end.

use std::collections::BTreeMap;
use std::time::Duration;

use proptest::collection::vec;
use proptest::prelude::*;
use proptest::strategy::ValueTree;

use super::world::*;
use super::*;
use crate::group::GroupError;
use crate::meta::Partitions;

/// What somebody does. Clients are told apart by number; some share an instance id.
#[derive(Clone, Debug)]
enum Op {
    /// A client says what there is to say. Its answer may be lost.
    Beat { client: usize, lost: bool },
    /// A client gives up what it was told to give up, and takes what it was told to take.
    Obey { client: usize },
    /// A client leaves, or leaves for a while, and is told so or not.
    Leave { client: usize, for_a_while: bool, lost: bool },
    /// A client dies; its next life has another id.
    Die { client: usize },
    /// A client reads something else from now on.
    Subscribe { client: usize, subscription: usize },
    /// A topic is made, grown or deleted.
    Topic { topic: usize, partitions: i32 },
    /// Time goes by.
    Pass { millis: u64 },
    /// The disk refuses from now on, or no longer.
    Disk { refuses: bool },
    /// The process dies, and starts again with what was durable.
    Restart,
}

const INSTANCES: [Option<&str>; 5] = [None, None, None, Some("i"), Some("i")];
const TOPICS: [&str; 3] = ["t", "u", "ut"];
/// Names, expression and assignor.
const SUBSCRIPTIONS: [(&[&str], &str, Option<&str>); 5] = [
    (&["t"], "", None),
    (&["t", "u"], "", Some("uniform")),
    (&[], "u.*", None),
    (&["t"], "u.?", Some("range")),
    (&[], "", None),
];

fn op() -> impl Strategy<Value = Op> {
    let client = || 0..INSTANCES.len();
    let rarely = || prop::bool::weighted(0.2);
    prop_oneof![
        16 => (client(), rarely()).prop_map(|(client, lost)| Op::Beat { client, lost }),
        12 => client().prop_map(|client| Op::Obey { client }),
        3 => (client(), any::<bool>(), rarely())
            .prop_map(|(client, for_a_while, lost)| Op::Leave { client, for_a_while, lost }),
        1 => client().prop_map(|client| Op::Die { client }),
        2 => (client(), 0..SUBSCRIPTIONS.len())
            .prop_map(|(client, subscription)| Op::Subscribe { client, subscription }),
        2 => (0..TOPICS.len(), -1..6_i32).prop_map(|(topic, partitions)| Op::Topic { topic, partitions }),
        3 => prop_oneof![0..2_000_u64, 0..50_000_u64].prop_map(|millis| Op::Pass { millis }),
        1 => prop::bool::weighted(0.3).prop_map(|refuses| Op::Disk { refuses }),
        1 => Just(Op::Restart),
    ]
}

/// A client as they are: what it says is what it knows.
#[derive(Clone, Debug, Default)]
struct Client {
    id: String,
    /// Zero while it is to join.
    epoch: i32,
    owned: Partitions,
    /// What it was told to own and does not yet.
    told: Option<Partitions>,
    /// What it last said it owned; none when it must say everything.
    said: Option<Partitions>,
    subscription: usize,
    subscription_said: bool,
}

struct Model {
    world: World,
    clients: Vec<Client>,
    lives: u32,
    topics: u128,
    ids: BTreeMap<&'static str, (u128, i32)>,
    /// The highest epoch anybody was told.
    epoch: i32,
    /// And each id.
    epochs: BTreeMap<String, i32>,
}

impl Client {
    /// It drops everything, and joins when it speaks again.
    fn begin_again(&mut self) {
        *self = Self { id: std::mem::take(&mut self.id), subscription: self.subscription, ..Self::default() };
    }

    fn heartbeat(&self, instance: Option<&'static str>) -> Heartbeat<'_> {
        let (names, regex, assignor) = SUBSCRIPTIONS[self.subscription];
        let is_full = self.epoch == 0 || self.said.is_none();
        let says_subscription = is_full || !self.subscription_said;
        let says_owned = is_full || self.said.as_ref() != Some(&self.owned);
        Heartbeat {
            epoch: self.epoch,
            instance,
            rebalance_timeout: is_full.then_some(Duration::from_secs(30)),
            names: says_subscription.then(|| names.to_vec()),
            regex: says_subscription.then_some(regex),
            assignor,
            owned: says_owned.then(|| self.owned.clone()),
            ..steady(&self.id, self.epoch)
        }
    }
}

impl Model {
    fn new() -> Self {
        let mut model = Self {
            world: World::new(),
            clients: vec![Client::default(); INSTANCES.len()],
            lives: 0,
            topics: 1,
            ids: BTreeMap::from([("t", (1, 4))]),
            epoch: 0,
            epochs: BTreeMap::new(),
        };
        (0..INSTANCES.len()).for_each(|client| model.reborn(client));
        model
    }

    fn reborn(&mut self, client: usize) {
        self.lives += 1;
        let subscription = self.clients[client].subscription;
        self.clients[client] = Client { id: format!("m{}", self.lives), subscription, ..Client::default() };
    }

    fn run(&mut self, op: &Op) {
        match *op {
            Op::Beat { client, lost } => self.beat(client, lost),
            Op::Obey { client } => {
                let client = &mut self.clients[client];
                client.owned = client.told.take().unwrap_or_else(|| std::mem::take(&mut client.owned));
            }
            Op::Leave { client, for_a_while, lost } => self.leave(client, for_a_while, lost),
            Op::Die { client } => self.reborn(client),
            Op::Subscribe { client, subscription } => {
                self.clients[client].subscription = subscription;
                self.clients[client].subscription_said = false;
            }
            Op::Topic { topic, partitions } => self.topic(TOPICS[topic], partitions),
            Op::Pass { millis } => self.world.pass(millis),
            Op::Disk { refuses } => self.world.disk_refuses = refuses,
            Op::Restart => self.world.restart(),
        }
        self.check();
    }

    fn beat(&mut self, client: usize, lost: bool) {
        let speaker = self.clients[client].clone();
        let answer = self.world.beat(&speaker.heartbeat(INSTANCES[client]));
        let client = &mut self.clients[client];
        if lost {
            client.said = None;
            return;
        }
        match answer {
            Ok(beat) => {
                assert!(beat.epoch >= client.epoch, "{} after {}", beat.epoch, client.epoch);
                client.epoch = beat.epoch;
                client.said = Some(speaker.owned);
                client.subscription_said = true;
                if let Some(topics) = beat.assignment {
                    let partitions =
                        topics.iter().flat_map(|of| of.partitions.iter().map(|number| (of.topic, *number)));
                    client.told = Some(partitions.collect());
                }
                self.epoch = self.epoch.max(beat.epoch);
                let told = self.epochs.entry(beat.member.to_string()).or_default();
                assert!(beat.epoch >= *told, "{} after {told}", beat.epoch);
                *told = beat.epoch;
            }
            Err(GroupError::CoordinatorNotAvailable) => client.said = None,
            Err(
                GroupError::FencedMemberEpoch | GroupError::UnknownMemberId | GroupError::FencedInstanceId,
            ) => client.begin_again(),
            // It waits until another one is gone.
            Err(GroupError::UnreleasedInstanceId | GroupError::GroupMaxSizeReached) => {}
            Err(error) => panic!("{error}"),
        }
    }

    fn leave(&mut self, client: usize, for_a_while: bool, lost: bool) {
        let epoch = if for_a_while && INSTANCES[client].is_some() { -2 } else { -1 };
        let id = self.clients[client].id.clone();
        if self.clients[client].epoch > 0 && !lost {
            let _ = self.world.beat(&Heartbeat { instance: INSTANCES[client], ..steady(&id, epoch) });
        }
        self.reborn(client);
    }

    fn topic(&mut self, name: &'static str, partitions: i32) {
        match self.ids.get_mut(name) {
            Some((id, _)) if partitions < 0 => {
                self.world.topic_delete(*id);
                self.ids.remove(name);
            }
            Some((id, before)) if partitions > *before => {
                self.world.topic_grow(*id, partitions);
                *before = partitions;
            }
            None if partitions > 0 => {
                self.topics += 1;
                self.world.topic(name, self.topics, partitions);
                self.ids.insert(name, (self.topics, partitions));
            }
            _ => {}
        }
    }

    /// What must always hold.
    fn check(&self) {
        let group = &self.world.group;
        let mut held = BTreeMap::new();
        let mut targeted = Partitions::new();
        for member in group.members.values() {
            for partition in member.assigned.iter().chain(&member.revoking) {
                assert_eq!(held.insert(*partition, member.id.clone()), None, "{partition:?} is held twice");
            }
            for partition in &member.target {
                assert!(targeted.insert(*partition), "{partition:?} is meant for two");
            }
            assert!(member.epoch <= group.epoch);
            let index = member.instance.as_ref().map(|instance| &group.statics[instance]);
            assert!(index.is_none_or(|holder| *holder == member.id));
        }
        assert_eq!(held, group.holders.iter().map(|(partition, id)| (*partition, id.clone())).collect());
        assert_eq!(
            group.statics.len(),
            group.members.values().filter(|member| member.instance.is_some()).count()
        );
        let covered =
            group.covered.iter().flat_map(|(topic, count)| (0..*count).map(|number| (*topic, number)));
        assert_eq!(targeted, covered.collect(), "everything that is read is meant for somebody");
        let first =
            group.members.values().flat_map(|member| [Some(member.expires), member.revokes_until]).flatten();
        assert!(group.wake <= first.min() || group.members.is_empty(), "nobody is forgotten");
        assert!(group.wake.is_some() || group.members.is_empty());
        self.owners_check();
    }

    /// Of the clients whose word counts, no two own the same, and none owns what the group does not know of.
    fn owners_check(&self) {
        let mut owners = BTreeMap::new();
        for (client, instance) in self.clients.iter().zip(INSTANCES) {
            let says_all = Client { said: None, ..client.clone() };
            let beat = says_all.heartbeat(instance);
            let counts = |member: &&member::Member| client.epoch > 0 && member.epoch_fits(&beat);
            let Some(member) = self.world.group.members.get(&*client.id).filter(counts) else { continue };
            for partition in &client.owned {
                assert!(
                    member.assigned.contains(partition) || member.revoking.contains(partition),
                    "{client:?} owns {partition:?}, not {member:?}"
                );
                assert_eq!(owners.insert(*partition, &client.id), None, "{partition:?} has two owners");
            }
        }
    }

    /// From here on everybody does what a good client does.
    fn settle(&mut self) {
        self.world.disk_refuses = false;
        // Whoever died is found out.
        for _ in 0..40 {
            for client in 0..self.clients.len() {
                self.run(&Op::Beat { client, lost: false });
                self.run(&Op::Obey { client });
            }
            self.run(&Op::Pass { millis: 4_000 });
        }
        let before = self.world.group.epoch();
        let mut owned = Partitions::new();
        for (at, instance) in INSTANCES.into_iter().enumerate() {
            self.run(&Op::Beat { client: at, lost: false });
            let client = &self.clients[at];
            // The two of one instance: one is in, the other waits.
            if client.epoch == 0 {
                assert!(instance.is_some(), "{client:?} is not in");
                continue;
            }
            assert_eq!(client.epoch, before, "{client:?} is behind");
            owned.extend(client.owned.iter());
        }
        assert_eq!(self.world.group.epoch(), before, "it has come to rest");
        let mut wanted = Partitions::new();
        for client in self.clients.iter().filter(|client| client.epoch > 0) {
            let (names, regex, _) = SUBSCRIPTIONS[client.subscription];
            let regex = pattern::Pattern::new(regex).unwrap();
            for (name, (id, partitions)) in &self.ids {
                if names.contains(name) || regex.matches(name) {
                    wanted.extend((0..*partitions).map(|number| (topic_id(*id), number)));
                }
            }
        }
        assert_eq!(owned, wanted, "everything that is read has an owner");
    }
}

proptest! {
    #[test]
    fn no_partition_has_two_owners_and_in_the_end_each_has_one(ops in vec(op(), 0..120)) {
        let mut model = Model::new();
        for op in &ops {
            let epoch = model.world.group.epoch();
            model.run(op);
            // What was not durable may be taken back, and nobody was told of it.
            let floor = if matches!(op, Op::Restart) { model.epoch } else { epoch };
            prop_assert!(model.world.group.epoch() >= floor, "{} under {}", model.world.group.epoch(), floor);
        }
        model.settle();
    }
}

/// The rules above would hold in a group that never gets anywhere, so: how often do random clients get far?
#[test]
fn random_clients_reach_every_state() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let mut phases = BTreeMap::new();
    let (mut revoking, mut away, mut owned) = (0, 0, 0);
    for _ in 0..100 {
        let ops = vec(op(), 150).new_tree(&mut runner).unwrap().current();
        let mut model = Model::new();
        for op in &ops {
            model.run(op);
            let group = &model.world.group;
            *phases.entry(group.phase().name()).or_insert(0) += 1;
            revoking += group.members.values().filter(|member| !member.revoking.is_empty()).count();
            away += group.members.values().filter(|member| member.is_away()).count();
            owned += model.clients.iter().filter(|client| !client.owned.is_empty()).count();
        }
    }
    assert!(revoking > 1_000 && away > 200 && owned > 5_000, "{revoking} revoking, {away} away, {owned} own");
    assert!(phases.len() == 3 && phases.values().all(|count| *count > 300), "{phases:?}");
}
