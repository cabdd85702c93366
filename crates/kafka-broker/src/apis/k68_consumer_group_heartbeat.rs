//! ConsumerGroupHeartbeat (key 68), versions 0 to 1.
//!
//! Behaviour: joins (epoch 0), keeps alive, and leaves (-1, or -2 for a while); tells what the member may own when that
//! has changed or the member says everything. Answered when what it changed is durable.
//! Permission: Read on the group, Describe on every topic that is named. An expression stands only for topics that the
//! member may describe.
//! Version notes: 0 lets the coordinator make the member's id; 1 has the client make it (KIP-1082) and adds
//! expressions.
//! Not modelled: racks are kept and shown, but there is one broker to be near to.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use kafka_wire::ErrorCode;
use kafka_wire::messages::{
    ConsumerGroupHeartbeatRequest, ConsumerGroupHeartbeatRequestTopicPartitions,
    ConsumerGroupHeartbeatResponse, ConsumerGroupHeartbeatResponseAssignment,
    ConsumerGroupHeartbeatResponseTopicPartitions,
};

use super::{Context, Entry, Handler, entry, group_error};
use crate::authority::{Operation, ResourceKind};
use crate::group::{Beat, Heartbeat, TopicPartitions};
use crate::reply::cut;

pub(super) const ENTRY: Entry = entry::<ConsumerGroupHeartbeat>(0, 1);

struct ConsumerGroupHeartbeat;

impl Handler for ConsumerGroupHeartbeat {
    type Request<'a> = ConsumerGroupHeartbeatRequest<'a>;

    async fn handle<'a>(
        request: ConsumerGroupHeartbeatRequest<'a>,
        context: &'a Context<'a>,
    ) -> ConsumerGroupHeartbeatResponse<'a> {
        let rights = context.rights();
        let permitted = rights.group(Operation::Read, request.group_id).and_then(|()| {
            request
                .subscribed_topic_names
                .iter()
                .flatten()
                .try_for_each(|topic| rights.topic(Operation::Describe, topic))
        });
        if let Err(error_code) = permitted {
            return refused(
                error_code,
                "the client may not read the group, or describe a topic it names".into(),
            );
        }
        context.note_group(request.group_id);
        let group: Arc<str> = request.group_id.into();
        let host = context.peer.host();
        let beat = heartbeat(&request, &host, context);
        let may_know = |topic: &str| rights.permit(Operation::Describe, ResourceKind::Topic, topic);
        match context.cluster.groups().consumer_heartbeat(&group, &beat, &may_know).await {
            Ok(beat) => told(beat),
            Err(error) => refused(group_error::named(error), error.to_string()),
        }
    }
}

/// The request in the coordinator's terms.
fn heartbeat<'a>(
    request: &ConsumerGroupHeartbeatRequest<'a>,
    host: &'a str,
    context: &'a Context<'a>,
) -> Heartbeat<'a> {
    let partitions = |of_topic: &ConsumerGroupHeartbeatRequestTopicPartitions| {
        let topic = of_topic.topic_id;
        of_topic.partitions.iter().map(|partition| (topic, *partition)).collect::<Vec<_>>()
    };
    Heartbeat {
        member: request.member_id,
        epoch: request.member_epoch,
        instance: request.instance_id,
        rack: request.rack_id,
        // -1 says that it has not changed.
        rebalance_timeout: u64::try_from(request.rebalance_timeout_ms).ok().map(Duration::from_millis),
        names: request.subscribed_topic_names.clone(),
        regex: request.subscribed_topic_regex,
        assignor: request.server_assignor,
        owned: request.topic_partitions.as_ref().map(|owned| owned.iter().flat_map(partitions).collect()),
        client_id: cut(context.client_id),
        client_host: host,
        makes_id: context.version >= 1,
    }
}

fn told(beat: Beat) -> ConsumerGroupHeartbeatResponse<'static> {
    let of_topic = |TopicPartitions { topic, partitions }| ConsumerGroupHeartbeatResponseTopicPartitions {
        topic_id: topic,
        partitions,
    };
    ConsumerGroupHeartbeatResponse {
        member_id: Some(Cow::Owned(beat.member.to_string())),
        member_epoch: beat.epoch,
        heartbeat_interval_ms: i32::try_from(beat.interval.as_millis()).unwrap_or(i32::MAX),
        assignment: beat.assignment.map(|topics| ConsumerGroupHeartbeatResponseAssignment {
            topic_partitions: topics.into_iter().map(of_topic).collect(),
        }),
        ..Default::default()
    }
}

fn refused(error_code: ErrorCode, message: String) -> ConsumerGroupHeartbeatResponse<'static> {
    ConsumerGroupHeartbeatResponse { error_code, error_message: Some(message.into()), ..Default::default() }
}
