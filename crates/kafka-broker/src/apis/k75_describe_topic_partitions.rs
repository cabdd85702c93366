//! DescribeTopicPartitions (key 75), version 0.
//!
//! Behaviour: topics by name, each with its partitions, until a page of at most 2,000 partitions is full; the cursor
//! says where the next one begins. No names ask for all topics but the broker's own. A topic named twice is told once.
//! A cursor before the first partition is error 42 for every topic.
//! Permission: Describe on a topic; what the client may not describe is left out of all topics, and refused when it is
//! named, there or not.
//! Version notes: none.
//! Not modelled: nothing.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::sync::Arc;

use kafka_wire::ErrorCode;
use kafka_wire::messages::{
    DescribeTopicPartitionsRequest, DescribeTopicPartitionsResponse, DescribeTopicPartitionsResponseCursor,
    DescribeTopicPartitionsResponsePartition, DescribeTopicPartitionsResponseTopic,
};

use super::permission::RightsAsked;
use super::{Context, Entry, Handler, entry};
use crate::authority::{Operation, ResourceKind};
use crate::cluster::NODE_ID;
use crate::meta::topic_name_check;
use crate::topics::OpenTopic;

pub(super) const ENTRY: Entry = entry::<DescribeTopicPartitions>(0, 0);

/// Partitions of one page, as in Kafka.
const PAGE_MAX: i32 = 2_000;

struct DescribeTopicPartitions;

impl Handler for DescribeTopicPartitions {
    type Request<'a> = DescribeTopicPartitionsRequest<'a>;

    async fn handle<'a>(
        request: DescribeTopicPartitionsRequest<'a>,
        context: &'a Context<'a>,
    ) -> DescribeTopicPartitionsResponse<'a> {
        let rights = context.rights();
        let (begin_topic, begin_partition) =
            request.cursor.as_ref().map_or(("", 0), |cursor| (cursor.topic_name, cursor.partition_index));
        let named: BTreeSet<&'a str> = request.topics.iter().map(|topic| topic.name).collect();
        if begin_partition < 0 {
            let topics = named.into_iter().map(|name| refused(name, ErrorCode::INVALID_REQUEST)).collect();
            return DescribeTopicPartitionsResponse { topics, ..Default::default() };
        }
        let mut page = Page::new(request.response_partition_limit, context);
        if named.is_empty() {
            let shown = |open: &&Arc<OpenTopic>| {
                !open.facts.internal
                    && *open.facts.name >= *begin_topic
                    && rights.permit(Operation::Describe, ResourceKind::Topic, &open.facts.name)
            };
            for open in context.cluster.open_topics().all().iter().filter(shown) {
                page.add(open, if *open.facts.name == *begin_topic { begin_partition } else { 0 }, &rights);
            }
        }
        for name in named.range(begin_topic..) {
            match found(name, &rights, context) {
                Ok(open) => page.add(&open, if *name == begin_topic { begin_partition } else { 0 }, &rights),
                Err(code) => page.refuse(name, code),
            }
        }
        DescribeTopicPartitionsResponse { topics: page.topics, next_cursor: page.next, ..Default::default() }
    }
}

fn found(name: &str, rights: &RightsAsked<'_>, context: &Context<'_>) -> Result<Arc<OpenTopic>, ErrorCode> {
    rights.topic(Operation::Describe, name)?;
    context.cluster.open_topics().named(name).ok_or_else(|| match topic_name_check(name) {
        Ok(()) => ErrorCode::UNKNOWN_TOPIC_OR_PARTITION,
        Err(_) => ErrorCode::INVALID_TOPIC_EXCEPTION,
    })
}

/// A page being filled.
struct Page<'a> {
    topics: Vec<DescribeTopicPartitionsResponseTopic<'a>>,
    /// Partitions there is room for.
    room: i32,
    /// Where the next page begins; none while this one has room.
    next: Option<DescribeTopicPartitionsResponseCursor<'a>>,
    leader_epoch: i32,
}

impl<'a> Page<'a> {
    fn new(limit: i32, context: &Context<'_>) -> Self {
        let leader_epoch = context.cluster.leader_epoch();
        Self { topics: Vec::new(), room: limit.clamp(1, PAGE_MAX), next: None, leader_epoch }
    }

    /// Adds a topic from this partition on.
    fn add(&mut self, open: &OpenTopic, begin: i32, rights: &RightsAsked<'_>) {
        if self.next.is_some() {
            return;
        }
        let facts = &open.facts;
        let end = facts.partitions.min(begin.saturating_add(self.room));
        let name = facts.name.to_string();
        if end < facts.partitions {
            let topic_name = name.clone().into();
            self.next = Some(DescribeTopicPartitionsResponseCursor { topic_name, partition_index: end });
        }
        // Full: nothing of the topic fits, and the next page begins with it.
        if self.room == 0 {
            return;
        }
        self.room -= (end - begin).max(0);
        self.topics.push(DescribeTopicPartitionsResponseTopic {
            error_code: ErrorCode::NONE,
            topic_authorized_operations: rights.topic_operations(&name),
            name: Some(name.into()),
            topic_id: facts.id,
            is_internal: facts.internal,
            partitions: (begin..end).map(|number| partition(number, self.leader_epoch)).collect(),
        });
    }

    fn refuse(&mut self, name: &'a str, code: ErrorCode) {
        if self.next.is_none() {
            self.topics.push(refused(name, code));
        }
    }
}

fn partition(partition_index: i32, leader_epoch: i32) -> DescribeTopicPartitionsResponsePartition {
    DescribeTopicPartitionsResponsePartition {
        partition_index,
        leader_id: NODE_ID,
        leader_epoch,
        replica_nodes: vec![NODE_ID],
        isr_nodes: vec![NODE_ID],
        eligible_leader_replicas: Some(Vec::new()),
        last_known_elr: Some(Vec::new()),
        ..Default::default()
    }
}

fn refused(name: &str, error_code: ErrorCode) -> DescribeTopicPartitionsResponseTopic<'_> {
    DescribeTopicPartitionsResponseTopic { error_code, name: Some(Cow::Borrowed(name)), ..Default::default() }
}
