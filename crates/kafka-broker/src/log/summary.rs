//! What is known of a segment that is finished, in a small file beside it: `<base offset>.summary`.
//!
//! Kafka's index files have neither version nor checksum; this file has them for both, and the newest
//! timestamp, which decides over retention. Without it, or when something does not fit, the index is built
//! again from the log.

use std::io::{self, ErrorKind, IoSlice};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use machine::disk::{self, Disk, File, OpenMode};

use super::index::{Entry, Newest, OffsetEntry, TimeEntry, path_of as index_path};

const MAGIC: [u8; 4] = *b"WSM1";
const LEN: usize = 44;

/// The checksum of a file, and its length.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Digest {
    len: u64,
    crc: u32,
}

impl Digest {
    fn of<E: Entry>(disk: &dyn Disk, folder: &Path, base: i64) -> io::Result<Self> {
        let bytes = disk::read(disk, &index_path::<E>(folder, base))?;
        Ok(Self { len: bytes.len() as u64, crc: crc32c::crc32c(&bytes) })
    }
}

/// The name of the summary of a segment.
pub(super) fn path_of(folder: &Path, base: i64) -> PathBuf {
    folder.join(format!("{base:020}.summary"))
}

/// Writes it, for a segment of this size whose index files are finished. It is not synced.
pub(super) fn write(
    disk: &dyn Disk,
    folder: &Path,
    base: i64,
    size: u32,
    newest: Option<Newest>,
) -> io::Result<Arc<dyn File>> {
    let offsets = Digest::of::<OffsetEntry>(disk, folder, base)?;
    let times = Digest::of::<TimeEntry>(disk, folder, base)?;
    let file = disk.open(&path_of(folder, base), OpenMode::Create)?;
    file.write_all_at(&[IoSlice::new(&encode(size, newest, offsets, times))], 0)?;
    Ok(file)
}

/// The newest timestamp of a segment of this size, if the summary is whole and the index files are those it
/// was written with; none otherwise. The inner none is that of an empty segment.
pub(super) fn read(
    disk: &dyn Disk,
    folder: &Path,
    base: i64,
    size: u32,
) -> io::Result<Option<Option<Newest>>> {
    let absent = |error: io::Error| match error.kind() {
        ErrorKind::NotFound => Ok(None),
        _ => Err(error),
    };
    let bytes = match disk::read(disk, &path_of(folder, base)) {
        Ok(bytes) => bytes,
        Err(error) => return absent(error),
    };
    let digests = Digest::of::<OffsetEntry>(disk, folder, base)
        .and_then(|offsets| Ok((offsets, Digest::of::<TimeEntry>(disk, folder, base)?)));
    let (offsets, times) = match digests {
        Ok(digests) => digests,
        Err(error) => return absent(error),
    };
    let newest = newest_of(&bytes);
    // Everything in it is known now but the newest timestamp: written again, it must be the same.
    Ok(newest.filter(|newest| bytes == encode(size, *newest, offsets, times)))
}

fn encode(size: u32, newest: Option<Newest>, offsets: Digest, times: Digest) -> [u8; LEN] {
    let newest = newest.unwrap_or(Newest { timestamp: i64::MIN, offset: -1 });
    let mut bytes = [0; LEN];
    bytes[..4].copy_from_slice(&MAGIC);
    bytes[4..8].copy_from_slice(&size.to_be_bytes());
    bytes[8..16].copy_from_slice(&newest.timestamp.to_be_bytes());
    bytes[16..24].copy_from_slice(&newest.offset.to_be_bytes());
    // Lengths of index files fit in half of what a length can be.
    let lens = (offsets.len << 32) | times.len;
    bytes[24..32].copy_from_slice(&lens.to_be_bytes());
    bytes[32..36].copy_from_slice(&offsets.crc.to_be_bytes());
    bytes[36..40].copy_from_slice(&times.crc.to_be_bytes());
    let crc = crc32c::crc32c(&bytes[..LEN - 4]);
    bytes[LEN - 4..].copy_from_slice(&crc.to_be_bytes());
    bytes
}

fn newest_of(bytes: &[u8]) -> Option<Option<Newest>> {
    let timestamp = i64::from_be_bytes(*bytes.get(8..)?.first_chunk()?);
    let offset = i64::from_be_bytes(*bytes.get(16..)?.first_chunk()?);
    Some((offset >= 0).then_some(Newest { timestamp, offset }))
}

#[cfg(test)]
mod tests {
    use machine::disk::sim::SimDisk;

    use super::*;

    fn put(disk: &SimDisk, path: &Path, bytes: &[u8]) {
        let file = disk.open(path, OpenMode::Create).unwrap();
        file.set_len(0).unwrap();
        file.write_all_at(&[IoSlice::new(bytes)], 0).unwrap();
    }

    #[test]
    fn summary_vouches_for_exactly_these_files() {
        let (disk, folder) = (SimDisk::new(1), Path::new("/"));
        put(&disk, &index_path::<OffsetEntry>(folder, 5), &[1; 16]);
        put(&disk, &index_path::<TimeEntry>(folder, 5), &[2; 24]);
        let newest = Some(Newest { timestamp: 77, offset: 9 });
        assert_eq!(read(&disk, folder, 5, 100).unwrap(), None);
        write(&disk, folder, 5, 100, newest).unwrap();
        assert_eq!(read(&disk, folder, 5, 100).unwrap(), Some(newest));
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
        write(&disk, folder, 5, 0, None).unwrap();
        assert_eq!(read(&disk, folder, 5, 0).unwrap(), Some(None));
    }
}
