//! What can be wrong with a batch, and with a record in it.

use thiserror::Error;

use crate::error::DecodeError;

/// What is wrong with a batch as a whole.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum BatchError {
    /// The bytes end before the batch does. At the end of a fetch response that is normal.
    #[error("a batch of {needed} bytes where {available} are left")]
    Truncated {
        /// Bytes of the batch, as far as they are known.
        needed: usize,
        /// Bytes there are.
        available: usize,
    },
    /// A length field that does not even cover the header.
    #[error("a batch length of {0}")]
    Length(i32),
    /// A format other than 2.
    #[error("message format {0}")]
    Magic(i8),
    /// A checksum that does not fit the bytes.
    #[error("checksum {stored:08x} over bytes that have {computed:08x}")]
    Checksum {
        /// The batch's.
        stored: u32,
        /// What it should be.
        computed: u32,
    },
    /// An offset in a batch from a producer, which has none to give.
    #[error("a base offset of {0} from a producer")]
    BaseOffset(i64),
    /// No records, or not as many as there are offsets.
    #[error("{record_count} records with a last offset delta of {last_offset_delta}")]
    RecordCount {
        /// Records claimed.
        record_count: i32,
        /// Offset of the last one.
        last_offset_delta: i32,
    },
    /// A control batch from a producer; only a broker writes those.
    #[error("a control batch from a producer")]
    Control,
    /// A producer id without a sequence.
    #[error("producer id {producer_id} with sequence {base_sequence}")]
    Sequence {
        /// The producer.
        producer_id: i64,
        /// Its sequence.
        base_sequence: i32,
    },
    /// A compression that Kafka has not assigned.
    #[error("compression {0}")]
    Compression(u8),
}

/// A record that is not as it should be.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("record {index}: {fault}")]
pub struct RecordError {
    /// The number of the record in its batch, from zero; of a fault behind the last record, their count.
    pub index: i32,
    /// What is wrong with it.
    pub fault: RecordFault,
}

impl RecordError {
    /// A fault that shows before the first record does.
    pub(crate) fn before_any(fault: RecordFault) -> Self {
        Self { index: 0, fault }
    }
}

impl From<DecodeError> for RecordFault {
    fn from(error: DecodeError) -> Self {
        match error {
            DecodeError::Varint => Self::Varint,
            _ => Self::Truncated,
        }
    }
}

/// What is wrong with a record.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum RecordFault {
    /// The batch ends inside it.
    #[error("the batch ends inside it")]
    Truncated,
    /// A variable-length number that is longer than its type allows.
    #[error("an over-long variable-length number")]
    Varint,
    /// A length below −1, or below zero where null is not allowed.
    #[error("a length of {0}")]
    Length(i32),
    /// Its fields do not fill its size, or overflow it.
    #[error("its fields do not fill its size")]
    Size,
    /// An offset that is not the next one.
    #[error("offset delta {found} where {expected} comes next")]
    OffsetDelta {
        /// The next one.
        expected: i32,
        /// What stands there.
        found: i32,
    },
    /// No key, in a topic that is compacted by key.
    #[error("no key")]
    KeyMissing,
    /// A time stamp outside what the topic accepts.
    #[error("time stamp {0} is out of range")]
    Timestamp(i64),
    /// Bytes behind the last record.
    #[error("bytes behind the last record")]
    Trailing,
    /// The compressed bytes are damaged, or ask for more than this codec gives.
    #[error("cannot be decompressed: {0}")]
    Inflate(String),
    /// The records are larger than the caller allows, once inflated.
    #[error("inflates to more than {0} bytes")]
    TooLarge(usize),
}
