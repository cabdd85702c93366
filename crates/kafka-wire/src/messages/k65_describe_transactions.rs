//! DescribeTransactions (key 65), version 0: transactions in detail.

use std::borrow::Cow;

use crate::error_code::ErrorCode;
use crate::table::api;

api! {
    /// Describes transactions by id.
    DescribeTransactions { key 65, versions 0..=0, flexible 0 }

    request DescribeTransactionsRequest<'a> {
        transactional_ids: Vec<&'a str> => 0..;
    }

    response DescribeTransactionsResponse<'a> {
        /// How long the client should hold back, because it went over a quota.
        throttle_time_ms: i32 => 0..;
        transaction_states: Vec<DescribeTransactionsResponseTransactionState<'a>> => 0..;
    }

    struct DescribeTransactionsResponseTransactionState<'a> {
        error_code: ErrorCode => 0..;
        transactional_id: Cow<'a, str> => 0..;
        transaction_state: Cow<'a, str> => 0..;
        transaction_timeout_ms: i32 => 0..;
        /// −1 unless it is open.
        transaction_start_time_ms: i64 => 0..;
        producer_id: i64 => 0..;
        producer_epoch: i16 => 0..;
        topics: Vec<DescribeTransactionsResponseTopic<'a>> => 0..;
    }

    struct DescribeTransactionsResponseTopic<'a> {
        topic: Cow<'a, str> => 0..;
        partitions: Vec<i32> => 0..;
    }
}
