//! InitProducerId (key 22), versions 0 to 5.
//!
//! Behaviour: an id that no other producer of the cluster ever had, epoch 0. A producer that names its present id
//! and epoch gets a new id, which bumps it as well as a new epoch would. One of the two without the other is error 42.
//! With a transactional id, the producer that has had it before is shut out: the epoch rises, and its open transaction
//! is aborted first (error 51; asking again helps). Who names an id and epoch that are not the present ones was shut
//! out itself.
//! Permission: IdempotentWrite on the cluster, or Write on some topic; for a transactional id, Write on it.
//! Version notes: 3 adds the producer's present id and epoch, 4 tells a fenced producer so (90, before it 47).
//! Not modelled: version 6, of two-phase commits.

use std::time::Duration;

use kafka_wire::ErrorCode;
use kafka_wire::messages::{InitProducerIdRequest, InitProducerIdResponse};

use super::{Context, Entry, Handler, entry, transaction_error};
use crate::authority::{Operation, ResourceKind};
use crate::transaction::{Initial, Producer};

pub(super) const ENTRY: Entry = entry::<InitProducerId>(0, 5);

const FENCED_FROM: i16 = 4;

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
        if half {
            return refused(ErrorCode::INVALID_REQUEST);
        }
        let given = match request.transactional_id {
            Some(id) => transactional(id, &request, context).await,
            None => {
                let given = context.cluster.store().producer_id_next().await;
                // Retriable, unlike a storage error, which clients do not expect here.
                given.map(|id| Producer { id, epoch: 0 }).map_err(|_| ErrorCode::COORDINATOR_NOT_AVAILABLE)
            }
        };
        match given {
            Ok(Producer { id, epoch }) => {
                InitProducerIdResponse { producer_id: id, producer_epoch: epoch, ..Default::default() }
            }
            Err(code) => refused(code),
        }
    }
}

async fn transactional(
    id: &str,
    request: &InitProducerIdRequest<'_>,
    context: &Context<'_>,
) -> Result<Producer, ErrorCode> {
    let known = Producer { id: request.producer_id, epoch: request.producer_epoch };
    let asked = Initial {
        // A negative one is none, which is refused.
        timeout: Duration::from_millis(u64::try_from(request.transaction_timeout_ms).unwrap_or_default()),
        known: (known.id != -1).then_some(known),
    };
    let given = context.cluster.transactions().initial(id, asked).await;
    given.map_err(|error| transaction_error::code(error, context.version, FENCED_FROM))
}

fn refused(error_code: ErrorCode) -> InitProducerIdResponse {
    InitProducerIdResponse { error_code, producer_epoch: -1, ..Default::default() }
}
