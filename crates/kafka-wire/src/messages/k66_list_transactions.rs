//! ListTransactions (key 66), versions 0 to 2: all transactions.

use std::borrow::Cow;

use crate::error_code::ErrorCode;
use crate::table::api;

api! {
    /// Lists transactions, filtered.
    ListTransactions { key 66, versions 0..=2, flexible 0 }

    request ListTransactionsRequest<'a> {
        /// Empty for all.
        state_filters: Vec<&'a str> => 0..;
        /// Empty for all.
        producer_id_filters: Vec<i64> => 0..;
        /// Only those open for longer than this many milliseconds; −1 for all.
        duration_filter: i64 = -1 => 1..;
        /// A regular expression; null or empty for all.
        transactional_id_pattern: Option<&'a str> => 2..;
    }

    response ListTransactionsResponse<'a> {
        /// How long the client should hold back, because it went over a quota.
        throttle_time_ms: i32 => 0..;
        error_code: ErrorCode => 0..;
        unknown_state_filters: Vec<Cow<'a, str>> => 0..;
        transaction_states: Vec<ListTransactionsResponseTransactionState<'a>> => 0..;
    }

    struct ListTransactionsResponseTransactionState<'a> {
        transactional_id: Cow<'a, str> => 0..;
        producer_id: i64 => 0..;
        transaction_state: Cow<'a, str> => 0..;
    }
}
