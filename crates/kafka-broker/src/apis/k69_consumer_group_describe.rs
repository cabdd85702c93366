//! ConsumerGroupDescribe (key 69), versions 0 to 1.
//!
//! Behaviour: members with their epochs, what they own and what they are to own. The assignment is computed with the
//! epoch, so the two epochs are the same. A group that is not there, or classic, is error 69.
//! Permission: Describe on the group, and on every topic that a member owns or is to own.
//! Version notes: 1 adds the kind of member; all are of the newer protocol, because a group has members of one kind.
//! Not modelled: nothing.

use std::borrow::Cow;
use std::sync::Arc;

use kafka_wire::ErrorCode;
use kafka_wire::messages::{
    ConsumerGroupDescribeRequest, ConsumerGroupDescribeResponse, ConsumerGroupDescribeResponseAssignment,
    ConsumerGroupDescribeResponseGroup, ConsumerGroupDescribeResponseMember,
    ConsumerGroupDescribeResponseTopicPartitions,
};

use super::permission::RightsAsked;
use super::{Context, Entry, Handler, entry};
use crate::authority::Operation;
use crate::group::{ConsumerDescription, ConsumerMemberDescription, TopicPartitions};
use crate::reply::cut;

pub(super) const ENTRY: Entry = entry::<ConsumerGroupDescribe>(0, 1);

/// What the field for a member's kind says of those of the newer protocol.
const CONSUMER_MEMBER: i8 = 1;

struct ConsumerGroupDescribe;

impl Handler for ConsumerGroupDescribe {
    type Request<'a> = ConsumerGroupDescribeRequest<'a>;

    async fn handle<'a>(
        request: ConsumerGroupDescribeRequest<'a>,
        context: &'a Context<'a>,
    ) -> ConsumerGroupDescribeResponse<'a> {
        let rights = context.rights();
        let groups = request
            .group_ids
            .into_iter()
            .map(|name| {
                let mut group = one(name, &rights, context).unwrap_or_else(|refusal| refused(name, refusal));
                if request.include_authorized_operations && group.error_code == ErrorCode::NONE {
                    group.authorized_operations = rights.group_operations(name);
                }
                group
            })
            .collect();
        ConsumerGroupDescribeResponse { groups, ..Default::default() }
    }
}

/// Why a group is not described: a code, and what it means.
type Refusal = (ErrorCode, String);

fn one<'a>(
    name: &'a str,
    rights: &RightsAsked<'_>,
    context: &Context<'_>,
) -> Result<ConsumerGroupDescribeResponseGroup<'a>, Refusal> {
    let forbidden =
        |code| (code, "the client may not describe the group, or a topic that its members read".into());
    rights.group(Operation::Describe, name).map_err(forbidden)?;
    let groups = context.cluster.groups();
    let absent = || (ErrorCode::GROUP_ID_NOT_FOUND, format!("group {} is not a consumer group", cut(name)));
    let ConsumerDescription { phase, epoch, assignor, members } =
        groups.consumer_describe(name).ok_or_else(absent)?;
    let members: Result<Vec<_>, _> =
        members.into_iter().map(|described| member(described, rights, context)).collect();
    Ok(ConsumerGroupDescribeResponseGroup {
        group_id: Cow::Borrowed(name),
        group_state: Cow::Borrowed(phase.name()),
        group_epoch: epoch,
        assignment_epoch: epoch,
        assignor_name: Cow::Borrowed(assignor),
        members: members.map_err(forbidden)?,
        ..Default::default()
    })
}

fn member(
    member: ConsumerMemberDescription,
    rights: &RightsAsked<'_>,
    context: &Context<'_>,
) -> Result<ConsumerGroupDescribeResponseMember<'static>, ErrorCode> {
    let owned = |text: Arc<str>| Cow::Owned(text.to_string());
    Ok(ConsumerGroupDescribeResponseMember {
        member_id: owned(member.member),
        instance_id: member.instance.map(owned),
        rack_id: member.rack.map(owned),
        member_epoch: member.epoch,
        client_id: owned(member.client_id),
        // Kafka prints addresses with this slash, and tools expect it.
        client_host: Cow::Owned(format!("/{}", member.client_host)),
        subscribed_topic_names: member.names.into_iter().map(owned).collect(),
        subscribed_topic_regex: member.regex.map(owned),
        assignment: assignment(member.assigned, rights, context)?,
        target_assignment: assignment(member.target, rights, context)?,
        member_type: CONSUMER_MEMBER,
    })
}

/// Topics that have been deleted since are left out: they have no name any more.
fn assignment(
    topics: Vec<TopicPartitions>,
    rights: &RightsAsked<'_>,
    context: &Context<'_>,
) -> Result<ConsumerGroupDescribeResponseAssignment<'static>, ErrorCode> {
    let mut topic_partitions = Vec::with_capacity(topics.len());
    for TopicPartitions { topic, partitions } in topics {
        let Some(open) = context.cluster.open_topics().of_id(topic) else { continue };
        rights.topic(Operation::Describe, &open.facts.name)?;
        topic_partitions.push(ConsumerGroupDescribeResponseTopicPartitions {
            topic_id: topic,
            topic_name: Cow::Owned(open.facts.name.to_string()),
            partitions,
        });
    }
    Ok(ConsumerGroupDescribeResponseAssignment { topic_partitions })
}

fn refused(name: &str, (error_code, message): Refusal) -> ConsumerGroupDescribeResponseGroup<'_> {
    ConsumerGroupDescribeResponseGroup {
        error_code,
        error_message: Some(message.into()),
        group_id: Cow::Borrowed(name),
        ..Default::default()
    }
}
