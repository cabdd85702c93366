//! Writing in a transaction: who is admitted to it appends under its lock, so that nothing is in a partition that
//! will not get the transaction's marker.

use std::sync::Arc;

use uuid::Uuid;

use super::TransactionError;
use super::coordinator::{Entry, Transactions};
use super::request::Claim;
use super::state;
use crate::log::{AppendError, Appended, BatchInfo};
use crate::meta::{Committed, Position, TransactionRecord, transaction_commit_records};

/// Leave to write in one transaction, as long as it is open. Everything that had entered when it was given has
/// done so durably.
pub(crate) struct Admission {
    entry: Arc<Entry>,
    claim: Claim,
    serial: u64,
}

/// What wants to be written in a transaction.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Wanted<'a> {
    /// Records in these partitions.
    Partitions(&'a [(Uuid, i32)]),
    /// Offsets of this group.
    Group(&'a Arc<str>),
}

/// A batch was not appended.
#[derive(Debug)]
pub(crate) enum Refusal {
    Transaction(TransactionError),
    Append(AppendError),
}

impl Transactions {
    /// Admits a producer to its open transaction. Where it `enters` by writing, what it wants to write enters the
    /// transaction first, and begins it if need be.
    pub(crate) async fn admit(
        &self,
        id: &str,
        claim: Claim,
        wanted: Wanted<'_>,
        enters: bool,
    ) -> Result<Admission, TransactionError> {
        let (admission, position) = self.at(id, |entry, live, now| {
            if enters {
                let (partitions, group) = match wanted {
                    Wanted::Partitions(partitions) => (partitions, None),
                    Wanted::Group(group) => (&[][..], Some(group)),
                };
                self.enter(live, claim, partitions, group, now.wall_ms)?;
            } else {
                let record = live.record.as_ref().ok_or(TransactionError::UnknownProducer)?;
                if !state::check(record, claim)? {
                    return Err(TransactionError::NotEntered);
                }
            }
            Ok((Admission { entry: entry.clone(), claim, serial: live.serial }, live.appended))
        })?;
        self.durable(id, position).await?;
        Ok(admission)
    }

    /// Whether a partition has entered the producer's open transaction.
    pub(crate) fn partition_check(
        &self,
        id: &str,
        claim: Claim,
        partition: (Uuid, i32),
    ) -> Result<(), TransactionError> {
        self.at(id, |_, live, _| {
            let record = live.record.as_ref().ok_or(TransactionError::UnknownProducer)?;
            let is_in = state::check(record, claim)? && record.partitions.contains(&partition);
            if is_in { Ok(()) } else { Err(TransactionError::NotEntered) }
        })
    }

    /// Keeps offsets of a group until the transaction ends. Tells when they are durable.
    pub(crate) fn offsets_append(
        &self,
        admission: &Admission,
        group: &Arc<str>,
        commits: Vec<Committed>,
    ) -> Result<Position, TransactionError> {
        let mut live = admission.entry.live.lock();
        admission.open(live.serial, live.record.as_ref(), |record| record.groups.contains(group))?;
        let id = &admission.entry.id;
        self.append(&mut live, id, transaction_commit_records(id, group, commits))?;
        Ok(live.appended)
    }
}

impl Admission {
    /// Appends a batch to a partition, if that has entered the transaction, and this is still open.
    pub(crate) fn append(
        &self,
        partition: (Uuid, i32),
        batch: &[u8],
        append: impl FnOnce() -> Result<Appended, AppendError>,
    ) -> Result<Appended, Refusal> {
        let live = self.entry.live.lock();
        let is_claims = BatchInfo::read(batch)
            .is_some_and(|info| info.producer_id == self.claim.id && info.producer_epoch == self.claim.epoch);
        if !is_claims {
            // One request is one producer's.
            return Err(Refusal::Transaction(TransactionError::UnknownProducer));
        }
        self.open(live.serial, live.record.as_ref(), |record| record.partitions.contains(&partition))
            .map_err(Refusal::Transaction)?;
        append().map_err(Refusal::Append)
    }

    /// Whether the transaction is still open, and this has entered it.
    fn open(
        &self,
        serial: u64,
        record: Option<&TransactionRecord>,
        has_entered: impl Fn(&TransactionRecord) -> bool,
    ) -> Result<(), TransactionError> {
        let record = record.ok_or(TransactionError::UnknownProducer)?;
        let is_open = state::check(record, self.claim)? && serial == self.serial;
        if is_open && has_entered(record) { Ok(()) } else { Err(TransactionError::NotEntered) }
    }
}
