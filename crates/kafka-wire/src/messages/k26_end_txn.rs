//! EndTxn (key 26), versions 0 to 5: a transaction is committed or aborted.

use crate::error_code::ErrorCode;
use crate::table::api;

api! {
    /// Ends a transaction. From version 5 it also hands out the epoch of the next one.
    EndTxn { key 26, versions 0..=5, flexible 3 }

    request EndTxnRequest<'a> {
        transactional_id: &'a str => 0..;
        producer_id: i64 => 0..;
        producer_epoch: i16 => 0..;
        /// Commit, or else abort.
        committed: bool => 0..;
    }

    response EndTxnResponse {
        /// How long the client should hold back, because it went over a quota.
        throttle_time_ms: i32 => 0..;
        error_code: ErrorCode => 0..;
        producer_id: i64 = -1 => 5.., else ignore;
        /// The epoch of the next transaction.
        producer_epoch: i16 = -1 => 5.., else ignore;
    }
}
