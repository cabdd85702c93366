//! What is in a cluster's topics, as its host looks at it. All of this reads the disk.

use std::sync::Arc;

use super::Cluster;
use crate::error::ClusterError;
use crate::log::{PartitionLog, ReadBound, ReadError};
use crate::log_records::{self, Seen, Sight};
use crate::topics::OpenTopic;

/// A record, as somebody looks at it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// The partition.
    pub partition: u32,
    /// Its offset there.
    pub offset: i64,
    /// Its timestamp, in milliseconds since 1970; -1 for none.
    pub timestamp_ms: i64,
    /// Whether the timestamp is the broker's.
    pub is_append_time: bool,
    /// Its key; none where it has none.
    pub key: Option<Excerpt>,
    /// Its value; none marks a deleted key.
    pub value: Option<Excerpt>,
    /// Of its time and the lengths of key and value, as Kafka's consumers have computed it since this format of
    /// records has none of its own.
    pub checksum: u32,
}

/// Where a record is, and of when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MessagePlace {
    /// The partition.
    pub partition: u32,
    /// Its offset there.
    pub offset: i64,
    /// Its timestamp, in milliseconds since 1970.
    pub timestamp_ms: i64,
}

/// The beginning of something.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Excerpt {
    /// Its first bytes.
    pub bytes: Vec<u8>,
    /// How long the whole is.
    pub whole: usize,
}

/// How much one look shows.
#[derive(Clone, Copy, Debug)]
pub struct MessageLimits {
    /// Messages at most.
    pub messages: usize,
    /// Bytes of all their keys and values; the first message may be larger.
    pub bytes: usize,
    /// Bytes of each key and value that are shown.
    pub excerpt_bytes: usize,
}

impl Cluster {
    /// The first message of this time or newer in one partition of a topic, or in each; in order of partitions,
    /// without those that have none.
    pub fn topic_at_time(
        &self,
        topic: &str,
        partition: Option<u32>,
        time_ms: i64,
    ) -> Result<Vec<MessagePlace>, ClusterError> {
        let topic = self.topic_open_named(topic)?;
        let logs: Vec<_> = match partition {
            Some(partition) => vec![(partition, partition_of(&topic, partition)?)],
            None => (0..).zip(&topic.partitions).collect(),
        };
        let mut places = Vec::with_capacity(logs.len());
        for (partition, log) in logs {
            let found = log_records::at_time(log, time_ms, ReadBound::LastStable).map_err(read_error)?;
            places.extend(found.map(|found| MessagePlace {
                partition,
                offset: found.offset,
                timestamp_ms: found.timestamp,
            }));
        }
        Ok(places)
    }

    /// Messages of one partition from an offset on, as far as a consumer can see. An offset outside the log is
    /// where it begins or ends.
    pub fn messages(
        &self,
        topic: &str,
        partition: u32,
        offset: i64,
        limits: MessageLimits,
    ) -> Result<Vec<Message>, ClusterError> {
        let topic = self.topic_open_named(topic)?;
        let log = partition_of(&topic, partition)?;
        let seen = log_records::from_offset(log, offset, limits.into()).map_err(read_error)?;
        Ok(seen.into_iter().map(|seen| Message::new(partition, seen)).collect())
    }

    fn topic_open_named(&self, topic: &str) -> Result<Arc<OpenTopic>, ClusterError> {
        let open = self.topics.named(topic).filter(|open| !open.facts.internal);
        open.ok_or_else(|| ClusterError::Absent(format!("topic {topic}")))
    }
}

fn partition_of(topic: &OpenTopic, partition: u32) -> Result<&Arc<PartitionLog>, ClusterError> {
    let log = i32::try_from(partition).ok().and_then(|number| topic.partition(number));
    log.ok_or_else(|| ClusterError::Absent(format!("partition {partition}")))
}

impl Message {
    fn new(partition: u32, seen: Seen) -> Self {
        let Seen { offset, is_append_time, excerpt } = seen;
        let shape = excerpt.shape;
        let of = |whole: Option<usize>, bytes: Vec<u8>| whole.map(|whole| Excerpt { bytes, whole });
        Self {
            partition,
            offset,
            timestamp_ms: shape.timestamp,
            is_append_time,
            checksum: checksum(shape.timestamp, shape.key_bytes, shape.value_bytes),
            key: of(shape.key_bytes, excerpt.key),
            value: of(shape.value_bytes, excerpt.value),
        }
    }
}

impl From<MessageLimits> for Sight {
    fn from(limits: MessageLimits) -> Self {
        let MessageLimits { messages, bytes, excerpt_bytes } = limits;
        Self { records: messages, bytes, excerpt_bytes }
    }
}

fn checksum(timestamp: i64, key_bytes: Option<usize>, value_bytes: Option<usize>) -> u32 {
    let length = |bytes: Option<usize>| bytes.map_or(-1, |bytes| i32::try_from(bytes).unwrap_or(i32::MAX));
    let crc = crc32c::crc32c(&timestamp.to_be_bytes());
    let crc = crc32c::crc32c_append(crc, &length(key_bytes).to_be_bytes());
    crc32c::crc32c_append(crc, &length(value_bytes).to_be_bytes())
}

fn read_error(error: ReadError) -> ClusterError {
    ClusterError::Failed(error.to_string())
}
