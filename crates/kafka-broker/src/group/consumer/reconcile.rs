//! How a member gets from what it owns to what it is to own.
//!
//! First it gives up what is no longer meant for it, and keeps its epoch until it has said that it did. Then it
//! is at the group's epoch, and is given what is meant for it as far as nobody else holds it, now and in later
//! heartbeats as others give it up.

use super::group::ConsumerGroup;
use super::request::Heartbeat;
use crate::group::member::MemberId;
use crate::meta::Partitions;
use crate::now::Now;

impl ConsumerGroup {
    /// Takes the member a step further. Whether it may own something else than before.
    pub(super) fn reconcile(&mut self, id: &MemberId, beat: &Heartbeat<'_>, now: Now) -> bool {
        let Some(member) = self.members.get(id) else { return false };
        if member.is_settled(self.epoch) {
            return false;
        }
        let may_hold =
            |partitions: &Partitions| beat.owned.as_ref().is_none_or(|owned| !owned.is_disjoint(partitions));
        let mut epoch = member.epoch;
        if !member.revoking.is_empty() {
            if may_hold(&member.revoking) {
                return false;
            }
            // What it gave up was all that kept it from the next epoch, which may not be the last one.
            epoch += 1;
        }
        let mut assigned = &member.assigned & &member.target;
        let mut revoking = &member.assigned - &member.target;
        if revoking.is_empty() || !may_hold(&revoking) {
            epoch = self.epoch;
            revoking.clear();
            let is_free =
                |partition: &&(_, _)| self.holders.get(*partition).is_none_or(|holder| holder == id);
            assigned.extend(member.target.iter().filter(is_free));
        }
        let has_moved = assigned != member.assigned;
        if !has_moved && revoking == member.revoking && epoch == member.epoch {
            return false;
        }
        if let Some(member) = self.members.get_mut(id) {
            if epoch != member.epoch {
                // It knows the epoch it came with, whatever it was told since.
                member.epoch_before = beat.epoch;
                member.epoch = epoch;
            }
            member.revokes_until = None;
        }
        self.hold(id, assigned, revoking);
        self.revocation_arm(id, now);
        has_moved
    }
}
