//! Metadata (key 3), versions 0 to 13.
//!
//! Behaviour: one broker, at the listener the request came in on, leads every partition. A null list asks for all
//! topics (in version 0 an empty one does), an empty one for none. Internal topics are told only when named. An
//! unknown topic is made when the client allows it and the cluster is set so.
//! Version notes: 4 adds the client's say in making topics, 7 leader epochs, 10 topic ids, 12 asking by id alone; an
//! id or a missing name in 10 or 11, whose response cannot leave out the name, is error 42.
//! Not modelled: authorised operations before access rules exist; the field says "not asked".

use std::borrow::Cow;

use kafka_wire::ErrorCode;
use kafka_wire::messages::{
    MetadataRequest, MetadataRequestTopic, MetadataResponse, MetadataResponseBroker,
    MetadataResponsePartition, MetadataResponseTopic,
};

use super::{Context, Entry, Handler, entry};
use crate::cluster::NODE_ID;
use crate::meta::topic_name_check;
use crate::topics::OpenTopic;

pub(super) const ENTRY: Entry = entry::<Metadata>(0, 13);

/// The first version in which a topic may be asked for by its id.
const BY_ID_FROM: i16 = 12;

struct Metadata;

impl Handler for Metadata {
    type Request<'a> = MetadataRequest<'a>;

    async fn handle<'a>(request: MetadataRequest<'a>, context: &'a Context<'a>) -> MetadataResponse<'a> {
        let may_create = context.version < 4 || request.allow_auto_topic_creation;
        let topics = match request.topics {
            None => all(context),
            Some(named) if named.is_empty() && context.version == 0 => all(context),
            Some(named) => {
                let mut topics = Vec::with_capacity(named.len());
                for topic in named {
                    topics.push(one(topic, may_create, context).await);
                }
                topics
            }
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
            ..Default::default()
        }
    }
}

fn all<'a>(context: &'a Context<'a>) -> Vec<MetadataResponseTopic<'a>> {
    let topics = context.cluster.open_topics().all();
    topics.iter().filter(|topic| !topic.facts.internal).map(|topic| described(topic, context)).collect()
}

async fn one<'a>(
    asked: MetadataRequestTopic<'a>,
    may_create: bool,
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
                Some(topic) => described(&topic, context),
                None => refused(ErrorCode::UNKNOWN_TOPIC_ID),
            };
        }
    };
    if let Some(topic) = cluster.open_topics().named(name) {
        return described(&topic, context);
    }
    if topic_name_check(name).is_err() {
        return refused(ErrorCode::INVALID_TOPIC_EXCEPTION);
    }
    if !may_create || !cluster.settings().auto_create_topics {
        return refused(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION);
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
