//! Transactions: records in several partitions, and offsets of groups, that count together or never were.
//!
//! [`Transactions`] is the coordinator of one cluster. What a request makes of a transactional id is decided by
//! pure functions ([`state`]) under a lock of the id's own; what must survive is in [`crate::meta`].
//!
//! # Invariants
//!
//! - A partition has entered a transaction durably before the first record of it is appended there, and whether
//!   it has entered is looked at under the lock under which a transaction ends: nobody is left to end a
//!   transaction that nobody knows.
//! - An outcome is durable before the first marker is written, and complete after all of them are durable. What
//!   is decided at a restart is carried out before anybody can connect.
//! - Offsets come to count with the record that completes the transaction, in the same journal.
//! - Only the newest epoch of a producer is listened to. A producer that renews its epoch with each transaction
//!   (KIP-890) can therefore not be confused by requests that were delayed.

mod admission;
mod alarms;
mod coordinator;
mod describe;
mod ending;
mod entering;
mod error;
mod expiry;
mod initial;
mod markers;
mod request;
mod settings;
mod state;

pub(crate) use admission::{Admission, Refusal, Wanted};
pub(crate) use coordinator::Transactions;
pub(crate) use error::TransactionError;
pub(crate) use request::{Claim, Initial, ListFilter, Outcome, Producer};
pub(crate) use settings::TransactionSettings;

#[cfg(test)]
mod crash_tests;
#[cfg(test)]
mod model_tests;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod world;
