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

/// Has a group that nobody reads with go on elsewhere.
#[derive(Clone, Debug)]
pub struct GroupReset {
    /// Where the instance was bought.
    pub region: Region,
    /// The instance.
    pub instance: InstanceId,
    /// The group.
    pub group: GroupName,
    /// The topic; none for every topic in which the group has committed.
    pub topic: Option<TopicName>,
    /// Where it goes on.
    pub to: ResetTo,
}

/// Where a group goes on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ResetTo {
    /// With the first message that is there.
    Earliest,
    /// With the first message that comes.
    Latest,
    /// With the first message of this time or newer, in milliseconds since 1970; as `Latest` where there is none.
    Time(i64),
    /// At these offsets, each of a partition once. They are of one topic.
    Offsets(Vec<(u32, i64)>),
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

/// What a group is doing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GroupActivity {
    /// Where it stands.
    pub stage: GroupStage,
    /// Its members.
    pub members: Vec<GroupMember>,
    /// Its last rebalances since the engine was started, the newest first.
    pub rebalances: Vec<Rebalance>,
}

/// Where a group stands.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum GroupStage {
    /// Nobody is in it.
    #[default]
    Empty,
    /// Its members are being called together.
    Gathering,
    /// Its members wait for what each is to read.
    Assigning,
    /// Its members give partitions up and take them over, one by one.
    Reconciling,
    /// Its members read.
    Stable,
    /// It is being taken away.
    Ending,
}

/// A member of a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupMember {
    /// Its id.
    pub id: String,
    /// The client's name for itself.
    pub client_id: String,
    /// From where it is connected.
    pub address: String,
    /// Topics and partitions that it is to read, while that is settled.
    pub assigned: Vec<(TopicName, u32)>,
}

/// A rebalance that has ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rebalance {
    /// Counts the group's rebalances.
    pub generation: u32,
    /// When it began, in milliseconds since 1970.
    pub began_ms: i64,
    /// How long it took, in milliseconds.
    pub took_ms: i64,
    /// What began it, in the engine's words.
    pub cause: String,
    /// Whether the group had members after it.
    pub has_members: bool,
}

/// How far a group has come.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupProgress {
    /// What it is doing.
    pub activity: GroupActivity,
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
