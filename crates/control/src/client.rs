//! Kafka clients of an instance, as its owner looks for them.

use std::net::IpAddr;

use crate::ids::{GroupName, InstanceId, Region, TopicName};

/// Which clients to look for.
#[derive(Clone, Debug)]
pub struct ClientQuery {
    /// Where the instance was bought.
    pub region: Region,
    /// The instance.
    pub instance: InstanceId,
    /// What they have asked about.
    pub subject: ClientSubject,
    /// When, in milliseconds since 1970; this time included.
    pub from_ms: i64,
    /// Until when, this time included.
    pub to_ms: i64,
}

/// What clients have asked about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ClientSubject {
    /// The instance, whatever else.
    Instance,
    /// A topic.
    Topic(TopicName),
    /// A group.
    Group(GroupName),
}

/// Clients that have sent requests of one kind.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SeenClients {
    /// The kind, in the engine's words.
    pub request: String,
    /// Addresses, and how many connections each had.
    pub clients: Vec<(IpAddr, u32)>,
}
