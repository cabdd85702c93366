//! CreatePartitions (key 37), versions 0 to 3.
//!
//! Behaviour: a topic has as many partitions as are named, durably before the answer; each topic answers for itself. A
//! count that is not more than there are, or more than the cluster may have, is error 37; an assignment that does not
//! name this broker once for each new partition, 39; a topic named twice, 42; one of the broker's own, 17. A request for
//! more than 10,000 new partitions is refused whole with error 44, as CreateTopics does. validate_only checks
//! everything and changes nothing.
//! Permission: Alter on the topic.
//! New partitions count against the quota of changes of the client.
//! Version notes: from 3 on topics that the quota has no room for are refused with error 89, before it they grow and the
//! client waits.
//! Not modelled: the time limit; the answer comes when the disk has it.

use std::borrow::Cow;

use kafka_wire::ErrorCode;
use kafka_wire::messages::{
    CreatePartitionsRequest, CreatePartitionsRequestAssignment, CreatePartitionsRequestTopic,
    CreatePartitionsResponse, CreatePartitionsResponseResult,
};

use super::config_resource::{Refusal, answered};
use super::k19_create_topics::PARTITIONS_MAX;
use super::permission::RightsAsked;
use super::repeats::Named;
use super::throttle::Mutations;
use super::{Context, Entry, Handler, entry, topic_error};
use crate::authority::Operation;
use crate::cluster::NODE_ID;

pub(super) const ENTRY: Entry = entry::<CreatePartitions>(0, 3);

/// From this version on clients know that they can be refused for going too fast.
const STRICT_FROM: i16 = 3;

struct CreatePartitions;

impl Handler for CreatePartitions {
    type Request<'a> = CreatePartitionsRequest<'a>;

    async fn handle<'a>(
        request: CreatePartitionsRequest<'a>,
        context: &'a Context<'a>,
    ) -> CreatePartitionsResponse<'a> {
        let rights = context.rights();
        let named = Named::new(request.topics.iter().map(|topic| topic.name));
        let is_too_much = new_partitions(&request, context) > PARTITIONS_MAX;
        let mut mutations = context.mutations(STRICT_FROM);
        let mut results = Vec::with_capacity(request.topics.len());
        for topic in &request.topics {
            let outcome = match is_too_much {
                true => {
                    let text = format!("a request makes at most {PARTITIONS_MAX} partitions");
                    Err((ErrorCode::POLICY_VIOLATION, text))
                }
                false if named.repeats(&topic.name) => {
                    Err((ErrorCode::INVALID_REQUEST, "the request names the topic twice".into()))
                }
                false => grow(topic, request.validate_only, &rights, &mut mutations, context).await,
            };
            let (error_code, error_message) = answered(outcome);
            results.push(CreatePartitionsResponseResult {
                name: Cow::Borrowed(topic.name),
                error_code,
                error_message,
            });
        }
        CreatePartitionsResponse { throttle_time_ms: mutations.throttle_time_ms(), results }
    }
}

/// How many partitions a request asks for in all.
fn new_partitions(request: &CreatePartitionsRequest<'_>, context: &Context<'_>) -> u64 {
    let topics = context.cluster.topics();
    let of = |topic: &CreatePartitionsRequestTopic<'_>| {
        let there = topics.named(topic.name).map_or(0, |known| known.partitions);
        u64::try_from(topic.count.saturating_sub(there)).unwrap_or_default()
    };
    request.topics.iter().map(of).sum()
}

async fn grow(
    asked: &CreatePartitionsRequestTopic<'_>,
    validate_only: bool,
    rights: &RightsAsked<'_>,
    mutations: &mut Mutations<'_>,
    context: &Context<'_>,
) -> Result<(), Refusal> {
    let forbidden = |code| (code, "the client may not change the topic".to_owned());
    rights.topic(Operation::Alter, asked.name).map_err(forbidden)?;
    let absent = || (ErrorCode::UNKNOWN_TOPIC_OR_PARTITION, "the topic is not there".to_owned());
    let topic = context.cluster.topic(asked.name).ok_or_else(absent)?;
    if topic.internal {
        return Err((ErrorCode::INVALID_TOPIC_EXCEPTION, "the topic is one of the broker's own".into()));
    }
    let refused = |error| (topic_error::code(&error), error.to_string());
    context.cluster.growth_check(&topic, asked.count).map_err(refused)?;
    if let Some(assignments) = &asked.assignments {
        assigned(assignments, asked.count - topic.partitions)?;
    }
    if validate_only {
        return Ok(());
    }
    mutations.charge(asked.count - topic.partitions)?;
    context.cluster.topic_grow_to(topic.id, asked.count).await.map_err(refused)
}

/// A manual assignment is to this broker alone, and has an entry for each new partition.
fn assigned(assignments: &[CreatePartitionsRequestAssignment], new: i32) -> Result<(), Refusal> {
    let here = assignments.iter().all(|assignment| assignment.broker_ids == [NODE_ID]);
    match i32::try_from(assignments.len()) {
        Ok(count) if here && count == new => Ok(()),
        _ => Err((
            ErrorCode::INVALID_REPLICA_ASSIGNMENT,
            format!("each of the {new} new partitions must be assigned to broker {NODE_ID} alone"),
        )),
    }
}
