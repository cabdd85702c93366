//! SyncGroup: members ask for their assignment, the leader brings it.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;

use super::GroupError;
use super::member::Parked;
use super::request::Syncing;
use super::state::{Effect, GroupState, Stage, Ticket};
use crate::now::Now;

impl GroupState {
    /// A member asks for its assignment. The answer comes as an effect, now or later.
    pub(crate) fn sync(&mut self, ticket: Ticket, sync: Syncing<'_>, now: Now) {
        if let Err(error) = self.sync_check(&sync) {
            return self.effect(Effect::Synced(ticket, Err(error)));
        }
        let Some(member) = self.members.get_mut(sync.claim.member) else { return };
        member.synced = true;
        let (id, assignment) = (member.id.clone(), member.assignment.clone());
        match self.stage {
            Stage::Stable { .. } => {
                self.session_renew(&id, now);
                let synced = self.synced(assignment);
                self.effect(Effect::Synced(ticket, Ok(synced)));
            }
            _ => {
                // An older one, whose connection must be gone, is sent away.
                let older = std::mem::replace(&mut member.parked, Parked::Sync(ticket));
                self.parked_refuse(older, &id, GroupError::RebalanceInProgress);
                if self.is_leader(&id) {
                    self.sync_begin(sync.assignments);
                }
            }
        }
    }

    fn sync_check(&self, sync: &Syncing<'_>) -> Result<(), GroupError> {
        if matches!(self.stage, Stage::Dead) {
            return Err(GroupError::CoordinatorNotAvailable);
        }
        self.generation_check(sync.claim)?;
        let differs = |expected: Option<&str>, is: &Option<Arc<str>>| {
            expected.is_some_and(|expected| is.as_deref() != Some(expected))
        };
        if differs(sync.protocol_type, &self.protocol_type) || differs(sync.protocol, &self.protocol) {
            return Err(GroupError::InconsistentGroupProtocol);
        }
        match self.stage {
            Stage::Preparing { .. } => Err(GroupError::RebalanceInProgress),
            Stage::Empty => Err(GroupError::UnknownMemberId),
            _ => Ok(()),
        }
    }

    /// The first assignments that the leader brings in a generation are the ones that count: they may be on
    /// the disk already when it asks again. Members it left out get an empty one; whoever is not a member, none.
    fn sync_begin(&mut self, assignments: Vec<(Arc<str>, Bytes)>) {
        if !matches!(self.stage, Stage::Completing { storing: None, .. }) {
            return;
        }
        let assignments: BTreeMap<_, _> =
            assignments.into_iter().filter(|(member, _)| self.members.contains_key(member)).collect();
        self.store(Some(assignments));
    }
}
