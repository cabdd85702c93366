//! DescribeClientQuotas (key 48), versions 0 to 1.
//!
//! Behaviour: the quotas of all entities that have a part of every type asked for, with the name asked for (0), the
//! default (1) or either (2); strictly, of those that have no other parts. Of no components all are told, strictly none.
//! A type asked for twice, an address beside a user or client, a name where none belongs or none where one does: error
//! 42. A type that is none of `user`, `client-id` and `ip`: 35, as in Kafka.
//! Permission: DescribeConfigs on the cluster.
//! Version notes: none that show.

use std::borrow::Cow;
use std::sync::Arc;

use kafka_wire::ErrorCode;
use kafka_wire::messages::{
    DescribeClientQuotasRequest, DescribeClientQuotasRequestComponent, DescribeClientQuotasResponse,
    DescribeClientQuotasResponseEntity, DescribeClientQuotasResponseEntry, DescribeClientQuotasResponseValue,
};

use super::config_resource::Refusal;
use super::quota_entity::EntityType;
use super::{Context, Entry, Handler, entry};
use crate::authority::Operation;
use crate::meta::{EntityName, QuotaEntity, QuotaValues};

pub(super) const ENTRY: Entry = entry::<DescribeClientQuotas>(0, 1);

struct DescribeClientQuotas;

/// What a part of an entity must be like.
enum Match {
    Is(EntityName),
    Any,
}

impl Handler for DescribeClientQuotas {
    type Request<'a> = DescribeClientQuotasRequest<'a>;

    async fn handle<'a>(
        request: DescribeClientQuotasRequest<'a>,
        context: &'a Context<'a>,
    ) -> DescribeClientQuotasResponse<'a> {
        match entries(&request, context) {
            Ok(entries) => DescribeClientQuotasResponse { entries: Some(entries), ..Default::default() },
            Err((error_code, text)) => DescribeClientQuotasResponse {
                error_code,
                error_message: Some(text.into()),
                entries: None,
                ..Default::default()
            },
        }
    }
}

fn entries(
    request: &DescribeClientQuotasRequest<'_>,
    context: &Context<'_>,
) -> Result<Vec<DescribeClientQuotasResponseEntry<'static>>, Refusal> {
    let forbidden = |code| (code, "the client may not see quotas".to_owned());
    context.rights().cluster(Operation::DescribeConfigs).map_err(forbidden)?;
    let wanted = filter(&request.components)?;
    let is_wanted = |entity: &QuotaEntity| {
        let parts = EntityType::ALL.iter().filter(|kind| kind.of(entity).is_some()).count();
        let fits = |(kind, wanted): &(EntityType, Match)| match (kind.of(entity), wanted) {
            (Some(name), Match::Is(wanted)) => name == wanted,
            (name, Match::Any) => name.is_some(),
            (None, Match::Is(_)) => false,
        };
        wanted.iter().all(fits) && (!request.strict || parts == wanted.len())
    };
    let table = context.cluster.client_quotas();
    let found = table.iter().filter(|(entity, _)| is_wanted(entity));
    Ok(found.map(|(entity, values)| told(entity, values)).collect())
}

fn filter(
    components: &[DescribeClientQuotasRequestComponent<'_>],
) -> Result<Vec<(EntityType, Match)>, Refusal> {
    let invalid = |text: &str| (ErrorCode::INVALID_REQUEST, text.to_owned());
    let mut wanted: Vec<(EntityType, Match)> = Vec::new();
    for component in components {
        let unknown = || (ErrorCode::UNSUPPORTED_VERSION, "there is no such type of entity".to_owned());
        let kind = EntityType::named(component.entity_type).ok_or_else(unknown)?;
        if wanted.iter().any(|(other, _)| *other == kind) {
            return Err(invalid("a type of entity is asked for twice"));
        }
        let one = match (component.match_type, component.match_value) {
            (0, Some(name)) => Match::Is(EntityName::Named(Arc::from(kind.canonical(name).as_ref()))),
            (1, None) => Match::Is(EntityName::Default),
            (2, None) => Match::Any,
            (0, None) => return Err(invalid("a name is to be matched and none is given")),
            (1 | 2, Some(_)) => return Err(invalid("a name is given and none is to be matched")),
            _ => return Err(invalid("there is no such match type")),
        };
        wanted.push((kind, one));
    }
    match wanted.len() > 1 && wanted.iter().any(|(kind, _)| *kind == EntityType::Address) {
        true => Err(invalid("addresses have quotas apart from users and clients")),
        false => Ok(wanted),
    }
}

fn told(entity: &QuotaEntity, values: &QuotaValues) -> DescribeClientQuotasResponseEntry<'static> {
    let part = |kind: &EntityType| {
        let entity_name = match kind.of(entity)? {
            EntityName::Default => None,
            EntityName::Named(name) => Some(Cow::Owned(name.to_string())),
        };
        Some(DescribeClientQuotasResponseEntity { entity_type: Cow::Borrowed(kind.name()), entity_name })
    };
    DescribeClientQuotasResponseEntry {
        entity: EntityType::ALL.iter().filter_map(part).collect(),
        values: values
            .iter()
            .map(|(key, value)| DescribeClientQuotasResponseValue {
                key: Cow::Borrowed(key.name()),
                value: value.get(),
            })
            .collect(),
    }
}
