//! What members and administrators ask of a group, and what they are told.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use uuid::Uuid;

use super::GroupError;
use crate::meta::Offset;

/// A way of sharing out partitions that a member supports, with what the leader must know about the member
/// to use it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Protocol {
    /// Its name, such as `range`.
    pub name: Arc<str>,
    /// The member's subscription in the protocol's own encoding. It outlives the request, so it must not be
    /// a view into the request's frame.
    pub metadata: Bytes,
}

/// A member wants to be in the next generation.
#[derive(Clone, Debug)]
pub struct Joining {
    /// The group.
    pub group: Arc<str>,
    /// The member's id; empty when it has none yet.
    pub member: Arc<str>,
    /// The id that its owner gave it, for a static member.
    pub instance: Option<Arc<str>>,
    /// The client's name for itself.
    pub client_id: Arc<str>,
    /// Where it connects from.
    pub client_host: Arc<str>,
    /// How long it may be silent.
    pub session_timeout: Duration,
    /// How long it may take to join again; equal to the session timeout for clients that do not say.
    pub rebalance_timeout: Duration,
    /// What kind of group it expects, such as `consumer`.
    pub protocol_type: Arc<str>,
    /// The protocols it supports, best first.
    pub protocols: Vec<Protocol>,
    /// Whether a member without an id is given one first and joins with it (versions 4 and later).
    pub id_first: bool,
    /// Whether a leader can be told not to assign (versions 9 and later).
    pub skips_assignment: bool,
}

/// A member is in the generation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Joined {
    /// The generation.
    pub generation: i32,
    /// What kind of group it is.
    pub protocol_type: Option<Arc<str>>,
    /// The protocol that was chosen.
    pub protocol: Option<Arc<str>>,
    /// The member that assigns.
    pub leader: Arc<str>,
    /// The member's own id.
    pub member: Arc<str>,
    /// The leader need not assign: the assignment stands.
    pub skip_assignment: bool,
    /// All members with their metadata, for the leader; empty for the others.
    pub members: Vec<JoinedMember>,
}

/// A member as the leader sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JoinedMember {
    /// Its id.
    pub member: Arc<str>,
    /// Its instance id.
    pub instance: Option<Arc<str>>,
    /// Its metadata for the chosen protocol.
    pub metadata: Bytes,
}

/// A join was refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JoinRefused {
    /// Why.
    pub error: GroupError,
    /// With [`GroupError::MemberIdRequired`] the id to join with, otherwise the one that was sent.
    pub member: Arc<str>,
}

/// Who a request says it comes from.
#[derive(Clone, Copy, Debug)]
pub struct Claim<'a> {
    /// The member's id; empty for a request that is not a member's.
    pub member: &'a str,
    /// Its instance id, for a static member.
    pub instance: Option<&'a str>,
    /// The generation it believes in; negative for a request that is not a member's.
    pub generation: i32,
}

/// A member asks for its assignment; the leader brings all of them.
#[derive(Clone, Debug)]
pub struct Syncing<'a> {
    /// Who asks.
    pub claim: Claim<'a>,
    /// The kind of group it expects, when it says.
    pub protocol_type: Option<&'a str>,
    /// The protocol it expects, when it says.
    pub protocol: Option<&'a str>,
    /// The assignments by member, from the leader. They outlive the request's frame.
    pub assignments: Vec<(Arc<str>, Bytes)>,
}

/// A member's assignment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Synced {
    /// What kind of group it is.
    pub protocol_type: Option<Arc<str>>,
    /// The protocol that was chosen.
    pub protocol: Option<Arc<str>>,
    /// The assignment in the protocol's own encoding; empty when the leader left the member out.
    pub assignment: Bytes,
}

/// A member that is to leave: itself asking, or an administrator naming its instance id.
#[derive(Clone, Copy, Debug)]
pub struct Leaving<'a> {
    /// Its id; empty when only the instance id is known.
    pub member: &'a str,
    /// Its instance id.
    pub instance: Option<&'a str>,
}

/// An offset to be remembered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Commit {
    /// The topic.
    pub topic: Uuid,
    /// The partition.
    pub partition: i32,
    /// The next offset the group will read.
    pub offset: i64,
    /// The leader epoch of the record before it; -1 when the client does not say.
    pub leader_epoch: i32,
    /// The client's note; empty and absent are the same.
    pub metadata: Option<Arc<str>>,
    /// How long to keep it, from clients that still say so themselves.
    pub retention: Option<Duration>,
}

/// An offset that was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fetched {
    /// The topic.
    pub topic: Uuid,
    /// The partition.
    pub partition: i32,
    /// The commit, when there is one.
    pub offset: Option<Offset>,
    /// An open transaction is to commit another.
    pub is_unstable: bool,
}

/// Where a group stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum GroupPhase {
    /// No members; perhaps offsets.
    Empty,
    /// Waiting for the members to join the next generation.
    PreparingRebalance,
    /// Waiting for the leader's assignment.
    CompletingRebalance,
    /// Members have yet to give partitions up or take them over (newer protocol).
    Reconciling,
    /// Every member can have its assignment.
    Stable,
    /// Deleted or shutting down.
    Dead,
}

impl GroupPhase {
    /// The name that Kafka's tools print and filter by.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Empty => "Empty",
            Self::PreparingRebalance => "PreparingRebalance",
            Self::CompletingRebalance => "CompletingRebalance",
            Self::Reconciling => "Reconciling",
            Self::Stable => "Stable",
            Self::Dead => "Dead",
        }
    }
}

/// Which protocol a group's members speak.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum GroupKind {
    /// Members assign, the coordinator keeps time.
    Classic,
    /// The coordinator assigns, members follow one by one.
    Consumer,
}

impl GroupKind {
    /// The name that Kafka's tools print and filter by.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Classic => "classic",
            Self::Consumer => "consumer",
        }
    }
}

/// Which groups to list; an empty filter lets everything through.
#[derive(Clone, Debug, Default)]
pub struct ListFilter {
    /// Names of phases, in any case; one that does not exist matches nothing.
    pub phases: Vec<String>,
    /// Names of kinds, in any case; one that does not exist matches nothing.
    pub kinds: Vec<String>,
}

impl ListFilter {
    /// Whether a group in this phase and of this kind is wanted.
    pub fn admits(&self, phase: GroupPhase, kind: GroupKind) -> bool {
        let named = |names: &[String], name: &str| {
            names.is_empty() || names.iter().any(|wanted| wanted.eq_ignore_ascii_case(name))
        };
        named(&self.phases, phase.name()) && named(&self.kinds, kind.name())
    }
}

/// A group in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupListing {
    /// Its name.
    pub name: Arc<str>,
    /// Which protocol its members speak.
    pub kind: GroupKind,
    /// What kind of members it has, such as `consumer`; absent for one that only has offsets.
    pub protocol_type: Option<Arc<str>>,
    /// Where it stands.
    pub phase: GroupPhase,
}

/// A group and its members.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupDescription {
    /// Its name.
    pub name: Arc<str>,
    /// Where it stands.
    pub phase: GroupPhase,
    /// What kind of members it has; absent for one that only has offsets.
    pub protocol_type: Option<Arc<str>>,
    /// The chosen protocol, while the group is stable.
    pub protocol: Option<Arc<str>>,
    /// The generation.
    pub generation: i32,
    /// Its members.
    pub members: Vec<MemberDescription>,
}

/// A member as administrators see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MemberDescription {
    /// Its id.
    pub member: Arc<str>,
    /// Its instance id.
    pub instance: Option<Arc<str>>,
    /// The client's name for itself.
    pub client_id: Arc<str>,
    /// Where it connects from.
    pub client_host: Arc<str>,
    /// Its metadata for the chosen protocol; empty unless the group is stable.
    pub metadata: Bytes,
    /// Its assignment; empty unless the group is stable.
    pub assignment: Bytes,
}
