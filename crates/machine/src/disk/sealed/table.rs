//! The header of a sealed file: which key and nonce hold from where on.
//!
//! In slots of 64 bytes, none across two sectors. The first says what file this is: magic, version, checksum. Each of the
//! others is zero or one epoch: checksum (4), key's number (4), from (8), to (8, all ones for no end), nonce (16), the
//! key's check (8), zeros. Numbers are big-endian, checksums CRC-32C over all that follows in the slot. Where epochs
//! overlap, the later holds.
//!
//! A slot that does not read was never durable, or is damaged. It is passed over: what it covered then reads as what it is
//! not, and whoever wrote it tells by its own checksums. It is not used again before all that follow it have gone.

use std::io::{self, ErrorKind};

/// Bytes before those of the file.
pub(super) const HEADER_LEN: usize = 4096;
const SLOT_LEN: usize = 64;
/// Epochs that a file can have.
pub(super) const EPOCHS_MAX: usize = HEADER_LEN / SLOT_LEN - 1;
const MAGIC: [u8; 8] = *b"weirseal";
const VERSION: u32 = 1;
/// The end of an epoch that has none.
pub(super) const OPEN: u64 = u64::MAX;

/// A stretch of a file that one nonce is for. Its keystream is by position in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Epoch {
    pub(super) key: u32,
    pub(super) check: [u8; 8],
    pub(super) from: u64,
    /// The position behind it.
    pub(super) to: u64,
    pub(super) nonce: [u8; 16],
}

/// Bytes to be written to the header.
pub(super) struct Patch {
    pub(super) position: u64,
    pub(super) bytes: Vec<u8>,
}

/// The header in memory.
#[derive(Clone, Debug, Default)]
pub(super) struct Table {
    /// As the slots are; none where one does not read.
    epochs: Vec<Option<Epoch>>,
}

impl Table {
    /// Reads what a file begins with, of which there may be less than a header.
    pub(super) fn decode(bytes: &[u8]) -> io::Result<Self> {
        let head = &bytes[..bytes.len().min(SLOT_LEN)];
        if head.iter().all(|byte| *byte == 0) {
            // Made, and not durable since: there may be epochs, whose bytes are not durable either.
            return Ok(Self::default());
        }
        if !head.starts_with(&MAGIC[..head.len().min(MAGIC.len())]) {
            return Err(refused("it is not sealed, and this folder is"));
        }
        let Some(slots) = bytes.get(..HEADER_LEN) else { return Ok(Self::default()) };
        if head != head_slot() {
            return Err(refused("the header of the sealed file is damaged, or of another version"));
        }
        let slots: Vec<_> = slots[SLOT_LEN..].chunks_exact(SLOT_LEN).collect();
        let used =
            slots.iter().rposition(|slot| slot.iter().any(|byte| *byte != 0)).map_or(0, |last| last + 1);
        Ok(Self { epochs: slots[..used].iter().map(|slot| decode_slot(slot)).collect() })
    }

    /// Adds an epoch; what has to be written for it. An open one ends all that begin behind its beginning.
    pub(super) fn begin(&mut self, epoch: Epoch) -> io::Result<Patch> {
        let before = self.epochs.len();
        while epoch.to == OPEN
            && self.epochs.last().is_some_and(|last| last.is_none_or(|last| last.from >= epoch.from))
        {
            self.epochs.pop();
        }
        let place = self.epochs.len();
        if place == EPOCHS_MAX {
            return Err(io::Error::other("the header of the sealed file has no room for another epoch"));
        }
        self.epochs.push(Some(epoch));
        let mut bytes = encode_slot(&epoch).to_vec();
        if place == 0 {
            // Also where there was none, or one that does not count.
            bytes.splice(..0, head_slot());
            bytes.resize(HEADER_LEN, 0);
            return Ok(Patch { position: 0, bytes });
        }
        bytes.resize(SLOT_LEN * before.saturating_sub(place).max(1), 0);
        Ok(Patch { position: ((place + 1) * SLOT_LEN) as u64, bytes })
    }

    /// Forgets everything, as of a file that is empty.
    pub(super) fn clear(&mut self) {
        self.epochs.clear();
    }

    /// How many there are.
    pub(super) fn len(&self) -> usize {
        self.epochs.len()
    }

    /// The stretches in which each holds, ascending.
    pub(super) fn in_force(&self) -> Vec<Epoch> {
        let mut laid: Vec<Epoch> = Vec::new();
        for epoch in self.epochs.iter().flatten() {
            let mut next = Vec::with_capacity(laid.len() + 2);
            for old in laid {
                if old.from < epoch.from {
                    next.push(Epoch { to: old.to.min(epoch.from), ..old });
                }
                if old.to > epoch.to {
                    next.push(Epoch { from: old.from.max(epoch.to), ..old });
                }
            }
            next.push(*epoch);
            next.sort_unstable_by_key(|epoch| epoch.from);
            laid = next;
        }
        laid
    }
}

fn refused(what: &'static str) -> io::Error {
    io::Error::new(ErrorKind::InvalidData, what)
}

fn head_slot() -> [u8; SLOT_LEN] {
    let mut slot = [0; SLOT_LEN];
    slot[..8].copy_from_slice(&MAGIC);
    slot[8..12].copy_from_slice(&VERSION.to_be_bytes());
    let crc = crc32c::crc32c(&slot[..12]);
    slot[12..16].copy_from_slice(&crc.to_be_bytes());
    slot
}

fn encode_slot(epoch: &Epoch) -> [u8; SLOT_LEN] {
    let mut slot = [0; SLOT_LEN];
    slot[4..8].copy_from_slice(&epoch.key.to_be_bytes());
    slot[8..16].copy_from_slice(&epoch.from.to_be_bytes());
    slot[16..24].copy_from_slice(&epoch.to.to_be_bytes());
    slot[24..40].copy_from_slice(&epoch.nonce);
    slot[40..48].copy_from_slice(&epoch.check);
    let crc = crc32c::crc32c(&slot[4..]);
    slot[..4].copy_from_slice(&crc.to_be_bytes());
    slot
}

fn decode_slot(slot: &[u8]) -> Option<Epoch> {
    let (crc, rest) = slot.split_first_chunk::<4>()?;
    if crc32c::crc32c(rest) != u32::from_be_bytes(*crc) {
        return None;
    }
    let (key, rest) = rest.split_first_chunk()?;
    let (from, rest) = rest.split_first_chunk()?;
    let (to, rest) = rest.split_first_chunk()?;
    let (nonce, rest) = rest.split_first_chunk()?;
    let (check, _) = rest.split_first_chunk()?;
    Some(Epoch {
        key: u32::from_be_bytes(*key),
        check: *check,
        from: u64::from_be_bytes(*from),
        to: u64::from_be_bytes(*to),
        nonce: *nonce,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn epoch(from: u64, to: u64, nonce: u8) -> Epoch {
        Epoch { key: 1, check: [5; 8], from, to, nonce: [nonce; 16] }
    }

    fn applied(page: &mut Vec<u8>, patch: &Patch) {
        let at = usize::try_from(patch.position).unwrap();
        page.resize(page.len().max(at + patch.bytes.len()), 0);
        page[at..at + patch.bytes.len()].copy_from_slice(&patch.bytes);
    }

    fn stretches(table: &Table) -> Vec<(u64, u64, u8)> {
        table.in_force().iter().map(|epoch| (epoch.from, epoch.to, epoch.nonce[0])).collect()
    }

    #[test]
    fn what_is_written_is_read_and_the_later_holds() {
        let (mut table, mut page) = (Table::default(), Vec::new());
        for (begun, expected) in [
            (epoch(0, OPEN, 1), vec![(0, OPEN, 1)]),
            (epoch(700, OPEN, 2), vec![(0, 700, 1), (700, OPEN, 2)]),
            (epoch(900, OPEN, 3), vec![(0, 700, 1), (700, 900, 2), (900, OPEN, 3)]),
            (epoch(10, 20, 4), vec![(0, 10, 1), (10, 20, 4), (20, 700, 1), (700, 900, 2), (900, OPEN, 3)]),
            (epoch(600, OPEN, 5), vec![(0, 10, 1), (10, 20, 4), (20, 600, 1), (600, OPEN, 5)]),
            (epoch(0, OPEN, 6), vec![(0, OPEN, 6)]),
        ] {
            applied(&mut page, &table.begin(begun).unwrap());
            assert_eq!(page.len(), HEADER_LEN);
            assert_eq!(stretches(&table), expected);
            assert_eq!(stretches(&Table::decode(&page).unwrap()), expected);
        }
        assert_eq!(table.len(), 1);
    }

    #[test]
    fn epochs_behind_a_new_one_leave_nothing() {
        let (mut table, mut page) = (Table::default(), Vec::new());
        for from in 0..20 {
            applied(&mut page, &table.begin(epoch(from * 10, OPEN, 1)).unwrap());
        }
        applied(&mut page, &table.begin(epoch(10, OPEN, 2)).unwrap());
        assert!(page[3 * SLOT_LEN..].iter().all(|byte| *byte == 0));
        assert_eq!(stretches(&Table::decode(&page).unwrap()), [(0, 10, 1), (10, OPEN, 2)]);
    }

    #[test]
    fn a_slot_that_does_not_read_is_passed_over() {
        let (mut table, mut page) = (Table::default(), Vec::new());
        for from in [0, 10, 20] {
            applied(&mut page, &table.begin(epoch(from, OPEN, 1)).unwrap());
        }
        for change in [1, 0] {
            let mut torn = page.clone();
            let slot = &mut torn[2 * SLOT_LEN..3 * SLOT_LEN];
            slot.iter_mut().for_each(|byte| *byte *= change);
            slot[30] ^= change;
            let mut read = Table::decode(&torn).unwrap();
            assert_eq!(stretches(&read), [(0, 20, 1), (20, OPEN, 1)]);
            applied(&mut torn, &read.begin(epoch(30, OPEN, 1)).unwrap());
            assert_eq!(Table::decode(&torn).unwrap().len(), 4);
        }
    }

    #[test]
    fn what_is_no_header_is_refused_or_nothing() {
        let mut page = Table::default().begin(epoch(0, OPEN, 1)).unwrap().bytes;
        for len in [0, 1, 7, 8, 63, 64, 500, HEADER_LEN - 1] {
            assert_eq!(Table::decode(&page[..len]).unwrap().len(), 0, "{len} bytes");
        }
        assert_eq!(Table::decode(&[0; HEADER_LEN]).unwrap().len(), 0);
        for other in [&b"p"[..], b"weirsea1", b"\0\0\0\x01", &[7; HEADER_LEN]] {
            assert_eq!(Table::decode(other).unwrap_err().kind(), ErrorKind::InvalidData);
        }
        page[11] ^= 2;
        assert_eq!(Table::decode(&page).unwrap_err().kind(), ErrorKind::InvalidData);
    }

    #[test]
    fn there_are_no_more_than_fit() {
        let mut table = Table::default();
        for from in 0..EPOCHS_MAX as u64 {
            table.begin(epoch(from, OPEN, 1)).unwrap();
        }
        assert!(table.begin(epoch(1_000, OPEN, 1)).is_err());
        assert_eq!(table.len(), EPOCHS_MAX);
        table.begin(epoch(0, OPEN, 1)).unwrap();
        assert_eq!(table.len(), 1);
    }
}
