//! LeaveGroup (key 13), versions 0 to 5.
//!
//! Behaviour: each member answers for itself; a static member may be named by its instance id alone, which is how
//! administrators remove one.
//! Permission: Read on the group.
//! Version notes: 3 takes several members, 5 a reason.
//! Not modelled: the reason is not kept.

use std::borrow::Cow;

use kafka_wire::ErrorCode;
use kafka_wire::messages::{
    LeaveGroupRequest, LeaveGroupRequestMember, LeaveGroupResponse, LeaveGroupResponseMember,
};

use super::{Context, Entry, Handler, entry, group_error};
use crate::authority::Operation;
use crate::group::Leaving;

pub(super) const ENTRY: Entry = entry::<LeaveGroup>(0, 5);

struct LeaveGroup;

impl Handler for LeaveGroup {
    type Request<'a> = LeaveGroupRequest<'a>;

    async fn handle<'a>(request: LeaveGroupRequest<'a>, context: &'a Context<'a>) -> LeaveGroupResponse<'a> {
        if let Err(error_code) = context.rights().group(Operation::Read, request.group_id) {
            return LeaveGroupResponse { error_code, ..Default::default() };
        }
        let batched = context.version >= 3;
        let members = if batched {
            request.members
        } else {
            vec![LeaveGroupRequestMember { member_id: request.member_id, ..Default::default() }]
        };
        let leaving: Vec<Leaving<'_>> = members
            .iter()
            .map(|member| Leaving { member: member.member_id, instance: member.group_instance_id })
            .collect();
        context.note_group(request.group_id);
        let outcomes = match context.cluster.groups().leave(request.group_id, &leaving) {
            Ok(outcomes) => outcomes,
            Err(error) => {
                return LeaveGroupResponse { error_code: group_error::named(error), ..Default::default() };
            }
        };
        let answers = members.into_iter().zip(outcomes).map(|(member, outcome)| LeaveGroupResponseMember {
            member_id: Cow::Borrowed(member.member_id),
            group_instance_id: member.group_instance_id.map(Cow::Borrowed),
            error_code: group_error::code(outcome),
        });
        if batched {
            return LeaveGroupResponse { members: answers.collect(), ..Default::default() };
        }
        let error_code = answers.map(|answer| answer.error_code).next().unwrap_or(ErrorCode::NONE);
        LeaveGroupResponse { error_code, ..Default::default() }
    }
}
