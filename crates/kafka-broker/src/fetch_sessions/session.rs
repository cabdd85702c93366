//! One session: the partitions a client reads, in the order in which they are served.

use std::collections::BTreeMap;
use std::sync::Arc;

use hashbrown::{Equivalent, HashMap};
use uuid::Uuid;

use super::Change;
use super::room::{SessionRoom, Share};

/// What a partition is counted for. The trees below take 90 to 120 bytes for one.
const PARTITION_BYTES: usize = 112;
/// What a topic is counted for beside its name.
const TOPIC_BYTES: usize = 160;

/// A topic as its client names it: by name, or by id with an empty name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) struct TopicName<N> {
    pub(crate) name: N,
    pub(crate) id: Uuid,
}

impl Equivalent<TopicName<Arc<str>>> for TopicName<&str> {
    fn equivalent(&self, key: &TopicName<Arc<str>>) -> bool {
        self.id == key.id && *self.name == *key.name
    }
}

/// What a client wants of a partition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Wanted {
    pub(crate) partition: i32,
    /// See the field of the request.
    pub(crate) leader_epoch: i32,
    pub(crate) offset: i64,
    pub(crate) bytes_max: i32,
}

/// What a client has been told of a partition; it is told again when that has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Told {
    pub(crate) high_watermark: i64,
    pub(crate) log_start: i64,
}

impl Told {
    /// What is true of no partition: the client is told of it next time, whatever there is to tell.
    pub(crate) const NOTHING: Self = Self { high_watermark: -1, log_start: -1 };
}

/// Where a partition stands in the order; moving it to the end gives it another place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place(u64);

#[derive(Debug)]
struct Entry {
    topic: usize,
    wanted: Wanted,
    told: Told,
}

#[derive(Debug)]
struct Topic {
    name: TopicName<Arc<str>>,
    partitions: usize,
}

/// A session.
#[derive(Debug)]
pub(crate) struct Session {
    epoch: i32,
    names_ids: bool,
    order: BTreeMap<Place, Entry>,
    places: HashMap<(usize, i32), Place>,
    /// None where a topic has been forgotten; such a slot is used again.
    topics: Vec<Option<Topic>>,
    vacant: Vec<usize>,
    by_name: HashMap<TopicName<Arc<str>>, usize>,
    next_place: u64,
    share: Share,
}

impl Session {
    pub(super) fn new(names_ids: bool, room: &SessionRoom) -> Self {
        Self {
            epoch: 1,
            names_ids,
            order: BTreeMap::new(),
            places: HashMap::new(),
            topics: Vec::new(),
            vacant: Vec::new(),
            by_name: HashMap::new(),
            next_place: 0,
            share: room.share(),
        }
    }

    /// What the next step must name.
    pub(crate) fn epoch(&self) -> i32 {
        self.epoch
    }

    pub(super) fn names_ids(&self) -> bool {
        self.names_ids
    }

    /// How many partitions it has.
    pub(crate) fn len(&self) -> usize {
        self.order.len()
    }

    /// How many numbers its topics have.
    pub(crate) fn topics_len(&self) -> usize {
        self.topics.len()
    }

    /// Its partitions in order, each with the number and the name of its topic.
    pub(crate) fn partitions(&self) -> impl Iterator<Item = (Place, usize, TopicName<&str>, &Wanted, Told)> {
        self.order.iter().filter_map(|(place, entry)| {
            let TopicName { name, id } = &self.topics[entry.topic].as_ref()?.name;
            Some((*place, entry.topic, TopicName { name: &**name, id: *id }, &entry.wanted, entry.told))
        })
    }

    /// Notes what a client was told of a partition, and puts it behind all others if it was given data.
    pub(crate) fn tell(&mut self, place: Place, told: Told, gave: bool) {
        if let Some(entry) = self.order.get_mut(&place) {
            entry.told = told;
            if gave && let Some(entry) = self.order.remove(&place) {
                self.append(entry);
            }
        }
    }

    /// The epoch after this one is in force: returns it.
    pub(super) fn advance(&mut self) -> i32 {
        // After the last comes 1, for 0 begins a session.
        self.epoch = self.epoch.checked_add(1).unwrap_or(1);
        self.epoch
    }

    /// Makes the changes that a fetch asks for. Fails halfway where there is no room.
    #[must_use]
    pub(super) fn change(&mut self, change: &mut Change<'_>) -> bool {
        for (topic, wanted) in &mut *change.wanted {
            if !self.put(topic, wanted, None) {
                return false;
            }
        }
        for (topic, partition) in &mut *change.forgotten {
            self.forget(topic, partition);
        }
        true
    }

    /// Reads a partition as wanted from now on. Fails where there is no room, and changes nothing then.
    #[must_use]
    pub(super) fn put(&mut self, name: TopicName<&str>, wanted: Wanted, told: Option<Told>) -> bool {
        let known = self.by_name.get(&name).copied();
        let place = known.and_then(|topic| self.places.get(&(topic, wanted.partition)));
        if let Some(entry) = place.and_then(|place| self.order.get_mut(place)) {
            entry.wanted = wanted;
            entry.told = told.unwrap_or(entry.told);
            return true;
        }
        let topic_bytes = if known.is_none() { topic_bytes(name.name) } else { 0 };
        if !self.share.grow(topic_bytes + PARTITION_BYTES) {
            return false;
        }
        let topic = known.unwrap_or_else(|| self.add(name));
        if let Some(topic) = &mut self.topics[topic] {
            topic.partitions += 1;
        }
        self.append(Entry { topic, wanted, told: told.unwrap_or(Told::NOTHING) });
        true
    }

    fn add(&mut self, name: TopicName<&str>) -> usize {
        let name = TopicName { name: Arc::<str>::from(name.name), id: name.id };
        let topic = Some(Topic { name: name.clone(), partitions: 0 });
        let number = match self.vacant.pop() {
            Some(number) => {
                self.topics[number] = topic;
                number
            }
            None => {
                self.topics.push(topic);
                self.topics.len() - 1
            }
        };
        self.by_name.insert(name, number);
        number
    }

    fn append(&mut self, entry: Entry) {
        let place = Place(self.next_place);
        self.next_place += 1;
        self.places.insert((entry.topic, entry.wanted.partition), place);
        self.order.insert(place, entry);
    }

    fn forget(&mut self, name: TopicName<&str>, partition: i32) {
        let Some(&number) = self.by_name.get(&name) else { return };
        let Some(place) = self.places.remove(&(number, partition)) else { return };
        self.order.remove(&place);
        self.share.shrink(PARTITION_BYTES);
        let Some(topic) = &mut self.topics[number] else { return };
        topic.partitions -= 1;
        if topic.partitions == 0 {
            self.topics[number] = None;
            self.vacant.push(number);
            self.by_name.remove(&name);
            self.share.shrink(topic_bytes(name.name));
        }
    }

    #[cfg(test)]
    pub(super) fn epoch_set(&mut self, epoch: i32) {
        self.epoch = epoch;
    }
}

fn topic_bytes(name: &str) -> usize {
    TOPIC_BYTES + name.len()
}
