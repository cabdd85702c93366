//! SyncGroup (key 14), versions 0 to 5.
//!
//! Behaviour: parks followers until the leader brings the assignments, which are durable before anybody has one.
//! Permission: Read on the group.
//! Version notes: 3 adds static members, 5 the protocol's type and name, which must be the group's.
//! Not modelled: nothing.

use std::borrow::Cow;
use std::sync::Arc;

use bytes::Bytes;
use kafka_wire::messages::{SyncGroupRequest, SyncGroupResponse};

use super::{Context, Entry, Handler, entry, group_error};
use crate::authority::Operation;
use crate::group::{Claim, Syncing};

pub(super) const ENTRY: Entry = entry::<SyncGroup>(0, 5);

struct SyncGroup;

impl Handler for SyncGroup {
    type Request<'a> = SyncGroupRequest<'a>;

    const WAITS: bool = true;

    async fn handle<'a>(request: SyncGroupRequest<'a>, context: &'a Context<'a>) -> SyncGroupResponse<'a> {
        if let Err(error_code) = context.rights().group(Operation::Read, request.group_id) {
            return SyncGroupResponse { error_code, ..Default::default() };
        }
        let sync = Syncing {
            claim: Claim {
                member: request.member_id,
                instance: request.group_instance_id,
                generation: request.generation_id,
            },
            protocol_type: request.protocol_type,
            protocol: request.protocol_name,
            assignments: request
                .assignments
                .iter()
                .map(|share| (Arc::from(share.member_id), Bytes::copy_from_slice(share.assignment)))
                .collect(),
        };
        context.note_group(request.group_id);
        match context.cluster.groups().sync(request.group_id, sync).await {
            Ok(synced) => SyncGroupResponse {
                protocol_type: synced.protocol_type.map(|text| Cow::Owned(text.to_string())),
                protocol_name: synced.protocol.map(|text| Cow::Owned(text.to_string())),
                assignment: Cow::Owned(synced.assignment.to_vec()),
                ..Default::default()
            },
            Err(error) => SyncGroupResponse { error_code: group_error::named(error), ..Default::default() },
        }
    }
}
