//! A group with topics that tests make, a clock that they move, and a disk that can refuse.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use uuid::Uuid;

use super::*;
use crate::group::{GroupError, GroupSettings};
use crate::meta::{Partitions, Record, State, Topic, Topics, change_records};
use crate::now::Now;

pub(super) struct World {
    pub(super) group: ConsumerGroup,
    /// What is durable: topics, and the group.
    state: State,
    pub(super) now_ms: u64,
    pub(super) disk_refuses: bool,
    /// Topics that members may not know.
    pub(super) hidden: Vec<&'static str>,
    fresh: u32,
}

pub(super) fn settings() -> GroupSettings {
    GroupSettings { size_max: 8, ..GroupSettings::default() }
}

pub(super) fn topic_id(number: u128) -> Uuid {
    Uuid::from_u128(number)
}

/// Partitions of topic number 1.
pub(super) fn partitions(numbers: impl IntoIterator<Item = i32>) -> Partitions {
    numbers.into_iter().map(|number| (topic_id(1), number)).collect()
}

/// A member that joins to read topic `t`, with a rebalance timeout of 60 s.
pub(super) fn joining(member: &str) -> Heartbeat<'_> {
    Heartbeat {
        member,
        epoch: 0,
        instance: None,
        rack: None,
        rebalance_timeout: Some(Duration::from_secs(60)),
        names: Some(vec!["t"]),
        regex: None,
        assignor: None,
        owned: Some(Partitions::new()),
        client_id: "client",
        client_host: "127.0.0.1",
        makes_id: true,
    }
}

/// A member that only says that it is there.
pub(super) fn steady(member: &str, epoch: i32) -> Heartbeat<'_> {
    Heartbeat { epoch, rebalance_timeout: None, names: None, owned: None, ..joining(member) }
}

/// A member that says what it owns of topic number 1.
pub(super) fn owning(member: &str, epoch: i32, owned: impl IntoIterator<Item = i32>) -> Heartbeat<'_> {
    Heartbeat { owned: Some(partitions(owned)), ..steady(member, epoch) }
}

/// The partitions an answer assigns, of topic number 1.
pub(super) fn assigned(beat: &Beat) -> Option<Vec<i32>> {
    let topics = beat.assignment.as_ref()?;
    assert!(topics.iter().all(|of_topic| of_topic.topic == topic_id(1)));
    Some(topics.iter().flat_map(|of_topic| of_topic.partitions.clone()).collect())
}

impl World {
    /// A group without members, and topic `t`, number 1, of four partitions.
    pub(super) fn new() -> Self {
        let group = ConsumerGroup::new("g".into(), Arc::new(settings()), 0, 0);
        let mut world = Self {
            group,
            state: State::default(),
            now_ms: 0,
            disk_refuses: false,
            hidden: Vec::new(),
            fresh: 0,
        };
        world.topic("t", 1, 4);
        world
    }

    pub(super) fn topic(&mut self, name: &str, number: u128, partitions: i32) {
        self.state.apply(Record::TopicMade(Arc::new(Topic {
            name: name.into(),
            id: topic_id(number),
            partitions,
            created_ms: 0,
            config: BTreeMap::new(),
            internal: name.starts_with("__"),
        })));
    }

    pub(super) fn topic_grow(&mut self, number: u128, partitions: i32) {
        self.state.apply(Record::TopicGrown { id: topic_id(number), partitions });
    }

    pub(super) fn topic_delete(&mut self, number: u128) {
        self.state.apply(Record::TopicDeleted { id: topic_id(number) });
    }

    pub(super) fn topics(&self) -> Arc<Topics> {
        self.state.topics()
    }

    pub(super) fn now(&self) -> Now {
        // Wall time is elsewhere, so that nothing passes by taking one for the other.
        Now { elapsed: Duration::from_millis(self.now_ms), wall_ms: 1_000_000 + self.now_ms.cast_signed() }
    }

    /// A heartbeat as the shell lets it happen: it is answered when what it changed is durable.
    pub(super) fn beat(&mut self, beat: &Heartbeat<'_>) -> Result<Beat, GroupError> {
        beat.check()?;
        self.fresh += 1;
        let (topics, hidden) = (self.topics(), self.hidden.clone());
        let may_know = |name: &str| !hidden.contains(&name);
        let around = Surroundings { topics: &topics, may_know: &may_know, now: self.now() };
        let answer = self.group.heartbeat(beat, format!("fresh{}", self.fresh).into(), &around)?;
        if self.save() { Ok(answer) } else { Err(GroupError::CoordinatorNotAvailable) }
    }

    fn save(&mut self) -> bool {
        let Some(change) = self.group.unsaved() else { return true };
        if self.disk_refuses {
            return false;
        }
        change_records(change).into_iter().for_each(|record| self.state.apply(record));
        self.group.saved();
        true
    }

    pub(super) fn pass(&mut self, millis: u64) {
        self.now_ms += millis;
        self.group.tick(&self.state.topics(), self.now());
        self.save();
    }

    /// The process dies, and starts again with what was durable.
    pub(super) fn restart(&mut self) {
        let facts = self.state.group("g").and_then(|facts| facts.consumer.clone()).unwrap_or_default();
        let settings = Arc::new(settings());
        self.group = ConsumerGroup::restored("g".into(), &facts, settings, &self.topics(), self.now());
    }
}
