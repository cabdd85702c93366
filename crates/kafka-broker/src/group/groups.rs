//! All groups of a cluster: the thin asynchronous shell around the state machines.
//!
//! A request finds its group, takes the group's lock, lets the state machine decide, carries out the effects,
//! and waits, the lock released, for an answer or for durability. Records are appended under the lock, so
//! the journal has a group's facts in the order in which they were decided.
//!
//! Locks are taken in this order: one group, then the registry or the store. Nobody holds two groups.

use std::fmt;
use std::sync::{Arc, Weak};
use std::time::Duration;

use hashbrown::HashMap;
use machine::clock::Clock;
use machine::random::Random;
use parking_lot::{Mutex, RwLock};
use tokio::sync::oneshot;

use super::any::AnyGroup;
use super::request::{JoinRefused, Joined, Synced};
use super::state::{Effect, StoreId, Ticket};
use super::{GroupError, GroupSettings};
use crate::deadlines::Deadlines;
use crate::meta::{Position, Record, Store, change_records};
use crate::now::Now;
use crate::now::RetentionHold;

/// Longest group name: what the older encodings can carry.
pub(super) const GROUP_NAME_MAX: usize = i16::MAX as usize;

/// The group coordinator of one cluster. Its requests must be made on a runtime.
pub struct Groups {
    this: Weak<Self>,
    pub(super) store: Arc<Store>,
    pub(super) settings: Arc<GroupSettings>,
    /// How long offsets outlive their group's last use; as the settings say until it is set otherwise.
    pub(super) offsets_retention: Mutex<Duration>,
    pub(super) clock: Clock,
    pub(super) random: Random,
    pub(super) retention: Mutex<RetentionHold>,
    registry: RwLock<Registry>,
    deadlines: Arc<Deadlines<Alarm>>,
}

/// What a deadline is for.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Alarm {
    /// Something in this group.
    Group(Arc<str>),
    /// Offsets are to be looked over.
    Expiry,
}

#[derive(Default)]
struct Registry {
    groups: HashMap<Arc<str>, Arc<Group>>,
    closed: bool,
}

/// A group and who waits for it.
pub(super) struct Group {
    pub(super) name: Arc<str>,
    pub(super) live: Mutex<Live>,
}

/// What a group's lock guards.
pub(super) struct Live {
    pub(super) state: AnyGroup,
    /// Up to where the group's own records are in the journal.
    pub(super) appended: Position,
    parked: HashMap<Ticket, Parked>,
    tickets: u64,
    /// Where the group's alarm is set.
    alarm: Option<Duration>,
    /// It is no longer in the registry: whoever asks means the group that has its name now.
    pub(super) gone: bool,
}

/// The other end of a request that waits.
pub(super) enum Parked {
    Join(oneshot::Sender<Result<Joined, JoinRefused>>),
    Sync(oneshot::Sender<Result<Synced, GroupError>>),
}

impl Groups {
    /// Takes up the groups of the store where they were. Members have a whole session to be heard of.
    ///
    /// Must be called on a runtime: the timers of all groups are one task on it, which ends with the last
    /// handle to what this returns.
    pub fn open(store: Arc<Store>, settings: GroupSettings, clock: Clock, random: Random) -> Arc<Self> {
        let settings = Arc::new(settings);
        let now = Now::of(&clock);
        let states: Vec<_> = store.read(|state| {
            let topics = state.topics();
            let restored = state
                .groups()
                .map(|(name, facts)| AnyGroup::restored(name, facts, settings.clone(), &topics, now));
            restored.map(Group::new).collect()
        });
        let groups = Arc::new_cyclic(|this| Self {
            this: this.clone(),
            retention: Mutex::new(RetentionHold::new(store.last_seen_ms(), now)),
            store,
            offsets_retention: Mutex::new(settings.offsets_retention),
            settings,
            clock: clock.clone(),
            random,
            registry: RwLock::default(),
            deadlines: Arc::default(),
        });
        for group in states {
            groups.alarm_set(&group, &mut group.live.lock());
            groups.registry.write().groups.insert(group.name.clone(), group);
        }
        groups.expiry_schedule();
        tokio::spawn(keep_time(groups.this.clone(), groups.deadlines.clone(), clock));
        groups
    }

    /// From the next round on, offsets outlive their group's last use by so much.
    pub fn offsets_retention_set(&self, retention: Duration) {
        *self.offsets_retention.lock() = retention;
    }

    /// Answers everybody who waits and refuses everything from now on. What was appended is still to become
    /// durable: see [`Store::settled`].
    pub fn close(&self) {
        self.registry.write().closed = true;
        for group in self.all() {
            let mut live = group.live.lock();
            live.state.close();
            self.carry_out(&group, &mut live);
        }
        self.deadlines.close();
    }

    // What the requests share.

    /// Lets an event happen in a group that exists. None when it does not.
    pub(super) fn at<T>(&self, name: &str, event: impl FnOnce(&mut Live, Now) -> T) -> Option<T> {
        self.event(|| self.find(name), event)
    }

    /// Lets an event happen in a group that is made for it if need be. None when the coordinator is closing.
    pub(super) fn at_made<T>(&self, name: &Arc<str>, event: impl FnOnce(&mut Live, Now) -> T) -> Option<T> {
        self.event(|| self.find_or_make(name), event)
    }

    fn event<T>(
        &self,
        find: impl Fn() -> Option<Arc<Group>>,
        event: impl FnOnce(&mut Live, Now) -> T,
    ) -> Option<T> {
        loop {
            let group = find()?;
            let mut live = group.live.lock();
            if live.gone {
                continue;
            }
            let outcome = event(&mut live, self.now());
            self.carry_out(&group, &mut live);
            self.discard_if_unused(&group, &mut live);
            return Some(outcome);
        }
    }

    pub(super) fn now(&self) -> Now {
        Now::of(&self.clock)
    }

    pub(super) fn all(&self) -> Vec<Arc<Group>> {
        self.registry.read().groups.values().cloned().collect()
    }

    pub(super) fn find(&self, name: &str) -> Option<Arc<Group>> {
        self.registry.read().groups.get(name).cloned()
    }

    /// Ends a group of which nothing is left. Its lock is held, so nobody is in the middle of anything.
    pub(super) fn remove(&self, group: &Arc<Group>, live: &mut Live) {
        live.state.close();
        self.carry_out(group, live);
        live.gone = true;
        self.registry.write().groups.remove(&group.name);
    }

    fn find_or_make(&self, name: &Arc<str>) -> Option<Arc<Group>> {
        if let Some(group) = self.registry.read().groups.get(name) {
            return Some(group.clone());
        }
        let mut registry = self.registry.write();
        if registry.closed {
            return None;
        }
        let made = || Group::new(AnyGroup::new(name.clone(), self.settings.clone(), self.now()));
        Some(registry.groups.entry(name.clone()).or_insert_with(made).clone())
    }

    /// A request can bring a group into being and then be refused, or its member may never come back.
    fn discard_if_unused(&self, group: &Arc<Group>, live: &mut Live) {
        let unused =
            live.state.is_vacant() && live.state.is_unstarted() && live.appended == Position::default();
        if unused && self.store.read(|state| state.group(&group.name).is_none()) {
            self.remove(group, live);
        }
    }

    /// Does what an event wants done, and sets the alarm for the next one.
    pub(super) fn carry_out(&self, group: &Arc<Group>, live: &mut Live) {
        loop {
            let effects = live.state.effects_take();
            if effects.is_empty() {
                break;
            }
            for effect in effects {
                match effect {
                    Effect::Joined(ticket, answer) => {
                        if let Some(Parked::Join(waiting)) = live.parked.remove(&ticket) {
                            // The client may have gone away.
                            let _ = waiting.send(answer);
                        }
                    }
                    Effect::Synced(ticket, answer) => {
                        if let Some(Parked::Sync(waiting)) = live.parked.remove(&ticket) {
                            let _ = waiting.send(answer);
                        }
                    }
                    Effect::Store(id, record) => match self.store.append(vec![Record::GroupStored(record)]) {
                        Ok(position) => {
                            live.appended = position;
                            self.report_stored(group, id, position);
                        }
                        Err(error) => {
                            tracing::warn!(group = %group.name, %error, "a group's members are not recorded");
                            live.state.stored(id, false, self.now());
                        }
                    },
                }
            }
        }
        self.save(live);
        self.alarm_set(group, live);
    }

    /// Appends what a group of the newer protocol has not told the journal yet. False when that cannot be done
    /// now; it stays to be done.
    pub(super) fn save(&self, live: &mut Live) -> bool {
        let Some(group) = live.state.consumer_mut() else { return true };
        let Some(change) = group.unsaved() else { return true };
        match self.store.append(change_records(change)) {
            Ok(position) => {
                group.saved();
                live.appended = position;
                true
            }
            Err(error) => {
                tracing::warn!(group = %group.name(), %error, "a change of a group is not recorded");
                false
            }
        }
    }

    /// Tells the group when its record is durable. A task of its own, once a rebalance: the request that
    /// led here may go away while all the other members wait.
    fn report_stored(&self, group: &Arc<Group>, id: StoreId, position: Position) {
        let (this, group) = (self.this.clone(), group.clone());
        let store = self.store.clone();
        tokio::spawn(async move {
            let outcome = store.applied(position).await;
            if let Err(error) = &outcome {
                tracing::error!(group = %group.name, %error, "a group's members may not be recorded");
            }
            let Some(groups) = this.upgrade() else { return };
            let mut live = group.live.lock();
            live.state.stored(id, outcome.is_ok(), groups.now());
            groups.carry_out(&group, &mut live);
        });
    }

    fn alarm_set(&self, group: &Arc<Group>, live: &mut Live) {
        let wake = live.state.wake();
        if live.alarm != wake {
            self.deadlines.set(Alarm::Group(group.name.clone()), live.alarm, wake);
            live.alarm = wake;
        }
    }

    fn expiry_schedule(&self) {
        let next = self.clock.elapsed().saturating_add(self.settings.offsets_retention_check);
        self.deadlines.set(Alarm::Expiry, None, Some(next));
    }

    fn alarm(&self, alarm: &Alarm) {
        match alarm {
            Alarm::Group(name) => {
                self.at(name, |live, now| {
                    live.alarm = live.alarm.filter(|at| *at > now.elapsed);
                    live.state.tick(&self.store.topics(), now);
                });
            }
            Alarm::Expiry => {
                self.offsets_expire();
                self.expiry_schedule();
            }
        }
    }
}

impl Drop for Groups {
    fn drop(&mut self) {
        self.deadlines.close();
    }
}

impl fmt::Debug for Groups {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Groups({} of {:?})", self.registry.read().groups.len(), self.store)
    }
}

impl Group {
    fn new(state: AnyGroup) -> Arc<Self> {
        let live = Live {
            appended: Position::default(),
            parked: HashMap::new(),
            tickets: 0,
            alarm: None,
            gone: false,
            state,
        };
        Arc::new(Self { name: live.state.name(), live: Mutex::new(live) })
    }
}

impl Live {
    /// Keeps the other end of a request until the state machine answers it.
    pub(super) fn park(&mut self, parked: Parked) -> Ticket {
        self.tickets += 1;
        let ticket = Ticket(self.tickets);
        self.parked.insert(ticket, parked);
        ticket
    }
}

/// Whether members can use this name at all.
pub(super) fn group_name_check(name: &str) -> Result<(), GroupError> {
    if name.is_empty() || name.len() > GROUP_NAME_MAX { Err(GroupError::InvalidGroupId) } else { Ok(()) }
}

async fn keep_time(groups: Weak<Groups>, deadlines: Arc<Deadlines<Alarm>>, clock: Clock) {
    while let Some(due) = deadlines.due(&clock).await {
        let Some(groups) = groups.upgrade() else { return };
        due.iter().for_each(|alarm| groups.alarm(alarm));
    }
}

#[cfg(test)]
mod tests;
