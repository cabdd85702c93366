//! What administrators ask for: listing, describing and deleting groups.

use std::sync::Arc;

use super::GroupError;
use super::commits::unavailable;
use super::groups::Groups;
use super::request::{GroupDescription, GroupKind, GroupListing, ListFilter};
use crate::meta::Record;

impl Groups {
    /// Groups that have members or offsets, by name.
    pub fn list(&self, filter: &ListFilter) -> Vec<GroupListing> {
        let mut listings: Vec<_> = self
            .all()
            .iter()
            .map(|group| group.live.lock().state.listing())
            .filter(|listing| filter.admits(listing.phase, GroupKind::Classic))
            .collect();
        listings.sort_unstable_by(|one, other| one.name.cmp(&other.name));
        listings
    }

    /// A group with its members; none when it is not there.
    pub fn describe(&self, group: &str) -> Option<GroupDescription> {
        self.at(group, |live, _now| live.state.describe())
    }

    /// Deletes a group without members, with its offsets, durably.
    pub async fn delete(&self, group: &Arc<str>) -> Result<(), GroupError> {
        let found = self.find(group).ok_or(GroupError::GroupIdNotFound)?;
        let position = {
            let mut live = found.live.lock();
            if live.gone {
                return Err(GroupError::GroupIdNotFound);
            }
            live.state.delete_check()?;
            let record = Record::GroupDeleted { group: group.clone() };
            let position = self.store.append(vec![record]).map_err(|error| unavailable(group, &error))?;
            self.remove(&found, &mut live);
            position
        };
        self.durable(group, position).await
    }
}
