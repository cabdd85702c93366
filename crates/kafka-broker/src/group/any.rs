//! A group in whichever protocol its members speak, and what can be asked of it either way.
//!
//! The protocol is that of the first member. While the group is empty it can become the other one; its epoch
//! counts on from its generation and the other way round, so that neither goes back.

use std::sync::Arc;
use std::time::Duration;

use super::consumer::ConsumerGroup;
use super::history::Rebalance;
use super::offsets::Expiry;
use super::request::{Claim, GroupListing};
use super::state::{Effect, GroupState, StoreId};
use super::subscription::CONSUMER;
use super::{GroupError, GroupSettings};
use crate::meta::{GroupFacts, Topics};
use crate::now::Now;

/// What both are asked in the same words.
macro_rules! either {
    ($any:expr, $group:ident => $asked:expr) => {
        match $any {
            AnyGroup::Classic($group) => $asked,
            AnyGroup::Consumer($group) => $asked,
        }
    };
}

/// A group.
#[derive(Debug)]
pub(super) enum AnyGroup {
    Classic(Box<GroupState>),
    Consumer(Box<ConsumerGroup>),
}

impl AnyGroup {
    /// A group without members.
    pub(super) fn new(name: Arc<str>, settings: Arc<GroupSettings>, now: Now) -> Self {
        Self::Classic(Box::new(GroupState::new(name, settings, now)))
    }

    /// A group as it was before a restart.
    pub(super) fn restored(
        name: &Arc<str>,
        facts: &GroupFacts,
        settings: Arc<GroupSettings>,
        topics: &Topics,
        now: Now,
    ) -> Self {
        match (&facts.record, &facts.consumer) {
            (_, Some(consumer)) => {
                let restored = ConsumerGroup::restored(name.clone(), consumer, settings, topics, now);
                Self::Consumer(Box::new(restored))
            }
            (Some(record), None) => Self::Classic(Box::new(GroupState::restored(record, settings, now))),
            (None, None) => Self::new(name.clone(), settings, now),
        }
    }

    /// The group as its classic members see it; none when its members speak the newer protocol.
    pub(super) fn classic(&self) -> Option<&GroupState> {
        match self {
            Self::Classic(group) => Some(group),
            Self::Consumer(_) => None,
        }
    }

    /// As [`Self::classic`], for an event.
    pub(super) fn classic_mut(&mut self) -> Option<&mut GroupState> {
        match self {
            Self::Classic(group) => Some(group),
            Self::Consumer(_) => None,
        }
    }

    /// The group as members of the newer protocol see it; none when its members speak the classic one.
    pub(super) fn consumer(&self) -> Option<&ConsumerGroup> {
        match self {
            Self::Classic(_) => None,
            Self::Consumer(group) => Some(group),
        }
    }

    /// As [`Self::consumer`], for an event.
    pub(super) fn consumer_mut(&mut self) -> Option<&mut ConsumerGroup> {
        match self {
            Self::Classic(_) => None,
            Self::Consumer(group) => Some(group),
        }
    }

    /// The group for a new classic member: what it is, or, while nobody is in it, made classic.
    pub(super) fn classic_for_join(
        &mut self,
        settings: &Arc<GroupSettings>,
        now: Now,
    ) -> Result<&mut GroupState, GroupError> {
        if let Self::Consumer(group) = self {
            if !group.is_vacant() {
                return Err(GroupError::InconsistentGroupProtocol);
            }
            let mut classic = GroupState::new(group.name(), settings.clone(), now);
            classic.generation = group.epoch();
            // Its offsets age as before, should nothing come of the join.
            classic.protocol_type = Some(CONSUMER.into());
            classic.since_ms = group.since_ms();
            *self = Self::Classic(Box::new(classic));
        }
        self.classic_mut().ok_or(GroupError::InconsistentGroupProtocol)
    }

    /// The group for a new member of the newer protocol: what it is, or, while nobody is in it, made one.
    pub(super) fn consumer_for_join(
        &mut self,
        settings: &Arc<GroupSettings>,
    ) -> Result<&mut ConsumerGroup, GroupError> {
        if let Self::Classic(group) = self {
            if !group.is_vacant() {
                return Err(GroupError::NotAConsumerGroup);
            }
            let (name, epoch, since_ms) = (group.name(), group.generation, group.since_ms);
            *self = Self::Consumer(Box::new(ConsumerGroup::new(name, settings.clone(), epoch, since_ms)));
        }
        self.consumer_mut().ok_or(GroupError::NotAConsumerGroup)
    }

    pub(super) fn name(&self) -> Arc<str> {
        either!(self, group => group.name())
    }

    /// When it wants to be told the time, at the latest.
    pub(super) fn wake(&self) -> Option<Duration> {
        either!(self, group => group.wake())
    }

    /// Time has passed.
    pub(super) fn tick(&mut self, topics: &Topics, now: Now) {
        match self {
            Self::Classic(group) => group.tick(now),
            Self::Consumer(group) => group.tick(topics, now),
        }
    }

    /// What the events since the last call want done; a group of the newer protocol wants nothing but
    /// [`ConsumerGroup::unsaved`].
    pub(super) fn effects_take(&mut self) -> Vec<Effect> {
        self.classic_mut().map(GroupState::effects_take).unwrap_or_default()
    }

    /// A record is durable, or could not be made so.
    pub(super) fn stored(&mut self, id: StoreId, durable: bool, now: Now) {
        if let Self::Classic(group) = self {
            group.stored(id, durable, now);
        }
    }

    /// Ends the group in this process and answers everybody who waits.
    pub(super) fn close(&mut self) {
        either!(self, group => group.close());
    }

    /// Whether the group can be deleted.
    pub(super) fn delete_check(&self) -> Result<(), GroupError> {
        either!(self, group => group.delete_check())
    }

    /// Whether a commit counts.
    pub(super) fn commit_check(&mut self, claim: Claim<'_>, now: Now) -> Result<(), GroupError> {
        match self {
            Self::Classic(group) => group.commit_check(claim, now),
            Self::Consumer(group) => group.commit_check(claim),
        }
    }

    /// Whether a commit within a transaction counts.
    pub(super) fn transactional_commit_check(
        &mut self,
        claim: Claim<'_>,
        now: Now,
    ) -> Result<(), GroupError> {
        match self {
            Self::Classic(group) => group.transactional_commit_check(claim, now),
            Self::Consumer(group) => group.transactional_commit_check(claim),
        }
    }

    /// Whether single offsets can be deleted although the group may have members.
    pub(super) fn offsets_delete_check(&self) -> Result<(), GroupError> {
        either!(self, group => group.offsets_delete_check())
    }

    /// Whether a member reads the topic, or might.
    pub(super) fn reads(&self, topic: &str) -> bool {
        either!(self, group => group.reads(topic))
    }

    /// Whether it has members that are known to read this topic.
    pub(super) fn subscribes_to(&self, topic: &str) -> bool {
        match self {
            Self::Classic(group) => group.subscribes_to(topic),
            Self::Consumer(group) => group.reads(topic),
        }
    }

    /// From when on the group's offsets age, and which do not.
    pub(super) fn expiry(&self) -> Expiry<'_> {
        either!(self, group => group.expiry())
    }

    /// Whether nothing but offsets could be a reason to keep it.
    pub(super) fn is_vacant(&self) -> bool {
        either!(self, group => group.is_vacant())
    }

    /// Whether it ever had members: one that had is on the disk.
    pub(super) fn is_unstarted(&self) -> bool {
        either!(self, group => group.is_unstarted())
    }

    /// How many members it has.
    pub(super) fn size(&self) -> usize {
        either!(self, group => group.size())
    }

    /// For a list.
    pub(super) fn listing(&self) -> GroupListing {
        either!(self, group => group.listing())
    }

    /// Its last rebalances, the newest first.
    pub(super) fn rebalances(&self) -> Vec<Rebalance> {
        either!(self, group => group.rebalances())
    }
}
