//! Client quotas: who is held to what, and what is told of it.

use kafka_protocol::messages::alter_client_quotas_request::{EntityData, EntryData, OpData};
use kafka_protocol::messages::describe_client_quotas_request::ComponentData;
use kafka_protocol::messages::*;
use kafka_protocol::protocol::StrBytes;

use crate::case::Cases;
use crate::ensure;
use crate::failure::Failure;
use crate::stage::Stage;

const PRODUCE: &str = "producer_byte_rate";
const CONNECT: &str = "connection_creation_rate";
/// Stands for a name that nothing else has.
const NEW: Option<&str> = Some("");

/// The parts of an entity, each a type and a name; none for the default.
type Parts = &'static [(&'static str, Option<&'static str>)];

fn text(text: &'static str) -> StrBytes {
    StrBytes::from_static_str(text)
}

fn entity(stage: &Stage<'_>, parts: Parts) -> Vec<EntityData> {
    let name = |name: Option<&'static str>| match name {
        NEW => Some(stage.name()),
        name => name.map(text),
    };
    let part =
        |&(kind, given)| EntityData::default().with_entity_type(text(kind)).with_entity_name(name(given));
    parts.iter().map(part).collect()
}

fn set(key: &'static str, value: f64) -> OpData {
    OpData::default().with_key(text(key)).with_value(value)
}

fn alter(
    stage: &mut Stage<'_>,
    version: i16,
    entity: Vec<EntityData>,
    ops: Vec<OpData>,
    validate_only: bool,
) -> Result<i16, Failure> {
    let entry = EntryData::default().with_entity(entity).with_ops(ops);
    let request = AlterClientQuotasRequest::default().with_entries(vec![entry]);
    let answer = stage.call(&request.with_validate_only(validate_only), version)?;
    Ok(answer.entries.first().ok_or("no entry")?.error_code)
}

fn component(kind: &'static str, match_type: i8, name: Option<StrBytes>) -> ComponentData {
    ComponentData::default().with_entity_type(text(kind)).with_match_type(match_type).with_match(name)
}

/// What is told of some components: the values of every entity that fits.
fn described(
    stage: &mut Stage<'_>,
    version: i16,
    components: Vec<ComponentData>,
    strict: bool,
) -> Result<Vec<Vec<(String, f64)>>, Failure> {
    let request = DescribeClientQuotasRequest::default().with_components(components).with_strict(strict);
    let answer = stage.call(&request, version)?;
    ensure!(answer.error_code, 0, "code of DescribeClientQuotas");
    let values = |entry: describe_client_quotas_response::EntryData| {
        entry.values.into_iter().map(|value| (value.key.to_string(), value.value)).collect()
    };
    Ok(answer.entries.unwrap_or_default().into_iter().map(values).collect())
}

pub(crate) fn declare(cases: &mut Cases) {
    changes(cases);
    refusals(cases);
    tellings(cases);
}

fn changes(cases: &mut Cases) {
    let entities: [(&str, Parts, &str); 4] = [
        ("of_a_user", &[("user", NEW)], PRODUCE),
        ("of_a_client", &[("client-id", NEW)], PRODUCE),
        ("of_a_users_clients", &[("user", NEW), ("client-id", None)], PRODUCE),
        ("of_an_address", &[("ip", Some("10.1.2.3"))], CONNECT),
    ];
    for (title, parts, key) in entities {
        cases.each(ApiKey::AlterClientQuotas, 0..=1, title, 0, move |stage, version| {
            let whom = entity(stage, parts);
            ensure!(alter(stage, version, whom.clone(), vec![set(key, 1e9)], false)?, 0, "code when set");
            alter(stage, version, whom, vec![OpData::default().with_key(text(key)).with_remove(true)], false)
        });
    }
    cases.each(ApiKey::AlterClientQuotas, 0..=1, "removed_without_being_there", 0, |stage, version| {
        let whom = entity(stage, &[("user", NEW)]);
        alter(stage, version, whom, vec![OpData::default().with_key(text(PRODUCE)).with_remove(true)], false)
    });
    cases.each(ApiKey::AlterClientQuotas, 0..=1, "only_validated", 0, |stage, version| {
        let whom = entity(stage, &[("user", NEW)]);
        let user = whom[0].entity_name.clone();
        let code = alter(stage, version, whom, vec![set(PRODUCE, 1e9)], true)?;
        let told = described(stage, version, vec![component("user", 0, user)], true)?;
        ensure!(told.len(), 0, "entities with quotas");
        Ok(code)
    });
}

fn refusals(cases: &mut Cases) {
    let wrong: [(&str, Parts, &str, f64); 8] = [
        ("nobody", &[], PRODUCE, 1e9),
        ("unknown_type", &[("group", NEW)], PRODUCE, 1e9),
        ("user_at_an_address", &[("user", NEW), ("ip", None)], PRODUCE, 1e9),
        ("no_address", &[("ip", Some("a name, and no address"))], CONNECT, 1e9),
        ("unknown_key", &[("user", NEW)], "no_such_rate", 1e9),
        ("key_of_addresses", &[("user", NEW)], CONNECT, 1e9),
        ("below_nothing", &[("user", NEW)], PRODUCE, -1.0),
        ("part_of_a_byte", &[("user", NEW)], PRODUCE, 1.5),
    ];
    for (title, parts, key, value) in wrong {
        cases.each(ApiKey::AlterClientQuotas, 0..=1, title, 42, move |stage, version| {
            let whom = entity(stage, parts);
            alter(stage, version, whom, vec![set(key, value)], false)
        });
    }
    let asked: [(&str, &[(&str, i8, Option<&str>)], i16); 5] = [
        ("unknown_type", &[("group", 2, None)], 35),
        ("a_type_twice", &[("user", 2, None), ("user", 1, None)], 42),
        ("user_at_an_address", &[("user", 2, None), ("ip", 2, None)], 42),
        ("unknown_match", &[("user", 3, None)], 42),
        ("default_with_a_name", &[("user", 1, Some("u"))], 42),
    ];
    for (title, components, expected) in asked {
        cases.each(ApiKey::DescribeClientQuotas, 0..=1, title, expected, move |stage, version| {
            let one =
                |&(kind, match_type, name): &(_, _, Option<_>)| component(kind, match_type, name.map(text));
            let components = components.iter().map(one).collect();
            let request = DescribeClientQuotasRequest::default().with_components(components);
            Ok(stage.call(&request, version)?.error_code)
        });
    }
}

fn tellings(cases: &mut Cases) {
    // Whether it is asked for strictly, and how many entities are told: the user, and the user's clients.
    for (title, strict, many) in [("strictly_of_a_user", true, 1), ("of_a_user", false, 2)] {
        cases.each(ApiKey::DescribeClientQuotas, 0..=1, title, 0, move |stage, version| {
            let whom = entity(stage, &[("user", NEW)]);
            let mut clients = entity(stage, &[("client-id", None)]);
            clients.extend(whom.clone());
            let user = whom[0].entity_name.clone();
            ensure!(alter(stage, version, whom, vec![set(PRODUCE, 1e9)], false)?, 0, "code of the user's");
            ensure!(
                alter(stage, version, clients, vec![set(PRODUCE, 2e9)], false)?,
                0,
                "code of the clients'"
            );
            stage.eventually("the quotas are told", |stage| {
                let asked = vec![component("user", 0, user.clone())];
                let told = described(stage, version, asked, strict)?;
                let own = vec![(PRODUCE.to_owned(), 1e9)];
                Ok(told.len() == many && told.contains(&own))
            })?;
            Ok(0)
        });
    }
}
