//! InitProducerId (key 22), versions 0 to 5.
//!
//! Behaviour: an id that no other producer of the cluster ever had, epoch 0. A producer that names its present id
//! and epoch gets a new id, which bumps it as well as a new epoch would. One of the two without the other is error 42.
//! Permission: IdempotentWrite on the cluster, or Write on some topic; for a transactional id, Write on it.
//! Version notes: 3 adds the producer's present id and epoch.
//! Not modelled: transactional ids, which are refused with error 42 until transactions exist; they are not offered.

use kafka_wire::ErrorCode;
use kafka_wire::messages::{InitProducerIdRequest, InitProducerIdResponse};

use super::{Context, Entry, Handler, entry};
use crate::authority::{Operation, ResourceKind};

pub(super) const ENTRY: Entry = entry::<InitProducerId>(0, 5);

struct InitProducerId;

impl Handler for InitProducerId {
    type Request<'a> = InitProducerIdRequest<'a>;

    async fn handle<'a>(
        request: InitProducerIdRequest<'a>,
        context: &'a Context<'a>,
    ) -> InitProducerIdResponse {
        let rights = context.rights();
        let permitted = match request.transactional_id {
            Some(id) => rights.transactional_id(Operation::Write, id),
            None if rights.permit_some(Operation::Write, ResourceKind::Topic) => Ok(()),
            None => rights.cluster(Operation::IdempotentWrite),
        };
        if let Err(code) = permitted {
            return refused(code);
        }
        let half = (request.producer_id == -1) != (request.producer_epoch == -1);
        if request.transactional_id.is_some() || half {
            return refused(ErrorCode::INVALID_REQUEST);
        }
        match context.cluster.store().producer_id_next().await {
            Ok(producer_id) => InitProducerIdResponse { producer_id, ..Default::default() },
            // Retriable, unlike a storage error, which clients do not expect here.
            Err(_) => refused(ErrorCode::COORDINATOR_NOT_AVAILABLE),
        }
    }
}

fn refused(error_code: ErrorCode) -> InitProducerIdResponse {
    InitProducerIdResponse { error_code, producer_epoch: -1, ..Default::default() }
}
