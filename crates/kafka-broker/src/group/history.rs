//! What a group's last rebalances were, since the process began. For people who look; nothing is decided by it.

use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::now::Now;

/// How many rebalances of a group are remembered.
const REBALANCES_MAX: usize = 20;

/// A rebalance that has ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rebalance {
    /// The generation it led to.
    pub generation: i32,
    /// When it began, in milliseconds since 1970.
    pub began_ms: i64,
    /// How long it took until every member could have its assignment, or until nobody was left.
    pub took: Duration,
    /// What began it.
    pub cause: RebalanceCause,
    /// Whether the generation has members.
    pub has_members: bool,
}

/// What began a rebalance; shown as Kafka's coordinator logs it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RebalanceCause {
    /// A member has joined.
    Joined(Arc<str>),
    /// A member wants to read something else, or in another way.
    Changed(Arc<str>),
    /// The leader wants to assign anew.
    LeaderRejoined(Arc<str>),
    /// A static member came back, and its assignment cannot stand.
    Returned(Arc<str>),
    /// A member has left, or was made to.
    Left(Arc<str>),
    /// A member was not heard of in time.
    Silent(Arc<str>),
    /// A member did not ask for its assignment in time.
    Slow(Arc<str>),
    /// The assignments could not be made durable.
    NotStored,
    /// A member did not give partitions up in time.
    Unrevoked(Arc<str>),
    /// Topics that members read were made, deleted, or have more partitions.
    TopicsChanged,
}

impl fmt::Display for RebalanceCause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Joined(member) => write!(f, "Adding new member {member}"),
            Self::Changed(member) => write!(f, "Updating metadata for member {member}"),
            Self::LeaderRejoined(member) => write!(f, "leader {member} re-joining group"),
            Self::Returned(member) => write!(f, "static member {member} re-joining group"),
            Self::Left(member) => write!(f, "removing member {member} on LeaveGroup"),
            Self::Silent(member) => write!(f, "removing member {member} on heartbeat expiration"),
            Self::Slow(member) => write!(f, "removing member {member} on pending sync request expiration"),
            Self::Unrevoked(member) => write!(f, "removing member {member} on rebalance timeout expiration"),
            Self::TopicsChanged => f.write_str("topics of the subscriptions have changed"),
            Self::NotStored => f.write_str("error when storing group assignment"),
        }
    }
}

/// The rebalance under way, if any, and the last ones.
#[derive(Debug, Default)]
pub(super) struct History {
    begun: Option<(RebalanceCause, Now)>,
    ended: VecDeque<Rebalance>,
}

impl History {
    /// A rebalance begins, or begins anew before it has ended: that is one, of the first cause.
    pub(super) fn begin(&mut self, cause: RebalanceCause, now: Now) {
        self.begun.get_or_insert((cause, now));
    }

    /// Whether there is one that has not ended.
    pub(super) fn is_begun(&self) -> bool {
        self.begun.is_some()
    }

    /// The rebalance has ended.
    pub(super) fn end(&mut self, generation: i32, has_members: bool, now: Now) {
        let Some((cause, began)) = self.begun.take() else { return };
        if self.ended.len() == REBALANCES_MAX {
            self.ended.pop_front();
        }
        self.ended.push_back(Rebalance {
            generation,
            began_ms: began.wall_ms,
            took: now.elapsed.saturating_sub(began.elapsed),
            cause,
            has_members,
        });
    }

    /// The newest first.
    pub(super) fn rebalances(&self) -> Vec<Rebalance> {
        self.ended.iter().rev().cloned().collect()
    }
}
