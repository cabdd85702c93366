//! Forgetting transactional ids that nobody has used for long.

use super::coordinator::Transactions;
use crate::meta::{Record, TransactionPhase};
use crate::now::Now;

impl Transactions {
    /// Looks over all ids, unless the clock cannot be trusted.
    pub(super) fn ids_expire(&self) {
        let now = Now::of(&self.clock);
        if self.is_closed() || !self.trust.lock().trusts(now) {
            return;
        }
        let expiration_ms = i64::try_from(self.settings.id_expiration.as_millis()).unwrap_or(i64::MAX);
        for entry in self.all() {
            let mut live = entry.live.lock();
            let is_unused = live.record.as_ref().is_some_and(|record| {
                let is_idle = !record.phase.is_prepared() && record.phase != TransactionPhase::Ongoing;
                is_idle && now.wall_ms.saturating_sub(record.updated_ms) > expiration_ms
            });
            // One whose last change is under way is in use.
            if live.gone || !is_unused || !self.store.is_applied(live.appended) {
                continue;
            }
            let forgotten = Record::TransactionForgotten { id: entry.id.clone() };
            if self.append(&mut live, &entry.id, vec![forgotten]).is_ok() {
                self.remove(&entry, &mut live);
            }
        }
    }
}
