//! What Kafka calls those who have quotas.

use std::borrow::Cow;
use std::net::IpAddr;

use crate::meta::{EntityName, QuotaEntity};

/// By what clients are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum EntityType {
    User,
    ClientId,
    Address,
}

impl EntityType {
    pub(super) const ALL: [Self; 3] = [Self::User, Self::ClientId, Self::Address];

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::User => "user",
            Self::ClientId => "client-id",
            Self::Address => "ip",
        }
    }

    pub(super) fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }

    /// That part of an entity.
    pub(super) fn of(self, entity: &QuotaEntity) -> Option<&EntityName> {
        match self {
            Self::User => entity.user.as_ref(),
            Self::ClientId => entity.client_id.as_ref(),
            Self::Address => entity.address.as_ref(),
        }
    }

    /// Where that part of an entity goes.
    pub(super) fn part(self, entity: &mut QuotaEntity) -> &mut Option<EntityName> {
        match self {
            Self::User => &mut entity.user,
            Self::ClientId => &mut entity.client_id,
            Self::Address => &mut entity.address,
        }
    }

    /// A name as it is kept: an address is what it is, however it is written.
    pub(super) fn canonical(self, name: &str) -> Cow<'_, str> {
        match (self, name.parse::<IpAddr>()) {
            (Self::Address, Ok(address)) => address.to_canonical().to_string().into(),
            _ => name.into(),
        }
    }
}
