//! What administrators ask for: which transactional ids there are, and how they stand. All of it is durable.

use std::sync::Arc;

use super::coordinator::Transactions;
use super::request::ListFilter;
use crate::meta::TransactionRecord;

impl Transactions {
    /// How an id stands; none when nobody has it.
    pub(crate) fn describe(&self, id: &str) -> Option<Arc<TransactionRecord>> {
        self.store.read(|state| state.transaction(id).cloned())
    }

    /// The ids that fit, in order.
    pub(crate) fn list(&self, filter: &ListFilter) -> Vec<Arc<TransactionRecord>> {
        let now_ms = self.clock.now_ms();
        let fits = |record: &&Arc<TransactionRecord>| filter.admits(record, now_ms);
        let mut found: Vec<_> = self.store.read(|state| state.transactions().filter(fits).cloned().collect());
        found.sort_unstable_by(|one, other| one.id.cmp(&other.id));
        found
    }
}

impl ListFilter {
    fn admits(&self, record: &TransactionRecord, now_ms: i64) -> bool {
        let in_phase = self.phases.as_ref().is_none_or(|phases| phases.contains(&record.phase));
        let of_producer = self.producers.is_empty() || self.producers.contains(&record.producer_id);
        let is_long = self.open_for.is_none_or(|duration| {
            let open_ms = record.started_ms.map(|started_ms| now_ms.saturating_sub(started_ms));
            open_ms.is_some_and(|open_ms| u128::try_from(open_ms).is_ok_and(|ms| ms > duration.as_millis()))
        });
        in_phase && of_producer && is_long
    }
}
