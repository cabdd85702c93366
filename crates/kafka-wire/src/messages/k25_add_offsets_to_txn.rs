//! AddOffsetsToTxn (key 25), versions 0 to 4: a group enters a transaction.

use crate::error_code::ErrorCode;
use crate::table::api;

api! {
    /// Adds a group's offsets to a transaction.
    AddOffsetsToTxn { key 25, versions 0..=4, flexible 3 }

    request AddOffsetsToTxnRequest<'a> {
        transactional_id: &'a str => 0..;
        producer_id: i64 => 0..;
        producer_epoch: i16 => 0..;
        group_id: &'a str => 0..;
    }

    response AddOffsetsToTxnResponse {
        /// How long the client should hold back, because it went over a quota.
        throttle_time_ms: i32 => 0..;
        error_code: ErrorCode => 0..;
    }
}
