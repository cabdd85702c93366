//! Producer state in a file, so that a start does not read the whole log: `<offset>.snapshot`, the state as of
//! that offset.
//!
//! The layout is Kafka's version 1, which holds one batch per producer, followed by the older batches that
//! Weir remembers as well, and the aborted transactions of the segment that is written. Kafka's readers ignore
//! what follows. One CRC covers all parts.

use std::io::{self, IoSlice};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use machine::disk::{self, Disk, File, OpenMode};

use super::aborted::{self, Aborted};
use super::ledger::Place;
use super::producers::{Producer, Producers, REMEMBERED, Taken, Window};

const VERSION: i16 = 1;
const CRC_END: usize = 6;
const ENTRY_LEN: usize = 46;
/// Announces the older batches.
const OLDER_MAGIC: [u8; 4] = *b"WPS1";
/// Announces the aborted transactions of the segment that is written.
const ABORTED_MAGIC: [u8; 4] = *b"WAT1";

/// What a snapshot holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Snapshot {
    pub(super) producers: Producers,
    /// The segment that was written then.
    pub(super) segment: i64,
    /// Those whose marker is in that segment.
    pub(super) aborted: Vec<Aborted>,
}

/// The name of the state as of `offset`.
pub(super) fn path_of(folder: &Path, offset: i64) -> PathBuf {
    folder.join(format!("{offset:020}.snapshot"))
}

/// Writes the state as of this place. It is not synced: a torn snapshot is recognised and costs only reading
/// more of the log.
pub(super) fn write(
    disk: &dyn Disk,
    folder: &Path,
    place: Place,
    producers: &Producers,
    aborted: &[Aborted],
) -> io::Result<Arc<dyn File>> {
    let file = disk.open(&path_of(folder, place.offset), OpenMode::Create)?;
    let bytes = encode(producers, place.segment, aborted);
    file.set_len(0)?;
    file.write_all_at(&[IoSlice::new(&bytes)], 0)?;
    Ok(file)
}

/// Reads the state as of `offset`; none when the file is torn, damaged or of another version.
pub(super) fn read(disk: &dyn Disk, folder: &Path, offset: i64) -> io::Result<Option<Snapshot>> {
    Ok(decode(&disk::read(disk, &path_of(folder, offset))?))
}

fn encode(producers: &Producers, segment: i64, aborted: &[Aborted]) -> Vec<u8> {
    let count = i32::try_from(producers.len()).unwrap_or(i32::MAX);
    let mut bytes = Vec::with_capacity(16 + producers.len() * (ENTRY_LEN + 1));
    bytes.extend_from_slice(&VERSION.to_be_bytes());
    bytes.extend_from_slice(&[0; 4]);
    bytes.extend_from_slice(&count.to_be_bytes());
    let none = Taken { last_sequence: -1, last_offset: -1, ..Taken::default() };
    for (id, producer) in producers.iter() {
        let newest = producer.window.batches().last().unwrap_or(&none);
        bytes.extend_from_slice(&id.to_be_bytes());
        bytes.extend_from_slice(&producer.epoch.to_be_bytes());
        bytes.extend_from_slice(&newest.last_sequence.to_be_bytes());
        bytes.extend_from_slice(&newest.last_offset.to_be_bytes());
        bytes.extend_from_slice(&newest.offset_delta.to_be_bytes());
        bytes.extend_from_slice(&producer.seen_ms.to_be_bytes());
        bytes.extend_from_slice(&producer.coordinator_epoch.to_be_bytes());
        bytes.extend_from_slice(&producer.transaction.unwrap_or(-1).to_be_bytes());
    }
    bytes.extend_from_slice(&OLDER_MAGIC);
    for (_, producer) in producers.iter() {
        let older = producer.window.batches().split_last().map_or(&[][..], |(_, older)| older);
        bytes.push(u8::try_from(older.len()).unwrap_or(u8::MAX));
        for taken in older {
            bytes.extend_from_slice(&taken.last_sequence.to_be_bytes());
            bytes.extend_from_slice(&taken.last_offset.to_be_bytes());
            bytes.extend_from_slice(&taken.offset_delta.to_be_bytes());
            bytes.extend_from_slice(&taken.appended_ms.to_be_bytes());
        }
    }
    bytes.extend_from_slice(&ABORTED_MAGIC);
    bytes.extend_from_slice(&segment.to_be_bytes());
    bytes.extend_from_slice(&aborted::encode(aborted));
    let crc = crc32c::crc32c(&bytes[CRC_END..]);
    bytes[2..CRC_END].copy_from_slice(&crc.to_be_bytes());
    bytes
}

fn decode(bytes: &[u8]) -> Option<Snapshot> {
    let mut fields = Fields(bytes);
    let version = i16::from_be_bytes(fields.take()?);
    let crc = u32::from_be_bytes(fields.take()?);
    if version != VERSION || crc != crc32c::crc32c(fields.0) {
        return None;
    }
    let count = usize::try_from(i32::from_be_bytes(fields.take()?)).ok()?;
    if count > fields.0.len() / ENTRY_LEN {
        return None;
    }
    let mut found = Vec::with_capacity(count);
    for _ in 0..count {
        found.push(entry(&mut fields)?);
    }
    // Without the older batches, as Kafka writes it, each producer has its newest only.
    let has_older = fields.take() == Some(OLDER_MAGIC);
    let mut producers = Producers::default();
    for (id, mut producer, newest) in found {
        let older = if has_older { u8::from_be_bytes(fields.take()?) } else { 0 };
        if usize::from(older) >= REMEMBERED {
            return None;
        }
        for _ in 0..older {
            producer.window.push(batch(&mut fields)?);
        }
        if newest.last_offset >= 0 {
            producer.window.push(newest);
        }
        producers.restore(id, producer);
    }
    // Earlier versions took no transactions.
    let (segment, aborted) = match fields.take() {
        Some(ABORTED_MAGIC) => (i64::from_be_bytes(fields.take()?), aborted::decode(fields.0)?),
        _ => (0, Vec::new()),
    };
    Some(Snapshot { producers, segment, aborted })
}

fn entry(fields: &mut Fields<'_>) -> Option<(i64, Producer, Taken)> {
    let id = i64::from_be_bytes(fields.take()?);
    let epoch = i16::from_be_bytes(fields.take()?);
    let last_sequence = i32::from_be_bytes(fields.take()?);
    let last_offset = i64::from_be_bytes(fields.take()?);
    let offset_delta = i32::from_be_bytes(fields.take()?);
    let seen_ms = i64::from_be_bytes(fields.take()?);
    let coordinator_epoch = i32::from_be_bytes(fields.take()?);
    let transaction = i64::from_be_bytes(fields.take()?);
    let producer = Producer {
        epoch,
        coordinator_epoch,
        window: Window::default(),
        transaction: (transaction >= 0).then_some(transaction),
        seen_ms,
    };
    Some((id, producer, Taken { last_sequence, last_offset, offset_delta, appended_ms: seen_ms }))
}

fn batch(fields: &mut Fields<'_>) -> Option<Taken> {
    Some(Taken {
        last_sequence: i32::from_be_bytes(fields.take()?),
        last_offset: i64::from_be_bytes(fields.take()?),
        offset_delta: i32::from_be_bytes(fields.take()?),
        appended_ms: i64::from_be_bytes(fields.take()?),
    })
}

struct Fields<'a>(&'a [u8]);

impl Fields<'_> {
    fn take<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (field, rest) = self.0.split_first_chunk()?;
        self.0 = rest;
        Some(*field)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::batch::{BatchInfo, EndMarker};
    use crate::log::testing::Batch;

    fn producers() -> Producers {
        let mut producers = Producers::default();
        let mut add = |batch: Batch, offset: i64| {
            let bytes = batch.bytes();
            let mut info = BatchInfo::read(&bytes).unwrap();
            info.base_offset = offset;
            let marker = if info.is_control() { EndMarker::read(&bytes) } else { None };
            let place = Place { offset, segment: -1, position: 0 };
            let _ended = producers.record(&info, marker, place, 1_000 + offset);
        };
        for n in 0..7 {
            add(Batch::of(2).producer(1, 3, n * 2), i64::from(n) * 2);
        }
        add(Batch::of(1).producer(2, 0, 0).transactional(), 20);
        add(Batch::marker(true, 4).producer(3, 1, -1), 21);
        producers
    }

    #[test]
    fn everything_comes_back() {
        let producers = producers();
        let aborted: Vec<_> = (1..4)
            .map(|n| Aborted { producer_id: n, first_offset: n * 2, last_offset: n * 3, last_stable: 4 })
            .collect();
        let back = decode(&encode(&producers, 17, &aborted)).unwrap();
        assert_eq!(back.producers.first_open().map(|place| place.offset), Some(20));
        assert_eq!(back, Snapshot { producers, segment: 17, aborted });
        assert_eq!(decode(&encode(&Producers::default(), 0, &[])), Some(Snapshot::default()));
    }

    #[test]
    fn snapshot_without_the_older_batches_is_read() {
        let mut bytes = encode(&producers(), 0, &[]);
        bytes.truncate(10 + 3 * ENTRY_LEN);
        let crc = crc32c::crc32c(&bytes[CRC_END..]);
        bytes[2..CRC_END].copy_from_slice(&crc.to_be_bytes());
        let back = decode(&bytes).unwrap();
        let (_, first) = back.producers.iter().find(|(id, _)| *id == 1).unwrap();
        assert_eq!((first.window.batches().len(), first.last_sequence()), (1, 13));
    }

    #[test]
    fn torn_and_flipped_files_are_not_believed() {
        let aborted = Aborted { producer_id: 1, first_offset: 2, last_offset: 3, last_stable: 4 };
        let bytes = encode(&producers(), 0, &[aborted]);
        for len in 0..bytes.len() {
            assert_eq!(decode(&bytes[..len]), None, "cut at {len}");
        }
        for at in 0..bytes.len() {
            let mut flipped = bytes.clone();
            flipped[at] ^= 1 << (at % 8);
            assert_eq!(decode(&flipped), None, "byte {at}");
        }
    }
}
