//! InitProducerId (key 22), versions 0 to 6: a producer gets its identity.

use crate::error_code::ErrorCode;
use crate::table::api;

api! {
    /// Gives a producer its id and epoch; with a transactional id it also ends what the last holder left
    /// open.
    InitProducerId { key 22, versions 0..=6, flexible 2 }

    request InitProducerIdRequest<'a> {
        /// Null for a producer that only wants to be idempotent.
        transactional_id: Option<&'a str> => 0..;
        transaction_timeout_ms: i32 => 0..;
        /// The identity the producer has; −1 for none.
        producer_id: i64 = -1 => 3..;
        /// The epoch the producer has; −1 for none.
        producer_epoch: i16 = -1 => 3..;
        /// The client takes part in a two-phase commit.
        enable_2pc: bool => 6..;
        /// Leave a prepared transaction as it is.
        keep_prepared_txn: bool => 6..;
    }

    response InitProducerIdResponse {
        /// How long the client should hold back, because it went over a quota.
        throttle_time_ms: i32 => 0..;
        error_code: ErrorCode => 0..;
        producer_id: i64 = -1 => 0..;
        producer_epoch: i16 => 0..;
        /// Who holds the prepared transaction; −1 for none.
        ongoing_txn_producer_id: i64 = -1 => 6..;
        ongoing_txn_producer_epoch: i16 = -1 => 6..;
    }
}
