//! Why the coordinator refuses, one variant per answer that Kafka has for it.

/// A request about a transaction was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum TransactionError {
    /// `INVALID_REQUEST` (42): no such transactional id is possible.
    #[error("the transactional id is empty or too long")]
    InvalidId,
    /// `INVALID_TRANSACTION_TIMEOUT` (50).
    #[error("the timeout is not positive, or longer than allowed")]
    InvalidTimeout,
    /// `INVALID_PRODUCER_ID_MAPPING` (49): nobody has the transactional id, or another producer.
    #[error("the producer does not have this transactional id")]
    UnknownProducer,
    /// `PRODUCER_FENCED` (90): a newer instance of the producer has the transactional id.
    #[error("a newer producer has taken over")]
    Fenced,
    /// `CONCURRENT_TRANSACTIONS` (51): the one before is still being ended; asking again helps.
    #[error("the transaction before is being ended")]
    Concurrent,
    /// `INVALID_TXN_STATE` (48): there is no transaction that could end like this.
    #[error("no transaction is open that could end like this")]
    InvalidState,
    /// `TRANSACTION_ABORTABLE` (120): what was to be written is not part of the transaction.
    #[error("it has not entered the transaction")]
    NotEntered,
    /// `INVALID_REQUEST` (42): the transaction would be larger than can be recorded.
    #[error("too many groups in one transaction")]
    TooManyGroups,
    /// `COORDINATOR_NOT_AVAILABLE` (15): it cannot be made durable now, or the broker is stopping.
    #[error("the transaction cannot be recorded now")]
    NotAvailable,
}
