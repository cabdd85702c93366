//! CreateTopics (key 19), versions 2 to 7.
//!
//! Behaviour: topics of one request are made together, durably before the answer; each answers for itself. A topic
//! named twice is refused both times. Partition count -1 is the cluster's default, replication factor -1 is 1; a
//! higher factor is error 38, because there is one broker. validate_only checks everything and makes nothing. A
//! request for more than 10,000 partitions is refused whole with error 44, as in Kafka (KAFKA-17870): a partition
//! costs a kilobyte and a log, so that a count taken as it comes would let 60 bytes claim terabytes.
//! Permission: Create on the cluster or on the topic; without DescribeConfigs on the topic, what it was made with is not
//! told.
//! Partitions count against the quota of changes of the client.
//! Version notes: 5 returns partitions, factor and settings, 7 the topic's id; from 6 on topics that the quota has no room
//! for are refused with error 89, before it they are made and the client waits.

use std::borrow::Cow;
use std::collections::BTreeMap;

use kafka_wire::ErrorCode;
use kafka_wire::messages::{
    CreateTopicsRequest, CreateTopicsRequestTopic, CreateTopicsResponse, CreateTopicsResponseConfig,
    CreateTopicsResponseTopic,
};

use super::permission::RightsAsked;
use super::repeats::Named;
use super::{Context, Entry, Handler, entry, topic_error};
use crate::authority::{Operation, ResourceKind};
use crate::cluster::{NODE_ID, RESERVED};
use crate::meta::TopicSpec;
use crate::reply::cut;
use crate::topic_settings;

pub(super) const ENTRY: Entry = entry::<CreateTopics>(2, 7);

/// Partitions of all topics of one request.
pub(super) const PARTITIONS_MAX: u64 = 10_000;

/// From this version on clients know that they can be refused for going too fast.
const STRICT_FROM: i16 = 6;

struct CreateTopics;

/// Why a topic is not made, in words and as a code.
type Refusal = (ErrorCode, String);

impl Handler for CreateTopics {
    type Request<'a> = CreateTopicsRequest<'a>;

    async fn handle<'a>(
        request: CreateTopicsRequest<'a>,
        context: &'a Context<'a>,
    ) -> CreateTopicsResponse<'a> {
        let rights = context.rights();
        if partitions(&request, context) > PARTITIONS_MAX {
            let text = format!("a request makes at most {PARTITIONS_MAX} partitions");
            let refused = |topic: &CreateTopicsRequestTopic<'a>| {
                refused(topic.name, ErrorCode::POLICY_VIOLATION, text.clone())
            };
            let topics = request.topics.iter().map(refused).collect();
            return CreateTopicsResponse { topics, ..Default::default() };
        }
        let named = Named::new(request.topics.iter().map(|topic| topic.name));
        let mut mutations = context.mutations(STRICT_FROM);
        let specs: Vec<Result<TopicSpec, Refusal>> = request
            .topics
            .iter()
            .map(|topic| match named.repeats(&topic.name) {
                false => {
                    creatable(topic.name, &rights)?;
                    let spec = spec(topic, context)?;
                    if !request.validate_only {
                        mutations.charge(spec.partitions)?;
                    }
                    Ok(spec)
                }
                true => Err((ErrorCode::INVALID_REQUEST, "the request names the topic twice".into())),
            })
            .collect();
        let wanted: Vec<TopicSpec> = specs.iter().flatten().cloned().collect();
        let mut outcomes = if request.validate_only {
            wanted.iter().map(|spec| context.cluster.topic_check(spec)).collect::<Vec<_>>()
        } else {
            context.cluster.topics_create(wanted).await
        }
        .into_iter();
        let topics = request
            .topics
            .iter()
            .zip(specs)
            .map(|(topic, spec)| {
                let made = spec.and_then(|spec| match outcomes.next() {
                    Some(Ok(())) => Ok(spec),
                    Some(Err(error)) => Err((topic_error::code(&error), error.to_string())),
                    None => Err((ErrorCode::UNKNOWN_SERVER_ERROR, "no outcome".into())),
                });
                match made {
                    Ok(spec) => answer(topic.name, &spec, request.validate_only, &rights, context),
                    Err((code, text)) => refused(topic.name, code, text),
                }
            })
            .collect();
        CreateTopicsResponse { throttle_time_ms: mutations.throttle_time_ms(), topics }
    }
}

/// Fails when the client may make neither any topic nor this one.
fn creatable(name: &str, rights: &RightsAsked<'_>) -> Result<(), Refusal> {
    let permitted = rights.topic_or_cluster(Operation::Create, name);
    permitted.map_err(|code| (code, "the client may not create it".into()))
}

/// How many partitions a request asks for in all.
fn partitions(request: &CreateTopicsRequest<'_>, context: &Context<'_>) -> u64 {
    let of = |topic: &CreateTopicsRequestTopic<'_>| match (topic.assignments.len(), topic.num_partitions) {
        (0, -1) => u64::try_from(context.cluster.settings().partitions_default).unwrap_or_default(),
        (0, count) => u64::try_from(count).unwrap_or_default(),
        (assigned, _) => assigned as u64,
    };
    request.topics.iter().map(of).sum()
}

/// What is to be made, with defaults filled in.
fn spec(topic: &CreateTopicsRequestTopic<'_>, context: &Context<'_>) -> Result<TopicSpec, Refusal> {
    let cluster = context.cluster;
    if RESERVED.contains(&topic.name) {
        return Err((ErrorCode::INVALID_TOPIC_EXCEPTION, "the name is one of the broker's own".into()));
    }
    if !topic.assignments.is_empty() && (topic.num_partitions != -1 || topic.replication_factor != -1) {
        let text = "partitions are either counted or assigned, not both";
        return Err((ErrorCode::INVALID_REQUEST, text.into()));
    }
    let partitions = if topic.assignments.is_empty() {
        match topic.num_partitions {
            -1 => cluster.settings().partitions_default,
            count if count < 1 => {
                return Err((ErrorCode::INVALID_PARTITIONS, "a topic has at least one partition".into()));
            }
            count => count,
        }
    } else {
        assigned(topic)?
    };
    if !matches!(topic.replication_factor, -1 | 1) {
        let text = format!("replication factor {} with one broker", topic.replication_factor);
        return Err((ErrorCode::INVALID_REPLICATION_FACTOR, text));
    }
    let mut config = BTreeMap::new();
    for setting in &topic.configs {
        let Some(value) = setting.value else {
            return Err((ErrorCode::INVALID_CONFIG, format!("{} has no value", cut(setting.name))));
        };
        topic_settings::check(setting.name, value).map_err(|text| (ErrorCode::INVALID_CONFIG, text))?;
        config.insert(setting.name.to_owned(), value.to_owned());
    }
    Ok(TopicSpec {
        name: topic.name.to_owned(),
        id: cluster.random().uuid(),
        partitions,
        config,
        created_ms: cluster.clock().now_ms(),
        internal: false,
    })
}

/// A manual assignment may name each partition from 0 on once, and only this broker.
fn assigned(topic: &CreateTopicsRequestTopic<'_>) -> Result<i32, Refusal> {
    let mut indexes: Vec<i32> =
        topic.assignments.iter().map(|assignment| assignment.partition_index).collect();
    indexes.sort_unstable();
    let whole = indexes.iter().zip(0..).all(|(index, expected)| *index == expected);
    let here = topic.assignments.iter().all(|assignment| assignment.broker_ids == [NODE_ID]);
    match i32::try_from(indexes.len()) {
        Ok(count) if whole && here => Ok(count),
        _ => Err((
            ErrorCode::INVALID_REPLICA_ASSIGNMENT,
            format!("partitions must be numbered from 0 and assigned to broker {NODE_ID} alone"),
        )),
    }
}

fn answer<'a>(
    name: &'a str,
    spec: &TopicSpec,
    validate_only: bool,
    rights: &RightsAsked<'_>,
    context: &Context<'_>,
) -> CreateTopicsResponseTopic<'a> {
    let topic = CreateTopicsResponseTopic {
        name: Cow::Borrowed(name),
        topic_id: if validate_only { uuid::Uuid::nil() } else { spec.id },
        ..Default::default()
    };
    if !rights.permit(Operation::DescribeConfigs, ResourceKind::Topic, name) {
        // The topic is made all the same; only its settings are left out.
        let topic_config_error_code = ErrorCode::TOPIC_AUTHORIZATION_FAILED;
        return CreateTopicsResponseTopic { topic_config_error_code, configs: None, ..topic };
    }
    let configs = topic_settings::effective(&spec.config, &context.cluster.settings().topic_defaults)
        .map(|effective| CreateTopicsResponseConfig {
            name: Cow::Borrowed(effective.setting.name),
            value: Some(effective.value().text.to_owned().into()),
            read_only: false,
            config_source: effective.value().source as i8,
            is_sensitive: false,
        })
        .collect();
    CreateTopicsResponseTopic {
        num_partitions: spec.partitions,
        replication_factor: 1,
        configs: Some(configs),
        ..topic
    }
}

fn refused(name: &str, error_code: ErrorCode, text: String) -> CreateTopicsResponseTopic<'_> {
    CreateTopicsResponseTopic {
        name: Cow::Borrowed(name),
        error_code,
        error_message: Some(text.into()),
        configs: None,
        ..Default::default()
    }
}
