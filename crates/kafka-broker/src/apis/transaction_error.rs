//! What the transaction coordinator's refusals are called on the wire, and which requests it does not answer.

use kafka_wire::ErrorCode;

use super::Context;
use crate::authority::{Operation, ResourceKind};
use crate::transaction::{Claim, TransactionError};

impl Context<'_> {
    /// Whether the producer has spoken on a newer connection since it sent this: see
    /// [`crate::transaction::Transactions::hear`]. Who may not use the id does not count.
    pub(super) fn is_overtaken(&self, id: &str, claim: Claim) -> bool {
        let permitted = self.rights().permit(Operation::Write, ResourceKind::TransactionalId, id);
        permitted && !self.cluster.transactions().hear(id, claim, self.peer.number)
    }
}

/// One code for each refusal. Clients before `fenced_from` know the newest fencing by its older name.
pub(super) fn code(error: TransactionError, version: i16, fenced_from: i16) -> ErrorCode {
    match error {
        TransactionError::InvalidId | TransactionError::TooManyGroups => ErrorCode::INVALID_REQUEST,
        TransactionError::InvalidTimeout => ErrorCode::INVALID_TRANSACTION_TIMEOUT,
        TransactionError::UnknownProducer => ErrorCode::INVALID_PRODUCER_ID_MAPPING,
        TransactionError::Fenced if version < fenced_from => ErrorCode::INVALID_PRODUCER_EPOCH,
        TransactionError::Fenced => ErrorCode::PRODUCER_FENCED,
        TransactionError::Concurrent => ErrorCode::CONCURRENT_TRANSACTIONS,
        TransactionError::InvalidState => ErrorCode::INVALID_TXN_STATE,
        TransactionError::NotEntered => ErrorCode::TRANSACTION_ABORTABLE,
        TransactionError::NotAvailable => ErrorCode::COORDINATOR_NOT_AVAILABLE,
    }
}
