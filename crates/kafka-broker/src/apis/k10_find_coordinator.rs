//! FindCoordinator (key 10), versions 0 to 6.
//!
//! Behaviour: this node looks after every group and transactional id; the address is that of the listener the
//! request came in on. Key type 0 is a group, 1 a transactional id; any other is error 42.
//! Permission: Describe on the group or the transactional id.
//! Version notes: 1 adds the key type, 4 several keys in one request.
//! Not modelled: share groups (key type 2, version 6).

use std::borrow::Cow;

use kafka_wire::ErrorCode;
use kafka_wire::messages::{
    FindCoordinatorRequest, FindCoordinatorResponse, FindCoordinatorResponseCoordinator,
};

use super::permission::RightsAsked;
use super::{Context, Entry, Handler, entry};
use crate::authority::Operation;
use crate::cluster::NODE_ID;

pub(super) const ENTRY: Entry = entry::<FindCoordinator>(0, 6);

const GROUP: i8 = 0;
const TRANSACTION: i8 = 1;

struct FindCoordinator;

impl Handler for FindCoordinator {
    type Request<'a> = FindCoordinatorRequest<'a>;

    async fn handle<'a>(
        request: FindCoordinatorRequest<'a>,
        context: &'a Context<'a>,
    ) -> FindCoordinatorResponse<'a> {
        let rights = context.rights();
        let found = |key: &'a str| coordinator(key, request.key_type, &rights, context);
        if context.version >= 4 {
            let coordinators = request.coordinator_keys.into_iter().map(found).collect();
            return FindCoordinatorResponse { coordinators, ..Default::default() };
        }
        let one = found(request.key);
        FindCoordinatorResponse {
            error_code: one.error_code,
            error_message: one.error_message,
            node_id: one.node_id,
            host: one.host,
            port: one.port,
            ..Default::default()
        }
    }
}

fn coordinator<'a>(
    key: &'a str,
    key_type: i8,
    rights: &RightsAsked<'_>,
    context: &'a Context<'a>,
) -> FindCoordinatorResponseCoordinator<'a> {
    let permitted = match key_type {
        GROUP => rights.group(Operation::Describe, key),
        TRANSACTION => rights.transactional_id(Operation::Describe, key),
        _ => Err(ErrorCode::INVALID_REQUEST),
    };
    let key = Cow::Borrowed(key);
    if let Err(error_code) = permitted {
        let error_message = match error_code {
            ErrorCode::INVALID_REQUEST => format!("key type {key_type} has no coordinator"),
            _ => "the client may not describe it".to_owned(),
        };
        return FindCoordinatorResponseCoordinator {
            key,
            node_id: -1,
            port: -1,
            error_code,
            error_message: Some(error_message.into()),
            ..Default::default()
        };
    }
    let advertised = &context.peer.advertised;
    FindCoordinatorResponseCoordinator {
        key,
        node_id: NODE_ID,
        host: Cow::Borrowed(&advertised.host),
        port: i32::from(advertised.port),
        ..Default::default()
    }
}
