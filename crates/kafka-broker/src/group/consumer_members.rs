//! What members of the newer protocol ask for: one request that is everything to them, and their offsets.

use std::sync::Arc;

use super::GroupError;
use super::consumer::{Beat, Heartbeat, Surroundings};
use super::groups::{Groups, Live, group_name_check};

impl Groups {
    /// A member joins, stays or leaves. The answer comes when what it says is durable. `may_know` says of which
    /// topics the member may know; an expression stands for no others.
    pub async fn consumer_heartbeat(
        &self,
        group: &Arc<str>,
        beat: &Heartbeat<'_>,
        may_know: &(dyn Fn(&str) -> bool + Sync),
    ) -> Result<Beat, GroupError> {
        group_name_check(group)?;
        beat.check()?;
        let joins = beat.joins();
        let event = |live: &mut Live, now| {
            let topics = self.store.topics();
            let around = Surroundings { topics: &topics, may_know, now };
            let state = match joins {
                true => live.state.consumer_for_join(&self.settings)?,
                false => live.state.consumer_mut().ok_or(GroupError::NotAConsumerGroup)?,
            };
            let fresh = self.random.uuid().to_string().into();
            let beat = state.heartbeat(beat, fresh, &around)?;
            // Nobody is told what is not durable, which another member's request may have left behind.
            if self.save(live) { Ok((beat, live.appended)) } else { Err(GroupError::CoordinatorNotAvailable) }
        };
        let (beat, position) = match joins {
            true => self.at_made(group, event).unwrap_or(Err(GroupError::CoordinatorNotAvailable))?,
            false => self.at(group, event).unwrap_or(Err(GroupError::UnknownMemberId))?,
        };
        self.durable(group, position).await?;
        Ok(beat)
    }

    /// Whether a request for offsets comes from a member of its epoch. Other kinds of groups have no epochs, and
    /// whoever is no member may ask.
    pub fn fetch_check(&self, group: &str, member: Option<&str>, epoch: i32) -> Result<(), GroupError> {
        if member.is_none() && epoch < 0 {
            return Ok(());
        }
        let check = |live: &mut Live, _now| {
            let consumer = live.state.consumer();
            consumer.map_or(Ok(()), |consumer| consumer.fetch_check(member.unwrap_or_default(), epoch))
        };
        self.at(group, check).unwrap_or(Ok(()))
    }

    /// Whether the group's members have epochs.
    pub fn is_consumer_group(&self, group: &str) -> bool {
        self.at(group, |live, _now| live.state.consumer().is_some()).unwrap_or(false)
    }
}
