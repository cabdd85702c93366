//! AddPartitionsToTxn (key 24), versions 0 to 5.
//!
//! Behaviour: partitions enter the producer's transaction, durably; the first of them begins it. All of a transaction
//! enter or none: where one is refused, the others are told that nothing was tried (55). Asking again changes nothing.
//! The broker's own topic is refused with error 17, as by Produce.
//! Permission: Write on the transactional id and on each topic; from version 4 on ClusterAction on the cluster too.
//! Version notes: 2 tells a fenced producer so (90, before it 47). From 4 on it is the form that brokers use among
//! themselves: several transactions, which may only be asked whether partitions are in them.
//! Not modelled: nothing.

use std::borrow::Cow;
use std::sync::Arc;

use kafka_wire::ErrorCode;
use kafka_wire::messages::{
    AddPartitionsToTxnRequest, AddPartitionsToTxnRequestTopic, AddPartitionsToTxnRequestTransaction,
    AddPartitionsToTxnResponse, AddPartitionsToTxnResponsePartition, AddPartitionsToTxnResponseTopic,
    AddPartitionsToTxnResponseTransaction,
};
use uuid::Uuid;

use super::permission::RightsAsked;
use super::{Context, Entry, Handler, entry, transaction_error};
use crate::authority::Operation;
use crate::topics::OpenTopic;
use crate::transaction::{Claim, TransactionError};

pub(super) const ENTRY: Entry = entry::<AddPartitionsToTxn>(0, 5);

/// Since then, several transactions are asked about.
const BATCHED_FROM: i16 = 4;
const FENCED_FROM: i16 = 2;

struct AddPartitionsToTxn;

impl Handler for AddPartitionsToTxn {
    type Request<'a> = AddPartitionsToTxnRequest<'a>;

    fn is_overtaken(request: &AddPartitionsToTxnRequest<'_>, context: &Context<'_>) -> bool {
        let claim =
            Claim { id: request.v3_and_below_producer_id, epoch: request.v3_and_below_producer_epoch };
        context.version < BATCHED_FROM && context.is_overtaken(request.v3_and_below_transactional_id, claim)
    }

    async fn handle<'a>(
        request: AddPartitionsToTxnRequest<'a>,
        context: &'a Context<'a>,
    ) -> AddPartitionsToTxnResponse<'a> {
        let rights = context.rights();
        if context.version < BATCHED_FROM {
            let transaction = AddPartitionsToTxnRequestTransaction {
                transactional_id: request.v3_and_below_transactional_id,
                producer_id: request.v3_and_below_producer_id,
                producer_epoch: request.v3_and_below_producer_epoch,
                verify_only: false,
                topics: request.v3_and_below_topics,
            };
            let results_by_topic_v3_and_below = add(&transaction, &rights, context).await;
            return AddPartitionsToTxnResponse { results_by_topic_v3_and_below, ..Default::default() };
        }
        if let Err(error_code) = rights.cluster(Operation::ClusterAction) {
            return AddPartitionsToTxnResponse { error_code, ..Default::default() };
        }
        let mut results_by_transaction = Vec::with_capacity(request.transactions.len());
        for transaction in &request.transactions {
            results_by_transaction.push(AddPartitionsToTxnResponseTransaction {
                transactional_id: Cow::Borrowed(transaction.transactional_id),
                topic_results: add(transaction, &rights, context).await,
            });
        }
        AddPartitionsToTxnResponse { results_by_transaction, ..Default::default() }
    }
}

async fn add<'a>(
    transaction: &AddPartitionsToTxnRequestTransaction<'a>,
    rights: &RightsAsked<'_>,
    context: &Context<'_>,
) -> Vec<AddPartitionsToTxnResponseTopic<'a>> {
    let AddPartitionsToTxnRequestTransaction { transactional_id: id, topics, .. } = transaction;
    let claim = Claim { id: transaction.producer_id, epoch: transaction.producer_epoch };
    let code = |error: TransactionError| transaction_error::code(error, context.version, FENCED_FROM);
    if let Err(refusal) = rights.transactional_id(Operation::Write, id) {
        return answer(topics, || refusal);
    }
    let found: Vec<Result<(Uuid, i32), ErrorCode>> =
        topics.iter().flat_map(|topic| find(topic, rights, context)).collect();
    let coordinator = context.cluster.transactions();
    let codes: Vec<ErrorCode> = if transaction.verify_only {
        let check = |found: &Result<(Uuid, i32), ErrorCode>| match found {
            Ok(partition) => coordinator.partition_check(id, claim, *partition).map_err(code),
            Err(refusal) => Err(*refusal),
        };
        found.iter().map(|found| check(found).err().unwrap_or_default()).collect()
    } else if found.iter().any(Result::is_err) {
        found.iter().map(|found| found.err().unwrap_or(ErrorCode::OPERATION_NOT_ATTEMPTED)).collect()
    } else {
        let partitions: Vec<_> = found.iter().flatten().copied().collect();
        let entered = coordinator.partitions_enter(id, claim, &partitions).await;
        vec![entered.map_err(code).err().unwrap_or_default(); found.len()]
    };
    let mut codes = codes.into_iter();
    answer(topics, || codes.next().unwrap_or(ErrorCode::UNKNOWN_SERVER_ERROR))
}

/// The partitions of a topic, or why there are none that the producer could write to.
fn find(
    topic: &AddPartitionsToTxnRequestTopic<'_>,
    rights: &RightsAsked<'_>,
    context: &Context<'_>,
) -> Vec<Result<(Uuid, i32), ErrorCode>> {
    let open = open(topic.name, rights, context);
    open.iter().for_each(|open| context.note_topic(&open.facts.name));
    let partition = |number: &i32| {
        let open = open.as_ref().map_err(|code| *code)?;
        match open.partition(*number) {
            Some(_) => Ok((open.facts.id, *number)),
            None => Err(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION),
        }
    };
    topic.partitions.iter().map(partition).collect()
}

/// The topic, if it is there and the producer may write to it. Markers, too, would fill the broker's own.
fn open(name: &str, rights: &RightsAsked<'_>, context: &Context<'_>) -> Result<Arc<OpenTopic>, ErrorCode> {
    rights.topic(Operation::Write, name)?;
    let open = context.cluster.open_topics().named(name).ok_or(ErrorCode::UNKNOWN_TOPIC_OR_PARTITION)?;
    match open.facts.internal && !context.peer.is_host {
        true => Err(ErrorCode::INVALID_TOPIC_EXCEPTION),
        false => Ok(open),
    }
}

fn answer<'a>(
    topics: &[AddPartitionsToTxnRequestTopic<'a>],
    mut code: impl FnMut() -> ErrorCode,
) -> Vec<AddPartitionsToTxnResponseTopic<'a>> {
    topics
        .iter()
        .map(|topic| AddPartitionsToTxnResponseTopic {
            name: Cow::Borrowed(topic.name),
            results_by_partition: topic
                .partitions
                .iter()
                .map(|partition| AddPartitionsToTxnResponsePartition {
                    partition_index: *partition,
                    partition_error_code: code(),
                })
                .collect(),
        })
        .collect()
}
