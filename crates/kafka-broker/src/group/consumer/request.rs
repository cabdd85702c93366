//! What members of the newer protocol ask, and what they and administrators are told.

use std::sync::Arc;
use std::time::Duration;

use uuid::Uuid;

use super::assignor::Assignor;
use super::pattern::Pattern;
use crate::group::{GroupError, GroupPhase};
use crate::meta::Partitions;

/// The epoch with which a member joins.
pub(super) const JOINS: i32 = 0;
/// The epoch with which a member leaves.
pub(super) const LEAVES: i32 = -1;
/// The epoch with which a static member leaves for a while, and that it has until it is back.
pub(super) const AWAY: i32 = -2;

/// Longest id of a member, an instance or a rack, in bytes: none is longer in the older protocol's encodings.
const ID_MAX: usize = i16::MAX as usize;
/// Most bytes of topic names in one subscription, so that a member fits in a record of the journal.
const NAMES_BYTES_MAX: usize = 4 << 20;

/// What a member says. What it leaves out has not changed.
#[derive(Clone, Debug)]
pub struct Heartbeat<'a> {
    /// Its id; empty in the first request of a client that leaves it to the coordinator (version 0).
    pub member: &'a str,
    /// The epoch it was told last; 0 joins, -1 leaves, -2 leaves for a while as a static member.
    pub epoch: i32,
    /// Its instance id, for a static member.
    pub instance: Option<&'a str>,
    /// Where it is.
    pub rack: Option<&'a str>,
    /// How long it may take to give partitions up.
    pub rebalance_timeout: Option<Duration>,
    /// The topics it reads.
    pub names: Option<Vec<&'a str>>,
    /// An expression for more of them; an empty one is none.
    pub regex: Option<&'a str>,
    /// The assignor it prefers.
    pub assignor: Option<&'a str>,
    /// What it owns.
    pub owned: Option<Partitions>,
    /// The client's name for itself.
    pub client_id: &'a str,
    /// Where it connects from.
    pub client_host: &'a str,
    /// Whether the member makes its id itself (versions 1 and later).
    pub makes_id: bool,
}

impl Heartbeat<'_> {
    /// That it makes sense by itself, whatever the group.
    pub(crate) fn check(&self) -> Result<(), GroupError> {
        let invalid = |what| Err(GroupError::InvalidRequest(what));
        if self.member.is_empty() && (self.makes_id || self.epoch != JOINS) {
            return invalid("MemberId cannot be empty");
        }
        if self.instance == Some("") {
            return invalid("InstanceId cannot be empty");
        }
        if self.rack == Some("") {
            return invalid("RackId cannot be empty");
        }
        if [Some(self.member), self.instance, self.rack].into_iter().flatten().any(|id| id.len() > ID_MAX) {
            return invalid("MemberId, InstanceId or RackId is too long");
        }
        if self
            .names
            .as_ref()
            .is_some_and(|names| names.iter().map(|name| name.len()).sum::<usize>() > NAMES_BYTES_MAX)
        {
            return invalid("SubscribedTopicNames are too many");
        }
        match self.epoch {
            JOINS if self.rebalance_timeout.is_none() => {
                return invalid("RebalanceTimeoutMs must be provided in the first request");
            }
            JOINS if self.owned.as_ref().is_none_or(|owned| !owned.is_empty()) => {
                return invalid("TopicPartitions must be empty when (re-)joining");
            }
            JOINS if self.names.is_none() && self.regex.is_none() => {
                return invalid(
                    "either SubscribedTopicNames or SubscribedTopicRegex must be given when (re-)joining",
                );
            }
            AWAY if self.instance.is_none() => {
                return invalid("InstanceId cannot be null when leaving for a while");
            }
            ..AWAY => return invalid("MemberEpoch is invalid"),
            _ => {}
        }
        if let Some(name) = self.assignor {
            Assignor::named(name).ok_or(GroupError::UnsupportedAssignor)?;
        }
        self.regex.map_or(Ok(()), |text| Pattern::new(text).map(drop))
    }

    /// Whether the member wants to be in the group, perhaps again.
    pub(crate) fn joins(&self) -> bool {
        self.epoch == JOINS
    }

    /// Whether it says everything, as a member does that joins or has not had an answer.
    pub(super) fn is_full(&self) -> bool {
        let says_subscription = self.names.is_some() || self.regex.is_some();
        self.epoch == JOINS || (self.rebalance_timeout.is_some() && says_subscription && self.owned.is_some())
    }
}

/// Partitions of a topic.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TopicPartitions {
    /// The topic.
    pub topic: Uuid,
    /// Its partitions, in order.
    pub partitions: Vec<i32>,
}

impl TopicPartitions {
    /// The partitions, topic by topic.
    pub(super) fn grouped(partitions: &Partitions) -> Vec<Self> {
        let mut topics: Vec<Self> = Vec::new();
        for (topic, partition) in partitions {
            match topics.last_mut().filter(|last| last.topic == *topic) {
                Some(last) => last.partitions.push(*partition),
                None => topics.push(Self { topic: *topic, partitions: vec![*partition] }),
            }
        }
        topics
    }
}

/// What a member is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Beat {
    /// Its id.
    pub member: Arc<str>,
    /// Its epoch from now on; the one it left with, when it leaves.
    pub epoch: i32,
    /// How long until its next heartbeat; none when it leaves.
    pub interval: Duration,
    /// What it may own; absent when that has not changed.
    pub assignment: Option<Vec<TopicPartitions>>,
}

/// A group and its members, as administrators see them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsumerDescription {
    /// Where it stands.
    pub phase: GroupPhase,
    /// Its epoch, and that of its assignment: they are computed in one step.
    pub epoch: i32,
    /// The assignor in use.
    pub assignor: &'static str,
    /// Its members, by id.
    pub members: Vec<ConsumerMemberDescription>,
}

/// A member as administrators see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConsumerMemberDescription {
    /// Its id.
    pub member: Arc<str>,
    /// Its instance id.
    pub instance: Option<Arc<str>>,
    /// Where it says it is.
    pub rack: Option<Arc<str>>,
    /// Its epoch; -2 for a static member that is away.
    pub epoch: i32,
    /// The client's name for itself.
    pub client_id: Arc<str>,
    /// Where it connects from.
    pub client_host: Arc<str>,
    /// The topics it names.
    pub names: Vec<Arc<str>>,
    /// Its expression for more of them.
    pub regex: Option<Arc<str>>,
    /// What it owns.
    pub assigned: Vec<TopicPartitions>,
    /// What it is to own.
    pub target: Vec<TopicPartitions>,
}
