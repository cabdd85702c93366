//! OffsetDelete (key 47), version 0.
//!
//! Behaviour: a group's commits in these partitions go, durably before the answer; one that is not there is success. A
//! topic that the group's members read is error 86, a group with members that are no consumers 68, one that is not
//! there 69. Each partition answers for itself.
//! Permission: Delete on the group; Read on the topic.
//! Version notes: none.
//! Not modelled: nothing.

use std::borrow::Cow;

use kafka_wire::ErrorCode;
use kafka_wire::messages::{
    OffsetDeleteRequest, OffsetDeleteResponse, OffsetDeleteResponsePartition, OffsetDeleteResponseTopic,
};
use uuid::Uuid;

use super::{Context, Entry, Handler, entry, group_error};
use crate::authority::Operation;

pub(super) const ENTRY: Entry = entry::<OffsetDelete>(0, 0);

struct OffsetDelete;

impl Handler for OffsetDelete {
    type Request<'a> = OffsetDeleteRequest<'a>;

    async fn handle<'a>(
        request: OffsetDeleteRequest<'a>,
        context: &'a Context<'a>,
    ) -> OffsetDeleteResponse<'a> {
        let rights = context.rights();
        let refused = |error_code| OffsetDeleteResponse { error_code, ..Default::default() };
        if let Err(code) = rights.group(Operation::Delete, request.group_id) {
            return refused(code);
        }
        let permitted: Vec<_> =
            request.topics.iter().map(|topic| rights.topic(Operation::Read, topic.name)).collect();
        let mut wanted = Vec::new();
        for (topic, _) in request.topics.iter().zip(&permitted).filter(|(_, permitted)| permitted.is_ok()) {
            // The nil id belongs to no topic, so an unknown name is refused like an unknown id.
            let id =
                context.cluster.open_topics().named(topic.name).map_or(Uuid::nil(), |open| open.facts.id);
            wanted.extend(topic.partitions.iter().map(|partition| (id, partition.partition_index)));
        }
        // A group of which nothing is wanted is looked for all the same; for topics that are all refused it is not.
        let asks = !wanted.is_empty() || request.topics.is_empty();
        let deleted = match asks {
            false => Vec::new(),
            true => {
                context.note_group(request.group_id);
                match context.cluster.groups().offsets_delete(&request.group_id.into(), &wanted).await {
                    Ok(deleted) => deleted,
                    Err(error) => return refused(group_error::named(error)),
                }
            }
        };
        let mut codes = deleted.into_iter().map(group_error::code);
        let topics = request
            .topics
            .iter()
            .zip(permitted)
            .map(|(topic, permitted)| OffsetDeleteResponseTopic {
                name: Cow::Borrowed(topic.name),
                partitions: topic
                    .partitions
                    .iter()
                    .map(|partition| OffsetDeleteResponsePartition {
                        partition_index: partition.partition_index,
                        error_code: match permitted {
                            Ok(()) => codes.next().unwrap_or(ErrorCode::UNKNOWN_SERVER_ERROR),
                            Err(code) => code,
                        },
                    })
                    .collect(),
            })
            .collect();
        OffsetDeleteResponse { topics, ..Default::default() }
    }
}
