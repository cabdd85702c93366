//! Every row of the table of requests, each in every phase that matters.

use std::time::Duration;

use uuid::Uuid;

use super::*;
use crate::meta::TransactionPhase::{
    CompleteAbort, CompleteCommit, Empty, Ongoing, PrepareAbort, PrepareCommit,
};

const PRODUCER: i64 = 7;
const NEXT: i64 = 8;
const NOW: i64 = 1_000;

/// An id of producer 7 with epoch 3.
fn record(phase: TransactionPhase) -> TransactionRecord {
    let is_open = phase == Ongoing || phase.is_prepared();
    TransactionRecord {
        id: "t".into(),
        producer_id: PRODUCER,
        epoch: 3,
        last_epoch: -1,
        previous_producer_id: -1,
        next_producer_id: -1,
        phase,
        timeout: Duration::from_secs(60),
        started_ms: is_open.then_some(5),
        updated_ms: 5,
        partitions: is_open.then_some((Uuid::from_u128(1), 0)).into_iter().collect(),
        groups: BTreeSet::new(),
    }
}

fn producer(id: i64, epoch: i16) -> Producer {
    Producer { id, epoch }
}

fn ask(record: Option<&TransactionRecord>, known: Option<Producer>) -> Result<Step, TransactionError> {
    let asked = Initial { timeout: Duration::from_secs(9), known };
    initial(record, &"t".into(), asked, NOW, None)
}

/// The answer and the phase after it.
fn told(
    step: Result<Step, TransactionError>,
) -> Result<(Producer, Option<TransactionPhase>), TransactionError> {
    match step? {
        Step::Known(producer) => Ok((producer, None)),
        Step::Store(record, producer) => Ok((producer, Some(record.phase))),
        Step::Fence(record) => Ok((record.producer(), Some(record.phase))),
        Step::NeedsId => panic!("an id is asked for"),
    }
}

#[test]
fn first_producer_of_an_id_gets_a_new_one() {
    assert_eq!(ask(None, None), Ok(Step::NeedsId));
    let asked = Initial { timeout: Duration::from_secs(9), known: None };
    let Ok(Step::Store(made, given)) = initial(None, &"t".into(), asked, NOW, Some(NEXT)) else { panic!() };
    assert_eq!(given, producer(NEXT, 0));
    assert_eq!((made.phase, made.timeout, made.updated_ms), (Empty, asked.timeout, NOW));
    // Whatever it remembers: what it had was forgotten.
    let asked = Initial { known: Some(producer(PRODUCER, 3)), ..asked };
    assert_eq!(told(initial(None, &"t".into(), asked, NOW, Some(NEXT))), Ok((given, Some(Empty))));
}

#[test]
fn taking_over_an_id() {
    use TransactionError::{Concurrent, Fenced};
    let renewed = Ok((producer(PRODUCER, 4), Some(Empty)));
    let fenced = Ok((producer(PRODUCER, 4), Some(PrepareAbort)));
    let rows = [
        // Phase, what the producer knows, what it is told.
        (Empty, None, renewed),
        (CompleteCommit, None, renewed),
        (CompleteAbort, None, renewed),
        (PrepareCommit, None, Err(Concurrent)),
        (PrepareAbort, None, Err(Concurrent)),
        (Ongoing, None, fenced),
        (Empty, Some((PRODUCER, 3)), renewed),
        (CompleteCommit, Some((PRODUCER, 3)), renewed),
        (Empty, Some((PRODUCER, 2)), Err(Fenced)),
        (Empty, Some((PRODUCER, 4)), Err(Fenced)),
        (Empty, Some((NEXT, 3)), Err(Fenced)),
        (Ongoing, Some((PRODUCER, 3)), fenced),
        (Ongoing, Some((PRODUCER, 2)), Err(Fenced)),
        (Ongoing, Some((NEXT, 3)), Err(Fenced)),
        (PrepareCommit, Some((NEXT, 3)), Err(Concurrent)),
    ];
    for (phase, known, expected) in rows {
        let known = known.map(|(id, epoch)| producer(id, epoch));
        assert_eq!(told(ask(Some(&record(phase)), known)), expected, "{phase:?} {known:?}");
    }
}

#[test]
fn repeated_take_over_gets_the_same_epoch_until_somebody_else_asks() {
    let Ok(Step::Store(once, given)) = ask(Some(&record(Empty)), Some(producer(PRODUCER, 3))) else {
        panic!()
    };
    assert_eq!(ask(Some(&once), Some(producer(PRODUCER, 3))), Ok(Step::Known(given)));
    let Ok(Step::Store(other, _)) = ask(Some(&once), None) else { panic!() };
    assert_eq!(ask(Some(&other), Some(producer(PRODUCER, 3))), Err(TransactionError::Fenced));
    assert_eq!(ask(Some(&other), Some(given)), Err(TransactionError::Fenced));
}

#[test]
fn used_up_epochs_give_another_producer_id() {
    let last = TransactionRecord { epoch: EPOCH_MAX, ..record(CompleteCommit) };
    let known = Some(producer(PRODUCER, EPOCH_MAX));
    for known in [None, known] {
        assert_eq!(ask(Some(&last), known), Ok(Step::NeedsId));
        let asked = Initial { timeout: Duration::from_secs(9), known };
        let step = initial(Some(&last), &"t".into(), asked, NOW, Some(NEXT));
        assert_eq!(told(step), Ok((producer(NEXT, 0), Some(Empty))));
    }
    let asked = Initial { timeout: Duration::from_secs(9), known };
    let Ok(Step::Store(rotated, given)) = initial(Some(&last), &"t".into(), asked, NOW, Some(NEXT)) else {
        panic!()
    };
    assert_eq!(ask(Some(&rotated), known), Ok(Step::Known(given)), "the answer was lost");
    assert_eq!(ask(Some(&rotated), Some(producer(PRODUCER, 9))), Err(TransactionError::Fenced));
    // One that fencing has brought beyond the last is used up as well.
    let beyond = fence(&TransactionRecord { epoch: EPOCH_MAX, ..record(Ongoing) }, NOW);
    assert_eq!((beyond.epoch, beyond.phase), (i16::MAX, PrepareAbort));
    assert_eq!(ask(Some(&complete(&beyond, NOW)), None), Ok(Step::NeedsId));
}

#[test]
fn entering_and_writing() {
    use TransactionError::{Concurrent, Fenced, UnknownProducer};
    let rows = [
        (Empty, (PRODUCER, 3), Ok(false)),
        (CompleteCommit, (PRODUCER, 3), Ok(false)),
        (CompleteAbort, (PRODUCER, 3), Ok(false)),
        (Ongoing, (PRODUCER, 3), Ok(true)),
        (PrepareCommit, (PRODUCER, 3), Err(Concurrent)),
        (PrepareAbort, (PRODUCER, 3), Err(Concurrent)),
        (Ongoing, (NEXT, 3), Err(UnknownProducer)),
        (Ongoing, (PRODUCER, 2), Err(Fenced)),
        (Ongoing, (PRODUCER, 4), Err(Fenced)),
        (PrepareCommit, (PRODUCER, 2), Err(Fenced)),
    ];
    for (phase, (id, epoch), expected) in rows {
        assert_eq!(check(&record(phase), producer(id, epoch)), expected, "{phase:?} {id} {epoch}");
    }
}

fn ending(record: &TransactionRecord, claim: (i64, i16), outcome: Outcome, renews: bool) -> Ended {
    told(end(record, producer(claim.0, claim.1), outcome, renews, NOW, None))
}

type Ended = Result<(Producer, Option<TransactionPhase>), TransactionError>;

#[test]
fn ending_with_one_epoch_for_all() {
    use Outcome::{Abort, Commit};
    use TransactionError::{Concurrent, Fenced, InvalidState, UnknownProducer};
    let current = producer(PRODUCER, 3);
    let rows = [
        (Ongoing, (PRODUCER, 3), Commit, Ok((current, Some(PrepareCommit)))),
        (Ongoing, (PRODUCER, 3), Abort, Ok((current, Some(PrepareAbort)))),
        (CompleteCommit, (PRODUCER, 3), Commit, Ok((current, None))),
        (CompleteCommit, (PRODUCER, 3), Abort, Err(InvalidState)),
        (CompleteAbort, (PRODUCER, 3), Abort, Ok((current, None))),
        (CompleteAbort, (PRODUCER, 3), Commit, Err(InvalidState)),
        (PrepareCommit, (PRODUCER, 3), Commit, Err(Concurrent)),
        (PrepareCommit, (PRODUCER, 3), Abort, Err(InvalidState)),
        (PrepareAbort, (PRODUCER, 3), Abort, Err(Concurrent)),
        (PrepareAbort, (PRODUCER, 3), Commit, Err(InvalidState)),
        (Empty, (PRODUCER, 3), Commit, Err(InvalidState)),
        (Empty, (PRODUCER, 3), Abort, Err(InvalidState)),
        (Ongoing, (PRODUCER, 2), Commit, Err(Fenced)),
        (Ongoing, (PRODUCER, 4), Commit, Err(Fenced)),
        (Ongoing, (NEXT, 3), Commit, Err(UnknownProducer)),
        (CompleteCommit, (PRODUCER, 2), Commit, Err(Fenced)),
    ];
    for (phase, claim, outcome, expected) in rows {
        assert_eq!(
            ending(&record(phase), claim, outcome, false),
            expected,
            "{phase:?} {claim:?} {outcome:?}"
        );
    }
}

#[test]
fn ending_with_an_epoch_for_each() {
    use Outcome::{Abort, Commit};
    use TransactionError::{Concurrent, Fenced, InvalidState, UnknownProducer};
    let next = producer(PRODUCER, 4);
    let current = producer(PRODUCER, 3);
    // Those that have ended or are ending did so with epoch 2.
    let rows = [
        (Ongoing, (PRODUCER, 3), Commit, Ok((next, Some(PrepareCommit)))),
        (Ongoing, (PRODUCER, 3), Abort, Ok((next, Some(PrepareAbort)))),
        (Ongoing, (PRODUCER, 2), Commit, Err(Fenced)),
        (Ongoing, (NEXT, 3), Commit, Err(UnknownProducer)),
        // The answer was lost.
        (CompleteCommit, (PRODUCER, 2), Commit, Ok((current, None))),
        (CompleteCommit, (PRODUCER, 2), Abort, Err(InvalidState)),
        (CompleteAbort, (PRODUCER, 2), Abort, Ok((current, None))),
        (CompleteAbort, (PRODUCER, 2), Commit, Err(InvalidState)),
        (PrepareCommit, (PRODUCER, 2), Commit, Err(Concurrent)),
        (PrepareCommit, (PRODUCER, 2), Abort, Err(InvalidState)),
        (PrepareAbort, (PRODUCER, 2), Abort, Err(Concurrent)),
        (PrepareAbort, (PRODUCER, 2), Commit, Err(InvalidState)),
        // Nothing has entered the next one yet.
        (CompleteCommit, (PRODUCER, 3), Abort, Ok((next, Some(CompleteAbort)))),
        (CompleteAbort, (PRODUCER, 3), Abort, Ok((next, Some(CompleteAbort)))),
        (Empty, (PRODUCER, 3), Abort, Ok((next, Some(CompleteAbort)))),
        (CompleteCommit, (PRODUCER, 3), Commit, Err(InvalidState)),
        (Empty, (PRODUCER, 3), Commit, Err(InvalidState)),
        (Empty, (PRODUCER, 2), Commit, Err(Fenced)),
        (PrepareCommit, (PRODUCER, 3), Abort, Err(Concurrent)),
        (PrepareCommit, (PRODUCER, 1), Commit, Err(Fenced)),
        (CompleteCommit, (PRODUCER, 4), Commit, Err(Fenced)),
    ];
    for (phase, claim, outcome, expected) in rows {
        let record = TransactionRecord { last_epoch: 2, ..record(phase) };
        assert_eq!(ending(&record, claim, outcome, true), expected, "{phase:?} {claim:?} {outcome:?}");
    }
}

#[test]
fn who_was_shut_out_is_not_told_the_new_epoch() {
    let fenced = fence(&record(Ongoing), NOW);
    for after in [fenced.clone(), complete(&fenced, NOW)] {
        for outcome in [Outcome::Commit, Outcome::Abort] {
            let told = ending(&after, (PRODUCER, 3), outcome, true);
            assert_eq!(told, Err(TransactionError::Fenced), "{:?}", after.phase);
        }
    }
}

#[test]
fn last_epoch_ends_with_another_producer_id() {
    let last = TransactionRecord { epoch: EPOCH_MAX, ..record(Ongoing) };
    let claim = producer(PRODUCER, EPOCH_MAX);
    let asked = |record: &TransactionRecord, fresh| end(record, claim, Outcome::Commit, true, NOW, fresh);
    assert_eq!(asked(&last, None), Ok(Step::NeedsId));
    let Ok(Step::Store(prepared, given)) = asked(&last, Some(NEXT)) else { panic!() };
    // Markers shut out the last epoch in the partitions, under the id that wrote there.
    assert_eq!(prepared.producer(), producer(PRODUCER, i16::MAX));
    assert_eq!(given, producer(NEXT, 0));
    assert_eq!(asked(&prepared, None), Err(TransactionError::Concurrent));
    let done = complete(&prepared, NOW);
    assert_eq!((done.producer(), done.phase), (given, CompleteCommit));
    assert_eq!(asked(&done, None), Ok(Step::Known(given)), "the answer was lost");
    let other = end(&done, claim, Outcome::Abort, true, NOW, None);
    assert_eq!(other, Err(TransactionError::InvalidState));
    assert_eq!(end(&done, claim, Outcome::Commit, false, NOW, None), Err(TransactionError::UnknownProducer));
    // With one epoch for all, the same goes on.
    assert_eq!(told(end(&last, claim, Outcome::Commit, false, NOW, None)), Ok((claim, Some(PrepareCommit))));
}

#[test]
fn completion_keeps_the_outcome_and_lets_go_of_the_rest() {
    for (phase, complete_phase) in [(PrepareCommit, CompleteCommit), (PrepareAbort, CompleteAbort)] {
        let done = complete(&record(phase), NOW);
        assert_eq!((done.phase, done.started_ms, done.updated_ms), (complete_phase, None, NOW));
        assert!(done.partitions.is_empty() && done.groups.is_empty());
        assert_eq!(done.producer(), producer(PRODUCER, 3));
    }
}
