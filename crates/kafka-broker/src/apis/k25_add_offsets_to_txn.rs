//! AddOffsetsToTxn (key 25), versions 0 to 4.
//!
//! Behaviour: a group enters the producer's transaction, durably, and begins it if need be; its offsets follow with
//! TxnOffsetCommit.
//! Permission: Write on the transactional id, Read on the group.
//! Version notes: 2 tells a fenced producer so (90, before it 47).
//! Not modelled: nothing.

use kafka_wire::ErrorCode;
use kafka_wire::messages::{AddOffsetsToTxnRequest, AddOffsetsToTxnResponse};

use super::{Context, Entry, Handler, entry, transaction_error};
use crate::authority::Operation;
use crate::transaction::Claim;

pub(super) const ENTRY: Entry = entry::<AddOffsetsToTxn>(0, 4);

const FENCED_FROM: i16 = 2;

struct AddOffsetsToTxn;

impl Handler for AddOffsetsToTxn {
    type Request<'a> = AddOffsetsToTxnRequest<'a>;

    fn is_overtaken(request: &AddOffsetsToTxnRequest<'_>, context: &Context<'_>) -> bool {
        let claim = Claim { id: request.producer_id, epoch: request.producer_epoch };
        context.is_overtaken(request.transactional_id, claim)
    }

    async fn handle<'a>(
        request: AddOffsetsToTxnRequest<'a>,
        context: &'a Context<'a>,
    ) -> AddOffsetsToTxnResponse {
        let error_code = add(&request, context).await.err().unwrap_or_default();
        AddOffsetsToTxnResponse { error_code, ..Default::default() }
    }
}

async fn add(request: &AddOffsetsToTxnRequest<'_>, context: &Context<'_>) -> Result<(), ErrorCode> {
    let rights = context.rights();
    rights.transactional_id(Operation::Write, request.transactional_id)?;
    rights.group(Operation::Read, request.group_id)?;
    if request.group_id.is_empty() {
        return Err(ErrorCode::INVALID_GROUP_ID);
    }
    context.note_group(request.group_id);
    let claim = Claim { id: request.producer_id, epoch: request.producer_epoch };
    let coordinator = context.cluster.transactions();
    let entered = coordinator.group_enter(request.transactional_id, claim, &request.group_id.into()).await;
    entered.map_err(|error| transaction_error::code(error, context.version, FENCED_FROM))
}
