//! The embedded Kafka engine: durable logs, group coordination, and the Kafka protocol in front of them.
//!
//! A [`Broker`] serves many clusters in one process; to its clients each [`Cluster`] is a Kafka of its own, with
//! one broker, its own port, topics and groups.
//!
//! # Invariants
//!
//! - Nothing here knows who made a cluster or why; the host asks through [`Broker`] and [`Cluster`], clients ask
//!   through the protocol, and both see the same state.
//! - A record batch is stored as the bytes its producer sent, but for offset, epoch and the broker's timestamp.
//! - What is acknowledged is durable to the degree that was asked for, and what can be read is durable.
//! - Lengths from the wire are bounded before memory is reserved; requests in flight share one budget.
//! - Files, time and randomness come from `machine`.

mod apis;
mod authority;
mod broker;
mod budget;
mod check;
mod cluster;
mod connection;
mod deadlines;
mod door;
mod entrance;
mod error;
mod fetch_sessions;
mod frames;
#[cfg(feature = "fuzz")]
pub mod fuzz;
pub mod group;
mod listener;
pub mod log;
mod log_records;
mod login;
pub mod meta;
mod metrics;
mod now;
mod places;
mod principal;
mod reply;
mod secured;
mod sightings;
mod socket;
#[cfg(test)]
mod testing;
mod topic_settings;
mod topics;
mod transaction;

pub use authority::{
    AccessRule, CLUSTER_NAME, KeeperError, Kept, Names, Operation, Permission, ResourceKind, RuleChange,
    RuleKeeper,
};
pub use broker::{Broker, BrokerConfig, Limits};
pub use check::check;
pub use cluster::{
    Cluster, ClusterBounds, ClusterConfig, ClusterSettings, CommitFigures, Excerpt, GroupActivity,
    GroupCommit, GroupFigures, GroupMember, GroupOffset, LoginListener, Message, MessageLimits, MessagePlace,
    PartitionEnds, TopicFigures,
};
pub use door::{AddressBlock, AllowedAddresses, Expected};
pub use error::ClusterError;
pub use fetch_sessions::FetchSessionCounts;
pub use log::Finding;
pub use login::{Mechanism, NotAVerifier, User, Verifier};
pub use meta::{Topic, TopicSpec};
pub use metrics::{ClusterCounters, RefusalCount, RequestCount};
pub use sightings::{SeenClients, Subject};
