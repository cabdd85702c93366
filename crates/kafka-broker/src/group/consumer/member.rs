//! One member of a group.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use uuid::Uuid;

use super::assignor::Assignor;
use super::request::{AWAY, ConsumerMemberDescription, Heartbeat, JOINS, TopicPartitions};
use crate::group::member::MemberId;
use crate::meta::{ConsumerMemberRecord, Partitions, Topics};

/// A member.
#[derive(Debug)]
pub(super) struct Member {
    pub(super) id: MemberId,
    pub(super) instance: Option<Arc<str>>,
    pub(super) rack: Option<Arc<str>>,
    pub(super) client_id: Arc<str>,
    pub(super) client_host: Arc<str>,
    pub(super) rebalance_timeout: Duration,
    pub(super) names: Vec<Arc<str>>,
    pub(super) regex: Option<Arc<str>>,
    pub(super) matched: Matched,
    pub(super) assignor: Option<Assignor>,
    pub(super) epoch: i32,
    /// The epoch it knew before it was told this one. It may not have had the answer.
    pub(super) epoch_before: i32,
    /// What it may own.
    pub(super) assigned: Partitions,
    /// What it may still own, and has been told to give up.
    pub(super) revoking: Partitions,
    /// What it is to own.
    pub(super) target: Partitions,
    /// When it is fenced unless heard of.
    pub(super) expires: Duration,
    /// When it is fenced unless it has given up what it is to give up.
    pub(super) revokes_until: Option<Duration>,
}

/// The topics that a member's expression stands for.
#[derive(Clone, Debug)]
pub(super) enum Matched {
    /// It was not looked at since the restart: whatever the member is to own a part of.
    Unknown,
    /// As of then; without that it was looked up for another member. Members with the same expression share one
    /// set.
    Topics { as_of: Option<AsOf>, topics: Arc<BTreeSet<Uuid>> },
}

/// When an expression was looked up.
#[derive(Clone, Copy, Debug)]
pub(super) struct AsOf {
    /// The epoch of the topics.
    pub(super) epoch: u64,
    /// The time, because what the member may know changes too.
    pub(super) elapsed: Duration,
}

impl Matched {
    pub(super) fn topics(&self) -> Option<&Arc<BTreeSet<Uuid>>> {
        match self {
            Self::Unknown => None,
            Self::Topics { topics, .. } => Some(topics),
        }
    }
}

impl Member {
    /// A member that owns nothing yet.
    pub(super) fn joining(id: MemberId) -> Self {
        Self {
            id,
            instance: None,
            rack: None,
            client_id: "".into(),
            client_host: "".into(),
            rebalance_timeout: Duration::ZERO,
            names: Vec::new(),
            regex: None,
            matched: Matched::Unknown,
            assignor: None,
            epoch: JOINS,
            epoch_before: JOINS,
            assigned: Partitions::new(),
            revoking: Partitions::new(),
            target: Partitions::new(),
            expires: Duration::ZERO,
            revokes_until: None,
        }
    }

    /// A member as it was before a restart.
    pub(super) fn restored(record: &ConsumerMemberRecord) -> Self {
        Self {
            id: record.id.clone(),
            instance: record.instance.clone(),
            rack: record.rack.clone(),
            client_id: record.client_id.clone(),
            client_host: record.client_host.clone(),
            rebalance_timeout: record.rebalance_timeout,
            names: record.names.clone(),
            regex: record.regex.clone(),
            matched: Matched::Unknown,
            assignor: record.assignor.as_deref().and_then(Assignor::named),
            epoch: record.epoch,
            epoch_before: record.epoch_before,
            assigned: record.assigned.clone(),
            revoking: record.revoking.clone(),
            target: record.target.clone(),
            expires: Duration::ZERO,
            revokes_until: None,
        }
    }

    /// What must survive a restart.
    pub(super) fn record(&self) -> ConsumerMemberRecord {
        ConsumerMemberRecord {
            id: self.id.clone(),
            instance: self.instance.clone(),
            rack: self.rack.clone(),
            client_id: self.client_id.clone(),
            client_host: self.client_host.clone(),
            rebalance_timeout: self.rebalance_timeout,
            names: self.names.clone(),
            regex: self.regex.clone(),
            assignor: self.assignor.map(|assignor| assignor.name().into()),
            epoch: self.epoch,
            epoch_before: self.epoch_before,
            assigned: self.assigned.clone(),
            revoking: self.revoking.clone(),
            target: self.target.clone(),
        }
    }

    /// A static member that has left for a while.
    pub(super) fn is_away(&self) -> bool {
        self.epoch == AWAY
    }

    /// Whether it is where the group is, and owns what it is to own.
    pub(super) fn is_settled(&self, group_epoch: i32) -> bool {
        self.epoch == group_epoch && self.revoking.is_empty() && self.assigned == self.target
    }

    /// Whether an epoch can come from it: the one it was told last, or the one before, if it owns nothing that it
    /// was not told of then.
    pub(super) fn epoch_fits(&self, beat: &Heartbeat<'_>) -> bool {
        let owns_no_more = || beat.owned.as_ref().is_some_and(|owned| owned.is_subset(&self.assigned));
        beat.epoch == self.epoch
            || (beat.epoch < self.epoch && beat.epoch == self.epoch_before && owns_no_more())
    }

    /// The topics it reads, of those that are there.
    pub(super) fn reads(&self, topics: &Topics) -> BTreeSet<Uuid> {
        let named = self.names.iter().filter_map(|name| topics.named(name)).map(|topic| topic.id);
        let mut reads: BTreeSet<_> = named.collect();
        match &self.matched {
            Matched::Topics { topics: matched, .. } => reads.extend(matched.iter()),
            Matched::Unknown if self.regex.is_some() => {
                reads.extend(self.target.iter().map(|(topic, _)| topic));
            }
            Matched::Unknown => {}
        }
        reads.retain(|topic| topics.of_id(*topic).is_some());
        reads
    }

    pub(super) fn describe(&self) -> ConsumerMemberDescription {
        ConsumerMemberDescription {
            member: self.id.clone(),
            instance: self.instance.clone(),
            rack: self.rack.clone(),
            epoch: self.epoch,
            client_id: self.client_id.clone(),
            client_host: self.client_host.clone(),
            names: self.names.clone(),
            regex: self.regex.clone(),
            assigned: TopicPartitions::grouped(&self.assigned),
            target: TopicPartitions::grouped(&self.target),
        }
    }
}
