//! Transactions as they survive a restart, and the bytes of the records that tell of them.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use uuid::Uuid;

use super::codec::{Decoder, Encoder, Malformed};
use super::records::decode_list;

/// Where a transactional id stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TransactionPhase {
    /// A producer has the id and has not begun anything.
    Empty,
    /// A transaction is open.
    Ongoing,
    /// It is decided that it counts; its markers are being written.
    PrepareCommit,
    /// It is decided that it never was; its markers are being written.
    PrepareAbort,
    /// It counts.
    CompleteCommit,
    /// It never was.
    CompleteAbort,
}

impl TransactionPhase {
    /// All of them, by the number they are stored under.
    pub const ALL: [Self; 6] = [
        Self::Empty,
        Self::Ongoing,
        Self::PrepareCommit,
        Self::PrepareAbort,
        Self::CompleteCommit,
        Self::CompleteAbort,
    ];

    /// The name that Kafka's tools print and filter by.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Empty => "Empty",
            Self::Ongoing => "Ongoing",
            Self::PrepareCommit => "PrepareCommit",
            Self::PrepareAbort => "PrepareAbort",
            Self::CompleteCommit => "CompleteCommit",
            Self::CompleteAbort => "CompleteAbort",
        }
    }

    /// Whether the outcome is decided and not carried out everywhere.
    pub const fn is_prepared(self) -> bool {
        matches!(self, Self::PrepareCommit | Self::PrepareAbort)
    }

    fn number(self) -> u8 {
        match self {
            Self::Empty => 0,
            Self::Ongoing => 1,
            Self::PrepareCommit => 2,
            Self::PrepareAbort => 3,
            Self::CompleteCommit => 4,
            Self::CompleteAbort => 5,
        }
    }
}

/// A transactional id, with its producer and the transaction that is open.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TransactionRecord {
    /// The transactional id.
    pub id: Arc<str>,
    /// Who has it.
    pub producer_id: i64,
    /// Only requests of this epoch count.
    pub epoch: i16,
    /// The epoch that the same producer had before; -1 when another one had the id, or nobody.
    pub last_epoch: i16,
    /// The producer id that the same producer had before its epochs were used up; -1 for none.
    pub previous_producer_id: i64,
    /// The producer id that takes over when the markers are written; -1 to keep the present one.
    pub next_producer_id: i64,
    /// Where it stands.
    pub phase: TransactionPhase,
    /// How long a transaction may be open.
    pub timeout: Duration,
    /// When the transaction began, in milliseconds since 1970; none outside of one.
    pub started_ms: Option<i64>,
    /// The last change, in milliseconds since 1970.
    pub updated_ms: i64,
    /// Partitions that the transaction writes to, by topic.
    pub partitions: BTreeSet<(Uuid, i32)>,
    /// Groups whose offsets it commits.
    pub groups: BTreeSet<Arc<str>>,
}

impl TransactionRecord {
    /// Whether it is still to be seen if the offsets count that the group was sent in it.
    pub(crate) fn holds_back(&self, group: &str) -> bool {
        let is_undecided = self.phase == TransactionPhase::Ongoing || self.phase.is_prepared();
        is_undecided && self.groups.contains(group)
    }

    /// Takes partitions and groups in; the first ones begin a transaction.
    pub(crate) fn enter(
        &mut self,
        at_ms: i64,
        partitions: impl IntoIterator<Item = (Uuid, i32)>,
        groups: impl IntoIterator<Item = Arc<str>>,
    ) {
        self.phase = TransactionPhase::Ongoing;
        self.started_ms.get_or_insert(at_ms);
        self.updated_ms = at_ms;
        self.partitions.extend(partitions);
        self.groups.extend(groups);
    }
}

pub(super) fn encode(out: &mut Encoder, record: &TransactionRecord) {
    out.text(&record.id);
    out.signed(record.producer_id);
    out.signed(i64::from(record.epoch));
    out.signed(i64::from(record.last_epoch));
    out.signed(record.previous_producer_id);
    out.signed(record.next_producer_id);
    out.byte(record.phase.number());
    out.duration(record.timeout);
    out.signed(record.started_ms.unwrap_or(-1));
    out.signed(record.updated_ms);
    encode_partitions(out, record.partitions.iter());
    encode_groups(out, record.groups.iter());
}

pub(super) fn decode(input: &mut Decoder<'_>) -> Result<TransactionRecord, Malformed> {
    Ok(TransactionRecord {
        id: input.text()?,
        producer_id: input.signed()?,
        epoch: input.signed_16()?,
        last_epoch: input.signed_16()?,
        previous_producer_id: input.signed()?,
        next_producer_id: input.signed()?,
        phase: TransactionPhase::ALL.get(usize::from(input.byte()?)).copied().ok_or(Malformed)?,
        timeout: input.duration()?,
        started_ms: Some(input.signed()?).filter(|ms| *ms >= 0),
        updated_ms: input.signed()?,
        partitions: decode_partitions(input)?.into_iter().collect(),
        groups: decode_groups(input)?.into_iter().collect(),
    })
}

pub(super) fn encode_partitions<'a>(
    out: &mut Encoder,
    partitions: impl ExactSizeIterator<Item = &'a (Uuid, i32)>,
) {
    out.length(partitions.len());
    for (topic, partition) in partitions {
        out.uuid(*topic);
        out.signed(i64::from(*partition));
    }
}

pub(super) fn decode_partitions(input: &mut Decoder<'_>) -> Result<Vec<(Uuid, i32)>, Malformed> {
    decode_list(input, |input| Ok((input.uuid()?, input.signed_32()?)))
}

pub(super) fn encode_groups<'a>(out: &mut Encoder, groups: impl ExactSizeIterator<Item = &'a Arc<str>>) {
    out.length(groups.len());
    groups.for_each(|group| out.text(group));
}

pub(super) fn decode_groups(input: &mut Decoder<'_>) -> Result<Vec<Arc<str>>, Malformed> {
    decode_list(input, |input| input.text())
}
