//! Transactions end: because their producer says so, because another takes over, or because one has been open for
//! too long.

use std::sync::Arc;

use tokio::task::JoinHandle;

use super::TransactionError;
use super::coordinator::{Entry, Live, Transactions};
use super::request::{Claim, Outcome, Producer};
use super::state::{self, Step};
use crate::meta::{Position, TransactionPhase};

/// Somebody who writes markers. Tells whether the outcome is durable, once they are written or cannot be.
pub(super) type Carrying = JoinHandle<Result<(), TransactionError>>;

/// What is left to do for a producer that ends its transaction.
enum Then {
    Answer(Producer, Position),
    /// It is decided; its markers are being written.
    Wait(Producer, Option<Carrying>),
    Fresh,
}

impl Transactions {
    /// Ends the producer's transaction; with `renews` it gets another epoch for the next. The outcome is durable
    /// when this returns, and the markers are written, unless a partition cannot take its own now.
    pub(crate) async fn end(
        &self,
        id: &str,
        claim: Claim,
        outcome: Outcome,
        renews: bool,
    ) -> Result<Producer, TransactionError> {
        let mut fresh = None;
        loop {
            let then = self.at(id, |entry, live, now| {
                let record = live.record.as_ref().ok_or(TransactionError::UnknownProducer)?;
                Ok(match state::end(record, claim, outcome, renews, now.wall_ms, fresh)? {
                    Step::NeedsId => Then::Fresh,
                    Step::Known(producer) => Then::Answer(producer, live.appended),
                    Step::Store(record, producer) => {
                        self.record(entry, live, record)?;
                        match self.carry_out(entry, live) {
                            None => Then::Answer(producer, live.appended),
                            carrying => Then::Wait(producer, carrying),
                        }
                    }
                    Step::Fence(record) => {
                        self.record(entry, live, record)?;
                        Then::Wait(claim, self.carry_out(entry, live))
                    }
                })
            })?;
            match then {
                Then::Fresh => fresh = Some(self.fresh(id).await?),
                Then::Answer(producer, position) => {
                    self.durable(id, position).await?;
                    return Ok(producer);
                }
                Then::Wait(producer, carrying) => {
                    carried(carrying).await?;
                    return Ok(producer);
                }
            }
        }
    }

    /// Carries out what was decided before the process ended; what cannot be is tried again and again.
    pub(crate) async fn resume(&self) {
        let carrying: Vec<_> =
            self.all().iter().map(|entry| self.carry_out(entry, &mut entry.live.lock())).collect();
        for one in carrying {
            // It has told the log what is wrong.
            let _outcome = carried(one).await;
        }
    }

    /// The alarm has gone off: a transaction has been open for too long, or its markers are to be tried again.
    pub(super) fn overdue(&self, entry: &Arc<Entry>, live: &mut Live) {
        let open = live.record.as_ref().filter(|record| record.phase == TransactionPhase::Ongoing);
        if let Some(record) = open {
            tracing::info!(id = %entry.id, producer = record.producer_id, "a transaction was open for too long");
            let fenced = state::fence(record, self.clock.now_ms());
            if self.record(entry, live, fenced).is_err() {
                return self.retry_later(entry, live);
            }
        }
        let _carrying = self.carry_out(entry, live);
    }

    /// Has somebody write the markers of a transaction that is decided, and note that they are written. It goes
    /// on when nobody waits for it. None when there is nothing to write, or the broker is stopping.
    pub(super) fn carry_out(&self, entry: &Arc<Entry>, live: &mut Live) -> Option<Carrying> {
        let is_prepared = live.record.as_ref().is_some_and(|record| record.phase.is_prepared());
        if !is_prepared || live.is_ending {
            return None;
        }
        let (this, entry) = (self.this.upgrade()?, entry.clone());
        let turn = self.ending.clone().try_read_owned().ok()?;
        live.is_ending = true;
        Some(tokio::spawn(async move {
            let outcome = this.conclude(&entry).await;
            drop(turn);
            outcome
        }))
    }

    async fn conclude(&self, entry: &Arc<Entry>) -> Result<(), TransactionError> {
        let (record, marked, position) = {
            let live = entry.live.lock();
            let record = live.record.clone().ok_or(TransactionError::UnknownProducer)?;
            (record, live.marked.clone(), live.appended)
        };
        // Nobody may see how it ends before a restart would see the same.
        let decided = self.durable(&entry.id, position).await;
        let written = match decided {
            Ok(()) => self.markers_write(&record, marked).await,
            Err(_) => marked,
        };
        let completed = {
            let mut live = entry.live.lock();
            live.is_ending = false;
            let is_complete = written.is_superset(&record.partitions);
            live.marked = written;
            let complete = state::complete(&record, self.clock.now_ms());
            if decided.is_ok() && is_complete && self.record(entry, &mut live, complete).is_ok() {
                live.marked.clear();
                Some(live.appended)
            } else {
                self.retry_later(entry, &mut live);
                None
            }
        };
        if let Some(position) = completed {
            // Should that fail, the next start does it again.
            let _outcome = self.durable(&entry.id, position).await;
        }
        decided
    }

    fn retry_later(&self, entry: &Entry, live: &mut Live) {
        if self.store.failed().is_some() {
            // Only a restart helps, which does it by itself.
            return;
        }
        let wake = self.clock.elapsed().saturating_add(self.settings.marker_retry);
        self.alarm_move(entry, live, Some(wake));
    }
}

/// Waits for somebody who writes markers.
pub(super) async fn carried(carrying: Option<Carrying>) -> Result<(), TransactionError> {
    match carrying {
        Some(carrying) => carrying.await.unwrap_or(Err(TransactionError::NotAvailable)),
        None => Err(TransactionError::NotAvailable),
    }
}
