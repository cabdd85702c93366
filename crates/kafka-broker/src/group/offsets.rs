//! Who may commit, what may be deleted, and what has expired.

use std::collections::BTreeSet;

use super::GroupError;
use super::request::Claim;
use super::state::{GroupState, Stage};
use super::subscription::CONSUMER;
use crate::meta::Offset;
use crate::now::Now;

impl GroupState {
    /// Whether a commit counts. A member's commit is a sign of life.
    pub(crate) fn commit_check(&mut self, claim: Claim<'_>, now: Now) -> Result<(), GroupError> {
        match self.stage {
            Stage::Dead => return Err(GroupError::CoordinatorNotAvailable),
            // An administrator, or a consumer that only keeps its offsets here.
            Stage::Empty if claim.generation < 0 => return Ok(()),
            _ => {}
        }
        let is_members = claim.generation >= 0 || !claim.member.is_empty() || claim.instance.is_some();
        if is_members {
            self.generation_check(claim)?;
        } else if !matches!(self.stage, Stage::Empty) {
            return Err(GroupError::UnknownMemberId);
        }
        match self.stage {
            // The member has no assignment in this generation yet, so these are not its partitions.
            Stage::Completing { .. } => Err(GroupError::RebalanceInProgress),
            // While preparing, members bring in what they did before they join again.
            _ => {
                self.session_renew(claim.member, now);
                Ok(())
            }
        }
    }

    /// Whether a commit within a transaction counts. Producers of older versions do not say for which member they
    /// commit, so those that say nothing are believed whatever the group does.
    pub(crate) fn transactional_commit_check(
        &mut self,
        claim: Claim<'_>,
        now: Now,
    ) -> Result<(), GroupError> {
        let is_members = claim.generation >= 0 || !claim.member.is_empty() || claim.instance.is_some();
        match self.stage {
            Stage::Dead => Err(GroupError::CoordinatorNotAvailable),
            Stage::Empty if claim.generation < 0 => Ok(()),
            _ if is_members => {
                self.generation_check(claim)?;
                self.session_renew(claim.member, now);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// Whether single offsets can be deleted although the group may have members.
    pub(crate) fn offsets_delete_check(&self) -> Result<(), GroupError> {
        match self.stage {
            Stage::Dead => Err(GroupError::GroupIdNotFound),
            Stage::Empty => Ok(()),
            _ if self.protocol_type.as_deref() == Some(CONSUMER) => Ok(()),
            // Nobody can say what the members of other kinds of groups read.
            _ => Err(GroupError::NonEmptyGroup),
        }
    }

    /// Whether a member reads the topic, or might.
    pub(crate) fn reads(&self, topic: &str) -> bool {
        let occupied = !matches!(self.stage, Stage::Empty | Stage::Dead);
        occupied && self.subscribed.as_ref().is_none_or(|topics| topics.contains(topic))
    }

    /// Whether it has members that are known to read this topic.
    pub(crate) fn subscribes_to(&self, topic: &str) -> bool {
        self.subscribed.is_some() && self.reads(topic)
    }

    /// From when on the group's offsets age, and which do not.
    pub(crate) fn expiry(&self) -> Expiry<'_> {
        match self.stage {
            Stage::Dead => Expiry::Never,
            Stage::Empty if self.protocol_type.is_some() => Expiry::SinceEmpty(self.since_ms),
            Stage::Empty => Expiry::SinceCommit(None),
            Stage::Stable { .. } if self.protocol_type.as_deref() == Some(CONSUMER) => {
                self.subscribed.as_ref().map_or(Expiry::Never, |topics| Expiry::SinceCommit(Some(topics)))
            }
            _ => Expiry::Never,
        }
    }

    /// Whether nothing but offsets could be a reason to keep it: no members, and none on their way.
    pub(crate) fn is_vacant(&self) -> bool {
        matches!(self.stage, Stage::Empty) && self.pending.is_empty()
    }

    /// Whether it ever had a generation: one that had is on the disk.
    pub(crate) fn is_unstarted(&self) -> bool {
        self.generation == 0 && self.protocol_type.is_none()
    }
}

/// How the offsets of a group age.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Expiry<'a> {
    /// They are in use, or that cannot be ruled out.
    Never,
    /// From when the last member left. An offset that was set later, by an administrator, from then.
    SinceEmpty(i64),
    /// From when they were committed, except in topics that members read.
    SinceCommit(Option<&'a BTreeSet<String>>),
}

impl Expiry<'_> {
    /// Whether an offset in `topic` has had its time.
    pub(crate) fn has_passed(&self, topic: &str, offset: &Offset, retention_ms: i64, now_ms: i64) -> bool {
        let since = match self {
            Self::Never => return false,
            Self::SinceEmpty(since_ms) => offset.committed_ms.max(*since_ms),
            Self::SinceCommit(Some(topics)) if topics.contains(topic) => return false,
            Self::SinceCommit(_) => offset.committed_ms,
        };
        match offset.expires_ms {
            Some(at) => now_ms >= at,
            None => now_ms.saturating_sub(since) >= retention_ms,
        }
    }
}
