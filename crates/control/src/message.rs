//! Messages of topics, as their owner looks at them.

use crate::ids::{InstanceId, Region, TopicName};

/// Which messages to look at.
#[derive(Clone, Debug)]
pub struct MessageQuery {
    /// Where the instance was bought.
    pub region: Region,
    /// The instance.
    pub instance: InstanceId,
    /// The topic.
    pub topic: TopicName,
    /// From where on.
    pub from: MessagesFrom,
    /// How much to show.
    pub limits: MessageLimits,
}

/// Where the messages to look at begin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MessagesFrom {
    /// At an offset of a partition, or at the first message after it that is still there.
    Offset {
        /// The partition.
        partition: u32,
        /// The offset.
        offset: i64,
    },
    /// With the first message of this time or newer, in the order of partitions' messages and, between
    /// partitions, of their times.
    Time {
        /// Only in this partition.
        partition: Option<u32>,
        /// In milliseconds since 1970.
        time_ms: i64,
    },
}

/// How much one look shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MessageLimits {
    /// Messages at most.
    pub messages: usize,
    /// Bytes of all their keys and values, as they are stored; the first message may be larger.
    pub bytes: usize,
    /// Bytes of each key and value that are shown.
    pub excerpt_bytes: usize,
}

/// A message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// The partition.
    pub partition: u32,
    /// Its offset there.
    pub offset: i64,
    /// Its timestamp, in milliseconds since 1970; -1 for none.
    pub timestamp_ms: i64,
    /// Whether the timestamp says when it was stored rather than when it was made.
    pub is_append_time: bool,
    /// Its key; none where it has none.
    pub key: Option<Excerpt>,
    /// Its value; none marks a deleted key.
    pub value: Option<Excerpt>,
    /// The engine's checksum of it.
    pub checksum: u32,
}

impl Message {
    /// How long its key and value are.
    pub(crate) fn bytes(&self) -> usize {
        [&self.key, &self.value].into_iter().flatten().map(|excerpt| excerpt.whole).sum()
    }
}

/// The beginning of a key or value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Excerpt {
    /// Its first bytes.
    pub bytes: Vec<u8>,
    /// How long the whole is.
    pub whole: usize,
}
