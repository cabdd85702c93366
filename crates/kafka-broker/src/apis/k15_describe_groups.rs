//! DescribeGroups (key 15), versions 0 to 6.
//!
//! Behaviour: members with metadata and assignment while the group is stable. A group that is not there is "Dead"
//! without an error, and so is one of the newer protocol, which ConsumerGroupDescribe describes.
//! Permission: Describe on the group.
//! Version notes: 4 adds instance ids; 6 answers error 69 for a group that is not there (KIP-1043).
//! Not modelled: nothing.

use std::borrow::Cow;

use kafka_wire::ErrorCode;
use kafka_wire::messages::{
    DescribeGroupsRequest, DescribeGroupsResponse, DescribeGroupsResponseGroup, DescribeGroupsResponseMember,
};

use super::{Context, Entry, Handler, entry};
use crate::authority::Operation;
use crate::group::{GroupDescription, GroupPhase, MemberDescription};
use crate::reply::cut;

pub(super) const ENTRY: Entry = entry::<DescribeGroups>(0, 6);

struct DescribeGroups;

impl Handler for DescribeGroups {
    type Request<'a> = DescribeGroupsRequest<'a>;

    async fn handle<'a>(
        request: DescribeGroupsRequest<'a>,
        context: &'a Context<'a>,
    ) -> DescribeGroupsResponse<'a> {
        let rights = context.rights();
        let groups = request
            .groups
            .into_iter()
            .map(|name| {
                let mut group = match rights.group(Operation::Describe, name) {
                    Ok(()) => match context.cluster.groups().describe(name) {
                        Some(group) => described(name, group),
                        None => absent(name, context.version),
                    },
                    Err(code) => refused(name, code),
                };
                if request.include_authorized_operations && group.error_code == ErrorCode::NONE {
                    group.authorized_operations = rights.group_operations(name);
                }
                group
            })
            .collect();
        DescribeGroupsResponse { groups, ..Default::default() }
    }
}

fn described(name: &str, group: GroupDescription) -> DescribeGroupsResponseGroup<'_> {
    let text = |text: Option<std::sync::Arc<str>>| Cow::Owned(text.as_deref().unwrap_or_default().to_owned());
    DescribeGroupsResponseGroup {
        group_id: Cow::Borrowed(name),
        group_state: Cow::Borrowed(group.phase.name()),
        protocol_type: text(group.protocol_type),
        protocol_data: text(group.protocol),
        members: group.members.into_iter().map(member).collect(),
        ..Default::default()
    }
}

fn member(member: MemberDescription) -> DescribeGroupsResponseMember<'static> {
    DescribeGroupsResponseMember {
        member_id: Cow::Owned(member.member.to_string()),
        group_instance_id: member.instance.map(|instance| Cow::Owned(instance.to_string())),
        client_id: Cow::Owned(member.client_id.to_string()),
        // Kafka prints addresses with this slash, and tools expect it.
        client_host: Cow::Owned(format!("/{}", member.client_host)),
        member_metadata: Cow::Owned(member.metadata.to_vec()),
        member_assignment: Cow::Owned(member.assignment.to_vec()),
    }
}

fn refused(name: &str, error_code: ErrorCode) -> DescribeGroupsResponseGroup<'_> {
    DescribeGroupsResponseGroup { error_code, group_id: Cow::Borrowed(name), ..Default::default() }
}

fn absent(name: &str, version: i16) -> DescribeGroupsResponseGroup<'_> {
    let (error_code, error_message) = match version {
        ..6 => (ErrorCode::NONE, None),
        _ => (
            ErrorCode::GROUP_ID_NOT_FOUND,
            Some(format!("group {} is not a classic group", cut(name)).into()),
        ),
    };
    DescribeGroupsResponseGroup {
        error_code,
        error_message,
        group_id: Cow::Borrowed(name),
        group_state: Cow::Borrowed(GroupPhase::Dead.name()),
        ..Default::default()
    }
}
