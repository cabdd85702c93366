//! One member of a group.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;

use super::request::{JoinedMember, Joining, MemberDescription, Protocol};
use super::state::Ticket;
use crate::meta::MemberRecord;

/// A member's id. Cheap to clone: it stands in the index, in replies and in records.
pub(super) type MemberId = Arc<str>;

/// The request of a member that waits for its answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Parked {
    Nothing,
    Join(Ticket),
    Sync(Ticket),
}

/// A member.
#[derive(Debug)]
pub(super) struct Member {
    pub(super) id: MemberId,
    pub(super) instance: Option<Arc<str>>,
    pub(super) client_id: Arc<str>,
    pub(super) client_host: Arc<str>,
    pub(super) session_timeout: Duration,
    pub(super) rebalance_timeout: Duration,
    pub(super) protocols: Vec<Protocol>,
    pub(super) assignment: Bytes,
    /// Place in the order of arrival: the earliest leads.
    pub(super) arrival: u64,
    pub(super) parked: Parked,
    /// It never had an answer to its first join. It may not know its id and cannot send heartbeats, so its
    /// time runs even while it waits.
    pub(super) new: bool,
    /// It has asked for its assignment of this generation.
    pub(super) synced: bool,
    /// When it is expelled unless heard of. See [`Member::deadline`].
    pub(super) expires: Duration,
}

impl Member {
    /// A member that waits for its first generation.
    pub(super) fn joining(
        id: MemberId,
        join: Joining,
        arrival: u64,
        ticket: Ticket,
        expires: Duration,
    ) -> Self {
        Self {
            id,
            instance: join.instance,
            client_id: join.client_id,
            client_host: join.client_host,
            session_timeout: join.session_timeout,
            rebalance_timeout: join.rebalance_timeout,
            protocols: join.protocols,
            assignment: Bytes::new(),
            arrival,
            parked: Parked::Join(ticket),
            new: true,
            synced: false,
            expires,
        }
    }

    /// A member as it was before a restart.
    pub(super) fn restored(record: &MemberRecord, protocol: Option<&Arc<str>>, arrival: u64) -> Self {
        let protocols = protocol
            .map(|name| Protocol { name: name.clone(), metadata: record.metadata.clone() })
            .into_iter()
            .collect();
        Self {
            id: record.id.clone(),
            instance: record.instance.clone(),
            client_id: record.client_id.clone(),
            client_host: record.client_host.clone(),
            session_timeout: record.session_timeout,
            rebalance_timeout: record.rebalance_timeout,
            protocols,
            assignment: record.assignment.clone(),
            arrival,
            parked: Parked::Nothing,
            new: false,
            synced: true,
            expires: Duration::ZERO,
        }
    }

    /// What must survive a restart.
    pub(super) fn record(&self, protocol: Option<&str>, assignment: Bytes) -> MemberRecord {
        MemberRecord {
            id: self.id.clone(),
            instance: self.instance.clone(),
            client_id: self.client_id.clone(),
            client_host: self.client_host.clone(),
            session_timeout: self.session_timeout,
            rebalance_timeout: self.rebalance_timeout,
            metadata: self.metadata(protocol),
            assignment,
        }
    }

    pub(super) fn awaits_join(&self) -> bool {
        matches!(self.parked, Parked::Join(_))
    }

    /// When it is to be expelled. A member whose request is parked is not silent, the group is; only the
    /// first join has a limit, because a client that gave up on it comes back as somebody else.
    pub(super) fn deadline(&self) -> Option<Duration> {
        match self.parked {
            Parked::Join(_) if self.new => Some(self.expires),
            Parked::Join(_) | Parked::Sync(_) => None,
            Parked::Nothing => Some(self.expires),
        }
    }

    pub(super) fn supports(&self, protocol: &str) -> bool {
        self.protocols.iter().any(|own| &*own.name == protocol)
    }

    /// Its metadata for a protocol; empty when it does not support it.
    pub(super) fn metadata(&self, protocol: Option<&str>) -> Bytes {
        let own = protocol.and_then(|name| self.protocols.iter().find(|own| &*own.name == name));
        own.map_or_else(Bytes::new, |own| own.metadata.clone())
    }

    pub(super) fn as_joined(&self, protocol: Option<&str>) -> JoinedMember {
        JoinedMember {
            member: self.id.clone(),
            instance: self.instance.clone(),
            metadata: self.metadata(protocol),
        }
    }

    /// With metadata and assignment only when `protocol` is what a stable group has settled on.
    pub(super) fn describe(&self, protocol: Option<&str>) -> MemberDescription {
        MemberDescription {
            member: self.id.clone(),
            instance: self.instance.clone(),
            client_id: self.client_id.clone(),
            client_host: self.client_host.clone(),
            metadata: self.metadata(protocol),
            assignment: protocol.map_or_else(Bytes::new, |_| self.assignment.clone()),
        }
    }
}
