//! Metadata (key 3), versions 0 to 13.
//!
//! Behaviour: one broker, at the listener the request came in on, leads every partition. A null list asks for all
//! topics (in version 0 an empty one does), an empty one for none. Internal topics are told only when named. An
//! unknown topic is made when the client allows it and the cluster is set so.
//! Permission: Describe on a topic; what the client may not describe is left out of all topics, and refused when it is
//! named, there or not. Create on the cluster or the topic, to have one made.
//! Version notes: 4 adds the client's say in making topics, 7 leader epochs, 10 topic ids, 12 asking by id alone; an
//! id or a missing name in 10 or 11, whose response cannot leave out the name, is error 42.
//! Not modelled: nothing.

use std::borrow::Cow;
use std::sync::Arc;

use kafka_wire::ErrorCode;
use kafka_wire::messages::{
    MetadataRequest, MetadataRequestTopic, MetadataResponse, MetadataResponseBroker,
    MetadataResponsePartition, MetadataResponseTopic,
};

use super::permission::RightsAsked;
use super::{Context, Entry, Handler, entry};
use crate::authority::{Operation, ResourceKind};
use crate::cluster::NODE_ID;
use crate::meta::topic_name_check;
use crate::topics::OpenTopic;

pub(super) const ENTRY: Entry = entry::<Metadata>(0, 13);

/// What the fields for operations say when they are not asked for.
const OPERATIONS_UNASKED: i32 = i32::MIN;
/// The first version in which a topic may be asked for by its id.
const BY_ID_FROM: i16 = 12;

struct Metadata;

impl Handler for Metadata {
    type Request<'a> = MetadataRequest<'a>;

    async fn handle<'a>(request: MetadataRequest<'a>, context: &'a Context<'a>) -> MetadataResponse<'a> {
        let may_create = context.version < 4 || request.allow_auto_topic_creation;
        let rights = context.rights();
        let mut topics = match request.topics {
            None => all(&rights, context),
            Some(named) if named.is_empty() && context.version == 0 => all(&rights, context),
            Some(named) => {
                let mut topics = Vec::with_capacity(named.len());
                for topic in named {
                    topics.push(one(topic, may_create, &rights, context).await);
                }
                topics
            }
        };
        if request.include_topic_authorized_operations {
            for topic in &mut topics {
                if let (Some(name), ErrorCode::NONE) = (&topic.name, topic.error_code) {
                    topic.topic_authorized_operations = rights.topic_operations(name);
                }
            }
        }
        let cluster_authorized_operations = match request.include_cluster_authorized_operations {
            true => rights.cluster_operations(),
            false => OPERATIONS_UNASKED,
        };
        let advertised = &context.peer.advertised;
        MetadataResponse {
            brokers: vec![MetadataResponseBroker {
                node_id: NODE_ID,
                host: Cow::Borrowed(&advertised.host),
                port: i32::from(advertised.port),
                rack: None,
            }],
            cluster_id: Some(Cow::Borrowed(context.cluster.cluster_id())),
            controller_id: NODE_ID,
            topics,
            cluster_authorized_operations,
            ..Default::default()
        }
    }
}

fn all<'a>(rights: &RightsAsked<'_>, context: &'a Context<'a>) -> Vec<MetadataResponseTopic<'a>> {
    let topics = context.cluster.open_topics().all();
    let shown = |topic: &&Arc<OpenTopic>| {
        !topic.facts.internal && rights.permit(Operation::Describe, ResourceKind::Topic, &topic.facts.name)
    };
    topics.iter().filter(shown).map(|topic| described(topic, context)).collect()
}

async fn one<'a>(
    asked: MetadataRequestTopic<'a>,
    may_create: bool,
    rights: &RightsAsked<'_>,
    context: &'a Context<'a>,
) -> MetadataResponseTopic<'a> {
    let by_id = context.version >= BY_ID_FROM;
    let refused = |error_code| MetadataResponseTopic {
        error_code,
        name: if by_id { asked.name } else { Some(asked.name.unwrap_or_default()) }.map(Cow::Borrowed),
        topic_id: asked.topic_id,
        ..Default::default()
    };
    let cluster = context.cluster;
    if !by_id && (asked.name.is_none() || !asked.topic_id.is_nil()) {
        return refused(ErrorCode::INVALID_REQUEST);
    }
    // Of a name and an id, the id counts.
    let name = match asked.name {
        Some(name) if asked.topic_id.is_nil() => name,
        _ => {
            return match cluster.open_topics().of_id(asked.topic_id) {
                Some(topic) => match rights.topic(Operation::Describe, &topic.facts.name) {
                    Ok(()) => described(&topic, context),
                    // Its name is none of the client's business.
                    Err(code) => MetadataResponseTopic { name: None, ..refused(code) },
                },
                None => refused(ErrorCode::UNKNOWN_TOPIC_ID),
            };
        }
    };
    if let Err(code) = rights.topic(Operation::Describe, name) {
        return refused(code);
    }
    if let Some(topic) = cluster.open_topics().named(name) {
        return described(&topic, context);
    }
    if topic_name_check(name).is_err() {
        return refused(ErrorCode::INVALID_TOPIC_EXCEPTION);
    }
    if !may_create || !cluster.settings().auto_create_topics {
        return refused(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION);
    }
    let creatable = rights.topic_or_cluster(Operation::Create, name);
    if let Err(code) = creatable {
        return refused(code);
    }
    match cluster.topic_create_automatically(name).await {
        Ok(topic) => described(&topic, context),
        Err(error) => refused(super::topic_error::code(&error)),
    }
}

fn described(topic: &OpenTopic, context: &Context<'_>) -> MetadataResponseTopic<'static> {
    let leader_epoch = context.cluster.leader_epoch();
    let partitions = (0..)
        .zip(&topic.partitions)
        .map(|(partition_index, _)| MetadataResponsePartition {
            partition_index,
            leader_id: NODE_ID,
            leader_epoch,
            replica_nodes: vec![NODE_ID],
            isr_nodes: vec![NODE_ID],
            ..Default::default()
        })
        .collect();
    MetadataResponseTopic {
        name: Some(Cow::Owned(topic.facts.name.to_string())),
        topic_id: topic.facts.id,
        is_internal: topic.facts.internal,
        partitions,
        ..Default::default()
    }
}
