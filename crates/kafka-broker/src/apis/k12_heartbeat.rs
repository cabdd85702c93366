//! Heartbeat (key 12), versions 0 to 4.
//!
//! Behaviour: resets the member's session timer; error 27 tells it to join again.
//! Permission: Read on the group.
//! Version notes: 3 adds static members.
//! Not modelled: nothing.

use kafka_wire::messages::{HeartbeatRequest, HeartbeatResponse};

use super::{Context, Entry, Handler, entry};
use crate::authority::Operation;
use crate::group::Claim;

pub(super) const ENTRY: Entry = entry::<Heartbeat>(0, 4);

struct Heartbeat;

impl Handler for Heartbeat {
    type Request<'a> = HeartbeatRequest<'a>;

    async fn handle<'a>(request: HeartbeatRequest<'a>, context: &'a Context<'a>) -> HeartbeatResponse {
        if let Err(error_code) = context.rights().group(Operation::Read, request.group_id) {
            return HeartbeatResponse { error_code, ..Default::default() };
        }
        let claim = Claim {
            member: request.member_id,
            instance: request.group_instance_id,
            generation: request.generation_id,
        };
        context.note_group(request.group_id);
        let error_code =
            super::group_error::code(context.cluster.groups().heartbeat(request.group_id, claim));
        HeartbeatResponse { error_code, ..Default::default() }
    }
}
