//! DeleteTopics (key 20), versions 1 to 6.
//!
//! Behaviour: topics of one request go together, durably before the answer, with their data and all commits in
//! them; each answers for itself. A topic named twice, also once by name and once by id, is refused both times with
//! error 42, the broker's own topic with error 17. Waiting fetches are woken.
//! Permission: Delete on the cluster or on the topic. A topic asked for by an id, that the client may not even describe,
//! is refused without its name.
//! Partitions count against the quota of changes of the client.
//! Version notes: 6 names topics by name or id; both or neither is error 42. From 5 on topics that the quota has no room
//! for are refused with error 89, before it they are deleted and the client waits.

use std::borrow::Cow;

use kafka_wire::ErrorCode;
use kafka_wire::messages::{
    DeleteTopicsRequest, DeleteTopicsRequestTopic, DeleteTopicsResponse, DeleteTopicsResponseTopic,
};
use uuid::Uuid;

use super::permission::RightsAsked;
use super::repeats::Named;
use super::{Context, Entry, Handler, entry, topic_error};
use crate::authority::{Operation, ResourceKind};
use crate::meta::{TopicError, TopicRef, Topics};

pub(super) const ENTRY: Entry = entry::<DeleteTopics>(1, 6);

/// From this version on clients know that they can be refused for going too fast.
const STRICT_FROM: i16 = 5;

struct DeleteTopics;

/// Why a topic is not deleted, as a code and in words.
type Refusal = (ErrorCode, String);

impl Handler for DeleteTopics {
    type Request<'a> = DeleteTopicsRequest<'a>;

    async fn handle<'a>(
        request: DeleteTopicsRequest<'a>,
        context: &'a Context<'a>,
    ) -> DeleteTopicsResponse<'a> {
        let asked: Vec<DeleteTopicsRequestTopic<'a>> = if context.version >= 6 {
            request.topics
        } else {
            let by_name = |name| DeleteTopicsRequestTopic { name: Some(name), ..Default::default() };
            request.topic_names.into_iter().map(by_name).collect()
        };
        let known = context.cluster.topics();
        let named_topics = Named::new(asked.iter().map(|topic| identity(topic, &known)));
        let rights = context.rights();
        let invalid = |text: &str| (ErrorCode::INVALID_REQUEST, text.to_owned());
        let mut mutations = context.mutations(STRICT_FROM);
        let wanted: Vec<Result<TopicRef, Refusal>> = asked
            .iter()
            .map(|topic| match named_topics.repeats(&identity(topic, &known)) {
                false => {
                    let wanted = named(topic).ok_or(invalid("name a topic either by name or by id"))?;
                    deletable(topic, &known, &rights)?;
                    if let Some(found) = known.find(&wanted) {
                        mutations.charge(found.partitions)?;
                    }
                    Ok(wanted)
                }
                true => Err(invalid("the request names the topic twice")),
            })
            .collect();
        let found: Vec<TopicRef> = wanted.iter().flatten().cloned().collect();
        let mut outcomes = context.cluster.topics_delete(found).await.into_iter();
        let responses = asked
            .iter()
            .zip(wanted)
            .map(|(topic, wanted)| match wanted {
                Ok(_) => answer(topic, outcomes.next().unwrap_or(Err(TopicError::Unknown))),
                Err((error_code, text)) => DeleteTopicsResponseTopic {
                    name: told_name(topic, &known, error_code, &rights),
                    topic_id: topic.topic_id,
                    error_code,
                    error_message: Some(text.into()),
                },
            })
            .collect();
        DeleteTopicsResponse { throttle_time_ms: mutations.throttle_time_ms(), responses }
    }
}

/// Fails when the client may delete neither any topic nor this one, or nobody may. An id that no topic has is for the deletion to
/// refuse.
fn deletable(
    topic: &DeleteTopicsRequestTopic<'_>,
    known: &Topics,
    rights: &RightsAsked<'_>,
) -> Result<(), Refusal> {
    let found = named(topic).and_then(|wanted| known.find(&wanted));
    let Some(name) = topic.name.or(found.map(|found| &*found.name)) else { return Ok(()) };
    let permitted = rights.topic_or_cluster(Operation::Delete, name);
    permitted.map_err(|code| (code, "the client may not delete it".into()))?;
    match found.is_some_and(|found| found.internal) {
        true => Err((ErrorCode::INVALID_TOPIC_EXCEPTION, "the topic is the broker's own".into())),
        false => Ok(()),
    }
}

/// The name to refuse it under: of one asked for by an id and known to the client otherwise, that too.
fn told_name<'a>(
    topic: &DeleteTopicsRequestTopic<'a>,
    known: &Topics,
    code: ErrorCode,
    rights: &RightsAsked<'_>,
) -> Option<Cow<'a, str>> {
    if topic.name.is_some() || code != ErrorCode::TOPIC_AUTHORIZATION_FAILED {
        return topic.name.map(Cow::Borrowed);
    }
    let name = known.find(&named(topic)?)?.name.to_string();
    rights.permit(Operation::Describe, ResourceKind::Topic, &name).then_some(Cow::Owned(name))
}

/// What is the same for two that mean the same topic: its id, if it is there.
fn identity<'a>(topic: &DeleteTopicsRequestTopic<'a>, known: &Topics) -> (Uuid, &'a str) {
    match named(topic).and_then(|wanted| known.find(&wanted).cloned()) {
        Some(found) => (found.id, ""),
        None => (topic.topic_id, topic.name.unwrap_or_default()),
    }
}

fn named(topic: &DeleteTopicsRequestTopic<'_>) -> Option<TopicRef> {
    match (topic.name, topic.topic_id.is_nil()) {
        (Some(name), true) => Some(TopicRef::Name(name.to_owned())),
        (None, false) => Some(TopicRef::Id(topic.topic_id)),
        _ => None,
    }
}

fn answer<'a>(
    topic: &DeleteTopicsRequestTopic<'a>,
    outcome: Result<std::sync::Arc<crate::meta::Topic>, TopicError>,
) -> DeleteTopicsResponseTopic<'a> {
    match outcome {
        Ok(gone) => DeleteTopicsResponseTopic {
            name: Some(Cow::Owned(gone.name.to_string())),
            topic_id: gone.id,
            ..Default::default()
        },
        Err(error) => {
            let error_code = match (&error, topic.name) {
                (TopicError::Unknown, None) => ErrorCode::UNKNOWN_TOPIC_ID,
                _ => topic_error::code(&error),
            };
            DeleteTopicsResponseTopic {
                name: topic.name.map(Cow::Borrowed),
                topic_id: topic.topic_id,
                error_code,
                error_message: Some(error.to_string().into()),
            }
        }
    }
}
