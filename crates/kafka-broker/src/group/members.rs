//! What members ask for: joining, assignments, signs of life, leaving.

use std::sync::Arc;

use tokio::sync::oneshot;

use super::GroupError;
use super::any::AnyGroup;
use super::groups::{Groups, Live, Parked, group_name_check};
use super::request::{Claim, JoinRefused, Joined, Joining, Leaving, Synced, Syncing};

/// How much of a client's name for itself goes into a member id.
const ID_PREFIX_MAX: usize = 200;

impl Groups {
    /// A member joins. The answer comes when the next generation begins.
    pub async fn join(&self, join: Joining) -> Result<Joined, JoinRefused> {
        let member = join.member.clone();
        let refuse = |error| JoinRefused { error, member: member.clone() };
        group_name_check(&join.group).map_err(refuse)?;
        let bounds = self.settings.session_timeout_min..=self.settings.session_timeout_max;
        if !bounds.contains(&join.session_timeout) {
            return Err(refuse(GroupError::InvalidSessionTimeout));
        }
        let fresh = self.member_id(&join);
        let (answer, answered) = oneshot::channel();
        let group = join.group.clone();
        let is_new = join.member.is_empty();
        let event = move |live: &mut Live, now| {
            let classic = match is_new {
                // What it was is to be in the journal before what it becomes.
                true if !self.save(live) => Err(GroupError::CoordinatorNotAvailable),
                true => live.state.classic_for_join(&self.settings, now).map(drop),
                false => live.state.classic().map(drop).ok_or(GroupError::UnknownMemberId),
            };
            if let Err(error) = classic {
                // The client may have gone away.
                let _ = answer.send(Err(JoinRefused { error, member: join.member }));
                return;
            }
            let ticket = live.park(Parked::Join(answer));
            if let Some(classic) = live.state.classic_mut() {
                classic.join(ticket, fresh, join, now);
            }
        };
        let found = if is_new { self.at_made(&group, event) } else { self.at(&group, event) };
        match found {
            Some(()) => answered.await.unwrap_or_else(|_| Err(refuse(GroupError::CoordinatorNotAvailable))),
            None if is_new => Err(refuse(GroupError::CoordinatorNotAvailable)),
            None => Err(refuse(GroupError::UnknownMemberId)),
        }
    }

    /// A member asks for its assignment. The answer comes when the leader's assignments are durable.
    pub async fn sync(&self, group: &str, sync: Syncing<'_>) -> Result<Synced, GroupError> {
        group_name_check(group)?;
        let (answer, answered) = oneshot::channel();
        self.at(group, |live, now| {
            live.state.classic()?;
            let ticket = live.park(Parked::Sync(answer));
            live.state.classic_mut()?.sync(ticket, sync, now);
            Some(())
        })
        .flatten()
        .ok_or(GroupError::UnknownMemberId)?;
        answered.await.unwrap_or(Err(GroupError::CoordinatorNotAvailable))
    }

    /// A member is alive.
    pub fn heartbeat(&self, group: &str, claim: Claim<'_>) -> Result<(), GroupError> {
        group_name_check(group)?;
        self.at(group, |live, now| live.state.classic_mut().map(|classic| classic.heartbeat(claim, now)))
            .flatten()
            .unwrap_or(Err(GroupError::UnknownMemberId))
    }

    /// Members leave. One answer each, in order.
    pub fn leave(
        &self,
        group: &str,
        leaving: &[Leaving<'_>],
    ) -> Result<Vec<Result<(), GroupError>>, GroupError> {
        group_name_check(group)?;
        let absent = || Ok(vec![Err(GroupError::UnknownMemberId); leaving.len()]);
        let event = |live: &mut Live, now| match &mut live.state {
            AnyGroup::Classic(classic) => classic.leave(leaving, now),
            AnyGroup::Consumer(consumer) => consumer.expel(leaving, &self.store.topics(), now),
        };
        self.at(group, event).unwrap_or_else(absent)
    }

    /// An id that tells an operator whose it is.
    fn member_id(&self, join: &Joining) -> Arc<str> {
        let whose = join.instance.as_ref().unwrap_or(&join.client_id);
        let prefix = &whose[..whose.floor_char_boundary(ID_PREFIX_MAX)];
        format!("{prefix}-{}", self.random.uuid()).into()
    }
}
