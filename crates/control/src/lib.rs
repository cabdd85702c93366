//! The waist of Weir: what exists, who owns it, what may happen to it next.
//!
//! A dialect above turns bytes into a command; an engine below makes it real. In between, this crate
//! permits, commits and drives the work to its end.
//!
//! # Invariants
//!
//! - No HTTP, no wire names, no cloud names, no Kafka frames: instances, topics, groups, users, rules.
//! - A change has happened when its transaction has; only then is a [`Committed`] made, and no reply to a
//!   change can be built without one.
//! - Every query carries the account. What belongs to another account does not exist.
//! - The engine is the truth for what lives in it, the store for what only the cloud knows.

pub mod account;
pub mod allowed;
pub mod audit;
pub mod cidr;
pub mod cipher_alias;
pub mod cipher_key;
pub mod client;
pub mod committed;
pub mod config;
pub mod control;
pub mod engine;
pub mod fail;
pub mod fault;
pub mod group;
pub mod identity;
pub mod ids;
pub mod instance;
pub mod message;
pub mod network;
pub mod permission;
pub mod placement;
pub mod policy;
pub mod quota;
pub mod resource_group;
pub mod rule;
pub mod security_group;
pub mod stats;
pub mod sub_user;
pub mod subnet;
pub mod tag;
pub mod term;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
pub mod topic;
pub mod user;
pub mod zone;

mod catalogue;
mod ciphertext;
mod clusters;
mod commands;
mod disk_key;
mod keys;
mod open;
mod operations;
mod reconcilers;
mod shared;
mod store;

pub use account::{AccessKey, Caller};
pub use committed::Committed;
pub use control::Control;
pub use disk_key::disk_keys;
pub use fault::Fault;
pub use operations::operation_steps;
