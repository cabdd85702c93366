//! Groups of the newer protocol (KIP-848): the coordinator assigns, and members follow one by one.
//!
//! A member sends one request over and over, its heartbeat: what it wants to read, what it owns, the epoch it
//! was told. The answer says what it may own now. [`ConsumerGroup`] is a pure state machine, as the classic
//! group is; what is to be durable it collects as a change, which the shell appends before anybody is told.
//!
//! The group's epoch rises with every change of members, subscriptions or topics, and in the same step the
//! target is computed: who is to own what. So the epoch of the group is that of its assignment too. Each
//! member then goes from what it owns to what it is to own, in [`reconcile`], and is at the group's epoch once
//! it owns nothing that is no longer meant for it.
//!
//! # Invariants
//!
//! - A partition has one holder at most: whoever may own it or has not said yet that it has given it up. It is
//!   given to nobody else until then, or until the holder is fenced.
//! - The target gives every partition that anybody reads to one member that reads it.
//! - Epochs, the group's and each member's, only rise; a member that begins again begins above all of them.

mod assignor;
mod change;
mod describe;
mod group;
mod heartbeat;
mod leave;
mod member;
mod offsets;
mod pattern;
mod reconcile;
mod request;
mod target;
mod update;

pub(super) use group::ConsumerGroup;
pub(super) use heartbeat::Surroundings;
pub use request::{Beat, ConsumerDescription, ConsumerMemberDescription, Heartbeat, TopicPartitions};

#[cfg(test)]
mod model_tests;
#[cfg(test)]
mod table_tests;
#[cfg(test)]
mod world;
