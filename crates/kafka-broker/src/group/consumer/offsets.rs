//! Who may commit and read offsets, and how they age.

use super::group::ConsumerGroup;
use crate::group::GroupError;
use crate::group::offsets::Expiry;
use crate::group::request::Claim;

impl ConsumerGroup {
    /// Whether a commit counts.
    pub(in crate::group) fn commit_check(&self, claim: Claim<'_>) -> Result<(), GroupError> {
        if self.is_closed {
            return Err(GroupError::CoordinatorNotAvailable);
        }
        // An administrator, or a consumer that only keeps its offsets here.
        if claim.generation < 0 && self.members.is_empty() {
            return Ok(());
        }
        let member = self.claimed(claim.member, claim.instance)?;
        if member.epoch == claim.generation { Ok(()) } else { Err(GroupError::StaleMemberEpoch) }
    }

    /// Whether a commit within a transaction counts. Producers that do not say for which member they commit are believed,
    /// as in groups of the older protocol; what the API has no code for is told in that protocol's words, as in Kafka.
    pub(in crate::group) fn transactional_commit_check(&self, claim: Claim<'_>) -> Result<(), GroupError> {
        let is_members = claim.generation >= 0 || !claim.member.is_empty() || claim.instance.is_some();
        match self.commit_check(claim) {
            Err(GroupError::CoordinatorNotAvailable) => Err(GroupError::CoordinatorNotAvailable),
            _ if !is_members => Ok(()),
            Err(GroupError::StaleMemberEpoch) => Err(GroupError::IllegalGeneration),
            checked => checked,
        }
    }

    /// Whether a member that asks for offsets is one, and of its epoch.
    pub(in crate::group) fn fetch_check(&self, member: &str, epoch: i32) -> Result<(), GroupError> {
        let member = self.claimed(member, None)?;
        if member.epoch == epoch { Ok(()) } else { Err(GroupError::StaleMemberEpoch) }
    }

    /// Whether single offsets can be deleted although the group may have members.
    pub(in crate::group) fn offsets_delete_check(&self) -> Result<(), GroupError> {
        if self.is_closed { Err(GroupError::GroupIdNotFound) } else { Ok(()) }
    }

    /// Whether a member reads the topic.
    pub(in crate::group) fn reads(&self, topic: &str) -> bool {
        !self.is_closed && self.subscribed.contains(topic)
    }

    /// From when on the group's offsets age, and which do not.
    pub(in crate::group) fn expiry(&self) -> Expiry<'_> {
        match self.is_closed {
            true => Expiry::Never,
            false if self.members.is_empty() => Expiry::SinceEmpty(self.since_ms),
            false => Expiry::SinceCommit(Some(&self.subscribed)),
        }
    }

    /// Whether nothing but offsets could be a reason to keep it.
    pub(in crate::group) fn is_vacant(&self) -> bool {
        self.members.is_empty() && !self.is_closed
    }

    /// Whether nobody ever was in it.
    pub(in crate::group) fn is_unstarted(&self) -> bool {
        self.epoch == 0
    }
}
