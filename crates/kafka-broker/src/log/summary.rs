//! What is known of a segment that is finished, in a small file beside it: `<base offset>.summary`.
//!
//! Kafka's index files have neither version nor checksum; this file has them for all, and the newest timestamp,
//! which decides over retention. Without it, or when something does not fit, the index is built again from the
//! log. One that was built again knows nothing of transactions, until somebody wants to know.

use std::io::{self, ErrorKind, IoSlice};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use machine::disk::{self, Disk, File, OpenMode};

use super::aborted::{self, Decisions};
use super::index::{Entry, Newest, OffsetEntry, TimeEntry, path_of as index_path};

/// Without transactions, and with them.
const MAGIC: [u8; 4] = *b"WSM1";
const MAGIC_DECIDED: [u8; 4] = *b"WSM2";
/// Up to what both end with, their checksum.
const LEN: usize = 40;

/// What is known of a segment that is finished.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Summary {
    /// None for an empty segment.
    pub(super) newest: Option<Newest>,
    /// None when nobody has looked at its transactions.
    pub(super) decided: Option<Decided>,
}

/// What vouches for a segment's list of aborted transactions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Decided {
    list: Digest,
    undecided_from: Option<i64>,
}

impl Decided {
    /// The list and what goes with it, if it is the one that the summary was written with.
    pub(super) fn read(&self, disk: &dyn Disk, folder: &Path, base: i64) -> io::Result<Option<Decisions>> {
        let bytes = match self.list.len {
            0 => Vec::new(),
            _ => match aborted::read(disk, folder, base) {
                Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
                read => read?,
            },
        };
        let aborted = aborted::decode(&bytes).filter(|_| Digest::of(&bytes) == self.list);
        Ok(aborted.map(|aborted| Decisions { aborted, undecided_from: self.undecided_from }))
    }

    fn encode(&self) -> [u8; 20] {
        let mut bytes = [0; 20];
        bytes[..8].copy_from_slice(&self.list.len.to_be_bytes());
        bytes[8..12].copy_from_slice(&self.list.crc.to_be_bytes());
        bytes[12..].copy_from_slice(&self.undecided_from.unwrap_or(-1).to_be_bytes());
        bytes
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        let len = u64::from_be_bytes(*bytes.first_chunk()?);
        let crc = u32::from_be_bytes(*bytes.get(8..)?.first_chunk()?);
        let undecided_from = i64::from_be_bytes(*bytes.get(12..)?.first_chunk()?);
        Some(Self {
            list: Digest { len, crc },
            undecided_from: (undecided_from >= 0).then_some(undecided_from),
        })
    }
}

/// The checksum of a file, and its length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Digest {
    len: u64,
    crc: u32,
}

impl Digest {
    fn of(bytes: &[u8]) -> Self {
        Self { len: bytes.len() as u64, crc: crc32c::crc32c(bytes) }
    }

    fn of_index<E: Entry>(disk: &dyn Disk, folder: &Path, base: i64) -> io::Result<Self> {
        Ok(Self::of(&disk::read(disk, &index_path::<E>(folder, base))?))
    }
}

/// The name of the summary of a segment.
pub(super) fn path_of(folder: &Path, base: i64) -> PathBuf {
    folder.join(format!("{base:020}.summary"))
}

/// Writes it, for a segment of this size whose index files are finished, and the list of aborted transactions
/// with it. Neither is synced.
pub(super) fn write(
    disk: &dyn Disk,
    folder: &Path,
    base: i64,
    size: u32,
    newest: Option<Newest>,
    decisions: Option<&Decisions>,
) -> io::Result<(Summary, Vec<Arc<dyn File>>)> {
    let offsets = Digest::of_index::<OffsetEntry>(disk, folder, base)?;
    let times = Digest::of_index::<TimeEntry>(disk, folder, base)?;
    let mut files = Vec::with_capacity(2);
    let mut decided = None;
    if let Some(Decisions { aborted, undecided_from }) = decisions {
        let list = aborted::encode(aborted);
        if !list.is_empty() {
            files.push(aborted::write(disk, folder, base, &list)?);
        }
        decided = Some(Decided { list: Digest::of(&list), undecided_from: *undecided_from });
    }
    let summary = Summary { newest, decided };
    let bytes = encode(size, &summary, offsets, times);
    let file = disk.open(&path_of(folder, base), OpenMode::Create)?;
    file.set_len(bytes.len() as u64)?;
    file.write_all_at(&[IoSlice::new(&bytes)], 0)?;
    files.push(file);
    Ok((summary, files))
}

/// What the summary says of a segment of this size, if it is whole and the index files are those it was written
/// with; none otherwise.
pub(super) fn read(disk: &dyn Disk, folder: &Path, base: i64, size: u32) -> io::Result<Option<Summary>> {
    let absent = |error: io::Error| match error.kind() {
        ErrorKind::NotFound => Ok(None),
        _ => Err(error),
    };
    let bytes = match disk::read(disk, &path_of(folder, base)) {
        Ok(bytes) => bytes,
        Err(error) => return absent(error),
    };
    let digests = Digest::of_index::<OffsetEntry>(disk, folder, base)
        .and_then(|offsets| Ok((offsets, Digest::of_index::<TimeEntry>(disk, folder, base)?)));
    let (offsets, times) = match digests {
        Ok(digests) => digests,
        Err(error) => return absent(error),
    };
    let summary = decode(&bytes);
    // Everything else in it is known now: written again, it must be the same.
    Ok(summary.filter(|summary| bytes == encode(size, summary, offsets, times)))
}

fn encode(size: u32, summary: &Summary, offsets: Digest, times: Digest) -> Vec<u8> {
    let newest = summary.newest.unwrap_or(Newest { timestamp: i64::MIN, offset: -1 });
    let mut bytes = vec![0; LEN];
    bytes[..4].copy_from_slice(if summary.decided.is_some() { &MAGIC_DECIDED } else { &MAGIC });
    bytes[4..8].copy_from_slice(&size.to_be_bytes());
    bytes[8..16].copy_from_slice(&newest.timestamp.to_be_bytes());
    bytes[16..24].copy_from_slice(&newest.offset.to_be_bytes());
    // Lengths of index files fit in half of what a length can be.
    let lens = (offsets.len << 32) | times.len;
    bytes[24..32].copy_from_slice(&lens.to_be_bytes());
    bytes[32..36].copy_from_slice(&offsets.crc.to_be_bytes());
    bytes[36..LEN].copy_from_slice(&times.crc.to_be_bytes());
    if let Some(decided) = &summary.decided {
        bytes.extend_from_slice(&decided.encode());
    }
    let crc = crc32c::crc32c(&bytes);
    bytes.extend_from_slice(&crc.to_be_bytes());
    bytes
}

fn decode(bytes: &[u8]) -> Option<Summary> {
    let timestamp = i64::from_be_bytes(*bytes.get(8..)?.first_chunk()?);
    let offset = i64::from_be_bytes(*bytes.get(16..)?.first_chunk()?);
    let newest = (offset >= 0).then_some(Newest { timestamp, offset });
    let decided = match bytes.starts_with(&MAGIC_DECIDED) {
        true => Some(Decided::decode(bytes.get(LEN..)?)?),
        false => None,
    };
    Some(Summary { newest, decided })
}

#[cfg(test)]
mod tests {
    use machine::disk::sim::SimDisk;

    use super::*;
    use crate::log::aborted::Aborted;

    fn put(disk: &SimDisk, path: &Path, bytes: &[u8]) {
        let file = disk.open(path, OpenMode::Create).unwrap();
        file.set_len(0).unwrap();
        file.write_all_at(&[IoSlice::new(bytes)], 0).unwrap();
    }

    fn decisions() -> Decisions {
        let aborted = Aborted { producer_id: 1, first_offset: 6, last_offset: 9, last_stable: 8 };
        Decisions { aborted: vec![aborted], undecided_from: Some(8) }
    }

    #[test]
    fn summary_vouches_for_exactly_these_files() {
        for decisions in [None, Some(Decisions::default()), Some(decisions())] {
            let (disk, folder) = (SimDisk::new(1), Path::new("/"));
            put(&disk, &index_path::<OffsetEntry>(folder, 5), &[1; 16]);
            put(&disk, &index_path::<TimeEntry>(folder, 5), &[2; 24]);
            let newest = Some(Newest { timestamp: 77, offset: 9 });
            assert_eq!(read(&disk, folder, 5, 100).unwrap(), None);
            let (summary, _) = write(&disk, folder, 5, 100, newest, decisions.as_ref()).unwrap();
            assert_eq!((summary.newest, summary.decided.is_some()), (newest, decisions.is_some()));
            assert_eq!(read(&disk, folder, 5, 100).unwrap(), Some(summary));
            assert_eq!(read(&disk, folder, 5, 101).unwrap(), None, "the segment has grown");
            for path in
                [path_of(folder, 5), index_path::<OffsetEntry>(folder, 5), index_path::<TimeEntry>(folder, 5)]
            {
                let whole = disk::read(&disk, &path).unwrap();
                for at in 0..whole.len() {
                    let fork = disk.fork(1);
                    fork.flip(&path, at, 1 << (at % 8));
                    assert_eq!(read(&fork, folder, 5, 100).unwrap(), None, "{} byte {at}", path.display());
                    put(&fork, &path, &whole[..at]);
                    assert_eq!(read(&fork, folder, 5, 100).unwrap(), None, "{} cut at {at}", path.display());
                }
                let fork = disk.fork(1);
                fork.remove_file(&path).unwrap();
                assert_eq!(read(&fork, folder, 5, 100).unwrap(), None);
            }
            let (empty, _) = write(&disk, folder, 5, 0, None, None).unwrap();
            assert_eq!(read(&disk, folder, 5, 0).unwrap(), Some(empty));
        }
    }

    #[test]
    fn list_of_aborted_transactions_is_believed_only_as_it_was_written() {
        let (disk, folder) = (SimDisk::new(1), Path::new("/"));
        put(&disk, &index_path::<OffsetEntry>(folder, 5), &[1; 16]);
        put(&disk, &index_path::<TimeEntry>(folder, 5), &[2; 24]);
        let decided = |decisions: &Decisions| {
            let (summary, _) = write(&disk, folder, 5, 100, None, Some(decisions)).unwrap();
            summary.decided.unwrap()
        };
        let some = decided(&decisions());
        assert_eq!(some.read(&disk, folder, 5).unwrap(), Some(decisions()));
        let path = aborted::path_of(folder, 5);
        let whole = disk::read(&disk, &path).unwrap();
        for at in 0..whole.len() {
            let fork = disk.fork(1);
            fork.flip(&path, at, 1 << (at % 8));
            assert_eq!(some.read(&fork, folder, 5).unwrap(), None, "byte {at}");
            put(&fork, &path, &whole[..at]);
            assert_eq!(some.read(&fork, folder, 5).unwrap(), None, "cut at {at}");
        }
        let none = decided(&Decisions::default());
        assert_eq!(none.read(&disk, folder, 5).unwrap(), Some(Decisions::default()), "whatever lies there");
        disk.remove_file(&path).unwrap();
        assert_eq!(some.read(&disk, folder, 5).unwrap(), None);
    }
}
