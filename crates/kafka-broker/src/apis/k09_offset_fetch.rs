//! OffsetFetch (key 9), versions 1 to 9.
//!
//! Behaviour: what is durable; offset -1 where there is no commit. A null list of topics asks for all.
//! Version notes: 2 adds the null list, 5 leader epochs, 8 several groups in one request, 9 the member's epoch in
//! groups of the newer protocol, of which there are none.
//! Not modelled: version 10, which names topics by id. Commits of open transactions, which do not exist yet.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use kafka_wire::ErrorCode;
use kafka_wire::messages::{
    OffsetFetchRequest, OffsetFetchResponse, OffsetFetchResponseGroup, OffsetFetchResponseGroupPartition,
    OffsetFetchResponseGroupTopic, OffsetFetchResponsePartition, OffsetFetchResponseTopic,
};
use uuid::Uuid;

use super::{Context, Entry, Handler, entry};
use crate::group::Fetched;
use crate::meta::Offset;

pub(super) const ENTRY: Entry = entry::<OffsetFetch>(1, 9);

struct OffsetFetch;

/// A topic's partitions with their commits.
type TopicOffsets<'a> = (Cow<'a, str>, Vec<(i32, Option<Offset>)>);

impl Handler for OffsetFetch {
    type Request<'a> = OffsetFetchRequest<'a>;

    async fn handle<'a>(
        request: OffsetFetchRequest<'a>,
        context: &'a Context<'a>,
    ) -> OffsetFetchResponse<'a> {
        if context.version < 8 {
            let asked = request.topics.map(|topics| {
                topics.into_iter().map(|topic| (topic.name, topic.partition_indexes)).collect()
            });
            let topics = offsets(request.group_id, asked, context).into_iter().map(topic).collect();
            return OffsetFetchResponse { topics, ..Default::default() };
        }
        let groups = request
            .groups
            .into_iter()
            .map(|group| {
                let asked = group.topics.map(|topics| {
                    topics.into_iter().map(|topic| (topic.name, topic.partition_indexes)).collect()
                });
                OffsetFetchResponseGroup {
                    group_id: Cow::Borrowed(group.group_id),
                    topics: offsets(group.group_id, asked, context).into_iter().map(group_topic).collect(),
                    error_code: ErrorCode::NONE,
                }
            })
            .collect();
        OffsetFetchResponse { groups, ..Default::default() }
    }
}

/// The commits of a group, in the order asked for, or all by topic name.
fn offsets<'a>(
    group: &str,
    asked: Option<Vec<(&'a str, Vec<i32>)>>,
    context: &Context<'_>,
) -> Vec<TopicOffsets<'a>> {
    let topics = context.cluster.open_topics();
    let groups = context.cluster.groups();
    let Some(asked) = asked else {
        let mut by_name = BTreeMap::<Arc<str>, Vec<(i32, Option<Offset>)>>::new();
        for Fetched { topic, partition, offset } in groups.fetch(group, None) {
            if let Some(open) = topics.of_id(topic) {
                by_name.entry(open.facts.name.clone()).or_default().push((partition, offset));
            }
        }
        return by_name.into_iter().map(|(name, found)| (Cow::Owned(name.to_string()), found)).collect();
    };
    asked
        .into_iter()
        .map(|(name, partitions)| {
            let id = topics.named(name).map_or(Uuid::nil(), |open| open.facts.id);
            let wanted: Vec<_> = partitions.into_iter().map(|partition| (id, partition)).collect();
            let found = groups.fetch(group, Some(&wanted));
            let found = found.into_iter().map(|fetched| (fetched.partition, fetched.offset)).collect();
            (Cow::Borrowed(name), found)
        })
        .collect()
}

fn topic<'a>((name, partitions): TopicOffsets<'a>) -> OffsetFetchResponseTopic<'a> {
    let partitions = partitions
        .into_iter()
        .map(|(partition_index, offset)| {
            let (committed_offset, committed_leader_epoch, metadata) = fields(offset);
            OffsetFetchResponsePartition {
                partition_index,
                committed_offset,
                committed_leader_epoch,
                metadata,
                error_code: ErrorCode::NONE,
            }
        })
        .collect();
    OffsetFetchResponseTopic { name, partitions }
}

fn group_topic<'a>((name, partitions): TopicOffsets<'a>) -> OffsetFetchResponseGroupTopic<'a> {
    let partitions = partitions
        .into_iter()
        .map(|(partition_index, offset)| {
            let (committed_offset, committed_leader_epoch, metadata) = fields(offset);
            OffsetFetchResponseGroupPartition {
                partition_index,
                committed_offset,
                committed_leader_epoch,
                metadata,
                error_code: ErrorCode::NONE,
            }
        })
        .collect();
    OffsetFetchResponseGroupTopic { name, partitions, ..Default::default() }
}

/// Offset, epoch and note; -1, -1 and an empty note where there is no commit.
fn fields(offset: Option<Offset>) -> (i64, i32, Option<Cow<'static, str>>) {
    let Some(offset) = offset else { return (-1, -1, Some("".into())) };
    let metadata = offset.metadata.as_deref().unwrap_or_default().to_owned();
    (offset.offset, offset.leader_epoch, Some(metadata.into()))
}
