//! What the transaction coordinator's refusals are called on the wire.

use kafka_wire::ErrorCode;

use crate::transaction::TransactionError;

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
