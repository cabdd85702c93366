//! The log of a partition, on disk in Kafka's layout.
//!
//! `<topic>-<partition>/` holds segments (`<base offset>.log`: batches, byte for byte as on the wire), their
//! sparse indexes, a summary that vouches for these, digests of what is finished, snapshots of producer state,
//! `partition.metadata`, and after closing `leader-epoch-checkpoint`. What must survive besides, where each log
//! begins, how far it is durable, which epoch wrote what, is in one ledger for all logs of a data directory.
//!
//! - [`PartitionLog`] is the public face: append, read, wait, retain, close, delete.
//! - [`LogContext`] is what logs of one data directory share.
//!
//! # Invariants
//!
//! - An append is one write of the client's bytes behind a patched header. Nothing is done per record.
//! - An idle log has no task, no timer, no thread, no open file and about a kilobyte of memory.
//! - Derived files (indexes, snapshots) never decide over the log, are never ahead of it, and can be lost.

mod aborted;
mod append;
mod batch;
mod by_time;
mod check;
mod compaction;
mod config;
mod context;
mod decisions;
mod digests;
mod epochs;
mod error;
mod eviction;
mod examination;
mod growth;
mod index;
mod ledger;
mod metadata;
mod pace;
mod partition;
mod producers;
mod reader;
mod recovery;
mod retention;
mod room;
mod scan;
mod scrub;
mod segment;
mod snapshot;
mod state;
mod summary;
mod syncing;
#[cfg(test)]
pub(crate) mod testing;
#[cfg(test)]
mod tests;
mod watch;
mod writer;

pub use aborted::Aborted;
pub use append::{Appended, Origin};
pub use batch::{BatchInfo, HEADER_LEN};
pub use check::{Finding, check};
pub use compaction::{Compacted, Dirty};
pub use config::{LogConfig, TimestampType};
pub use context::LogContext;
pub use epochs::Epochs;
pub use error::{AppendError, Damage, LogError, ReadError};
pub use eviction::Evictable;
pub use pace::Pace;
pub use partition::{LogSpec, PartitionLog};
pub use producers::Producer;
pub use reader::{FileRange, FoundBatch, ReadBound, ReadSlice};
pub use retention::Retained;
pub use scrub::Scrubbed;
pub use watch::{Waiter, Watch};
