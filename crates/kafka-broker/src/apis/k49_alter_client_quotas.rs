//! AlterClientQuotas (key 49), versions 0 to 1.
//!
//! Behaviour: entries that are in order are done together, durably and in force for the next request of every connection
//! before the answer; the others are refused, each for itself. An entity is a user, a client, one of a user's, or an
//! address, where null is each that has no quota of its own. Anything else, a key that it does not have, a value that is
//! no number above 0 or not whole where it counts bytes or connections, an address that is none, an entity named twice:
//! error 42. To remove what is not there is no mistake. validate_only checks everything and changes nothing. A cluster
//! has quotas for at most 10,000 entities: error 44 for all entries.
//! Every change is in the audit record of the host before it is made; one that cannot be is not made, error -1.
//! Permission: AlterConfigs on the cluster.
//! Version notes: none that show.
//! Not modelled: addresses as names of hosts, which Kafka looks up.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::Arc;

use kafka_wire::ErrorCode;
use kafka_wire::messages::{
    AlterClientQuotasRequest, AlterClientQuotasRequestEntry, AlterClientQuotasRequestOperation,
    AlterClientQuotasResponse, AlterClientQuotasResponseEntity, AlterClientQuotasResponseEntry,
};

use super::config_resource::{Refusal, answered};
use super::quota_entity::EntityType;
use super::repeats::Named;
use super::{Context, Entry, Handler, entry};
use crate::authority::Operation;
use crate::cluster::{QuotaChange, QuotaError};
use crate::meta::{EntityName, QuotaEntity, QuotaKey, QuotaValue};
use crate::reply::cut;

pub(super) const ENTRY: Entry = entry::<AlterClientQuotas>(0, 1);

struct AlterClientQuotas;

impl Handler for AlterClientQuotas {
    type Request<'a> = AlterClientQuotasRequest<'a>;

    async fn handle<'a>(
        request: AlterClientQuotasRequest<'a>,
        context: &'a Context<'a>,
    ) -> AlterClientQuotasResponse<'a> {
        let rights = context.rights();
        let forbidden = |code| (code, "the client may not change quotas".to_owned());
        let permitted = rights.cluster(Operation::AlterConfigs).map_err(forbidden);
        let entities: Vec<Result<QuotaEntity, Refusal>> = request.entries.iter().map(entity).collect();
        let named = Named::new(entities.iter().flatten());
        let changes: Vec<Result<QuotaChange, Refusal>> = request
            .entries
            .iter()
            .zip(&entities)
            .map(|(entry, entity)| {
                permitted.clone()?;
                let entity = entity.clone()?;
                match named.repeats(&&entity) {
                    true => Err(invalid("the request names the entity twice")),
                    false => Ok(QuotaChange { values: values(&entry.ops, &entity)?, entity }),
                }
            })
            .collect();
        let wanted = changes.iter().flatten().cloned().collect();
        let done = context.cluster.client_quotas_change(wanted, context.peer, request.validate_only).await;
        let failed = done.err().map(|error| match error {
            QuotaError::Full => (ErrorCode::POLICY_VIOLATION, error.to_string()),
            QuotaError::Cluster(_) => (ErrorCode::UNKNOWN_SERVER_ERROR, error.to_string()),
        });
        let entries = request
            .entries
            .iter()
            .zip(changes)
            .map(|(entry, change)| {
                let outcome = change.and_then(|_| failed.clone().map_or(Ok(()), Err));
                let (error_code, error_message) = answered(outcome);
                AlterClientQuotasResponseEntry { error_code, error_message, entity: told(entry) }
            })
            .collect();
        AlterClientQuotasResponse { entries, ..Default::default() }
    }
}

fn invalid(text: &str) -> Refusal {
    (ErrorCode::INVALID_REQUEST, text.to_owned())
}

/// Whom an entry is about.
fn entity(entry: &AlterClientQuotasRequestEntry<'_>) -> Result<QuotaEntity, Refusal> {
    let mut entity = QuotaEntity::default();
    for part in &entry.entity {
        let unknown = || invalid(&format!("{} is no type of entity", cut(part.entity_type)));
        let kind = EntityType::named(part.entity_type).ok_or_else(unknown)?;
        let name = match part.entity_name {
            None => EntityName::Default,
            Some("") => return Err(invalid("a name is empty")),
            Some(name) if kind == EntityType::Address && name.parse::<IpAddr>().is_err() => {
                return Err(invalid(&format!("{} is no address", cut(name))));
            }
            Some(name) => EntityName::Named(Arc::from(kind.canonical(name).as_ref())),
        };
        if kind.part(&mut entity).replace(name).is_some() {
            return Err(invalid("an entity has two parts of one type"));
        }
    }
    match (&entity.address, entry.entity.len()) {
        (_, 0) => Err(invalid("an entity has no parts")),
        (Some(_), 2..) => Err(invalid("addresses have quotas apart from users and clients")),
        _ => Ok(entity),
    }
}

/// What its quotas become.
fn values(
    operations: &[AlterClientQuotasRequestOperation<'_>],
    entity: &QuotaEntity,
) -> Result<BTreeMap<QuotaKey, Option<QuotaValue>>, Refusal> {
    let mut values = BTreeMap::new();
    for operation in operations {
        let of_address = |key: &QuotaKey| *key == QuotaKey::ConnectionCreationRate;
        let known = QuotaKey::ALL.into_iter().find(|key| key.name() == operation.key);
        let unknown = || invalid(&format!("{} is no quota of such an entity", cut(operation.key)));
        let key = known.filter(|key| of_address(key) == entity.address.is_some()).ok_or_else(unknown)?;
        let value = match operation.remove {
            true => None,
            false => Some(value(key, operation.value)?),
        };
        if values.insert(key, value).is_some() {
            return Err(invalid(&format!("{} is changed twice", key.name())));
        }
    }
    Ok(values)
}

fn value(key: QuotaKey, number: f64) -> Result<QuotaValue, Refusal> {
    let is_counted = match key {
        QuotaKey::ProducerByteRate | QuotaKey::ConsumerByteRate | QuotaKey::ConnectionCreationRate => true,
        QuotaKey::RequestPercentage | QuotaKey::ControllerMutationRate => false,
    };
    let value = QuotaValue::new(number).ok_or_else(|| invalid(&format!("{} must be above 0", key.name())))?;
    match is_counted && number.fract() != 0.0 {
        true => Err(invalid(&format!("{} must be a whole number", key.name()))),
        false => Ok(value),
    }
}

/// An entry's entity, as it was sent.
fn told<'a>(entry: &AlterClientQuotasRequestEntry<'a>) -> Vec<AlterClientQuotasResponseEntity<'a>> {
    let part =
        |part: &kafka_wire::messages::AlterClientQuotasRequestEntity<'a>| AlterClientQuotasResponseEntity {
            entity_type: Cow::Borrowed(part.entity_type),
            entity_name: part.entity_name.map(Cow::Borrowed),
        };
    entry.entity.iter().map(part).collect()
}
