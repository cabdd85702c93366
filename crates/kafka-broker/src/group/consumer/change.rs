//! What is to be made durable before anybody is told of it.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::group::ConsumerGroup;
use crate::group::member::MemberId;
use crate::meta::ConsumerGroupChange;

/// What has changed since it was last appended to the journal. It stays here while the disk refuses it, and
/// nobody is told anything meanwhile: members ask again, and the protocol takes a repeated request for one.
#[derive(Debug, Default)]
pub(super) struct Unsaved {
    /// Members that are new, other than before, or gone.
    members: BTreeSet<MemberId>,
    epoch: bool,
}

impl Unsaved {
    pub(super) fn member(&mut self, id: &MemberId) {
        self.members.insert(id.clone());
    }

    pub(super) fn epoch(&mut self) {
        self.epoch = true;
    }
}

impl ConsumerGroup {
    /// What is not in the journal yet.
    pub(in crate::group) fn unsaved(&self) -> Option<ConsumerGroupChange> {
        if self.is_closed || (self.unsaved.members.is_empty() && !self.unsaved.epoch) {
            return None;
        }
        let mut change = ConsumerGroupChange {
            group: self.name.clone(),
            epoch: self.epoch,
            since_ms: self.since_ms,
            members: Vec::new(),
            gone: Vec::new(),
        };
        for id in &self.unsaved.members {
            match self.members.get(id) {
                Some(member) => change.members.push(Arc::new(member.record())),
                None => change.gone.push(id.clone()),
            }
        }
        Some(change)
    }

    /// It is now.
    pub(in crate::group) fn saved(&mut self) {
        self.unsaved = Unsaved::default();
    }
}
