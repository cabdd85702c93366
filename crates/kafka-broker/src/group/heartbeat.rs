//! Heartbeat: a member says that it is alive and hears whether it must join again.

use super::GroupError;
use super::request::Claim;
use super::state::{GroupState, Stage};
use crate::now::Now;

impl GroupState {
    /// A member is alive.
    pub(crate) fn heartbeat(&mut self, claim: Claim<'_>, now: Now) -> Result<(), GroupError> {
        if matches!(self.stage, Stage::Dead) {
            return Err(GroupError::CoordinatorNotAvailable);
        }
        self.generation_check(claim)?;
        self.session_renew(claim.member, now);
        match self.stage {
            Stage::Preparing { .. } => Err(GroupError::RebalanceInProgress),
            _ => Ok(()),
        }
    }
}
