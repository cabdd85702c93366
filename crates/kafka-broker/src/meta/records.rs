//! The facts in a cluster's journal, and their bytes.
//!
//! Each record begins with its type and the version of that type. A later Weir may add types and versions;
//! this one refuses what it does not know rather than lose it at the next rewrite. Numbers are never reused.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use uuid::Uuid;

use super::codec::{Decoder, Encoder, Malformed};
use super::consumer_groups::{self, ConsumerGroupChange};
use super::offsets::Offset;
use super::quotas::{self, QuotaEntity, QuotaValues};
use super::topics::Topic;
use super::transactions::{self, TransactionRecord};

/// The version of the journal's content as a whole, for changes that single record versions cannot express.
pub(super) const FORMAT: u64 = 1;

/// Commits are cut into records of about this many bytes, well under what the journal takes as one.
const COMMITS_BYTES: usize = 1 << 20;

/// One fact.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Record {
    /// The cluster was made; always the first record.
    ClusterMade {
        /// Its identity.
        id: [u8; 16],
        /// When, in milliseconds since 1970.
        made_ms: i64,
    },
    /// A broker started serving the cluster.
    BrokerStarted {
        /// The leader epoch of everything it appends.
        leader_epoch: i32,
        /// When, in milliseconds since 1970.
        at_ms: i64,
    },
    /// A topic was made.
    TopicMade(Arc<Topic>),
    /// A topic has more partitions.
    TopicGrown {
        /// The topic.
        id: Uuid,
        /// How many it has now.
        partitions: i32,
    },
    /// A topic has other settings.
    TopicConfigured {
        /// The topic.
        id: Uuid,
        /// All its settings.
        config: BTreeMap<String, String>,
    },
    /// A topic was deleted, with every offset in it.
    TopicDeleted {
        /// The topic.
        id: Uuid,
    },
    /// Producer ids below this one may have been handed out.
    ProducerIdsReserved {
        /// The first id that certainly was not.
        end: i64,
    },
    /// A group's members, as of the end of a rebalance.
    GroupStored(Arc<GroupRecord>),
    /// A group is gone, with its offsets.
    GroupDeleted {
        /// The group.
        group: Arc<str>,
    },
    /// A group committed offsets.
    OffsetsCommitted {
        /// The group.
        group: Arc<str>,
        /// The offsets.
        commits: Vec<Committed>,
    },
    /// Offsets of a group expired or were deleted.
    OffsetsDeleted {
        /// The group.
        group: Arc<str>,
        /// Topics and partitions.
        partitions: Vec<(Uuid, i32)>,
    },
    /// A transactional id stands elsewhere. When its transaction is complete, the offsets that it holds back come
    /// to count or are dropped with it.
    TransactionStored(Arc<TransactionRecord>),
    /// Partitions and groups entered a transaction; the first ones began it.
    TransactionEntered {
        /// The transactional id.
        id: Arc<str>,
        /// When, in milliseconds since 1970.
        at_ms: i64,
        /// By topic.
        partitions: Vec<(Uuid, i32)>,
        /// The groups.
        groups: Vec<Arc<str>>,
    },
    /// Offsets that are to count with a transaction.
    TransactionOffsets {
        /// The transactional id.
        id: Arc<str>,
        /// The group.
        group: Arc<str>,
        /// The offsets.
        commits: Vec<Committed>,
    },
    /// A transactional id was not used for long.
    TransactionForgotten {
        /// The transactional id.
        id: Arc<str>,
    },
    /// A group of the newer protocol has changed.
    ConsumerGroupChanged(Arc<ConsumerGroupChange>),
    /// Clients have other quotas.
    QuotasSet {
        /// Which clients.
        entity: QuotaEntity,
        /// All their quotas; none takes the entity away.
        values: QuotaValues,
    },
}

/// An offset with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Committed {
    /// The topic.
    pub topic: Uuid,
    /// The partition.
    pub partition: i32,
    /// The offset.
    pub offset: Offset,
}

/// A group as it survives a restart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupRecord {
    /// Its name.
    pub name: Arc<str>,
    /// Its generation.
    pub generation: i32,
    /// What kind of members it has, such as `consumer`.
    pub protocol_type: Option<Arc<str>>,
    /// The chosen protocol; absent without members.
    pub protocol: Option<Arc<str>>,
    /// The member that assigns.
    pub leader: Option<Arc<str>>,
    /// Since when it has been like this, in milliseconds since 1970.
    pub since_ms: i64,
    /// Its members.
    pub members: Vec<MemberRecord>,
}

/// A member as it survives a restart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberRecord {
    /// Its id.
    pub id: Arc<str>,
    /// Its instance id.
    pub instance: Option<Arc<str>>,
    /// The client's name for itself.
    pub client_id: Arc<str>,
    /// Where it connected from.
    pub client_host: Arc<str>,
    /// How long it may be silent.
    pub session_timeout: Duration,
    /// How long it may take to join again.
    pub rebalance_timeout: Duration,
    /// Its metadata for the chosen protocol.
    pub metadata: Bytes,
    /// Its assignment.
    pub assignment: Bytes,
}

/// The records of one commit: one, unless it is too large for that.
pub fn commit_records(group: &Arc<str>, commits: Vec<Committed>) -> Vec<Record> {
    let record = |commits| Record::OffsetsCommitted { group: group.clone(), commits };
    parts(commits).into_iter().map(record).collect()
}

/// As [`commit_records`], of a commit that is to count with a transaction.
pub fn transaction_commit_records(id: &Arc<str>, group: &Arc<str>, commits: Vec<Committed>) -> Vec<Record> {
    let record = |commits| Record::TransactionOffsets { id: id.clone(), group: group.clone(), commits };
    parts(commits).into_iter().map(record).collect()
}

/// Commits by what one record takes.
fn parts(commits: Vec<Committed>) -> Vec<Vec<Committed>> {
    let mut parts = Vec::new();
    let (mut part, mut bytes) = (Vec::new(), 0);
    for commit in commits {
        bytes += 64 + commit.offset.metadata.as_ref().map_or(0, |metadata| metadata.len());
        part.push(commit);
        if bytes >= COMMITS_BYTES {
            parts.push(std::mem::take(&mut part));
            bytes = 0;
        }
    }
    if !part.is_empty() {
        parts.push(part);
    }
    parts
}

/// Bytes that are not a record this version can read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RecordError {
    /// A later version wrote it.
    #[error("record type {0} is not known: a later version wrote it")]
    UnknownType(u8),
    /// A later version wrote it.
    #[error("version {version} of record type {kind} is not known: a later version wrote it")]
    UnknownVersion {
        /// The type.
        kind: u8,
        /// Its version.
        version: u8,
    },
    /// A later version wrote it.
    #[error("the cluster has format {0}, which is not known: a later version wrote it")]
    UnknownFormat(u64),
    /// It is not what its type promises.
    #[error("a record of type {0} is malformed")]
    Malformed(u8),
    /// There is nothing.
    #[error("a record is empty")]
    Empty,
}

/// Type numbers, and the version that is written.
mod kind {
    pub(super) const CLUSTER_MADE: u8 = 1;
    pub(super) const BROKER_STARTED: u8 = 2;
    pub(super) const TOPIC_MADE: u8 = 3;
    pub(super) const TOPIC_GROWN: u8 = 4;
    pub(super) const TOPIC_CONFIGURED: u8 = 5;
    pub(super) const TOPIC_DELETED: u8 = 6;
    pub(super) const PRODUCER_IDS_RESERVED: u8 = 7;
    pub(super) const GROUP_STORED: u8 = 8;
    pub(super) const GROUP_DELETED: u8 = 9;
    pub(super) const OFFSETS_COMMITTED: u8 = 10;
    pub(super) const OFFSETS_DELETED: u8 = 11;
    pub(super) const TRANSACTION_STORED: u8 = 12;
    pub(super) const TRANSACTION_ENTERED: u8 = 13;
    pub(super) const TRANSACTION_OFFSETS: u8 = 14;
    pub(super) const TRANSACTION_FORGOTTEN: u8 = 15;
    pub(super) const CONSUMER_GROUP_CHANGED: u8 = 16;
    pub(super) const QUOTAS_SET: u8 = 17;

    pub(super) const VERSION: u8 = 1;
}

impl Record {
    fn kind(&self) -> u8 {
        match self {
            Self::ClusterMade { .. } => kind::CLUSTER_MADE,
            Self::BrokerStarted { .. } => kind::BROKER_STARTED,
            Self::TopicMade(_) => kind::TOPIC_MADE,
            Self::TopicGrown { .. } => kind::TOPIC_GROWN,
            Self::TopicConfigured { .. } => kind::TOPIC_CONFIGURED,
            Self::TopicDeleted { .. } => kind::TOPIC_DELETED,
            Self::ProducerIdsReserved { .. } => kind::PRODUCER_IDS_RESERVED,
            Self::GroupStored(_) => kind::GROUP_STORED,
            Self::GroupDeleted { .. } => kind::GROUP_DELETED,
            Self::OffsetsCommitted { .. } => kind::OFFSETS_COMMITTED,
            Self::OffsetsDeleted { .. } => kind::OFFSETS_DELETED,
            Self::TransactionStored(_) => kind::TRANSACTION_STORED,
            Self::TransactionEntered { .. } => kind::TRANSACTION_ENTERED,
            Self::TransactionOffsets { .. } => kind::TRANSACTION_OFFSETS,
            Self::TransactionForgotten { .. } => kind::TRANSACTION_FORGOTTEN,
            Self::ConsumerGroupChanged(_) => kind::CONSUMER_GROUP_CHANGED,
            Self::QuotasSet { .. } => kind::QUOTAS_SET,
        }
    }

    /// Its bytes; never none.
    pub fn encode(&self) -> Vec<u8> {
        let mut encoder = Encoder::default();
        encoder.byte(self.kind());
        encoder.byte(kind::VERSION);
        self.encode_body(&mut encoder);
        encoder.finish()
    }

    fn encode_body(&self, out: &mut Encoder) {
        match self {
            Self::ClusterMade { id, made_ms } => {
                out.unsigned(FORMAT);
                out.uuid(Uuid::from_bytes(*id));
                out.signed(*made_ms);
            }
            Self::BrokerStarted { leader_epoch, at_ms } => {
                out.signed(i64::from(*leader_epoch));
                out.signed(*at_ms);
            }
            Self::TopicMade(topic) => encode_topic(out, topic),
            Self::TopicGrown { id, partitions } => {
                out.uuid(*id);
                out.signed(i64::from(*partitions));
            }
            Self::TopicConfigured { id, config } => {
                out.uuid(*id);
                encode_config(out, config);
            }
            Self::TopicDeleted { id } => out.uuid(*id),
            Self::ProducerIdsReserved { end } => out.signed(*end),
            Self::GroupStored(group) => encode_group(out, group),
            Self::GroupDeleted { group } => out.text(group),
            Self::OffsetsCommitted { group, commits } => {
                out.text(group);
                out.length(commits.len());
                commits.iter().for_each(|commit| encode_commit(out, commit));
            }
            Self::OffsetsDeleted { group, partitions } => {
                out.text(group);
                transactions::encode_partitions(out, partitions.iter());
            }
            Self::TransactionStored(record) => transactions::encode(out, record),
            Self::TransactionEntered { id, at_ms, partitions, groups } => {
                out.text(id);
                out.signed(*at_ms);
                transactions::encode_partitions(out, partitions.iter());
                transactions::encode_groups(out, groups.iter());
            }
            Self::TransactionOffsets { id, group, commits } => {
                out.text(id);
                out.text(group);
                out.length(commits.len());
                commits.iter().for_each(|commit| encode_commit(out, commit));
            }
            Self::TransactionForgotten { id } => out.text(id),
            Self::ConsumerGroupChanged(change) => consumer_groups::encode(out, change),
            Self::QuotasSet { entity, values } => quotas::encode(out, entity, values),
        }
    }

    /// Reads one.
    pub fn decode(bytes: &[u8]) -> Result<Self, RecordError> {
        let mut input = Decoder::new(bytes);
        let kind = input.byte().map_err(|_| RecordError::Empty)?;
        if !(kind::CLUSTER_MADE..=kind::QUOTAS_SET).contains(&kind) {
            return Err(RecordError::UnknownType(kind));
        }
        let malformed = |_| RecordError::Malformed(kind);
        let version = input.byte().map_err(malformed)?;
        if version != kind::VERSION {
            return Err(RecordError::UnknownVersion { kind, version });
        }
        if kind == kind::CLUSTER_MADE {
            let format = input.unsigned().map_err(malformed)?;
            if format != FORMAT {
                return Err(RecordError::UnknownFormat(format));
            }
        }
        let record = Self::decode_body(kind, &mut input).map_err(malformed)?;
        input.finish().map_err(malformed)?;
        Ok(record)
    }

    fn decode_body(kind: u8, input: &mut Decoder<'_>) -> Result<Self, Malformed> {
        Ok(match kind {
            kind::CLUSTER_MADE => Self::ClusterMade { id: input.array()?, made_ms: input.signed()? },
            kind::BROKER_STARTED => {
                Self::BrokerStarted { leader_epoch: input.signed_32()?, at_ms: input.signed()? }
            }
            kind::TOPIC_MADE => Self::TopicMade(Arc::new(decode_topic(input)?)),
            kind::TOPIC_GROWN => Self::TopicGrown { id: input.uuid()?, partitions: input.signed_32()? },
            kind::TOPIC_CONFIGURED => {
                Self::TopicConfigured { id: input.uuid()?, config: decode_config(input)? }
            }
            kind::TOPIC_DELETED => Self::TopicDeleted { id: input.uuid()? },
            kind::PRODUCER_IDS_RESERVED => Self::ProducerIdsReserved { end: input.signed()? },
            kind::GROUP_STORED => Self::GroupStored(Arc::new(decode_group(input)?)),
            kind::GROUP_DELETED => Self::GroupDeleted { group: input.text()? },
            kind::OFFSETS_COMMITTED => {
                Self::OffsetsCommitted { group: input.text()?, commits: decode_list(input, decode_commit)? }
            }
            kind::OFFSETS_DELETED => Self::OffsetsDeleted {
                group: input.text()?,
                partitions: transactions::decode_partitions(input)?,
            },
            kind::TRANSACTION_STORED => Self::TransactionStored(Arc::new(transactions::decode(input)?)),
            kind::TRANSACTION_ENTERED => Self::TransactionEntered {
                id: input.text()?,
                at_ms: input.signed()?,
                partitions: transactions::decode_partitions(input)?,
                groups: transactions::decode_groups(input)?,
            },
            kind::TRANSACTION_OFFSETS => Self::TransactionOffsets {
                id: input.text()?,
                group: input.text()?,
                commits: decode_list(input, decode_commit)?,
            },
            kind::TRANSACTION_FORGOTTEN => Self::TransactionForgotten { id: input.text()? },
            kind::CONSUMER_GROUP_CHANGED => {
                Self::ConsumerGroupChanged(Arc::new(consumer_groups::decode(input)?))
            }
            kind::QUOTAS_SET => {
                let (entity, values) = quotas::decode(input)?;
                Self::QuotasSet { entity, values }
            }
            _ => return Err(Malformed),
        })
    }
}

/// Grows as it reads: what a length promises is not reserved before it is there.
pub(super) fn decode_list<T>(
    input: &mut Decoder<'_>,
    item: impl Fn(&mut Decoder<'_>) -> Result<T, Malformed>,
) -> Result<Vec<T>, Malformed> {
    let mut list = Vec::new();
    for _ in 0..input.length()? {
        list.push(item(input)?);
    }
    Ok(list)
}

fn encode_topic(out: &mut Encoder, topic: &Topic) {
    out.text(&topic.name);
    out.uuid(topic.id);
    out.signed(i64::from(topic.partitions));
    out.signed(topic.created_ms);
    out.byte(u8::from(topic.internal));
    encode_config(out, &topic.config);
}

fn decode_topic(input: &mut Decoder<'_>) -> Result<Topic, Malformed> {
    Ok(Topic {
        name: input.text()?,
        id: input.uuid()?,
        partitions: input.signed_32()?,
        created_ms: input.signed()?,
        internal: input.byte()? != 0,
        config: decode_config(input)?,
    })
}

fn encode_config(out: &mut Encoder, config: &BTreeMap<String, String>) {
    out.length(config.len());
    for (key, value) in config {
        out.text(key);
        out.text(value);
    }
}

fn decode_config(input: &mut Decoder<'_>) -> Result<BTreeMap<String, String>, Malformed> {
    let mut config = BTreeMap::new();
    for _ in 0..input.length()? {
        config.insert(input.text()?.to_string(), input.text()?.to_string());
    }
    Ok(config)
}

fn encode_group(out: &mut Encoder, group: &GroupRecord) {
    out.text(&group.name);
    out.signed(i64::from(group.generation));
    out.optional_text(group.protocol_type.as_deref());
    out.optional_text(group.protocol.as_deref());
    out.optional_text(group.leader.as_deref());
    out.signed(group.since_ms);
    out.length(group.members.len());
    for member in &group.members {
        out.text(&member.id);
        out.optional_text(member.instance.as_deref());
        out.text(&member.client_id);
        out.text(&member.client_host);
        out.duration(member.session_timeout);
        out.duration(member.rebalance_timeout);
        out.bytes(&member.metadata);
        out.bytes(&member.assignment);
    }
}

fn decode_group(input: &mut Decoder<'_>) -> Result<GroupRecord, Malformed> {
    Ok(GroupRecord {
        name: input.text()?,
        generation: input.signed_32()?,
        protocol_type: input.optional_text()?,
        protocol: input.optional_text()?,
        leader: input.optional_text()?,
        since_ms: input.signed()?,
        members: decode_list(input, |input| {
            Ok(MemberRecord {
                id: input.text()?,
                instance: input.optional_text()?,
                client_id: input.text()?,
                client_host: input.text()?,
                session_timeout: input.duration()?,
                rebalance_timeout: input.duration()?,
                metadata: input.bytes()?,
                assignment: input.bytes()?,
            })
        })?,
    })
}

fn encode_commit(out: &mut Encoder, commit: &Committed) {
    out.uuid(commit.topic);
    out.signed(i64::from(commit.partition));
    out.signed(commit.offset.offset);
    out.signed(i64::from(commit.offset.leader_epoch));
    out.optional_text(commit.offset.metadata.as_deref());
    out.signed(commit.offset.committed_ms);
    out.byte(u8::from(commit.offset.expires_ms.is_some()));
    if let Some(expires_ms) = commit.offset.expires_ms {
        out.signed(expires_ms);
    }
}

fn decode_commit(input: &mut Decoder<'_>) -> Result<Committed, Malformed> {
    Ok(Committed {
        topic: input.uuid()?,
        partition: input.signed_32()?,
        offset: Offset {
            offset: input.signed()?,
            leader_epoch: input.signed_32()?,
            metadata: input.optional_text()?,
            committed_ms: input.signed()?,
            expires_ms: match input.byte()? {
                0 => None,
                1 => Some(input.signed()?),
                _ => return Err(Malformed),
            },
        },
    })
}

#[cfg(test)]
pub(super) mod tests;
