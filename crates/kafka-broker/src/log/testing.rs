//! Batches for tests, and what a reader makes of them.

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;

use machine::disk::Disk;
use machine::disk::sealed::{KeyRing, SealedDisk};
use machine::disk::sim::SimDisk;
use machine::random::Random;
use machine::secret::Secret;

use super::batch::{BatchInfo, EndMarker, HEADER_LEN};
use super::error::ReadError;
use super::partition::PartitionLog;
use super::reader::ReadBound;

/// A batch in the making.
#[derive(Clone, Debug)]
pub(crate) struct Batch {
    count: i32,
    records: Vec<u8>,
    attributes: i16,
    timestamps: (i64, i64),
    producer: (i64, i16, i32),
}

impl Batch {
    /// With this many records; the log does not look at them, so they are only bytes.
    pub(crate) fn of(count: i32) -> Self {
        let records = (0..count).flat_map(|n| [n.to_be_bytes(), [7; 4]].concat()).collect();
        Self { count, records, attributes: 0, timestamps: (0, 0), producer: (-1, -1, -1) }
    }

    /// The marker that a coordinator of this epoch writes.
    pub(crate) fn marker(commit: bool, coordinator_epoch: i32) -> Self {
        let (key, value) = ([0, 0, 0, u8::from(commit)], coordinator_epoch.to_be_bytes());
        let body = [&[0, 0, 0, 8][..], &key, &[12, 0, 0], &value, &[0]].concat();
        let len = u8::try_from(body.len() * 2).unwrap();
        let records = [&[len][..], &body].concat();
        Self { records, attributes: 0b11_0000, ..Self::of(1) }
    }

    pub(crate) fn producer(mut self, id: i64, epoch: i16, sequence: i32) -> Self {
        self.producer = (id, epoch, sequence);
        self
    }

    pub(crate) fn transactional(mut self) -> Self {
        self.attributes |= 1 << 4;
        self
    }

    pub(crate) fn timestamps(mut self, base: i64, max: i64) -> Self {
        self.timestamps = (base, max);
        self
    }

    /// Makes it longer by `len` bytes of `filler`.
    pub(crate) fn filled(mut self, filler: u8, len: usize) -> Self {
        self.records.extend(std::iter::repeat_n(filler, len));
        self
    }

    pub(crate) fn bytes(&self) -> Vec<u8> {
        let length = i32::try_from(HEADER_LEN - 12 + self.records.len()).unwrap();
        let mut tail = Vec::new();
        tail.extend_from_slice(&self.attributes.to_be_bytes());
        tail.extend_from_slice(&(self.count - 1).to_be_bytes());
        tail.extend_from_slice(&self.timestamps.0.to_be_bytes());
        tail.extend_from_slice(&self.timestamps.1.to_be_bytes());
        tail.extend_from_slice(&self.producer.0.to_be_bytes());
        tail.extend_from_slice(&self.producer.1.to_be_bytes());
        tail.extend_from_slice(&self.producer.2.to_be_bytes());
        tail.extend_from_slice(&self.count.to_be_bytes());
        tail.extend_from_slice(&self.records);
        let mut bytes = Vec::new();
        bytes.extend_from_slice(&0i64.to_be_bytes());
        bytes.extend_from_slice(&length.to_be_bytes());
        bytes.extend_from_slice(&(-1i32).to_be_bytes());
        bytes.push(2);
        bytes.extend_from_slice(&crc32c::crc32c(&tail).to_be_bytes());
        bytes.extend_from_slice(&tail);
        bytes
    }
}

/// What a consumer of committed data keeps of what it fetches, as Kafka's does, from an offset on, by reads of
/// about `max` bytes.
pub(crate) fn committed(log: &PartitionLog, from: i64, max: u32) -> Result<Vec<BatchInfo>, ReadError> {
    let (mut next, mut kept) = (from, Vec::new());
    loop {
        let slice = log.read(next, max, ReadBound::LastStable, true)?;
        if slice.len == 0 {
            return Ok(kept);
        }
        let mut listed = VecDeque::from(log.aborted_between(next, slice.next)?);
        assert!(listed.iter().is_sorted_by_key(|aborted| aborted.first_offset));
        let mut aborting = BTreeSet::new();
        for part in &slice.parts {
            let mut bytes = vec![0; part.len as usize];
            let read = part.file.read_at(&mut bytes, part.offset);
            let read = read.map_err(|error| ReadError::Failed(error.to_string()))?;
            assert_eq!(read, bytes.len());
            let mut rest = &bytes[..];
            while let Some(info) = BatchInfo::read(rest) {
                let (batch, after) = rest.split_at(info.size as usize);
                rest = after;
                while let Some(one) = listed.pop_front_if(|one| one.first_offset <= info.last_offset()) {
                    aborting.insert(one.producer_id);
                }
                if let Some(marker) = EndMarker::read(batch).filter(|_| info.is_control()) {
                    if !marker.is_commit {
                        aborting.remove(&info.producer_id);
                    }
                } else if !info.is_transactional() || !aborting.contains(&info.producer_id) {
                    kept.push(info);
                }
            }
        }
        next = slice.next;
    }
}

thread_local! {
    static SEALED: std::cell::Cell<bool> = const { std::cell::Cell::new(false) };
}

/// Runs a test with what [`on`] gives sealed.
pub(crate) fn sealed<T>(test: impl FnOnce() -> T) -> T {
    SEALED.set(true);
    let outcome = test();
    SEALED.set(false);
    outcome
}

/// A simulated disk as one life of a broker has it: sealed where the test wants that.
pub(crate) fn on(disk: &SimDisk) -> Arc<dyn Disk> {
    let plain: Arc<dyn Disk> = Arc::new(disk.clone());
    if !SEALED.get() {
        return plain;
    }
    let ring = Arc::new(KeyRing::new(1, &Secret::new([7; 32])));
    Arc::new(SealedDisk::new(plain, ring, Random::system()))
}
