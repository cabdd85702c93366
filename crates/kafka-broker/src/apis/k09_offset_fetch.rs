//! OffsetFetch (key 9), versions 1 to 10.
//!
//! Behaviour: what is durable; offset -1 where there is no commit. A null list of topics asks for all. Who asks for
//! stable offsets is told to wait (88) where an open transaction is to commit one.
//! Permission: Describe on the group, without which nothing is told of it; Describe on a topic, without which it is left
//! out of all topics, and refused when it is named.
//! Version notes: 2 adds the null list and an error of the group, 5 leader epochs, 7 asks for stable offsets, 8 several
//! groups in one request, 9 the member's epoch in groups of the newer protocol: whoever gives an id or an epoch must be
//! a member, and of that epoch. 10 names topics by id: an unknown id is refused, an unknown name has no commits.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use kafka_wire::ErrorCode;
use kafka_wire::messages::{
    OffsetFetchRequest, OffsetFetchRequestGroupTopic, OffsetFetchRequestTopic, OffsetFetchResponse,
    OffsetFetchResponseGroup, OffsetFetchResponseGroupPartition, OffsetFetchResponseGroupTopic,
    OffsetFetchResponsePartition, OffsetFetchResponseTopic,
};
use uuid::Uuid;

use super::permission::RightsAsked;
use super::{Context, Entry, Handler, entry, group_error, topic_lookup};
use crate::authority::{Operation, ResourceKind};
use crate::fetch_sessions::TopicName;
use crate::group::Fetched;
use crate::meta::Offset;

pub(super) const ENTRY: Entry = entry::<OffsetFetch>(1, 10);

struct OffsetFetch;

/// A topic's partitions with their commits, or with why they are not told.
struct TopicOffsets<'a> {
    name: Cow<'a, str>,
    id: Uuid,
    partitions: Vec<(i32, Result<Option<Offset>, ErrorCode>)>,
}

/// Topics that a request names, with their partitions; none asks for all.
type Asked<'a> = Option<Vec<(TopicName<&'a str>, Vec<i32>)>>;

/// The first version in which the response can refuse a group as a whole.
const GROUP_ERROR_FROM: i16 = 2;
/// The first version that names topics by id.
const IDS_FROM: i16 = 10;

impl Handler for OffsetFetch {
    type Request<'a> = OffsetFetchRequest<'a>;

    async fn handle<'a>(
        request: OffsetFetchRequest<'a>,
        context: &'a Context<'a>,
    ) -> OffsetFetchResponse<'a> {
        let rights = context.rights();
        if context.version < 8 {
            let asked = request.topics.map(|topics| {
                let asked = |topic: OffsetFetchRequestTopic<'a>| {
                    (TopicName { name: topic.name, id: Uuid::nil() }, topic.partition_indexes)
                };
                topics.into_iter().map(asked).collect()
            });
            let permitted = rights.group(Operation::Describe, request.group_id);
            let (error_code, found) = match permitted {
                Ok(()) => (
                    ErrorCode::NONE,
                    offsets(request.group_id, asked, request.require_stable, &rights, context),
                ),
                Err(code) if context.version < GROUP_ERROR_FROM => (code, refused(asked, code)),
                Err(code) => (code, Vec::new()),
            };
            let topics = found.into_iter().map(topic).collect();
            return OffsetFetchResponse { topics, error_code, ..Default::default() };
        }
        let groups = request
            .groups
            .into_iter()
            .map(|group| {
                let asked = group.topics.map(|topics| {
                    let asked = |topic: OffsetFetchRequestGroupTopic<'a>| {
                        (TopicName { name: topic.name, id: topic.topic_id }, topic.partition_indexes)
                    };
                    topics.into_iter().map(asked).collect()
                });
                let permitted = rights.group(Operation::Describe, group.group_id).and_then(|()| {
                    let groups = context.cluster.groups();
                    match groups.fetch_check(group.group_id, group.member_id, group.member_epoch) {
                        Ok(()) => Ok(()),
                        Err(error) => Err(group_error::named(error)),
                    }
                });
                let (error_code, found) = match permitted {
                    Ok(()) => (
                        ErrorCode::NONE,
                        offsets(group.group_id, asked, request.require_stable, &rights, context),
                    ),
                    Err(code) => (code, Vec::new()),
                };
                let topics = found.into_iter().map(group_topic).collect();
                OffsetFetchResponseGroup { group_id: Cow::Borrowed(group.group_id), topics, error_code }
            })
            .collect();
        OffsetFetchResponse { groups, ..Default::default() }
    }
}

/// The commits of a group, in the order asked for, or all by topic name.
fn offsets<'a>(
    group: &str,
    asked: Asked<'a>,
    require_stable: bool,
    rights: &RightsAsked<'_>,
    context: &Context<'_>,
) -> Vec<TopicOffsets<'a>> {
    let told = |fetched: Fetched| match fetched.is_unstable && require_stable {
        true => (fetched.partition, Err(ErrorCode::UNSTABLE_OFFSET_COMMIT)),
        false => (fetched.partition, Ok(fetched.offset)),
    };
    context.note_group(group);
    let topics = context.cluster.open_topics();
    let groups = context.cluster.groups();
    let Some(asked) = asked else {
        let mut by_name = BTreeMap::<(Arc<str>, Uuid), Vec<_>>::new();
        for fetched in groups.fetch(group, None) {
            // What only a transaction is to commit is nothing yet, for who does not wait for it.
            if fetched.offset.is_none() && !require_stable {
                continue;
            }
            if let Some(open) = topics.of_id(fetched.topic) {
                by_name.entry((open.facts.name.clone(), fetched.topic)).or_default().push(told(fetched));
            }
        }
        by_name.retain(|(name, _), _| rights.permit(Operation::Describe, ResourceKind::Topic, name));
        let named = |((name, id), partitions): ((Arc<str>, _), _)| TopicOffsets {
            name: Cow::Owned(name.to_string()),
            id,
            partitions,
        };
        return by_name.into_iter().map(named).collect();
    };
    asked
        .into_iter()
        .map(|(name, partitions)| {
            let by_id = context.version >= IDS_FROM;
            let id = match topic_lookup::find(name, by_id, Operation::Describe, rights, context) {
                Ok(open) => open.facts.id,
                // The nil id belongs to no topic, and so has no commits.
                Err(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION) => Uuid::nil(),
                Err(code) => return refused_topic(name, partitions, code),
            };
            let wanted: Vec<_> = partitions.into_iter().map(|partition| (id, partition)).collect();
            let partitions = groups.fetch(group, Some(&wanted)).into_iter().map(told).collect();
            TopicOffsets { name: Cow::Borrowed(name.name), id: name.id, partitions }
        })
        .collect()
}

/// The same refusal for every partition that is named.
fn refused(asked: Asked<'_>, code: ErrorCode) -> Vec<TopicOffsets<'_>> {
    let asked = asked.into_iter().flatten();
    asked.map(|(name, partitions)| refused_topic(name, partitions, code)).collect()
}

fn refused_topic(name: TopicName<&str>, partitions: Vec<i32>, code: ErrorCode) -> TopicOffsets<'_> {
    let partitions = partitions.into_iter().map(|partition| (partition, Err(code))).collect();
    TopicOffsets { name: Cow::Borrowed(name.name), id: name.id, partitions }
}

fn topic(TopicOffsets { name, partitions, .. }: TopicOffsets<'_>) -> OffsetFetchResponseTopic<'_> {
    let partitions = partitions
        .into_iter()
        .map(|(partition_index, offset)| {
            let (committed_offset, committed_leader_epoch, metadata, error_code) = fields(offset);
            OffsetFetchResponsePartition {
                partition_index,
                committed_offset,
                committed_leader_epoch,
                metadata,
                error_code,
            }
        })
        .collect();
    OffsetFetchResponseTopic { name, partitions }
}

fn group_topic(TopicOffsets { name, id, partitions }: TopicOffsets<'_>) -> OffsetFetchResponseGroupTopic<'_> {
    let partitions = partitions
        .into_iter()
        .map(|(partition_index, offset)| {
            let (committed_offset, committed_leader_epoch, metadata, error_code) = fields(offset);
            OffsetFetchResponseGroupPartition {
                partition_index,
                committed_offset,
                committed_leader_epoch,
                metadata,
                error_code,
            }
        })
        .collect();
    OffsetFetchResponseGroupTopic { name, topic_id: id, partitions }
}

/// Offset, epoch and note, which are -1, -1 and empty where no commit is told; and why, if something is wrong.
fn fields(offset: Result<Option<Offset>, ErrorCode>) -> (i64, i32, Option<Cow<'static, str>>, ErrorCode) {
    match offset {
        Ok(Some(offset)) => {
            let metadata = offset.metadata.as_deref().unwrap_or_default().to_owned();
            (offset.offset, offset.leader_epoch, Some(metadata.into()), ErrorCode::NONE)
        }
        Ok(None) => (-1, -1, Some("".into()), ErrorCode::NONE),
        Err(code) => (-1, -1, Some("".into()), code),
    }
}
