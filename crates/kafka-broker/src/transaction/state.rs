//! What a request makes of a transactional id. Pure: records go in, records come out; there is no lock, no clock
//! and no disk in here.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::TransactionError;
use super::request::{Claim, Initial, Outcome, Producer};
use crate::meta::{TransactionPhase, TransactionRecord};

/// The last epoch that a producer is given. The one after it is used only for the markers that fence it.
pub(super) const EPOCH_MAX: i16 = i16::MAX - 1;

const NONE: i64 = -1;
const NO_EPOCH: i16 = -1;

/// What is to be done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Nothing: the request was answered before, and the producer is this.
    Known(Producer),
    /// Take this down, and answer with that producer.
    Store(TransactionRecord, Producer),
    /// Take this down: the transaction that stands in the way is ended first.
    Fence(TransactionRecord),
    /// Ask again with a producer id that nobody has had.
    NeedsId,
}

/// A producer takes a transactional id over, or goes on with it.
pub(super) fn initial(
    record: Option<&TransactionRecord>,
    id: &Arc<str>,
    asked: Initial,
    now_ms: i64,
    fresh: Option<i64>,
) -> Result<Step, TransactionError> {
    let Some(record) = record else {
        let Some(fresh) = fresh else { return Ok(Step::NeedsId) };
        return Ok(store(TransactionRecord {
            id: id.clone(),
            producer_id: fresh,
            epoch: 0,
            last_epoch: NO_EPOCH,
            previous_producer_id: NONE,
            next_producer_id: NONE,
            phase: TransactionPhase::Empty,
            timeout: asked.timeout,
            started_ms: None,
            updated_ms: now_ms,
            partitions: BTreeSet::new(),
            groups: BTreeSet::new(),
        }));
    };
    if record.phase.is_prepared() {
        return Err(TransactionError::Concurrent);
    }
    let knows = |known: Producer| {
        let has_rotated = known.id == record.previous_producer_id && known.epoch >= EPOCH_MAX;
        known.id == record.producer_id || has_rotated
    };
    if !asked.known.is_none_or(knows) {
        return Err(TransactionError::Fenced);
    }
    let is_current = asked.known.is_none_or(|known| known == record.producer());
    if record.phase == TransactionPhase::Ongoing {
        return if is_current {
            Ok(Step::Fence(fence(record, now_ms)))
        } else {
            Err(TransactionError::Fenced)
        };
    }
    let mut next = TransactionRecord {
        phase: TransactionPhase::Empty,
        timeout: asked.timeout,
        updated_ms: now_ms,
        ..record.clone()
    };
    match asked.known {
        // The answer was lost; nobody else has asked since, or the last epoch would be forgotten.
        Some(known) if !is_current && known.epoch == record.last_epoch => Ok(Step::Known(record.producer())),
        Some(_) if !is_current => Err(TransactionError::Fenced),
        known => {
            next.last_epoch = known.map_or(NO_EPOCH, |_| record.epoch);
            if record.epoch >= EPOCH_MAX {
                let Some(fresh) = fresh else { return Ok(Step::NeedsId) };
                next.previous_producer_id = record.producer_id;
                next.producer_id = fresh;
                next.epoch = 0;
            } else {
                next.previous_producer_id = NONE;
                next.epoch += 1;
            }
            Ok(store(next))
        }
    }
}

/// Whether the producer may write in a transaction of its own now; and whether one is open.
pub(super) fn check(record: &TransactionRecord, claim: Claim) -> Result<bool, TransactionError> {
    if record.producer_id != claim.id {
        return Err(TransactionError::UnknownProducer);
    }
    if record.epoch != claim.epoch {
        return Err(TransactionError::Fenced);
    }
    if record.phase.is_prepared() {
        return Err(TransactionError::Concurrent);
    }
    Ok(record.phase == TransactionPhase::Ongoing)
}

/// A producer ends its transaction. `renews` says that it gets another epoch with that.
pub(super) fn end(
    record: &TransactionRecord,
    claim: Claim,
    outcome: Outcome,
    renews: bool,
    now_ms: i64,
    fresh: Option<i64>,
) -> Result<Step, TransactionError> {
    let is_ending = record.phase.is_prepared();
    let has_ended =
        matches!(record.phase, TransactionPhase::CompleteCommit | TransactionPhase::CompleteAbort);
    // A request whose answer was lost names the epoch of before.
    let is_repeated = renews
        && (is_ending || has_ended)
        && claim.epoch == record.last_epoch
        && match claim.id == record.producer_id {
            true => claim.epoch.checked_add(1) == Some(record.epoch),
            false => claim.id == record.previous_producer_id && claim.epoch == EPOCH_MAX && record.epoch == 0,
        };
    if claim.id != record.producer_id && !is_repeated {
        return Err(TransactionError::UnknownProducer);
    }
    if claim.epoch != record.epoch && !is_repeated {
        return Err(TransactionError::Fenced);
    }
    let is_same = record.phase == outcome.prepared() || record.phase == outcome.complete();
    // With an epoch for each transaction, the present one has not ended anything yet.
    let is_answered = is_repeated || !renews;
    match record.phase {
        TransactionPhase::Ongoing => prepare(record, outcome, renews, now_ms, fresh),
        _ if is_ending && (is_same || !is_answered) => Err(TransactionError::Concurrent),
        _ if has_ended && is_same && is_answered => Ok(Step::Known(record.producer())),
        // Nothing was written in it yet, and the producer cannot know that.
        _ if !is_ending && renews && !is_repeated && outcome == Outcome::Abort => {
            prepare(record, outcome, renews, now_ms, fresh)
        }
        _ => Err(TransactionError::InvalidState),
    }
}

/// Decides how a transaction ends. One that nothing has entered is complete with that.
fn prepare(
    record: &TransactionRecord,
    outcome: Outcome,
    renews: bool,
    now_ms: i64,
    fresh: Option<i64>,
) -> Result<Step, TransactionError> {
    let mut next = TransactionRecord { phase: outcome.prepared(), updated_ms: now_ms, ..record.clone() };
    if renews {
        next.last_epoch = record.epoch;
        next.epoch = record.epoch.saturating_add(1);
        if record.epoch >= EPOCH_MAX {
            let Some(fresh) = fresh else { return Ok(Step::NeedsId) };
            next.next_producer_id = fresh;
        }
    }
    let producer = complete(&next, now_ms).producer();
    if next.partitions.is_empty() && next.groups.is_empty() {
        next = complete(&next, now_ms);
    }
    Ok(Step::Store(next, producer))
}

/// Aborts a transaction, and shuts its producer out.
pub(super) fn fence(record: &TransactionRecord, now_ms: i64) -> TransactionRecord {
    TransactionRecord {
        phase: TransactionPhase::PrepareAbort,
        epoch: record.epoch.saturating_add(1),
        last_epoch: NO_EPOCH,
        updated_ms: now_ms,
        ..record.clone()
    }
}

/// All markers of a transaction are written.
pub(super) fn complete(record: &TransactionRecord, now_ms: i64) -> TransactionRecord {
    let is_commit = record.phase == TransactionPhase::PrepareCommit;
    let outcome = if is_commit { Outcome::Commit } else { Outcome::Abort };
    let mut next = TransactionRecord {
        phase: outcome.complete(),
        started_ms: None,
        updated_ms: now_ms,
        partitions: BTreeSet::new(),
        groups: BTreeSet::new(),
        ..record.clone()
    };
    if record.next_producer_id != NONE {
        next.previous_producer_id = record.producer_id;
        next.producer_id = record.next_producer_id;
        next.next_producer_id = NONE;
        next.epoch = 0;
    }
    next
}

fn store(record: TransactionRecord) -> Step {
    let producer = record.producer();
    Step::Store(record, producer)
}

impl TransactionRecord {
    /// Who has the id.
    pub(super) fn producer(&self) -> Producer {
        Producer { id: self.producer_id, epoch: self.epoch }
    }
}

#[cfg(test)]
#[path = "state_tests.rs"]
mod tests;
