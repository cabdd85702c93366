//! JoinGroup (key 11), versions 0 to 9.
//!
//! Behaviour: parks the member until the rebalance has gathered everybody; the leader is told all members.
//! Permission: Read on the group.
//! Version notes: 1 adds the rebalance timeout (before, the session's counts), 4 makes a new member join twice, the
//! second time with the id it was given (KIP-394), 5 static members, 7 protocol type and a nullable protocol in the
//! response, 9 lets a returning leader skip assigning.
//! Not modelled: the reason of version 8 is not kept.

use std::borrow::Cow;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use kafka_wire::messages::{JoinGroupRequest, JoinGroupResponse, JoinGroupResponseMember};

use super::{Context, Entry, Handler, entry, group_error};
use crate::authority::Operation;
use crate::group::{JoinRefused, Joined, JoinedMember, Joining, Protocol};
use crate::reply::cut;

pub(super) const ENTRY: Entry = entry::<JoinGroup>(0, 9);

struct JoinGroup;

impl Handler for JoinGroup {
    type Request<'a> = JoinGroupRequest<'a>;

    const WAITS: bool = true;

    async fn handle<'a>(request: JoinGroupRequest<'a>, context: &'a Context<'a>) -> JoinGroupResponse<'a> {
        if let Err(error_code) = context.rights().group(Operation::Read, request.group_id) {
            return JoinGroupResponse {
                error_code,
                protocol_name: if context.version < 7 { Some("".into()) } else { None },
                ..Default::default()
            };
        }
        context.note_group(request.group_id);
        match context.cluster.groups().join(joining(&request, context)).await {
            Ok(joined) => response(joined, context.version),
            Err(JoinRefused { error, member }) => JoinGroupResponse {
                error_code: group_error::named(error),
                member_id: Cow::Owned(member.to_string()),
                protocol_name: Some("".into()),
                ..Default::default()
            },
        }
    }
}

/// The request in the coordinator's terms. Everything is copied out of the frame, which it outlives.
fn joining(request: &JoinGroupRequest<'_>, context: &Context<'_>) -> Joining {
    let session_timeout = millis(request.session_timeout_ms);
    Joining {
        group: request.group_id.into(),
        member: request.member_id.into(),
        instance: request.group_instance_id.map(Arc::from),
        // The member's id begins with it, and must be a text on the wire too.
        client_id: cut(context.client_id).into(),
        client_host: context.peer.host().into(),
        session_timeout,
        rebalance_timeout: match context.version {
            0 => session_timeout,
            _ => millis(request.rebalance_timeout_ms),
        },
        protocol_type: request.protocol_type.into(),
        protocols: request
            .protocols
            .iter()
            .map(|protocol| Protocol {
                name: protocol.name.into(),
                metadata: Bytes::copy_from_slice(protocol.metadata),
            })
            .collect(),
        id_first: context.version >= 4,
        skips_assignment: context.version >= 9,
    }
}

fn response(joined: Joined, version: i16) -> JoinGroupResponse<'static> {
    let owned = |text: Arc<str>| Cow::Owned(text.to_string());
    let protocol_name = match joined.protocol {
        None if version < 7 => Some("".into()),
        protocol => protocol.map(owned),
    };
    JoinGroupResponse {
        generation_id: joined.generation,
        protocol_type: joined.protocol_type.map(owned),
        protocol_name,
        leader: owned(joined.leader),
        skip_assignment: joined.skip_assignment,
        member_id: owned(joined.member),
        members: joined.members.into_iter().map(member).collect(),
        ..Default::default()
    }
}

fn member(member: JoinedMember) -> JoinGroupResponseMember<'static> {
    JoinGroupResponseMember {
        member_id: Cow::Owned(member.member.to_string()),
        group_instance_id: member.instance.map(|instance| Cow::Owned(instance.to_string())),
        metadata: Cow::Owned(member.metadata.to_vec()),
    }
}

/// A negative time is none.
fn millis(ms: i32) -> Duration {
    Duration::from_millis(u64::try_from(ms).unwrap_or_default())
}
