//! Consumer groups: registered by the API, alive in the engine.

use crate::ids::{GroupName, InstanceId, Region, TopicName};
use crate::tag::Tag;

/// Registers a group.
#[derive(Clone, Debug)]
pub struct GroupCreate {
    /// Where the instance was bought.
    pub region: Region,
    /// The instance.
    pub instance: InstanceId,
    /// Its id, parsed and cut.
    pub name: GroupName,
    /// The owner's note.
    pub remark: String,
    /// Its tags.
    pub tags: Vec<Tag>,
}

/// A group as its owner sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Group {
    /// Its id.
    pub name: GroupName,
    /// The owner's note.
    pub remark: String,
    /// When it was registered, in milliseconds since 1970.
    pub created_ms: i64,
    /// Its tags, by key.
    pub tags: Vec<Tag>,
    /// Whether a consumer made it rather than the API.
    pub automatic: bool,
}

/// How far a group has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupProgress {
    /// Topics in which it has committed, by name.
    pub topics: Vec<TopicProgress>,
}

/// How far a group has come in one topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopicProgress {
    /// The topic.
    pub topic: TopicName,
    /// Partitions with a commit, ascending.
    pub partitions: Vec<PartitionProgress>,
}

/// How far a group has come in one partition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PartitionProgress {
    /// Its number.
    pub partition: u32,
    /// One past its last message that consumers can see.
    pub log_end: i64,
    /// The next offset the group will read.
    pub committed: i64,
    /// When the message before that was made, in milliseconds since 1970; 0 when unknown.
    pub consumed_ms: i64,
}
