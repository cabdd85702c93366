//! An engine in memory, for tests here and in the crates above: it keeps its data over a pretended restart,
//! counts what it is asked to do, and fails or waits on command.

mod clusters;
mod groups;
mod topics;
mod users;

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use parking_lot::Mutex;
use tokio::sync::watch;
use uuid::Uuid;

use crate::client::{ClientSubject, SeenClients};
use crate::engine::{ClusterAccess, EngineError, EngineTopic};
use crate::group::GroupActivity;
use crate::ids::{GroupName, InstanceId, TopicName};
use crate::instance::{Access, Limits, Settings};
use crate::message::{Excerpt, Message};
use crate::rule::Rule;

/// An engine in memory.
#[derive(Default)]
pub struct FakeEngine {
    state: Mutex<State>,
    /// Calls that wait until they are let go, by name.
    held: watch::Sender<BTreeSet<String>>,
}

#[derive(Default)]
struct State {
    clusters: BTreeMap<InstanceId, Cluster>,
    foreign_ports: BTreeSet<u16>,
    failures: VecDeque<Failure>,
    calls: BTreeMap<&'static str, u32>,
}

#[derive(Default)]
struct Cluster {
    slot: Option<u16>,
    /// Those in force; none when it was never open.
    settings: Option<Settings>,
    access: ClusterAccess,
    topics: BTreeMap<TopicName, Topic>,
    groups: BTreeMap<GroupName, Group>,
    clients: Vec<(ClientSubject, i64, SeenClients)>,
}

struct Topic {
    topic: EngineTopic,
    /// End and newest timestamp of each partition.
    ends: Vec<(i64, i64)>,
    /// Those that were appended whole, by partition and offset.
    messages: BTreeMap<(u32, i64), Message>,
}

#[derive(Default)]
struct Group {
    members: u32,
    commits: BTreeMap<(TopicName, u32), (i64, i64)>,
    activity: GroupActivity,
}

/// A failure to come.
struct Failure {
    call: String,
    after_effect: bool,
    error: Box<dyn FnOnce() -> EngineError + Send>,
}

impl FakeEngine {
    /// The port that slot 0 begins with.
    pub const PORT_BASE: u16 = 9_092;

    /// An engine without clusters.
    pub fn new() -> Self {
        Self::default()
    }

    /// As if the process had ended and begun again: all clusters are closed, their data is there.
    pub fn restart(&self) {
        for cluster in self.state.lock().clusters.values_mut() {
            cluster.slot = None;
            cluster.access = ClusterAccess::default();
        }
    }

    /// Gives a port to somebody else.
    pub fn port_take(&self, port: u16) {
        self.state.lock().foreign_ports.insert(port);
    }

    /// Takes it back.
    pub fn port_free(&self, port: u16) {
        self.state.lock().foreign_ports.remove(&port);
    }

    /// Makes the next call of this name fail: before it has an effect, or (as a lost answer) after.
    pub fn fail_next(
        &self,
        call: &str,
        after_effect: bool,
        error: impl FnOnce() -> EngineError + Send + 'static,
    ) {
        let failure = Failure { call: call.to_owned(), after_effect, error: Box::new(error) };
        self.state.lock().failures.push_back(failure);
    }

    /// Lets calls of this name wait, before they have an effect, until [`FakeEngine::release`].
    pub fn hold(&self, call: &str) {
        self.held.send_modify(|held| {
            held.insert(call.to_owned());
        });
    }

    /// Lets them go on.
    pub fn release(&self, call: &str) {
        self.held.send_modify(|held| {
            held.remove(call);
        });
    }

    /// How often a call of this name has been made.
    pub fn calls(&self, call: &str) -> u32 {
        self.state.lock().calls.get(call).copied().unwrap_or(0)
    }

    /// Clusters with data.
    pub fn clusters(&self) -> Vec<InstanceId> {
        self.state.lock().clusters.keys().cloned().collect()
    }

    /// The slot of an open cluster.
    pub fn open_slot(&self, id: &InstanceId) -> Option<u16> {
        self.state.lock().clusters.get(id)?.slot
    }

    /// The settings in force in an open cluster.
    pub fn settings(&self, id: &InstanceId) -> Option<Settings> {
        let state = self.state.lock();
        state.clusters.get(id).filter(|cluster| cluster.slot.is_some())?.settings.clone()
    }

    /// Whom a cluster lets in through one way, as blocks; nobody when it is not open.
    pub fn allowed(&self, id: &InstanceId, access: Access) -> Vec<String> {
        let state = self.state.lock();
        let blocks = state.clusters.get(id).and_then(|cluster| cluster.access.allowed.get(&access));
        blocks.into_iter().flatten().map(ToString::to_string).collect()
    }

    /// Who may log in to a cluster, and with what, as `name mechanism password`; nobody when it is not open.
    pub fn users(&self, id: &InstanceId) -> Vec<String> {
        let state = self.state.lock();
        let users = state.clusters.get(id).into_iter().flat_map(|cluster| &cluster.access.users);
        users.map(|user| format!("{} {}", user.name, user.verifier.expose())).collect()
    }

    /// The rules that a cluster judges its users by; none when it is not open.
    pub fn rules(&self, id: &InstanceId) -> Vec<Rule> {
        let state = self.state.lock();
        state.clusters.get(id).map(|cluster| cluster.access.rules.clone()).unwrap_or_default()
    }

    /// What a cluster may hold and use; none when it is not open.
    pub fn limits(&self, id: &InstanceId) -> Option<Limits> {
        self.state.lock().clusters.get(id)?.access.limits
    }

    /// What a cluster's files are sealed with, by number, oldest first.
    pub fn disk_keys(&self, id: &InstanceId) -> Vec<(u32, [u8; 32])> {
        let state = self.state.lock();
        let keys = state.clusters.get(id).into_iter().flat_map(|cluster| &cluster.access.disk_keys);
        keys.map(|key| (key.number, *key.material.expose())).collect()
    }

    /// Puts a cluster there that nobody asked for.
    pub fn cluster_plant(&self, id: &InstanceId) {
        self.state.lock().clusters.insert(id.clone(), Cluster::default());
    }

    /// The topics of a cluster, by name.
    pub fn topics(&self, id: &InstanceId) -> Vec<EngineTopic> {
        let state = self.state.lock();
        let Some(cluster) = state.clusters.get(id) else { return Vec::new() };
        cluster.topics.values().map(|topic| topic.topic.clone()).collect()
    }

    /// Makes a topic as a client would.
    pub fn client_topic(&self, id: &InstanceId, name: &str, partitions: u32, created_ms: i64) {
        let name = TopicName::new(name);
        let unique = u128::try_from(created_ms).unwrap_or(0) << 64 | u128::from(partitions) << 32 | 1;
        let topic = EngineTopic {
            name: name.clone(),
            id: Uuid::from_u128(unique),
            partitions,
            created_ms,
            config: BTreeMap::new(),
        };
        let mut state = self.state.lock();
        let cluster = state.clusters.get_mut(id).expect("the cluster is there");
        cluster.topics.insert(name, Topic::new(topic));
    }

    /// Removes a topic as a client would.
    pub fn client_topic_delete(&self, id: &InstanceId, name: &str) {
        let mut state = self.state.lock();
        let cluster = state.clusters.get_mut(id).expect("the cluster is there");
        cluster.topics.remove(&TopicName::new(name)).expect("the topic is there");
    }

    /// Gives a topic a setting as a client would.
    pub fn topic_set(&self, id: &InstanceId, topic: &str, name: &str, value: &str) {
        let mut state = self.state.lock();
        let cluster = state.clusters.get_mut(id).expect("the cluster is there");
        let topic = cluster.topics.get_mut(&TopicName::new(topic)).expect("the topic is there");
        topic.topic.config.insert(name.to_owned(), value.to_owned());
    }

    /// Appends messages to a partition.
    pub fn produce(&self, id: &InstanceId, topic: &str, partition: usize, messages: i64, now_ms: i64) {
        let mut state = self.state.lock();
        let cluster = state.clusters.get_mut(id).expect("the cluster is there");
        let topic = cluster.topics.get_mut(&TopicName::new(topic)).expect("the topic is there");
        let (end, newest) = &mut topic.ends[partition];
        *end += messages;
        *newest = now_ms;
    }

    /// Appends a message with this value to a partition; its key is its offset.
    pub fn message(&self, id: &InstanceId, topic: &str, partition: u32, value: &[u8], at_ms: i64) {
        let mut state = self.state.lock();
        let cluster = state.clusters.get_mut(id).expect("the cluster is there");
        let topic = cluster.topics.get_mut(&TopicName::new(topic)).expect("the topic is there");
        let (end, newest) = &mut topic.ends[partition as usize];
        let whole = |bytes: &[u8]| Some(Excerpt { bytes: bytes.to_vec(), whole: bytes.len() });
        let message = Message {
            partition,
            offset: *end,
            timestamp_ms: at_ms,
            is_append_time: false,
            key: whole(end.to_string().as_bytes()),
            value: whole(value),
            checksum: 7,
        };
        topic.messages.insert((partition, *end), message);
        *end += 1;
        *newest = at_ms.max(*newest);
    }

    /// Where a group goes on in a partition.
    pub fn committed(&self, id: &InstanceId, group: &str, topic: &str, partition: u32) -> Option<i64> {
        let state = self.state.lock();
        let group = state.clusters.get(id)?.groups.get(&GroupName::new(group))?;
        group.commits.get(&(TopicName::new(topic), partition)).map(|(committed, _)| *committed)
    }

    /// Sets how many members a group has, making it when it is new.
    pub fn members(&self, id: &InstanceId, group: &str, members: u32) {
        let mut state = self.state.lock();
        let cluster = state.clusters.get_mut(id).expect("the cluster is there");
        cluster.groups.entry(GroupName::new(group)).or_default().members = members;
    }

    /// Has clients be seen at a time.
    pub fn client(&self, id: &InstanceId, subject: ClientSubject, at_ms: i64, clients: SeenClients) {
        let mut state = self.state.lock();
        let cluster = state.clusters.get_mut(id).expect("the cluster is there");
        cluster.clients.push((subject, at_ms, clients));
    }

    /// Sets what a group is doing, making it when it is new.
    pub fn activity(&self, id: &InstanceId, group: &str, activity: GroupActivity) {
        let mut state = self.state.lock();
        let cluster = state.clusters.get_mut(id).expect("the cluster is there");
        cluster.groups.entry(GroupName::new(group)).or_default().activity = activity;
    }

    /// Commits an offset, making the group when it is new.
    pub fn commit(&self, id: &InstanceId, group: &str, topic: &str, partition: u32, offset: i64, at_ms: i64) {
        let mut state = self.state.lock();
        let cluster = state.clusters.get_mut(id).expect("the cluster is there");
        let group = cluster.groups.entry(GroupName::new(group)).or_default();
        group.commits.insert((TopicName::new(topic), partition), (offset, at_ms));
    }

    /// Counts a call, waits while its name is held, runs it, and fails it when a failure is due.
    async fn call<T>(
        &self,
        name: &'static str,
        act: impl FnOnce(&mut State) -> Result<T, EngineError> + Send,
    ) -> Result<T, EngineError> {
        *self.state.lock().calls.entry(name).or_default() += 1;
        let mut held = self.held.subscribe();
        held.wait_for(|held| !held.contains(name)).await.expect("the sender is in self");
        let mut state = self.state.lock();
        let due = state.failures.iter().position(|failure| failure.call == name);
        let due = due.and_then(|at| state.failures.remove(at));
        match due {
            None => act(&mut state),
            Some(failure) => {
                if failure.after_effect {
                    act(&mut state)?;
                }
                Err((failure.error)())
            }
        }
    }
}

impl Topic {
    fn new(topic: EngineTopic) -> Self {
        let ends = vec![(0, 0); topic.partitions as usize];
        Self { topic, ends, messages: BTreeMap::new() }
    }
}

impl State {
    fn topic_of_id(
        &mut self,
        cluster: &InstanceId,
        name: &TopicName,
        id: Uuid,
    ) -> Result<&mut Topic, EngineError> {
        let topic = self.topic(cluster, name)?;
        match topic.topic.id == id {
            true => Ok(topic),
            false => Err(EngineError::Absent(format!("topic {name} {id}"))),
        }
    }

    /// A cluster that listens.
    fn open(&mut self, id: &InstanceId) -> Result<&mut Cluster, EngineError> {
        self.clusters
            .get_mut(id)
            .filter(|cluster| cluster.slot.is_some())
            .ok_or_else(|| EngineError::Absent(format!("cluster {id}")))
    }

    fn topic(&mut self, id: &InstanceId, name: &TopicName) -> Result<&mut Topic, EngineError> {
        let cluster = self.open(id)?;
        cluster.topics.get_mut(name).ok_or_else(|| EngineError::Absent(format!("topic {name}")))
    }
}
