//! An engine in memory, for tests here and in the crates above: it keeps its data over a pretended restart,
//! counts what it is asked to do, and fails or waits on command.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use async_trait::async_trait;
use machine::secret::Secret;
use parking_lot::Mutex;
use tokio::sync::watch;
use uuid::Uuid;

use crate::allowed::AllowedBlocks;
use crate::client::{ClientSubject, SeenClients};
use crate::engine::{
    ClusterAccess, ClusterSpec, Clusters, EngineCommit, EngineError, EngineOffset, EnginePartition,
    EnginePlace, EngineTopic, EngineUser, Groups, Topics, Users,
};
use crate::group::GroupActivity;
use crate::ids::{GroupName, InstanceId, TopicName};
use crate::instance::{Access, Endpoint, Settings};
use crate::message::{Excerpt, Message, MessageLimits};
use crate::rule::Rule;
use crate::user::Mechanism;

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

fn endpoints(spec: &ClusterSpec) -> Vec<Endpoint> {
    let port = FakeEngine::PORT_BASE + 10 * spec.slot;
    let endpoint = |access, port: u16| Endpoint {
        access,
        address: format!("127.0.0.1:{port}"),
        domain: format!("localhost:{port}"),
    };
    let login = spec.settings.acl_enabled.then(|| endpoint(Access::PrivateLogin, port + 2));
    [endpoint(Access::Plain, port)].into_iter().chain(login).collect()
}

#[async_trait]
impl Clusters for FakeEngine {
    async fn cluster_open(
        &self,
        spec: &ClusterSpec,
        access: &ClusterAccess,
    ) -> Result<Vec<Endpoint>, EngineError> {
        self.call("cluster_open", |state| {
            let port = Self::PORT_BASE + 10 * spec.slot;
            let holder = state.clusters.iter().find(|(_, cluster)| cluster.slot == Some(spec.slot));
            let foreign = state.foreign_ports.range(port..port + 4).next().copied();
            match (holder, foreign) {
                (Some((id, _)), _) if *id != spec.id => return Err(EngineError::PortInUse(port)),
                (None, Some(foreign)) => return Err(EngineError::PortInUse(foreign)),
                _ => {}
            }
            let cluster = state.clusters.entry(spec.id.clone()).or_default();
            // One that is open is left as it is.
            if cluster.slot.is_none() {
                cluster.settings = Some(spec.settings.clone());
            }
            cluster.slot = Some(spec.slot);
            cluster.access.clone_from(access);
            Ok(endpoints(spec))
        })
        .await
    }

    async fn cluster_configure(
        &self,
        spec: &ClusterSpec,
        allowed: &AllowedBlocks,
    ) -> Result<Vec<Endpoint>, EngineError> {
        self.call("cluster_configure", |state| {
            let cluster = state.open(&spec.id)?;
            cluster.settings = Some(spec.settings.clone());
            cluster.access.allowed.clone_from(allowed);
            Ok(endpoints(spec))
        })
        .await
    }

    async fn cluster_allow(&self, id: &InstanceId, allowed: &AllowedBlocks) -> Result<(), EngineError> {
        self.call("cluster_allow", |state| {
            state.open(id)?.access.allowed.clone_from(allowed);
            Ok(())
        })
        .await
    }

    async fn cluster_judge(&self, id: &InstanceId, rules: &[Rule]) -> Result<(), EngineError> {
        self.call("cluster_judge", |state| {
            state.open(id)?.access.rules = rules.to_vec();
            Ok(())
        })
        .await
    }

    async fn cluster_probe(&self, id: &InstanceId) -> Result<(), EngineError> {
        self.call("cluster_probe", |state| state.open(id).map(drop)).await
    }

    async fn clients_seen(
        &self,
        id: &InstanceId,
        subject: &ClientSubject,
        from_ms: i64,
        to_ms: i64,
    ) -> Result<Vec<SeenClients>, EngineError> {
        self.call("clients_seen", |state| {
            let seen = state.open(id)?.clients.iter();
            let wanted =
                seen.filter(|(about, at_ms, _)| about == subject && (from_ms..=to_ms).contains(at_ms));
            Ok(wanted.map(|(_, _, clients)| clients.clone()).collect())
        })
        .await
    }

    async fn cluster_close(&self, id: &InstanceId) -> Result<(), EngineError> {
        self.call("cluster_close", |state| {
            if let Some(cluster) = state.clusters.get_mut(id) {
                cluster.slot = None;
                cluster.access = ClusterAccess::default();
            }
            Ok(())
        })
        .await
    }

    async fn cluster_erase(&self, id: &InstanceId) -> Result<(), EngineError> {
        self.call("cluster_erase", |state| {
            state.clusters.remove(id);
            Ok(())
        })
        .await
    }

    async fn cluster_list(&self) -> Result<Vec<InstanceId>, EngineError> {
        self.call("cluster_list", |state| Ok(state.clusters.keys().cloned().collect())).await
    }
}

#[async_trait]
impl Topics for FakeEngine {
    async fn topic_create(&self, cluster: &InstanceId, topic: &EngineTopic) -> Result<(), EngineError> {
        self.call("topic_create", |state| {
            let cluster = state.open(cluster)?;
            match cluster.topics.get(&topic.name) {
                Some(there) if there.topic.id == topic.id => {}
                Some(_) => return Err(EngineError::Exists(format!("topic {}", topic.name))),
                None => {
                    cluster.topics.insert(topic.name.clone(), Topic::new(topic.clone()));
                }
            }
            Ok(())
        })
        .await
    }

    async fn topic_delete(
        &self,
        cluster: &InstanceId,
        name: &TopicName,
        id: Uuid,
    ) -> Result<(), EngineError> {
        self.call("topic_delete", |state| {
            let cluster = state.open(cluster)?;
            if cluster.topics.get(name).is_some_and(|topic| topic.topic.id == id) {
                cluster.topics.remove(name);
                for group in cluster.groups.values_mut() {
                    group.commits.retain(|(topic, _), _| topic != name);
                }
            }
            Ok(())
        })
        .await
    }

    async fn topic_grow(
        &self,
        cluster: &InstanceId,
        name: &TopicName,
        id: Uuid,
        partitions: u32,
    ) -> Result<(), EngineError> {
        self.call("topic_grow", |state| {
            let topic = state.topic_of_id(cluster, name, id)?;
            topic.topic.partitions = topic.topic.partitions.max(partitions);
            topic.ends.resize(topic.topic.partitions as usize, (0, 0));
            Ok(())
        })
        .await
    }

    async fn topic_configure(
        &self,
        cluster: &InstanceId,
        name: &TopicName,
        id: Uuid,
        config: &BTreeMap<String, String>,
    ) -> Result<(), EngineError> {
        self.call("topic_configure", |state| {
            state.topic_of_id(cluster, name, id)?.topic.config.clone_from(config);
            Ok(())
        })
        .await
    }

    async fn topic_list(&self, cluster: &InstanceId) -> Result<Arc<[EngineTopic]>, EngineError> {
        self.call("topic_list", |state| {
            Ok(state.open(cluster)?.topics.values().map(|topic| topic.topic.clone()).collect())
        })
        .await
    }

    async fn topic_find(&self, cluster: &InstanceId, name: &TopicName) -> Result<EngineTopic, EngineError> {
        self.call("topic_find", |state| Ok(state.topic(cluster, name)?.topic.clone())).await
    }

    async fn topic_ends(
        &self,
        cluster: &InstanceId,
        name: &TopicName,
    ) -> Result<Vec<EnginePartition>, EngineError> {
        self.call("topic_ends", |state| {
            let ends = &state.topic(cluster, name)?.ends;
            Ok((0..)
                .zip(ends)
                .map(|(partition, &(end, newest_ms))| EnginePartition { partition, start: 0, end, newest_ms })
                .collect())
        })
        .await
    }

    async fn topic_at_time(
        &self,
        cluster: &InstanceId,
        name: &TopicName,
        partition: Option<u32>,
        time_ms: i64,
    ) -> Result<Vec<EnginePlace>, EngineError> {
        self.call("topic_at_time", |state| {
            let topic = state.topic(cluster, name)?;
            let place = |partition: u32| {
                let mut messages = topic.messages.range((partition, 0)..(partition + 1, 0));
                let (_, found) = messages.find(|(_, message)| message.timestamp_ms >= time_ms)?;
                Some(EnginePlace { partition, offset: found.offset, timestamp_ms: found.timestamp_ms })
            };
            let there = 0..topic.topic.partitions;
            match partition {
                Some(partition) if !there.contains(&partition) => {
                    Err(EngineError::Absent(format!("partition {partition}")))
                }
                Some(partition) => Ok(place(partition).into_iter().collect()),
                None => Ok(there.filter_map(place).collect()),
            }
        })
        .await
    }

    async fn topic_messages(
        &self,
        cluster: &InstanceId,
        name: &TopicName,
        partition: u32,
        offset: i64,
        limits: MessageLimits,
    ) -> Result<Vec<Message>, EngineError> {
        self.call("topic_messages", |state| {
            let topic = state.topic(cluster, name)?;
            let mut bytes = 0;
            let mut found = Vec::new();
            for message in topic.messages.range((partition, offset)..(partition + 1, 0)).map(|(_, m)| m) {
                bytes += message.bytes();
                if found.len() == limits.messages || (bytes > limits.bytes && !found.is_empty()) {
                    break;
                }
                let mut message = message.clone();
                for excerpt in [&mut message.key, &mut message.value].into_iter().flatten() {
                    excerpt.bytes.truncate(limits.excerpt_bytes);
                }
                found.push(message);
            }
            Ok(found)
        })
        .await
    }
}

#[async_trait]
impl Groups for FakeEngine {
    async fn group_list(&self, cluster: &InstanceId) -> Result<Vec<GroupName>, EngineError> {
        self.call("group_list", |state| Ok(state.open(cluster)?.groups.keys().cloned().collect())).await
    }

    async fn topic_groups(
        &self,
        cluster: &InstanceId,
        topic: &TopicName,
    ) -> Result<Vec<GroupName>, EngineError> {
        self.call("topic_groups", |state| {
            state.topic(cluster, topic)?;
            let groups = state.open(cluster)?.groups.iter();
            let uses = |group: &Group| group.commits.keys().any(|(committed, _)| committed == topic);
            Ok(groups.filter(|(_, group)| uses(group)).map(|(name, _)| name.clone()).collect())
        })
        .await
    }

    async fn group_activity(
        &self,
        cluster: &InstanceId,
        group: &GroupName,
    ) -> Result<GroupActivity, EngineError> {
        self.call("group_activity", |state| {
            let group = state.open(cluster)?.groups.get(group);
            Ok(group.map(|group| group.activity.clone()).unwrap_or_default())
        })
        .await
    }

    async fn group_commits(
        &self,
        cluster: &InstanceId,
        group: &GroupName,
    ) -> Result<Vec<EngineCommit>, EngineError> {
        self.call("group_commits", |state| {
            let cluster = state.open(cluster)?;
            let Some(group) = cluster.groups.get(group) else { return Ok(Vec::new()) };
            let commits = group.commits.iter().map(|((topic, partition), &(committed, consumed_ms))| {
                let end = cluster.topics.get(topic).map_or(0, |topic| topic.ends[*partition as usize].0);
                EngineCommit { topic: topic.clone(), partition: *partition, committed, end, consumed_ms }
            });
            Ok(commits.collect())
        })
        .await
    }

    async fn group_reset(
        &self,
        cluster: &InstanceId,
        group: &GroupName,
        offsets: &[EngineOffset],
    ) -> Result<(), EngineError> {
        self.call("group_reset", |state| {
            for EngineOffset { topic, partition, .. } in offsets {
                if state.topic(cluster, topic)?.topic.partitions <= *partition {
                    return Err(EngineError::Absent(format!("partition {partition}")));
                }
            }
            let group = state.open(cluster)?.groups.entry(group.clone()).or_default();
            if group.members > 0 {
                return Err(EngineError::InUse("the group".to_owned()));
            }
            for EngineOffset { topic, partition, offset } in offsets {
                group.commits.insert((topic.clone(), *partition), (*offset, 0));
            }
            Ok(())
        })
        .await
    }

    async fn group_delete(&self, cluster: &InstanceId, group: &GroupName) -> Result<(), EngineError> {
        self.call("group_delete", |state| {
            let cluster = state.open(cluster)?;
            match cluster.groups.get(group) {
                Some(there) if there.members > 0 => Err(EngineError::InUse(format!("group {group}"))),
                _ => {
                    cluster.groups.remove(group);
                    Ok(())
                }
            }
        })
        .await
    }
}

#[async_trait]
impl Users for FakeEngine {
    /// Shows what it was made of, so that tests can tell.
    async fn user_verifier(
        &self,
        mechanism: Mechanism,
        password: &Secret<String>,
    ) -> Result<Secret<String>, EngineError> {
        let verifier = format!("{mechanism:?} {}", password.expose());
        self.call("user_verifier", |_| Ok(Secret::new(verifier))).await
    }

    async fn users_set(&self, cluster: &InstanceId, users: &[EngineUser]) -> Result<(), EngineError> {
        self.call("users_set", |state| {
            state.open(cluster)?.access.users = users.to_vec();
            Ok(())
        })
        .await
    }
}
