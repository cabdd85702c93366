//! What a partition knows of its idempotent and transactional producers: which sequence comes next, which
//! batches were taken already, and which transactions are open.
//!
//! # Invariants
//!
//! - A batch is judged before it is written and remembered after, under the lock of the log, so a producer's
//!   batches are in the log once and in order.
//! - What is remembered follows from the log alone: a restart arrives at the same by reading it again.

use std::collections::BTreeMap;

use hashbrown::HashMap;

use super::batch::{BatchInfo, EndMarker, sequence_minus, sequence_plus};
use super::error::AppendError;
use super::ledger::Place;

/// How many batches of each producer are remembered, as many as a client may have under way.
pub(super) const REMEMBERED: usize = 5;

/// More producers than this are not remembered; the ones silent for longest are forgotten first.
const PRODUCERS_MAX: usize = 20_000;

const NO_EPOCH: i16 = -1;

/// Stands for the segment of a place that is not known yet.
const UNPLACED: i64 = -1;

/// A batch that was taken.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Taken {
    pub(super) last_sequence: i32,
    pub(super) last_offset: i64,
    pub(super) offset_delta: i32,
    /// When it was appended, in milliseconds since 1970.
    pub(super) appended_ms: i64,
}

impl Taken {
    pub(super) fn base_offset(&self) -> i64 {
        self.last_offset - i64::from(self.offset_delta)
    }

    fn first_sequence(&self) -> i32 {
        sequence_minus(self.last_sequence, self.offset_delta)
    }
}

/// The newest batches of a producer, oldest first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Window {
    taken: [Taken; REMEMBERED],
    count: u8,
}

impl Window {
    pub(super) fn batches(&self) -> &[Taken] {
        &self.taken[..usize::from(self.count)]
    }

    pub(super) fn push(&mut self, taken: Taken) {
        if usize::from(self.count) == REMEMBERED {
            self.taken.rotate_left(1);
        } else {
            self.count += 1;
        }
        self.taken[usize::from(self.count) - 1] = taken;
    }

    fn newest(&self) -> Option<&Taken> {
        self.batches().last()
    }
}

/// One producer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Producer {
    pub(super) epoch: i16,
    pub(super) coordinator_epoch: i32,
    pub(super) window: Window,
    /// First offset of its open transaction.
    pub(super) transaction: Option<i64>,
    /// When it was last heard of, in milliseconds since 1970.
    pub(super) seen_ms: i64,
}

impl Producer {
    fn unknown() -> Self {
        Self {
            epoch: NO_EPOCH,
            coordinator_epoch: -1,
            window: Window::default(),
            transaction: None,
            seen_ms: 0,
        }
    }

    /// Its epoch.
    pub fn epoch(&self) -> i16 {
        self.epoch
    }

    /// The sequence of its newest record; -1 when none is remembered.
    pub fn last_sequence(&self) -> i32 {
        self.window.newest().map_or(-1, |taken| taken.last_sequence)
    }

    /// The epoch of the coordinator that wrote its last marker; -1 when there was none.
    pub fn coordinator_epoch(&self) -> i32 {
        self.coordinator_epoch
    }

    /// First offset of its open transaction.
    pub fn transaction_start(&self) -> Option<i64> {
        self.transaction
    }

    /// When it was last heard of, in milliseconds since 1970.
    pub fn seen_ms(&self) -> i64 {
        self.seen_ms
    }
}

/// A transaction that has ended in this partition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Ended {
    pub(super) producer_id: i64,
    /// Its first record.
    pub(super) first_offset: i64,
    /// Its marker.
    pub(super) last_offset: i64,
    /// Before it, no transaction was open any more.
    pub(super) last_stable: i64,
    /// None when the marker does not read: then nobody can say.
    pub(super) is_commit: Option<bool>,
}

/// What to do with a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    Append,
    /// It is in the log already.
    Duplicate(Taken),
}

/// The producers of one partition.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Producers {
    known: HashMap<i64, Producer>,
    /// Where open transactions begin, by their first offset.
    open: BTreeMap<i64, Place>,
}

impl Producers {
    /// Judges a batch before it is appended. With `begins_at_zero`, so does the first one of a transaction.
    pub(super) fn check(
        &self,
        info: &BatchInfo,
        marker: Option<EndMarker>,
        begins_at_zero: bool,
    ) -> Result<Verdict, AppendError> {
        if info.producer_id < 0 {
            return Ok(Verdict::Append);
        }
        let Some(producer) = self.known.get(&info.producer_id) else {
            return match begins_at_zero && info.is_transactional() && info.base_sequence != 0 {
                true => Err(out_of_order(info, 0)),
                // Its state may have expired or been trimmed with its data: any sequence begins it anew.
                false => Ok(Verdict::Append),
            };
        };
        if let Some(marker) = marker {
            check_marker(producer, info, marker)?;
            return Ok(Verdict::Append);
        }
        let same_batch = |taken: &&Taken| {
            taken.last_sequence == info.last_sequence() && taken.first_sequence() == info.base_sequence
        };
        if producer.epoch == info.producer_epoch
            && let Some(taken) = producer.window.batches().iter().find(same_batch)
        {
            return Ok(Verdict::Duplicate(*taken));
        }
        check_epoch(producer, info)?;
        let is_first = info.is_transactional() && producer.transaction.is_none();
        if begins_at_zero && is_first && info.base_sequence != 0 {
            return Err(out_of_order(info, 0));
        }
        check_sequence(producer, info)?;
        if producer.transaction.is_some() && !info.is_transactional() {
            return Err(AppendError::InvalidTransactionState { producer_id: info.producer_id });
        }
        Ok(Verdict::Append)
    }

    /// Remembers a batch that is in the log now, at `place`. Tells of the transaction that a marker has ended.
    pub(super) fn record(
        &mut self,
        info: &BatchInfo,
        marker: Option<EndMarker>,
        place: Place,
        now_ms: i64,
    ) -> Option<Ended> {
        if info.producer_id < 0 {
            return None;
        }
        if !self.known.contains_key(&info.producer_id) && self.known.len() >= PRODUCERS_MAX {
            self.forget_silent();
        }
        let producer = self.known.entry(info.producer_id).or_insert_with(Producer::unknown);
        producer.seen_ms = now_ms;
        if producer.epoch != info.producer_epoch {
            producer.epoch = info.producer_epoch;
            producer.window = Window::default();
        }
        if info.is_control() {
            if let Some(marker) = marker {
                producer.coordinator_epoch = marker.coordinator_epoch;
            }
            let first_offset = producer.transaction.take()?;
            self.open.remove(&first_offset);
            let last_offset = info.last_offset();
            return Some(Ended {
                producer_id: info.producer_id,
                first_offset,
                last_offset,
                last_stable: self.first_open().map_or(last_offset + 1, |open| open.offset),
                is_commit: marker.map(|marker| marker.is_commit),
            });
        }
        producer.window.push(Taken {
            last_sequence: info.last_sequence(),
            last_offset: info.last_offset(),
            offset_delta: info.last_offset_delta,
            appended_ms: now_ms,
        });
        if info.is_transactional() && producer.transaction.is_none() {
            producer.transaction = Some(info.base_offset);
            self.open.insert(info.base_offset, place);
        }
        None
    }

    /// Where the oldest open transaction begins.
    pub(super) fn first_open(&self) -> Option<Place> {
        self.open.first_key_value().map(|(_, place)| *place)
    }

    /// Places that came from a snapshot, which knows only offsets.
    pub(super) fn unplaced(&mut self) -> impl Iterator<Item = &mut Place> {
        self.open.values_mut().filter(|place| place.segment == UNPLACED)
    }

    /// Forgets producers not heard of since `before_ms`, except those with an open transaction.
    pub(super) fn expire(&mut self, before_ms: i64) -> usize {
        let known = self.known.len();
        self.known.retain(|_, producer| producer.transaction.is_some() || producer.seen_ms >= before_ms);
        if self.known.len() < self.known.capacity() / 4 {
            self.known.shrink_to_fit();
        }
        known - self.known.len()
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = (i64, &Producer)> {
        self.known.iter().map(|(id, producer)| (*id, producer))
    }

    pub(super) fn len(&self) -> usize {
        self.known.len()
    }

    /// Puts back what a snapshot held.
    pub(super) fn restore(&mut self, id: i64, producer: Producer) {
        if let Some(start) = producer.transaction {
            self.open.insert(start, Place { offset: start, segment: UNPLACED, position: 0 });
        }
        self.known.insert(id, producer);
    }

    /// Makes room by forgetting the eighth that has been silent for longest.
    fn forget_silent(&mut self) {
        let silent = self.known.iter().filter(|(_, producer)| producer.transaction.is_none());
        let mut silent: Vec<_> = silent.map(|(id, producer)| (producer.seen_ms, *id)).collect();
        silent.sort_unstable();
        silent.truncate(silent.len() / 8 + 1);
        for (_, id) in &silent {
            self.known.remove(id);
        }
        tracing::warn!(forgotten = silent.len(), "a partition has too many producers");
    }
}

fn check_marker(producer: &Producer, info: &BatchInfo, marker: EndMarker) -> Result<(), AppendError> {
    if marker.coordinator_epoch < producer.coordinator_epoch {
        return Err(AppendError::CoordinatorFenced {
            epoch: marker.coordinator_epoch,
            current: producer.coordinator_epoch,
        });
    }
    check_epoch(producer, info)
}

fn check_epoch(producer: &Producer, info: &BatchInfo) -> Result<(), AppendError> {
    if info.producer_epoch < producer.epoch {
        return Err(AppendError::InvalidProducerEpoch {
            producer_id: info.producer_id,
            epoch: info.producer_epoch,
            current: producer.epoch,
        });
    }
    Ok(())
}

fn check_sequence(producer: &Producer, info: &BatchInfo) -> Result<(), AppendError> {
    if producer.epoch == NO_EPOCH {
        return Ok(());
    }
    let expected = match producer.window.newest() {
        Some(newest) if producer.epoch == info.producer_epoch => sequence_plus(newest.last_sequence, 1),
        // A new epoch begins anew, and so does one that has only had markers.
        _ => 0,
    };
    if info.base_sequence != expected {
        return Err(out_of_order(info, expected));
    }
    Ok(())
}

fn out_of_order(info: &BatchInfo, expected: i32) -> AppendError {
    AppendError::OutOfOrderSequence { producer_id: info.producer_id, sequence: info.base_sequence, expected }
}

#[cfg(test)]
#[path = "producers_tests.rs"]
mod tests;
