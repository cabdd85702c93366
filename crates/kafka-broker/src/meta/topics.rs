//! Topics as the cluster knows them, and the rules for their names.

use std::collections::BTreeMap;
use std::sync::Arc;

use hashbrown::HashMap;
use uuid::Uuid;

use super::StoreError;

/// Longest topic name.
const NAME_MAX: usize = 249;

/// A topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Topic {
    /// Its name.
    pub name: Arc<str>,
    /// Its identity: a topic made again under the same name has another.
    pub id: Uuid,
    /// How many partitions it has.
    pub partitions: i32,
    /// When it was made, in milliseconds since 1970.
    pub created_ms: i64,
    /// Settings that differ from the cluster's, by name.
    pub config: BTreeMap<String, String>,
    /// Whether it is the engine's own.
    pub internal: bool,
}

impl Topic {
    /// Whether it has a partition of this number.
    pub fn has_partition(&self, partition: i32) -> bool {
        (0..self.partitions).contains(&partition)
    }

    /// Whether it could have so many partitions, which must be more than it has.
    pub fn check_growth(&self, partitions: i32) -> Result<(), TopicError> {
        match partitions > self.partitions {
            true => Ok(()),
            false => Err(TopicError::InvalidPartitions(format!(
                "the topic has {} partitions and can only get more",
                self.partitions
            ))),
        }
    }
}

/// A topic to be made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopicSpec {
    /// Its name.
    pub name: String,
    /// Its identity, drawn by the caller, never nil: making the same one again changes nothing.
    pub id: Uuid,
    /// How many partitions.
    pub partitions: i32,
    /// Settings, already checked.
    pub config: BTreeMap<String, String>,
    /// When it was asked for, in milliseconds since 1970.
    pub created_ms: i64,
    /// Whether it is the engine's own.
    pub internal: bool,
}

/// How a caller names a topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TopicRef {
    /// By name.
    Name(String),
    /// By identity.
    Id(Uuid),
}

/// Why a topic was not changed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TopicError {
    /// Another topic has the name or the id.
    #[error("the topic exists")]
    Exists,
    /// The name breaks a rule; the text says which.
    #[error("{0}")]
    InvalidName(String),
    /// Fewer than one partition, or not more than there are.
    #[error("{0}")]
    InvalidPartitions(String),
    /// The cluster may not have more partitions than this.
    #[error("the limit of {0} partitions is reached")]
    PartitionLimit(u32),
    /// The new settings were refused; the text says why.
    #[error("{0}")]
    InvalidConfig(String),
    /// No such topic.
    #[error("the topic is not there")]
    Unknown,
    /// The change did not become durable.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// All topics of a cluster at one moment.
#[derive(Clone, Debug, Default)]
pub struct Topics {
    epoch: u64,
    by_name: BTreeMap<Arc<str>, Arc<Topic>>,
    by_id: HashMap<Uuid, Arc<Topic>>,
}

impl Topics {
    /// Rises with every change, so that what was derived from one epoch can be kept until the next. It
    /// counts within one run of the broker.
    pub fn epoch(&self) -> u64 {
        self.epoch
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.by_id.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.by_id.is_empty()
    }

    /// By name.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<Topic>> {
        self.by_name.values()
    }

    /// The topic of this name.
    pub fn named(&self, name: &str) -> Option<&Arc<Topic>> {
        self.by_name.get(name)
    }

    /// The topic of this id.
    pub fn of_id(&self, id: Uuid) -> Option<&Arc<Topic>> {
        self.by_id.get(&id)
    }

    /// The topic a caller means.
    pub fn find(&self, topic: &TopicRef) -> Option<&Arc<Topic>> {
        match topic {
            TopicRef::Name(name) => self.named(name),
            TopicRef::Id(id) => self.of_id(*id),
        }
    }

    /// Whether such a topic could be made now, or is there already.
    pub fn check_new(&self, spec: &TopicSpec) -> Result<(), TopicError> {
        if self.named(&spec.name).is_some_and(|topic| topic.id == spec.id) {
            return Ok(());
        }
        topic_name_check(&spec.name).map_err(|rule| TopicError::InvalidName(rule.to_owned()))?;
        if self.named(&spec.name).is_some() || self.of_id(spec.id).is_some() {
            return Err(TopicError::Exists);
        }
        if let Some(other) = self.iter().find(|topic| names_collide(&topic.name, &spec.name)) {
            return Err(TopicError::InvalidName(format!(
                "it differs from {} only in '.' and '_', which metrics cannot tell apart",
                other.name
            )));
        }
        if spec.partitions < 1 {
            return Err(TopicError::InvalidPartitions("a topic has at least one partition".to_owned()));
        }
        Ok(())
    }

    pub(super) fn put(&mut self, topic: Arc<Topic>) {
        self.epoch += 1;
        self.by_name.insert(topic.name.clone(), topic.clone());
        self.by_id.insert(topic.id, topic);
    }

    pub(super) fn remove(&mut self, id: Uuid) {
        if let Some(topic) = self.by_id.remove(&id) {
            self.epoch += 1;
            self.by_name.remove(&topic.name);
        }
    }
}

/// Equal when they hold the same topics, however they came to.
impl PartialEq for Topics {
    fn eq(&self, other: &Self) -> bool {
        self.by_name == other.by_name
    }
}

/// The rules for a topic's name; the error says which it breaks.
pub fn topic_name_check(name: &str) -> Result<(), &'static str> {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    match name {
        "" => Err("a topic's name cannot be empty"),
        "." | ".." => Err("a topic cannot be named '.' or '..'"),
        _ if name.len() > NAME_MAX => Err("a topic's name has at most 249 characters"),
        _ if !name.bytes().all(allowed) => {
            Err("a topic's name has only ASCII letters, digits, '.', '_' and '-'")
        }
        _ => Ok(()),
    }
}

/// Different names that metrics, which know no dots, cannot tell apart.
pub(super) fn names_collide(one: &str, other: &str) -> bool {
    let same = |(a, b): (u8, u8)| a == b || matches!((a, b), (b'.', b'_') | (b'_', b'.'));
    one.len() == other.len() && one != other && one.bytes().zip(other.bytes()).all(same)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_keep_to_the_rules() {
        let longest = "a".repeat(249);
        for name in ["a", "A-1_b.c", "...", "__consumer_offsets", longest.as_str()] {
            assert_eq!(topic_name_check(name), Ok(()), "{name}");
        }
        let too_long = "a".repeat(250);
        for name in ["", ".", "..", "a b", "a/b", "ü", "a\0", too_long.as_str()] {
            assert!(topic_name_check(name).is_err(), "{name}");
        }
    }

    #[test]
    fn dots_and_underscores_collide() {
        for (one, other, collide) in [
            ("a.b", "a_b", true),
            ("a_b.c", "a.b_c", true),
            ("a.b", "a.b", false),
            ("a.b", "a-b", false),
            ("a.b", "a.bc", false),
        ] {
            assert_eq!(names_collide(one, other), collide, "{one} {other}");
            assert_eq!(names_collide(other, one), collide, "{other} {one}");
        }
    }
}
