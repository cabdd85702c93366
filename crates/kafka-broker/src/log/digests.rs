//! Digests of the blocks of a finished segment, in a small file beside it: `<base offset>.digests`.
//!
//! A batch's checksum leaves its offset, length, epoch and magic uncovered, and says nothing of where the batch
//! belongs. A digest covers every byte of its block, and is seeded with topic, partition, segment and position, so
//! that bytes of another place are not taken for those of this one.
//!
//! # Invariants
//!
//! - They are taken of a segment that has been verified, never while it is written.
//! - Missing, torn or of another length of segment, they are taken again; they decide over nothing then.

use std::io::{self, ErrorKind, IoSlice};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use machine::disk::{self, Disk, File, OpenMode};

use super::ledger::Key;

/// Magic and version.
const MAGIC: [u8; 8] = *b"WEIRDGS1";
/// Magic, topic, partition, base offset, size, bytes of a block.
const HEADER_LEN: usize = 8 + 16 + 4 + 8 + 4 + 4;

/// Bytes that one digest covers.
pub(super) const BLOCK: u32 = 64 << 10;

/// Which segment it is, of all there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Owner {
    pub(super) key: Key,
    pub(super) base: i64,
}

impl Owner {
    fn encode(self) -> [u8; 28] {
        let mut bytes = [0; 28];
        bytes[..16].copy_from_slice(self.key.0.as_bytes());
        bytes[16..20].copy_from_slice(&self.key.1.to_be_bytes());
        bytes[20..].copy_from_slice(&self.base.to_be_bytes());
        bytes
    }

    /// The digest of the block at this position.
    fn digest(self, position: u32, block: &[u8]) -> u32 {
        let seed = crc32c::crc32c_append(crc32c::crc32c(&self.encode()), &position.to_be_bytes());
        crc32c::crc32c_append(seed, block)
    }
}

/// The digests of one segment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Digests {
    owner: Owner,
    size: u32,
    blocks: Vec<u32>,
}

/// What stands in the place of a segment's digests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Beside {
    /// Those of the segment as it is.
    Digests(Digests),
    /// None, or those of the segment before it was cut or rewritten.
    Nothing,
    /// Bytes that are no digests.
    Damaged,
}

impl Digests {
    /// None taken yet, of a segment of this size.
    pub(super) fn none(owner: Owner, size: u32) -> Self {
        Self { owner, size, blocks: Vec::new() }
    }

    /// Takes those of the blocks that end before `position`, and of the last when that is the end.
    pub(super) fn take(&mut self, file: &dyn File, position: u32) -> io::Result<()> {
        let mut block = Vec::new();
        while let Some((start, end)) = self.next_block().filter(|(_, end)| *end <= position) {
            block.resize((end - start) as usize, 0);
            if file.read_at(&mut block, u64::from(start))? < block.len() {
                return Err(ErrorKind::UnexpectedEof.into());
            }
            self.blocks.push(self.owner.digest(start, &block));
        }
        Ok(())
    }

    fn next_block(&self) -> Option<(u32, u32)> {
        let start = u32::try_from(self.blocks.len()).ok()?.checked_mul(BLOCK)?;
        (start < self.size).then(|| (start, start.saturating_add(BLOCK).min(self.size)))
    }

    /// Where the blocks begin that are not the same in both.
    pub(super) fn differences(&self, other: &Self) -> impl Iterator<Item = u32> {
        let pairs = self.blocks.iter().zip(&other.blocks).zip((0..).step_by(BLOCK as usize));
        pairs.filter(|((one, another), _)| one != another).map(|(_, start)| start)
    }

    /// Puts them beside the segment. The file is not synced.
    pub(super) fn write(&self, disk: &dyn Disk, folder: &Path) -> io::Result<Arc<dyn File>> {
        let file = disk.open(&path_of(folder, self.owner.base), OpenMode::Create)?;
        file.set_len(0)?;
        file.write_all_at(&[IoSlice::new(&self.encode())], 0)?;
        Ok(file)
    }

    /// Reads what stands beside a segment of this size.
    pub(super) fn read(disk: &dyn Disk, folder: &Path, owner: Owner, size: u32) -> io::Result<Beside> {
        let bytes = match disk::read(disk, &path_of(folder, owner.base)) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Beside::Nothing),
            read => read?,
        };
        // A file that was made and not written is what a crash leaves.
        if bytes.iter().all(|byte| *byte == 0) {
            return Ok(Beside::Nothing);
        }
        Ok(match Self::decode(&bytes) {
            Some(digests) if digests.owner == owner && digests.size == size => Beside::Digests(digests),
            Some(digests) if digests.owner == owner => Beside::Nothing,
            _ => Beside::Damaged,
        })
    }

    fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(HEADER_LEN + self.blocks.len() * 4 + 4);
        bytes.extend_from_slice(&MAGIC);
        bytes.extend_from_slice(&self.owner.encode());
        bytes.extend_from_slice(&self.size.to_be_bytes());
        bytes.extend_from_slice(&BLOCK.to_be_bytes());
        self.blocks.iter().for_each(|digest| bytes.extend_from_slice(&digest.to_be_bytes()));
        let crc = crc32c::crc32c(&bytes);
        bytes.extend_from_slice(&crc.to_be_bytes());
        bytes
    }

    fn decode(bytes: &[u8]) -> Option<Self> {
        let number = |at: usize| Some(u32::from_be_bytes(*bytes.get(at..)?.first_chunk()?));
        let topic = uuid::Uuid::from_bytes(*bytes.get(8..)?.first_chunk()?);
        let partition = i32::from_be_bytes(*bytes.get(24..)?.first_chunk()?);
        let base = i64::from_be_bytes(*bytes.get(28..)?.first_chunk()?);
        let blocks = bytes.get(HEADER_LEN..bytes.len().checked_sub(4)?)?.chunks_exact(4);
        let blocks = blocks.filter_map(|block| Some(u32::from_be_bytes(block.try_into().ok()?))).collect();
        let digests = Self { owner: Owner { key: (topic, partition), base }, size: number(36)?, blocks };
        // Everything in it is known now: written again, it must be the same.
        (digests.next_block().is_none() && digests.encode() == bytes).then_some(digests)
    }
}

/// The name of the digests of a segment.
pub(super) fn path_of(folder: &Path, base: i64) -> PathBuf {
    folder.join(format!("{base:020}.digests"))
}

#[cfg(test)]
mod tests {
    use machine::disk::sim::SimDisk;
    use uuid::Uuid;

    use super::*;

    fn owner() -> Owner {
        Owner { key: (Uuid::from_u128(7), 3), base: 40 }
    }

    fn segment(disk: &SimDisk, len: u32) -> Arc<dyn File> {
        let file = disk.open(Path::new("/log"), OpenMode::Create).unwrap();
        let bytes: Vec<u8> = (0..len).map(|n| u8::try_from(n % 251).unwrap()).collect();
        file.write_all_at(&[IoSlice::new(&bytes)], 0).unwrap();
        file
    }

    fn taken(file: &dyn File, owner: Owner, size: u32) -> Digests {
        let mut digests = Digests::none(owner, size);
        digests.take(file, size).unwrap();
        digests
    }

    #[test]
    fn digests_fit_only_where_they_were_taken() {
        let disk = SimDisk::new(1);
        for size in [0, 1, BLOCK, 2 * BLOCK + 100] {
            let file = segment(&disk, size);
            let here = taken(&*file, owner(), size);
            assert_eq!(here.blocks.len(), size.div_ceil(BLOCK) as usize);
            let others = [
                Owner { base: 41, ..owner() },
                Owner { key: (Uuid::from_u128(8), 3), ..owner() },
                Owner { key: (Uuid::from_u128(7), 4), ..owner() },
            ];
            for other in others {
                let there = taken(&*file, other, size);
                assert_eq!(here.differences(&there).count(), here.blocks.len(), "{other:?}");
            }
        }
    }

    #[test]
    fn flipped_bit_shows_in_its_block() {
        let disk = SimDisk::new(1);
        let size = 2 * BLOCK + 100;
        let before = taken(&*segment(&disk, size), owner(), size);
        for at in [0, 7, BLOCK - 1, BLOCK, 2 * BLOCK + 99] {
            let fork = disk.fork(1);
            fork.flip(Path::new("/log"), at as usize, 1);
            let file = fork.open(Path::new("/log"), OpenMode::Read).unwrap();
            let after = taken(&*file, owner(), size);
            assert_eq!(before.differences(&after).collect::<Vec<_>>(), [at / BLOCK * BLOCK], "byte {at}");
        }
    }

    #[test]
    fn file_is_believed_only_as_it_was_written() {
        let disk = SimDisk::new(1);
        let size = BLOCK + 1;
        let digests = taken(&*segment(&disk, size), owner(), size);
        let (folder, path) = (Path::new("/"), path_of(Path::new("/"), 40));
        let read = |disk: &SimDisk, size| Digests::read(disk, folder, owner(), size).unwrap();
        assert_eq!(read(&disk, size), Beside::Nothing);
        digests.write(&disk, folder).unwrap();
        assert_eq!(read(&disk, size), Beside::Digests(digests));
        assert_eq!(read(&disk, size + 1), Beside::Nothing, "the segment is another now");
        let whole = disk::read(&disk, &path).unwrap();
        for at in 0..whole.len() {
            let fork = disk.fork(1);
            fork.flip(&path, at, 1 << (at % 8));
            assert_eq!(read(&fork, size), Beside::Damaged, "byte {at}");
            let fork = disk.fork(1);
            fork.open(&path, OpenMode::Write).unwrap().set_len(at as u64).unwrap();
            let torn = if at == 0 { Beside::Nothing } else { Beside::Damaged };
            assert_eq!(read(&fork, size), torn, "cut at {at}");
        }
    }
}
