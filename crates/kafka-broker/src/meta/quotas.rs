//! Client quotas as they are kept: who is held to what.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::codec::{Decoder, Encoder, Malformed};

/// Who is held to a quota: users, clients, both, or addresses; never an address with one of the others.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct QuotaEntity {
    /// Of which user, if users are told apart.
    pub user: Option<EntityName>,
    /// Of which client, if clients are told apart.
    pub client_id: Option<EntityName>,
    /// From which address.
    pub address: Option<EntityName>,
}

/// Which one of a kind.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EntityName {
    /// Each that has no quota of its own.
    Default,
    /// The one of this name.
    Named(Arc<str>),
}

/// What is bounded. The numbers are the journal's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum QuotaKey {
    /// Bytes of Produce requests per second.
    ProducerByteRate = 0,
    /// Bytes of fetched records per second.
    ConsumerByteRate = 1,
    /// Percent of one thread's time.
    RequestPercentage = 2,
    /// Partitions made and deleted per second.
    ControllerMutationRate = 3,
    /// Connections made per second.
    ConnectionCreationRate = 4,
}

impl QuotaKey {
    /// Every one, by number.
    pub const ALL: [Self; 5] = [
        Self::ProducerByteRate,
        Self::ConsumerByteRate,
        Self::RequestPercentage,
        Self::ControllerMutationRate,
        Self::ConnectionCreationRate,
    ];

    /// Kafka's name for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::ProducerByteRate => "producer_byte_rate",
            Self::ConsumerByteRate => "consumer_byte_rate",
            Self::RequestPercentage => "request_percentage",
            Self::ControllerMutationRate => "controller_mutation_rate",
            Self::ConnectionCreationRate => "connection_creation_rate",
        }
    }
}

/// A bound: a number above nothing. Two are equal when they are the same bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QuotaValue(u64);

impl QuotaValue {
    /// None unless it is a finite number above nothing.
    pub fn new(value: f64) -> Option<Self> {
        (value.is_finite() && value > 0.0).then(|| Self(value.to_bits()))
    }

    /// The number.
    pub fn get(self) -> f64 {
        f64::from_bits(self.0)
    }
}

/// What one entity is held to.
pub type QuotaValues = BTreeMap<QuotaKey, QuotaValue>;

/// All quotas of a cluster; no entity is without any.
pub type QuotaTable = BTreeMap<QuotaEntity, QuotaValues>;

pub(super) fn encode(out: &mut Encoder, entity: &QuotaEntity, values: &QuotaValues) {
    for name in [&entity.user, &entity.client_id, &entity.address] {
        match name {
            None => out.byte(0),
            Some(EntityName::Default) => out.byte(1),
            Some(EntityName::Named(name)) => {
                out.byte(2);
                out.text(name);
            }
        }
    }
    out.length(values.len());
    for (key, value) in values {
        out.byte(*key as u8);
        out.fixed(value.0);
    }
}

pub(super) fn decode(input: &mut Decoder<'_>) -> Result<(QuotaEntity, QuotaValues), Malformed> {
    let entity = QuotaEntity {
        user: decode_name(input)?,
        client_id: decode_name(input)?,
        address: decode_name(input)?,
    };
    let mut values = QuotaValues::new();
    for _ in 0..input.length()? {
        let key = QuotaKey::ALL.get(usize::from(input.byte()?)).ok_or(Malformed)?;
        let value = QuotaValue::new(f64::from_bits(input.fixed()?)).ok_or(Malformed)?;
        values.insert(*key, value);
    }
    Ok((entity, values))
}

fn decode_name(input: &mut Decoder<'_>) -> Result<Option<EntityName>, Malformed> {
    match input.byte()? {
        0 => Ok(None),
        1 => Ok(Some(EntityName::Default)),
        2 => Ok(Some(EntityName::Named(input.text()?))),
        _ => Err(Malformed),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_quota_is_a_number_above_nothing() {
        for wrong in [0.0, -0.0, -1.0, f64::NAN, f64::INFINITY] {
            assert_eq!(QuotaValue::new(wrong), None, "{wrong}");
        }
        assert_eq!(QuotaValue::new(0.5).unwrap().get().to_bits(), 0.5_f64.to_bits());
    }

    #[test]
    fn keys_are_at_their_numbers() {
        for (number, key) in QuotaKey::ALL.into_iter().enumerate() {
            assert_eq!(key as usize, number);
        }
    }
}
