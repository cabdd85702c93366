//! DescribeTransactions (key 65), version 0.
//!
//! Behaviour: how a transactional id stands, and which partitions have entered its open transaction. One that nobody
//! has is error 105.
//! Permission: Describe on the transactional id; topics that the client may not describe are left out.
//! Version notes: none.
//! Not modelled: nothing.

use std::borrow::Cow;
use std::collections::BTreeMap;

use kafka_wire::ErrorCode;
use kafka_wire::messages::{
    DescribeTransactionsRequest, DescribeTransactionsResponse, DescribeTransactionsResponseTopic,
    DescribeTransactionsResponseTransactionState,
};

use super::permission::RightsAsked;
use super::{Context, Entry, Handler, entry};
use crate::authority::{Operation, ResourceKind};
use crate::meta::TransactionRecord;

pub(super) const ENTRY: Entry = entry::<DescribeTransactions>(0, 0);

struct DescribeTransactions;

impl Handler for DescribeTransactions {
    type Request<'a> = DescribeTransactionsRequest<'a>;

    async fn handle<'a>(
        request: DescribeTransactionsRequest<'a>,
        context: &'a Context<'a>,
    ) -> DescribeTransactionsResponse<'a> {
        let rights = context.rights();
        let describe = |id: &'a str| {
            let found = rights.transactional_id(Operation::Describe, id).and_then(|()| {
                context.cluster.transactions().describe(id).ok_or(ErrorCode::TRANSACTIONAL_ID_NOT_FOUND)
            });
            match found {
                Ok(record) => state(id, &record, &rights, context),
                Err(error_code) => DescribeTransactionsResponseTransactionState {
                    error_code,
                    transactional_id: Cow::Borrowed(id),
                    ..Default::default()
                },
            }
        };
        let transaction_states = request.transactional_ids.into_iter().map(describe).collect();
        DescribeTransactionsResponse { transaction_states, ..Default::default() }
    }
}

fn state<'a>(
    id: &'a str,
    record: &TransactionRecord,
    rights: &RightsAsked<'_>,
    context: &Context<'_>,
) -> DescribeTransactionsResponseTransactionState<'a> {
    let mut topics = BTreeMap::<String, Vec<i32>>::new();
    for (topic, partition) in &record.partitions {
        // A topic may have been deleted since.
        let Some(open) = context.cluster.open_topics().of_id(*topic) else { continue };
        if rights.permit(Operation::Describe, ResourceKind::Topic, &open.facts.name) {
            topics.entry(open.facts.name.to_string()).or_default().push(*partition);
        }
    }
    let topic =
        |(name, partitions)| DescribeTransactionsResponseTopic { topic: Cow::Owned(name), partitions };
    DescribeTransactionsResponseTransactionState {
        error_code: ErrorCode::NONE,
        transactional_id: Cow::Borrowed(id),
        transaction_state: Cow::Borrowed(record.phase.name()),
        transaction_timeout_ms: i32::try_from(record.timeout.as_millis()).unwrap_or(i32::MAX),
        transaction_start_time_ms: record.started_ms.unwrap_or(-1),
        producer_id: record.producer_id,
        producer_epoch: record.epoch,
        topics: topics.into_iter().map(topic).collect(),
    }
}
