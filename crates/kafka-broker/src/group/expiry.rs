//! Forgetting offsets that nobody has used for long, and groups of which nothing is left.

use std::sync::Arc;

use super::groups::{Group, Groups, Live};
use crate::meta::Record;
use crate::now::Now;

impl Groups {
    /// Looks over all groups, unless the clock cannot be trusted.
    pub(super) fn offsets_expire(&self) {
        let now = self.now();
        if !self.retention.lock().trusts(now) {
            return;
        }
        for group in self.all() {
            let mut live = group.live.lock();
            if !live.gone {
                self.group_expire(&group, &mut live, now);
            }
        }
    }

    fn group_expire(&self, group: &Arc<Group>, live: &mut Live, now: Now) {
        // What is under way is not seen yet: a commit must not be deleted for being old, nor a group for being
        // unknown.
        if !self.store.is_applied(live.appended) {
            return;
        }
        let retention_ms = i64::try_from(self.offsets_retention.lock().as_millis()).unwrap_or(i64::MAX);
        let expiry = live.state.expiry();
        let (expired, kept, is_stored) = self.store.read(|state| {
            let Some(facts) = state.group(&group.name) else { return (Vec::new(), 0, false) };
            let topics = state.topics();
            let mut expired = Vec::new();
            // A group that a transaction is to commit offsets for is not forgotten meanwhile.
            let mut kept = usize::from(facts.has_pending());
            for (topic, partition, offset) in facts.offsets.iter() {
                let name = topics.of_id(topic).map_or("", |topic| &*topic.name);
                let awaits = facts.is_unstable(topic, partition);
                if !awaits && expiry.has_passed(name, offset, retention_ms, now.wall_ms) {
                    expired.push((topic, partition));
                } else {
                    kept += 1;
                }
            }
            (expired, kept, true)
        });
        let record = if live.state.is_vacant() && kept == 0 {
            if !is_stored {
                return self.remove(group, live);
            }
            Record::GroupDeleted { group: group.name.clone() }
        } else if expired.is_empty() {
            return;
        } else {
            Record::OffsetsDeleted { group: group.name.clone(), partitions: expired }
        };
        let gone = matches!(record, Record::GroupDeleted { .. });
        match self.store.append(vec![record]) {
            Ok(_position) if gone => self.remove(group, live),
            Ok(_position) => {}
            // The next round finds them again.
            Err(error) => tracing::warn!(group = %group.name, %error, "expired offsets stay"),
        }
    }
}
