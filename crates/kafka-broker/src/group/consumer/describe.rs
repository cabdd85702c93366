//! What administrators see of a group.

use super::group::ConsumerGroup;
use super::member::Member;
use super::request::ConsumerDescription;
use crate::group::history::Rebalance;
use crate::group::request::{GroupKind, GroupListing};
use crate::group::subscription::CONSUMER;

impl ConsumerGroup {
    /// For a list.
    pub(in crate::group) fn listing(&self) -> GroupListing {
        GroupListing {
            name: self.name.clone(),
            kind: GroupKind::Consumer,
            protocol_type: Some(CONSUMER.into()),
            phase: self.phase(),
        }
    }

    /// Its last rebalances, the newest first.
    pub(in crate::group) fn rebalances(&self) -> Vec<Rebalance> {
        self.history.rebalances()
    }

    /// How many members it has.
    pub(crate) fn size(&self) -> usize {
        self.members.len()
    }

    /// With its members.
    pub(in crate::group) fn describe(&self) -> ConsumerDescription {
        ConsumerDescription {
            phase: self.phase(),
            epoch: self.epoch,
            assignor: self.assignor.name(),
            members: self.members.values().map(Member::describe).collect(),
        }
    }
}
