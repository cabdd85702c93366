//! Fetch sessions (KIP-227): what a client reads, remembered from one fetch to the next, so that a fetch says only what
//! has changed, and so does its answer.
//!
//! # Invariants
//!
//! - A session is its user's: whoever else names its id is told that there is none.
//! - It grants nothing. What may be read, and what there is to read, is looked up for every answer.
//! - What sessions hold is counted in bytes before it is held ([`SessionRoom`]), over all clusters of the process, and
//!   a cluster has [`SLOTS`] of them. Where there is no room, fetches are answered without a session.
//! - They live in memory alone. After a restart clients are told that theirs is gone, and begin another.

#[cfg(test)]
mod model_tests;
mod room;
mod session;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use hashbrown::HashMap;
use kafka_wire::ErrorCode;
use machine::random::Random;
use parking_lot::Mutex;

pub(crate) use room::SessionRoom;
pub(crate) use session::{Place, Session, Told, TopicName, Wanted};

use crate::principal::Principal;

/// Sessions of one cluster, as in Kafka.
const SLOTS: usize = 1_000;
/// A session that has not been used for so long gives way to any other; one that is as old gives way to a larger one.
/// As in Kafka.
const STALE_AFTER: Duration = Duration::from_secs(120);

/// The sessions of a cluster.
#[derive(Debug)]
pub(crate) struct FetchSessions {
    slots: Mutex<HashMap<i32, Slot>>,
    slots_max: usize,
    room: SessionRoom,
    random: Random,
    evicted: AtomicU64,
}

/// A session, and what decides whether it may stay.
#[derive(Debug)]
struct Slot {
    session: Arc<Mutex<Session>>,
    owner: Principal,
    partitions: usize,
    begun: Duration,
    used: Duration,
}

/// What sessions a cluster has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FetchSessionCounts {
    /// Sessions now.
    pub sessions: u64,
    /// Partitions in all of them.
    pub partitions: u64,
    /// Sessions that had to make room for others, since the cluster was opened.
    pub evicted: u64,
}

/// What one fetch has changed of what its session reads.
pub(crate) struct Change<'a> {
    /// Partitions that are new, or read otherwise than before.
    pub(crate) wanted: &'a mut dyn Iterator<Item = (TopicName<&'a str>, Wanted)>,
    /// Partitions that are read no more.
    pub(crate) forgotten: &'a mut dyn Iterator<Item = (TopicName<&'a str>, i32)>,
    /// Whether it names topics by their ids, as a session does all its life or never.
    pub(crate) names_ids: bool,
}

/// What a fetch of a session reads.
pub(crate) enum Step {
    /// The session, whose epoch is now this.
    Going(Arc<Mutex<Session>>, i32),
    /// Nothing any more: the session is over.
    Over,
}

impl FetchSessions {
    pub(crate) fn new(room: SessionRoom, random: Random) -> Self {
        Self { slots: Mutex::default(), slots_max: SLOTS, room, random, evicted: AtomicU64::new(0) }
    }

    /// Begins a session with what a whole fetch has read and told, if there is room for it. Returns its id.
    pub(crate) fn begin<'a>(
        &self,
        owner: &Principal,
        names_ids: bool,
        read: impl Iterator<Item = (TopicName<&'a str>, Wanted, Told)>,
        now: Duration,
    ) -> Option<i32> {
        let mut session = Session::new(names_ids, &self.room);
        for (topic, wanted, told) in read {
            while !session.put(topic, wanted.clone(), Some(told)) {
                let mut slots = self.slots.lock();
                if !self.evict(&mut slots, session.len(), now) {
                    return None;
                }
            }
        }
        let partitions = session.len();
        let mut slots = self.slots.lock();
        while slots.len() >= self.slots_max {
            if !self.evict(&mut slots, partitions, now) {
                return None;
            }
        }
        let id = loop {
            let mut bytes = [0; 4];
            self.random.fill(&mut bytes);
            let id = i32::from_le_bytes(bytes) & i32::MAX;
            if id != 0 && !slots.contains_key(&id) {
                break id;
            }
        };
        let session = Arc::new(Mutex::new(session));
        slots.insert(id, Slot { session, owner: owner.clone(), partitions, begun: now, used: now });
        Some(id)
    }

    /// Takes the next step of a session: notes what has changed, and moves its epoch on.
    pub(crate) fn step(
        &self,
        id: i32,
        epoch: i32,
        owner: &Principal,
        change: &mut Change<'_>,
        now: Duration,
    ) -> Result<Step, ErrorCode> {
        let session = {
            let slots = self.slots.lock();
            let slot = slots.get(&id).filter(|slot| slot.owner == *owner);
            slot.ok_or(ErrorCode::FETCH_SESSION_ID_NOT_FOUND)?.session.clone()
        };
        let mut held = session.lock();
        if held.epoch() != epoch {
            return Err(ErrorCode::INVALID_FETCH_SESSION_EPOCH);
        }
        if held.names_ids() != change.names_ids {
            return Err(ErrorCode::FETCH_SESSION_TOPIC_ID_ERROR);
        }
        let fits = held.change(change);
        let partitions = held.len();
        if !fits || partitions == 0 {
            drop(held);
            self.end(id, owner);
            // Without room the client begins again, and goes without a session if there is still none then.
            return if fits { Ok(Step::Over) } else { Err(ErrorCode::FETCH_SESSION_ID_NOT_FOUND) };
        }
        let epoch = held.advance();
        drop(held);
        // It may have been ended in between; then this is its last step.
        if let Some(slot) = self.slots.lock().get_mut(&id) {
            (slot.partitions, slot.used) = (partitions, now);
        }
        Ok(Step::Going(session, epoch))
    }

    /// Ends a session, if there is one of this id and this user.
    pub(crate) fn end(&self, id: i32, owner: &Principal) {
        let mut slots = self.slots.lock();
        if slots.get(&id).is_some_and(|slot| slot.owner == *owner) {
            slots.remove(&id);
        }
    }

    /// Ends the sessions that have not been used for long, so that they hold no memory that nobody asks for.
    pub(crate) fn expire(&self, now: Duration) {
        let mut slots = self.slots.lock();
        let before = slots.len();
        slots.retain(|_, slot| !is_long(slot.used, now));
        self.evicted.fetch_add((before - slots.len()) as u64, Ordering::Relaxed);
        slots.shrink_to_fit();
    }

    /// How many there are.
    pub(crate) fn counts(&self) -> FetchSessionCounts {
        let slots = self.slots.lock();
        FetchSessionCounts {
            sessions: slots.len() as u64,
            partitions: slots.values().map(|slot| slot.partitions as u64).sum(),
            evicted: self.evicted.load(Ordering::Relaxed),
        }
    }

    /// Ends one session to make room for another of so many partitions, if one must give way to it.
    fn evict(&self, slots: &mut HashMap<i32, Slot>, partitions: usize, now: Duration) -> bool {
        let stale =
            slots.iter().filter(|(_, slot)| is_long(slot.used, now)).min_by_key(|(_, slot)| slot.used);
        let smallest = || {
            let old = slots.iter().filter(|(_, slot)| is_long(slot.begun, now));
            let smaller = old.filter(|(_, slot)| slot.partitions < partitions);
            smaller.min_by_key(|(id, slot)| (slot.partitions, **id))
        };
        let Some(id) = stale.or_else(smallest).map(|(id, _)| *id) else { return false };
        slots.remove(&id);
        self.evicted.fetch_add(1, Ordering::Relaxed);
        true
    }
}

fn is_long(since: Duration, now: Duration) -> bool {
    now.saturating_sub(since) > STALE_AFTER
}
