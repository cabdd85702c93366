//! EndTxn (key 26), versions 0 to 5.
//!
//! Behaviour: the transaction counts or never was. The outcome is durable before the answer, and by then, unless a
//! partition cannot take its marker now, whoever reads committed data sees it. Repeated, the answer is the same.
//! Permission: Write on the transactional id.
//! Version notes: 2 tells a fenced producer so (90, before it 47). With 5 the producer gets the epoch of its next
//! transaction, so that nothing that was delayed can be taken for a part of that (KIP-890), and may abort one that
//! nothing has entered.
//! Not modelled: nothing.

use kafka_wire::messages::{EndTxnRequest, EndTxnResponse};

use super::{Context, Entry, Handler, entry, transaction_error};
use crate::authority::Operation;
use crate::transaction::{Claim, Outcome};

pub(super) const ENTRY: Entry = entry::<EndTxn>(0, 5);

const FENCED_FROM: i16 = 2;
/// Since then, each transaction has its own epoch.
const RENEWS_FROM: i16 = 5;

struct EndTxn;

impl Handler for EndTxn {
    type Request<'a> = EndTxnRequest<'a>;

    fn is_overtaken(request: &EndTxnRequest<'_>, context: &Context<'_>) -> bool {
        let claim = Claim { id: request.producer_id, epoch: request.producer_epoch };
        // With an epoch for each transaction, a late request is known by its epoch.
        context.version < RENEWS_FROM && context.is_overtaken(request.transactional_id, claim)
    }

    async fn handle<'a>(request: EndTxnRequest<'a>, context: &'a Context<'a>) -> EndTxnResponse {
        let id = request.transactional_id;
        if let Err(error_code) = context.rights().transactional_id(Operation::Write, id) {
            return EndTxnResponse { error_code, ..Default::default() };
        }
        let claim = Claim { id: request.producer_id, epoch: request.producer_epoch };
        let outcome = if request.committed { Outcome::Commit } else { Outcome::Abort };
        let renews = context.version >= RENEWS_FROM;
        match context.cluster.transactions().end(id, claim, outcome, renews).await {
            Ok(producer) => EndTxnResponse {
                producer_id: producer.id,
                producer_epoch: producer.epoch,
                ..Default::default()
            },
            Err(error) => EndTxnResponse {
                error_code: transaction_error::code(error, context.version, FENCED_FROM),
                ..Default::default()
            },
        }
    }
}
