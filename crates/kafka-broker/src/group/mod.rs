//! Consumer groups: who reads which partition, and how far each group has come.
//!
//! [`Groups`] is the coordinator of one cluster. Each group is a pure state machine behind a lock of its own; requests that must wait are parked on a channel; all timers are one queue and one task. What
//! must survive is in [`crate::meta`].
//!
//! There are two protocols, and [`any`] is a group in either: the classic one, in which members assign and the
//! coordinator keeps time ([`state`]), and the newer one, in which the coordinator assigns ([`consumer`]).
//!
//! # Invariants
//!
//! - A partition has one owner per generation: what members are given is what the leader of that generation
//!   brought, or what nobody else holds, and it is durable before the first of them has it.
//! - A commit counts only if its member and generation are current, and is answered when it is durable.
//!   Commits of one group are in the journal in the order in which they were decided.
//! - Every request that waits is answered: no state is without an event or a deadline that ends it.

mod admin;
mod any;
mod commits;
mod consumer;
mod consumer_members;
mod describe;
mod error;
mod expiry;
mod groups;
mod heartbeat;
mod history;
mod join;
mod leave;
mod member;
mod members;
mod offsets;
mod rebalance;
mod request;
mod settings;
mod state;
mod subscription;
mod sync;

pub use consumer::{Beat, ConsumerDescription, ConsumerMemberDescription, Heartbeat, TopicPartitions};
pub use error::GroupError;
pub use groups::Groups;
pub use history::{Rebalance, RebalanceCause};
pub use request::{
    Claim, Commit, Fetched, GroupDescription, GroupKind, GroupListing, GroupPhase, JoinRefused, Joined,
    JoinedMember, Joining, Leaving, ListFilter, MemberDescription, Protocol, Synced, Syncing,
};
pub use settings::GroupSettings;
