//! LeaveGroup: members go, or an administrator lets them go.

use super::GroupError;
use super::request::Leaving;
use super::state::{GroupState, Now, Stage};

impl GroupState {
    /// Members leave. One answer each, in order; the refusal of the whole is for a group that is ending.
    pub(crate) fn leave(
        &mut self,
        leaving: &[Leaving<'_>],
        now: Now,
    ) -> Result<Vec<Result<(), GroupError>>, GroupError> {
        if matches!(self.stage, Stage::Dead) {
            return Err(GroupError::CoordinatorNotAvailable);
        }
        let (members, pending) = (self.members.len(), self.pending.len());
        let answers = leaving.iter().map(|leaving| self.leave_one(*leaving)).collect();
        // One rebalance for all of them.
        let members_left = self.members.len() < members;
        if members_left || self.pending.len() < pending {
            self.after_removal(members_left, now);
        }
        Ok(answers)
    }

    fn leave_one(&mut self, leaving: Leaving<'_>) -> Result<(), GroupError> {
        if leaving.member.is_empty() {
            let holder = leaving.instance.and_then(|instance| self.statics.get(instance)).cloned();
            let holder = holder.ok_or(GroupError::UnknownMemberId)?;
            self.member_remove(&holder, GroupError::UnknownMemberId);
        } else if self.pending.remove(leaving.member).is_none() {
            self.claim_check(leaving.member, leaving.instance)?;
            self.member_remove(leaving.member, GroupError::UnknownMemberId);
        }
        Ok(())
    }
}
