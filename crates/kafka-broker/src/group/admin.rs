//! What administrators ask for: listing, describing and deleting groups.

use std::sync::Arc;

use super::GroupError;
use super::commits::unavailable;
use super::consumer::{ConsumerDescription, ConsumerGroup};
use super::groups::{Group, Groups};
use super::history::Rebalance;
use super::request::{GroupDescription, GroupListing, ListFilter};
use super::state::GroupState;
use crate::meta::{Record, Topic};

impl Groups {
    /// Groups that have members or offsets, by name.
    pub fn list(&self, filter: &ListFilter) -> Vec<GroupListing> {
        let mut listings: Vec<_> = self
            .all()
            .iter()
            .map(|group| group.live.lock().state.listing())
            .filter(|listing| filter.admits(listing.phase, listing.kind))
            .collect();
        listings.sort_unstable_by(|one, other| one.name.cmp(&other.name));
        listings
    }

    /// All groups with how many members each has, by name.
    pub(crate) fn sizes(&self) -> Vec<(Arc<str>, usize)> {
        let size = |group: &Arc<Group>| (group.name.clone(), group.live.lock().state.size());
        let mut sizes: Vec<_> = self.all().iter().map(size).collect();
        sizes.sort_unstable();
        sizes
    }

    /// The names of groups that have a commit in a topic or members that read it, in order.
    pub fn of_topic(&self, topic: &Topic) -> Vec<String> {
        let uses = |group: &Group| {
            group.live.lock().state.subscribes_to(&topic.name)
                || self.store.read(|state| {
                    state.group(&group.name).is_some_and(|facts| facts.offsets.has_topic(topic.id))
                })
        };
        let groups = self.all();
        let mut names: Vec<_> =
            groups.iter().filter(|group| uses(group)).map(|group| group.name.to_string()).collect();
        names.sort_unstable();
        names
    }

    /// A classic group with its members; none when it is not there, or not classic.
    pub fn describe(&self, group: &str) -> Option<GroupDescription> {
        self.at(group, |live, _now| live.state.classic().map(GroupState::describe)).flatten()
    }

    /// A group of the newer protocol with its members; none when it is not there, or classic.
    pub fn consumer_describe(&self, group: &str) -> Option<ConsumerDescription> {
        self.at(group, |live, _now| live.state.consumer().map(ConsumerGroup::describe)).flatten()
    }

    /// The last rebalances of a group since the process began, the newest first; none when it is not there.
    pub fn rebalances(&self, group: &str) -> Vec<Rebalance> {
        self.at(group, |live, _now| live.state.rebalances()).unwrap_or_default()
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
