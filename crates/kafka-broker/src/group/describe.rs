//! What administrators see of a group.

use super::history::Rebalance;
use super::request::{GroupDescription, GroupKind, GroupListing};
use super::state::{GroupState, Stage};

impl GroupState {
    /// For a list.
    pub(crate) fn listing(&self) -> GroupListing {
        GroupListing {
            name: self.name.clone(),
            kind: GroupKind::Classic,
            protocol_type: self.protocol_type.clone(),
            phase: self.phase(),
        }
    }

    /// How many members it has.
    pub(crate) fn size(&self) -> usize {
        self.members.len()
    }

    /// Its last rebalances, the newest first.
    pub(crate) fn rebalances(&self) -> Vec<Rebalance> {
        self.history.rebalances()
    }

    /// With its members. What they support and own is told while it is settled.
    pub(crate) fn describe(&self) -> GroupDescription {
        let settled = match self.stage {
            Stage::Stable { .. } => self.protocol.clone(),
            _ => None,
        };
        GroupDescription {
            name: self.name.clone(),
            phase: self.phase(),
            protocol_type: self.protocol_type.clone(),
            generation: self.generation,
            members: self.members.values().map(|member| member.describe(settled.as_deref())).collect(),
            protocol: settled,
        }
    }
}
