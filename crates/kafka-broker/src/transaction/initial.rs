//! Producers get their identities.

use std::sync::Arc;
use std::time::Duration;

use super::TransactionError;
use super::coordinator::{Transactions, unavailable};
use super::ending::{Carrying, carried};
use super::request::{Initial, Producer};
use super::state::{self, Step};
use crate::meta::Position;

/// What is left to do for a producer.
enum Then {
    Answer(Producer, Position),
    /// A transaction stands in the way, and is being ended.
    Wait(Option<Carrying>),
    Fresh,
}

impl Transactions {
    /// Gives a producer the transactional id: with a new epoch, so that nobody else who has had it is listened
    /// to. A transaction that is open is aborted first; the producer is told to ask again, by which time it is.
    pub(crate) async fn initial(&self, id: &str, asked: Initial) -> Result<Producer, TransactionError> {
        if asked.timeout == Duration::ZERO || asked.timeout > self.settings.timeout_max {
            return Err(TransactionError::InvalidTimeout);
        }
        let id: Arc<str> = id.into();
        let mut fresh = None;
        loop {
            let then = self.at_made(&id, |entry, live, now| {
                let step = state::initial(live.record.as_ref(), &id, asked, now.wall_ms, fresh)?;
                Ok(match step {
                    Step::NeedsId => Then::Fresh,
                    Step::Known(producer) => Then::Answer(producer, live.appended),
                    Step::Store(record, producer) => {
                        self.record(entry, live, record)?;
                        Then::Answer(producer, live.appended)
                    }
                    Step::Fence(record) => {
                        self.record(entry, live, record)?;
                        Then::Wait(self.carry_out(entry, live))
                    }
                })
            })?;
            match then {
                Then::Answer(producer, position) => {
                    self.durable(&id, position).await?;
                    return Ok(producer);
                }
                Then::Wait(carrying) => {
                    carried(carrying).await?;
                    return Err(TransactionError::Concurrent);
                }
                Then::Fresh => fresh = Some(self.fresh(&id).await?),
            }
        }
    }

    /// A producer id that nobody has had.
    pub(super) async fn fresh(&self, id: &str) -> Result<i64, TransactionError> {
        self.store.producer_id_next().await.map_err(|error| unavailable(id, &error))
    }
}
