//! What can go wrong with a partition's log, one variant per answer that Kafka has for it.

use std::path::PathBuf;

/// A batch was not appended. Nothing of it is in the log.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum AppendError {
    /// `MESSAGE_TOO_LARGE` (10): over the topic's `max.message.bytes`, or no segment could hold it.
    #[error("a batch of {size} bytes is over the limit of {limit}")]
    TooLarge {
        /// Of the batch.
        size: u32,
        /// What the topic allows.
        limit: u32,
    },
    /// `CORRUPT_MESSAGE` (2): the bytes are not one batch. The caller had not checked them.
    #[error("not one record batch")]
    Malformed,
    /// `OUT_OF_ORDER_SEQUENCE_NUMBER` (45).
    #[error("producer {producer_id} sent sequence {sequence}, expected {expected}")]
    OutOfOrderSequence {
        /// The producer.
        producer_id: i64,
        /// What it sent.
        sequence: i32,
        /// What would have followed.
        expected: i32,
    },
    /// `INVALID_PRODUCER_EPOCH` (47).
    #[error("producer {producer_id} sent epoch {epoch}, but {current} is known")]
    InvalidProducerEpoch {
        /// The producer.
        producer_id: i64,
        /// What it sent.
        epoch: i16,
        /// The newer one.
        current: i16,
    },
    /// `INVALID_TXN_STATE` (48): data outside a transaction, from a producer that has one open.
    #[error("producer {producer_id} has a transaction open")]
    InvalidTransactionState {
        /// The producer.
        producer_id: i64,
    },
    /// `TRANSACTION_COORDINATOR_FENCED` (52): a marker from a coordinator that was replaced.
    #[error("a marker of coordinator epoch {epoch}, but {current} is known")]
    CoordinatorFenced {
        /// The marker's.
        epoch: i32,
        /// The newer one.
        current: i32,
    },
    /// `KAFKA_STORAGE_ERROR` (56): there is no room. It works again when there is.
    #[error("the disk is full")]
    DiskFull,
    /// `KAFKA_STORAGE_ERROR` (56): a write failed; the log goes on behind its last good batch.
    #[error("the write failed: {0}")]
    WriteFailed(String),
    /// `KAFKA_STORAGE_ERROR` (56): the log takes nothing any more until a restart has read it again.
    #[error("the log is offline: {0}")]
    Offline(String),
    /// `UNKNOWN_TOPIC_OR_PARTITION` (3): the topic is being deleted, or the broker is stopping.
    #[error("the log is closed")]
    Closed,
}

/// Nothing could be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// `OFFSET_OUT_OF_RANGE` (1).
    #[error("offset {offset} is outside {log_start} to {log_end}")]
    OutOfRange {
        /// What was asked for.
        offset: i64,
        /// The first offset there is.
        log_start: i64,
        /// The offset after the last.
        log_end: i64,
    },
    /// `KAFKA_STORAGE_ERROR` (56): what is at the offset is damaged. Other offsets are served.
    #[error(transparent)]
    Damaged(#[from] Damage),
    /// `KAFKA_STORAGE_ERROR` (56): the file could not be read.
    #[error("cannot read: {0}")]
    Failed(String),
    /// `UNKNOWN_TOPIC_OR_PARTITION` (3): the topic is being deleted, or the broker is stopping.
    #[error("the log is closed")]
    Closed,
}

/// Bytes of a log that were once durable and do not read back as what they were.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{} is damaged at byte {position}, offset {offset}: {what}", file.display())]
pub struct Damage {
    /// The segment.
    pub file: PathBuf,
    /// Where in it.
    pub position: u32,
    /// The offset that should be there.
    pub offset: i64,
    /// How it shows.
    pub what: &'static str,
}

/// A log could not be opened or changed.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// The file layer failed.
    #[error("cannot {attempt} {}", path.display())]
    Io {
        /// What was tried.
        attempt: &'static str,
        /// On what.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// The ledger of the data directory failed.
    #[error("the ledger of the logs")]
    Ledger(#[from] machine::journal::JournalError),
    /// A sync failed, now or earlier; nothing changes until a restart.
    #[error(transparent)]
    SyncFailed(#[from] machine::commit::SyncFailed),
    /// `OFFSET_OUT_OF_RANGE` (1): the offset to delete up to is negative or beyond what can be read.
    #[error("offset {offset} is beyond {high_watermark}")]
    OutOfRange {
        /// What was asked for.
        offset: i64,
        /// How far the log can be read.
        high_watermark: i64,
    },
    /// A compaction met something that it cannot go on with; what was there stays.
    #[error("cannot compact: {0}")]
    Compaction(String),
    /// The topic is being deleted, or the broker is stopping.
    #[error("the log is closed")]
    Closed,
}
