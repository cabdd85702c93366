//! LeaveGroup: members go, or an administrator lets them go.

use super::GroupError;
use super::history::RebalanceCause;
use super::member::MemberId;
use super::request::Leaving;
use super::state::{GroupState, Stage};
use crate::now::Now;

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
        let pending = self.pending.len();
        let mut first = None;
        let answers = leaving
            .iter()
            .map(|leaving| {
                let left = self.leave_one(*leaving)?;
                first = first.take().or(left);
                Ok(())
            })
            .collect();
        // One rebalance for all of them.
        if first.is_some() || self.pending.len() < pending {
            self.after_removal(first.map(RebalanceCause::Left), now);
        }
        Ok(answers)
    }

    /// The member that has left; none when it had only been given an id.
    fn leave_one(&mut self, leaving: Leaving<'_>) -> Result<Option<MemberId>, GroupError> {
        let member: MemberId = if leaving.member.is_empty() {
            let holder = leaving.instance.and_then(|instance| self.statics.get(instance)).cloned();
            holder.ok_or(GroupError::UnknownMemberId)?
        } else if self.pending.remove(leaving.member).is_some() {
            return Ok(None);
        } else {
            self.claim_check(leaving.member, leaving.instance)?;
            leaving.member.into()
        };
        self.member_remove(&member, GroupError::UnknownMemberId);
        Ok(Some(member))
    }
}
