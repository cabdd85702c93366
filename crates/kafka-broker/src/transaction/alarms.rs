//! What happens by itself: open transactions end in time, markers are tried again, unused ids are forgotten. One task
//! waits for all of it.

use std::sync::{Arc, Weak};
use std::time::Duration;

use machine::clock::Clock;

use super::coordinator::{Entry, Live, Transactions};
use crate::deadlines::Deadlines;
use crate::meta::{TransactionPhase, TransactionRecord};

/// What a deadline is for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Alarm {
    /// A transaction has been open for too long, or its markers are to be tried again.
    Id(Arc<str>),
    /// Unused ids are to be forgotten.
    Expiry,
}

impl Transactions {
    /// Has an open transaction end in time.
    pub(super) fn alarm_set(&self, entry: &Entry, live: &mut Live) {
        let is_open = |record: &&TransactionRecord| record.phase == TransactionPhase::Ongoing;
        if let Some(record) = live.record.as_ref().filter(is_open)
            && live.alarm.is_none()
            && !live.gone
        {
            let wake = self.clock.elapsed().saturating_add(record.timeout);
            self.alarm_move(entry, live, Some(wake));
        }
    }

    /// Moves the alarm.
    pub(super) fn alarm_move(&self, entry: &Entry, live: &mut Live, wake: Option<Duration>) {
        if live.alarm != wake {
            self.deadlines.set(Alarm::Id(entry.id.clone()), live.alarm, wake);
            live.alarm = wake;
        }
    }

    pub(super) fn expiry_schedule(&self) {
        let next = self.clock.elapsed().saturating_add(self.settings.id_expiration_check);
        self.deadlines.set(Alarm::Expiry, None, Some(next));
    }

    fn alarm(&self, alarm: &Alarm) {
        match alarm {
            Alarm::Id(id) => {
                let Some(entry) = self.find(id) else { return };
                let mut live = entry.live.lock();
                // It may have been moved meanwhile.
                if live.alarm.is_some_and(|at| at <= self.clock.elapsed()) {
                    live.alarm = None;
                    self.overdue(&entry, &mut live);
                }
            }
            Alarm::Expiry => {
                self.ids_expire();
                self.expiry_schedule();
            }
        }
    }
}

/// Lets what is due happen, for as long as there is somebody for whom.
pub(super) async fn keep_time(
    transactions: Weak<Transactions>,
    deadlines: Arc<Deadlines<Alarm>>,
    clock: Clock,
) {
    while let Some(due) = deadlines.due(&clock).await {
        let Some(transactions) = transactions.upgrade() else { return };
        due.iter().for_each(|alarm| transactions.alarm(alarm));
    }
}
