//! Topics: the engine has them, the store remembers what only the cloud knows about them.

use std::any::Any;
use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::{Arc, OnceLock};

use crate::ids::{InstanceId, Region, TopicName};
use crate::tag::Tag;

/// Changes what is noted about a topic.
#[derive(Clone, Debug)]
pub struct TopicNote {
    /// Where the instance was bought.
    pub region: Region,
    /// The instance.
    pub instance: InstanceId,
    /// The topic.
    pub topic: TopicName,
    /// The note from now on; empty for none.
    pub remark: String,
}

/// Gives a topic more partitions.
#[derive(Clone, Debug)]
pub struct TopicGrow {
    /// Where the instance was bought.
    pub region: Region,
    /// The instance.
    pub instance: InstanceId,
    /// The topic.
    pub topic: TopicName,
    /// How many more; at least 1.
    pub more: u32,
    /// How many one topic may have in all.
    pub limit: u32,
}

/// Changes the settings of a topic.
#[derive(Clone, Debug)]
pub struct TopicConfigure {
    /// Where the instance was bought.
    pub region: Region,
    /// The instance.
    pub instance: InstanceId,
    /// The topic as it was when the settings were worked out; it must still be so.
    pub seen: Topic,
    /// Engine settings to take from it, by their engine name. Those that it has not are no mistake.
    pub without: BTreeSet<String>,
    /// Engine settings to give it, by their engine name. All others stay.
    pub with: BTreeMap<String, String>,
    /// See [`TopicCreate::config_text`].
    pub config_text: String,
}

/// Makes a topic.
#[derive(Clone, Debug)]
pub struct TopicCreate {
    /// Where the instance was bought.
    pub region: Region,
    /// The instance.
    pub instance: InstanceId,
    /// Its name, parsed and cut.
    pub name: TopicName,
    /// How many partitions.
    pub partitions: u32,
    /// The owner's note.
    pub remark: String,
    /// Whether the owner asked for the engine's own storage rather than the cloud's.
    pub local: bool,
    /// Whether only the last message per key is kept.
    pub compact: bool,
    /// Engine settings, by their engine name.
    pub config: BTreeMap<String, String>,
    /// The settings as the owner wrote them (a JSON object), given back unchanged.
    pub config_text: String,
    /// Its tags.
    pub tags: Vec<Tag>,
}

/// A topic as its owner sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Topic {
    /// Its name.
    pub name: TopicName,
    /// Its partitions, from the engine.
    pub partitions: u32,
    /// The owner's note; empty for a topic that a client made.
    pub remark: String,
    /// When it was made, in milliseconds since 1970.
    pub created_ms: i64,
    /// See [`TopicCreate::local`].
    pub local: bool,
    /// Whether only the last message per key is kept, or also is.
    pub compact: bool,
    /// See [`TopicCreate::config_text`]; what clients have changed since is in `config` only.
    pub config_text: String,
    /// The settings it has, by their engine name.
    pub config: BTreeMap<String, String>,
    /// Its tags, by key.
    pub tags: Vec<Tag>,
    /// Whether a Kafka client made it rather than the API.
    pub automatic: bool,
}

/// Which part of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Page {
    /// How many to pass over.
    pub skip: usize,
    /// How many to give at most.
    pub take: usize,
}

/// Part of a list and how long the whole is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paged<T> {
    /// This part.
    pub items: Vec<T>,
    /// How many there are over all pages.
    pub total: usize,
}

/// All topics of an instance at one time, oldest first, then by name.
///
/// The same list is given to everybody who asks while nothing changes, so what they make of it can be kept with it.
#[derive(Debug)]
pub struct TopicList {
    topics: Vec<Topic>,
    made: OnceLock<Arc<dyn Any + Send + Sync>>,
}

impl TopicList {
    pub(crate) fn new(topics: Vec<Topic>) -> Self {
        Self { topics, made: OnceLock::new() }
    }

    /// The topics.
    pub fn topics(&self) -> &[Topic] {
        &self.topics
    }

    /// What `make` makes of the list, or made of it before. One kind of thing is kept, the first that is asked for.
    pub fn made<T: Any + Send + Sync>(&self, make: impl Fn(&[Topic]) -> T) -> Arc<T> {
        let kept = self.made.get_or_init(|| Arc::new(make(&self.topics))).clone();
        kept.downcast().unwrap_or_else(|_of_another_kind| Arc::new(make(&self.topics)))
    }
}

/// Part of the topics of an instance.
#[derive(Clone, Debug)]
pub struct TopicPage {
    /// All of them.
    pub list: Arc<TopicList>,
    /// Where this part lies in the list.
    pub range: Range<usize>,
}

impl TopicPage {
    pub(crate) fn cut(list: Arc<TopicList>, page: Page) -> Self {
        let total = list.topics.len();
        let start = page.skip.min(total);
        Self { list, range: start..start.saturating_add(page.take).min(total) }
    }

    /// This part.
    pub fn items(&self) -> &[Topic] {
        &self.list.topics[self.range.clone()]
    }

    /// How many there are over all pages.
    pub fn total(&self) -> usize {
        self.list.topics.len()
    }
}

/// The ends of one partition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PartitionStatus {
    /// Its number.
    pub partition: u32,
    /// Its first message that is still there.
    pub offset_min: i64,
    /// One past its last message that consumers can see.
    pub offset_max: i64,
    /// When its newest message was stored, in milliseconds since 1970; 0 when it has none.
    pub newest_ms: i64,
}
