//! What a cluster must remember besides its logs: who it is, its topics, its groups and their
//! offsets, the quotas of its clients.
//!
//! Everything is a [`Record`] in one journal. Opening replays the records into a [`State`], a pure state
//! machine; afterwards each change is appended, made durable together with all others that wait, applied,
//! and only then answered. When the journal has outgrown the state it describes, it is rewritten.
//!
//! # Invariants
//!
//! - What can be read is durable: a state that a crash could take back is never shown.
//! - Records are applied in the order of the journal, so a restart arrives at the state that was shown.
//! - Changes of topics are decided one at a time on the applied state. Those of a group are decided under the
//!   group's own lock, which is also held while they are appended.
//! - A record that this version does not know ends the opening, and no byte has been changed.

mod codec;
mod consumer_groups;
mod error;
mod offsets;
mod producer_ids;
mod quotas;
mod records;
mod state;
mod store;
mod topic_changes;
mod topics;
mod transactions;

pub use consumer_groups::{
    ConsumerFacts, ConsumerGroupChange, ConsumerMemberRecord, Partitions, change_records,
};
pub use error::{OpenError, StoreError};
pub use offsets::{GroupOffsets, Offset};
pub use quotas::{EntityName, QuotaEntity, QuotaKey, QuotaTable, QuotaValue, QuotaValues};
pub use records::{
    Committed, GroupRecord, MemberRecord, Record, RecordError, commit_records, transaction_commit_records,
};
pub use state::{GroupFacts, State};
pub use store::{Position, Store};
pub use topics::{Topic, TopicError, TopicRef, TopicSpec, Topics, topic_name_check};
pub use transactions::{TransactionPhase, TransactionRecord};

#[cfg(test)]
mod crash_tests;
