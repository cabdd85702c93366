//! InitProducerId and what transactions are made of.

use kafka_protocol::messages::add_partitions_to_txn_request::AddPartitionsToTxnTopic;
use kafka_protocol::messages::*;
use kafka_protocol::protocol::StrBytes;

use super::records::{answered, producer, production};
use crate::batch::{Batch, TRANSACTIONAL};
use crate::case::Cases;
use crate::ensure;
use crate::failure::Failure;
use crate::stage::Stage;

/// A producer's id and epoch.
type Known = (ProducerId, i16);

fn begun(stage: &mut Stage<'_>, id: &TransactionalId) -> Result<Known, Failure> {
    let mut found = (ProducerId(-1), -1);
    let code = stage.settled(|stage| {
        let answer = stage.call(&producer(Some(id.clone())), 4)?;
        found = (answer.producer_id, answer.producer_epoch);
        Ok(answer.error_code)
    })?;
    ensure!(code, 0, "InitProducerId");
    Ok(found)
}

fn added(
    stage: &mut Stage<'_>,
    version: i16,
    id: &TransactionalId,
    known: Known,
    name: &TopicName,
) -> Result<i16, Failure> {
    let topic = AddPartitionsToTxnTopic::default().with_name(name.clone()).with_partitions(vec![0]);
    let request = AddPartitionsToTxnRequest::default()
        .with_v3_and_below_transactional_id(id.clone())
        .with_v3_and_below_producer_id(known.0)
        .with_v3_and_below_producer_epoch(known.1)
        .with_v3_and_below_topics(vec![topic]);
    stage.settled(|stage| {
        let answer = stage.call(&request, version)?;
        let topic = answer.results_by_topic_v3_and_below.first().ok_or("no topic")?;
        Ok(topic.results_by_partition.first().ok_or("no partition")?.partition_error_code)
    })
}

fn ended(
    stage: &mut Stage<'_>,
    version: i16,
    id: &TransactionalId,
    known: Known,
    commits: bool,
) -> Result<i16, Failure> {
    let request = EndTxnRequest::default()
        .with_transactional_id(id.clone())
        .with_producer_id(known.0)
        .with_producer_epoch(known.1)
        .with_committed(commits);
    stage.settled(|stage| Ok(stage.call(&request, version)?.error_code))
}

pub(crate) fn declare(cases: &mut Cases) {
    producers(cases);
    partitions(cases);
    ends(cases);
}

fn producers(cases: &mut Cases) {
    const KEY: ApiKey = ApiKey::InitProducerId;
    type Shape = fn(InitProducerIdRequest) -> InitProducerIdRequest;
    let shapes: [(&str, i16, i16, Shape); 6] = [
        ("idempotent", 0, 0, |request| request.with_transactional_id(None)),
        ("transactional", 0, 0, |request| request),
        ("empty_id", 0, 42, |request| request.with_transactional_id(Some(TransactionalId::default()))),
        ("no_time", 0, 50, |request| request.with_transaction_timeout_ms(0)),
        ("too_much_time", 0, 50, |request| request.with_transaction_timeout_ms(1_000_000_000)),
        ("id_without_epoch", 3, 42, |request| request.with_producer_id(7.into())),
    ];
    for (title, from, expected, shape) in shapes {
        cases.each(KEY, from..=5, title, expected, move |stage, version| {
            let request = shape(producer(Some(stage.transactional())));
            stage.settled(|stage| Ok(stage.call(&request, version)?.error_code))
        });
    }
    for (versions, expected) in [(3..=3, 47), (4..=5, 90)] {
        cases.each(KEY, versions, "of_another_epoch", expected, |stage, version| {
            let id = stage.transactional();
            let known = begun(stage, &id)?;
            let request = producer(Some(id)).with_producer_id(known.0).with_producer_epoch(known.1 + 9);
            stage.settled(|stage| Ok(stage.call(&request, version)?.error_code))
        });
    }
}

fn partitions(cases: &mut Cases) {
    const KEY: ApiKey = ApiKey::AddPartitionsToTxn;
    for (title, producer, epoch, versions, expected) in [
        ("added", 0, 0, 0..=3, 0),
        ("other_producer", 9, 0, 0..=3, 49),
        ("other_epoch_told_of_old", 0, 9, 0..=1, 47),
        ("other_epoch", 0, 9, 2..=3, 90),
    ] {
        cases.each(KEY, versions, title, expected, move |stage, version| {
            let (name, id) = (stage.topic(1)?, stage.transactional());
            let known = begun(stage, &id)?;
            added(stage, version, &id, (ProducerId(known.0.0 + producer), known.1 + epoch), &name)
        });
    }
    cases.each(KEY, 0..=3, "unknown_topic", 3, |stage, version| {
        let (name, id) = (TopicName(stage.name()), stage.transactional());
        let known = begun(stage, &id)?;
        added(stage, version, &id, known, &name)
    });
    cases.each(KEY, 0..=3, "unknown_id", 49, |stage, version| {
        let (name, id) = (stage.topic(1)?, stage.transactional());
        added(stage, version, &id, (ProducerId(77), 0), &name)
    });
    for (title, producer, expected) in [("added", 0, 0), ("other_producer", 9, 49)] {
        cases.each(ApiKey::AddOffsetsToTxn, 0..=4, title, expected, move |stage, version| {
            let (group, id) = (stage.group(), stage.transactional());
            let known = begun(stage, &id)?;
            let request = AddOffsetsToTxnRequest::default().with_transactional_id(id).with_group_id(group);
            let request =
                request.with_producer_id((known.0.0 + producer).into()).with_producer_epoch(known.1);
            stage.settled(|stage| Ok(stage.call(&request, version)?.error_code))
        });
    }
    // What is not in the transaction is refused, with the code that the client of the version knows.
    for (versions, expected) in [(3..=10, 48), (11..=11, 120)] {
        cases.each(ApiKey::Produce, versions, "not_in_the_transaction", expected, |stage, version| {
            let (name, id) = (stage.topic(1)?, stage.transactional());
            let known = begun(stage, &id)?;
            let batch = Batch {
                attributes: TRANSACTIONAL,
                producer_id: known.0.0,
                producer_epoch: known.1,
                base_sequence: 0,
                ..Batch::default()
            };
            let request = production(stage, version, &name, 0, &batch)?.with_transactional_id(Some(id));
            Ok(answered(stage, version, &request)?.error_code)
        });
    }
}

fn ends(cases: &mut Cases) {
    const KEY: ApiKey = ApiKey::EndTxn;
    for (title, commits, epoch, versions, expected) in [
        ("committed", true, 0, 0..=5, 0),
        ("aborted", false, 0, 0..=5, 0),
        ("other_epoch_told_of_old", true, 9, 0..=1, 47),
        ("other_epoch", true, 9, 2..=5, 90),
    ] {
        cases.each(KEY, versions, title, expected, move |stage, version| {
            let (name, id) = (stage.topic(1)?, stage.transactional());
            let known = begun(stage, &id)?;
            ensure!(added(stage, 3, &id, known, &name)?, 0, "AddPartitionsToTxn");
            ended(stage, version, &id, (known.0, known.1 + epoch), commits)
        });
    }
    cases.each(KEY, 0..=4, "nothing_begun", 48, |stage, version| {
        let id = stage.transactional();
        let known = begun(stage, &id)?;
        ended(stage, version, &id, known, true)
    });
    cases.each(KEY, 0..=4, "committed_then_aborted", 48, |stage, version| {
        let (name, id) = (stage.topic(1)?, stage.transactional());
        let known = begun(stage, &id)?;
        ensure!(added(stage, 3, &id, known, &name)?, 0, "AddPartitionsToTxn");
        ensure!(ended(stage, version, &id, known, true)?, 0, "EndTxn");
        ended(stage, version, &id, known, false)
    });
    cases.each(ApiKey::DescribeTransactions, 0..=0, "unknown", 105, |stage, version| {
        let request =
            DescribeTransactionsRequest::default().with_transactional_ids(vec![stage.transactional()]);
        stage.settled(|stage| {
            Ok(stage.call(&request, version)?.transaction_states.first().ok_or("none")?.error_code)
        })
    });
    cases.each(ApiKey::DescribeTransactions, 0..=0, "ongoing", 0, |stage, version| {
        let (name, id) = (stage.topic(1)?, stage.transactional());
        let known = begun(stage, &id)?;
        ensure!(added(stage, 3, &id, known, &name)?, 0, "AddPartitionsToTxn");
        let request = DescribeTransactionsRequest::default().with_transactional_ids(vec![id]);
        let answer = stage.call(&request, version)?;
        let one = answer.transaction_states.first().ok_or("none")?;
        ensure!(one.transaction_state.as_str(), "Ongoing", "state");
        Ok(one.error_code)
    });
    cases.each(ApiKey::ListTransactions, 0..=2, "unknown_state", 0, |stage, version| {
        let odd = StrBytes::from_static_str("Odd");
        let answer =
            stage.call(&ListTransactionsRequest::default().with_state_filters(vec![odd.clone()]), version)?;
        ensure!(answer.unknown_state_filters, vec![odd], "unknown states");
        Ok(answer.error_code)
    });
}
