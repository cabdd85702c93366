//! Transactions that were aborted, segment by segment: what a reader of committed data must leave out.
//!
//! Those of the segment that is written are in memory and in the snapshots of producers. When a segment is
//! finished, the ones whose marker is in it go to Kafka's file, `<base offset>.txnindex`, which the segment's
//! summary vouches for. When that does not fit, the log is read again from its start.

use std::io::{self, IoSlice};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use machine::disk::{self, Disk, File, OpenMode};

use super::producers::Ended;

/// Version, producer, and three offsets.
const ENTRY_LEN: usize = 34;
const VERSION: i16 = 0;

/// A segment that holds so many markers of aborted transactions is not written to any more: all of them are in
/// memory while it is.
pub(super) const ABORTED_MAX: usize = 1 << 16;

/// An aborted transaction, as far as one partition has part in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Aborted {
    /// Whose it was.
    pub producer_id: i64,
    /// Its first record.
    pub first_offset: i64,
    /// Its marker.
    pub last_offset: i64,
    /// When it ended, no other transaction was open before this offset.
    pub(super) last_stable: i64,
}

impl Aborted {
    /// What a reader must know of a transaction that has ended; nothing unless it was aborted.
    pub(super) fn of(ended: &Ended) -> Option<Self> {
        let Ended { producer_id, first_offset, last_offset, last_stable, is_commit } = *ended;
        (is_commit == Some(false)).then_some(Self { producer_id, first_offset, last_offset, last_stable })
    }

    /// Whether it has records or its marker between these offsets, the second excluded.
    pub(super) fn overlaps(&self, from: i64, upto: i64) -> bool {
        self.last_offset >= from && self.first_offset < upto
    }

    /// Whether the producer's batch at this offset is one of its.
    pub fn holds(&self, offset: i64) -> bool {
        (self.first_offset..self.last_offset).contains(&offset)
    }

    fn encode(&self, into: &mut Vec<u8>) {
        into.extend_from_slice(&VERSION.to_be_bytes());
        for field in [self.producer_id, self.first_offset, self.last_offset, self.last_stable] {
            into.extend_from_slice(&field.to_be_bytes());
        }
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        let field = |number: usize| {
            let bytes = bytes.get(2 + number * 8..)?.first_chunk()?;
            Some(i64::from_be_bytes(*bytes))
        };
        let version = i16::from_be_bytes(*bytes.first_chunk()?);
        (version == VERSION).then_some(())?;
        Some(Self {
            producer_id: field(0)?,
            first_offset: field(1)?,
            last_offset: field(2)?,
            last_stable: field(3)?,
        })
    }
}

/// What the markers of one segment have decided.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Decisions {
    /// Aborted there, in the order of their markers.
    pub(super) aborted: Vec<Aborted>,
    /// Behind the segment, the first record of the oldest transaction that was still open.
    pub(super) undecided_from: Option<i64>,
}

impl Decisions {
    /// Whether nothing before `offset` is left for later segments to decide.
    pub(super) fn settle(&self, offset: i64) -> bool {
        self.undecided_from.is_none_or(|from| from >= offset)
    }
}

/// The name of the list of the segment of this base offset.
pub(super) fn path_of(folder: &Path, base: i64) -> PathBuf {
    folder.join(format!("{base:020}.txnindex"))
}

/// The bytes of a list.
pub(super) fn encode(aborted: &[Aborted]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(aborted.len() * ENTRY_LEN);
    aborted.iter().for_each(|aborted| aborted.encode(&mut bytes));
    bytes
}

/// A list from its bytes; none when they are not one.
pub(super) fn decode(bytes: &[u8]) -> Option<Vec<Aborted>> {
    let entries = bytes.chunks_exact(ENTRY_LEN);
    entries.remainder().is_empty().then_some(())?;
    entries.map(Aborted::decode).collect()
}

/// Writes the list of a segment that is finished. It is not synced.
pub(super) fn write(disk: &dyn Disk, folder: &Path, base: i64, bytes: &[u8]) -> io::Result<Arc<dyn File>> {
    let file = disk.open(&path_of(folder, base), OpenMode::Create)?;
    file.set_len(0)?;
    file.write_all_at(&[IoSlice::new(bytes)], 0)?;
    Ok(file)
}

/// The bytes of a segment's list.
pub(super) fn read(disk: &dyn Disk, folder: &Path, base: i64) -> io::Result<Vec<u8>> {
    disk::read(disk, &path_of(folder, base))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_kafkas() {
        let aborted = Aborted { producer_id: 1, first_offset: 2, last_offset: 3, last_stable: 4 };
        let bytes = encode(&[aborted, aborted]);
        let fields = [[0, 0, 0, 0, 0, 0, 0, 1], [0, 0, 0, 0, 0, 0, 0, 2]].concat();
        assert_eq!(bytes.len(), 2 * 34);
        assert_eq!(bytes[..18], [&[0, 0][..], &fields].concat());
        assert_eq!(decode(&bytes), Some(vec![aborted, aborted]));
        assert_eq!(decode(&bytes[..35]), None);
        assert_eq!(decode(&[[0, 1].as_slice(), &bytes[2..]].concat()), None, "a later version");
    }
}
