//! The bytes of a journal file.
//!
//! Header: magic, version, generation, end of the snapshot, CRC-32C. Then records, each at a multiple of
//! eight: length with two flag bits, CRC-32C, position up to which the file was known durable, payload. One
//! flag says that more records of the group follow; the other, that this is no record but a mark, there only
//! to say how far the file is durable. Integers are little-endian.

use super::JournalError;

/// Longest payload of one record.
pub const PAYLOAD_MAX: usize = 16 << 20;

pub(super) const HEADER_LEN: u64 = 32;
pub(super) const MARK_LEN: usize = RECORD_HEADER_LEN;
pub(super) const RECORD_HEADER_LEN: usize = 16;
/// Records begin at multiples of this, so a search for one after damage has few places to look.
pub(super) const ALIGNMENT: usize = 8;

const MAGIC: [u8; 8] = *b"WEIRJRNL";
const VERSION: u32 = 1;
const MORE: u32 = 1 << 31;
const MARK: u32 = 1 << 30;

/// What stands at the beginning of the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Header {
    pub(super) generation: u64,
    pub(super) snapshot_end: u64,
}

impl Header {
    pub(super) fn encode(self) -> [u8; 32] {
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&MAGIC);
        bytes[8..12].copy_from_slice(&VERSION.to_le_bytes());
        bytes[12..20].copy_from_slice(&self.generation.to_le_bytes());
        bytes[20..28].copy_from_slice(&self.snapshot_end.to_le_bytes());
        let crc = crc32c::crc32c(&bytes[..28]);
        bytes[28..].copy_from_slice(&crc.to_le_bytes());
        bytes
    }

    /// What is wrong with it, otherwise.
    pub(super) fn decode(bytes: &[u8]) -> Result<Self, &'static str> {
        let bytes: &[u8; 32] = bytes.try_into().map_err(|_| "the file is shorter than its header")?;
        if bytes[..8] != MAGIC {
            return Err("not a journal");
        }
        if u32_at(bytes, 28) != crc32c::crc32c(&bytes[..28]) {
            return Err("the header's checksum is wrong");
        }
        if u32_at(bytes, 8) != VERSION {
            return Err("a later version wrote it");
        }
        Ok(Self { generation: u64_at(bytes, 12), snapshot_end: u64_at(bytes, 20) })
    }
}

/// The first sixteen bytes of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct RecordHeader {
    pub(super) len: usize,
    pub(super) more: bool,
    pub(super) mark: bool,
    pub(super) synced: u64,
    crc: u32,
    word: u32,
}

impl RecordHeader {
    /// None when it cannot be one.
    pub(super) fn decode(bytes: &[u8]) -> Option<Self> {
        let word = u32_at(bytes, 0);
        let header = Self {
            len: usize::try_from(word & !(MORE | MARK)).ok()?,
            more: word & MORE != 0,
            mark: word & MARK != 0,
            synced: u64_at(bytes, 8),
            crc: u32_at(bytes, 4),
            word,
        };
        (header.len <= PAYLOAD_MAX).then_some(header)
    }

    /// Length of the whole record.
    pub(super) fn record_len(self) -> usize {
        RECORD_HEADER_LEN + self.len.next_multiple_of(ALIGNMENT)
    }

    /// Whether this header and payload were written at this position of this generation.
    pub(super) fn fits(self, payload: &[u8], generation: u64, position: u64) -> bool {
        self.crc == checksum(self.word, self.synced, payload, generation, position)
    }
}

/// Adds `payloads` as one group that begins at `position`.
pub(super) fn encode_group(
    into: &mut Vec<u8>,
    payloads: &[&[u8]],
    generation: u64,
    position: u64,
    synced: u64,
) -> Result<(), JournalError> {
    let base = into.len();
    for (index, payload) in payloads.iter().enumerate() {
        let at = position + (into.len() - base) as u64;
        let len = u32::try_from(payload.len()).ok().filter(|_| payload.len() <= PAYLOAD_MAX);
        let Some(len) = len else {
            into.truncate(base);
            return Err(JournalError::TooLong { len: payload.len() });
        };
        let more = if index + 1 < payloads.len() { MORE } else { 0 };
        encode_record(into, len | more, payload, generation, at, synced);
    }
    Ok(())
}

/// Adds a record that says only that the file is durable up to `synced`.
pub(super) fn encode_mark(into: &mut Vec<u8>, generation: u64, position: u64, synced: u64) {
    encode_record(into, MARK, &[], generation, position, synced);
}

fn encode_record(into: &mut Vec<u8>, word: u32, payload: &[u8], generation: u64, at: u64, synced: u64) {
    into.extend_from_slice(&word.to_le_bytes());
    into.extend_from_slice(&checksum(word, synced, payload, generation, at).to_le_bytes());
    into.extend_from_slice(&synced.to_le_bytes());
    into.extend_from_slice(payload);
    let padding = payload.len().next_multiple_of(ALIGNMENT) - payload.len();
    into.extend_from_slice(&[0; ALIGNMENT][..padding]);
}

fn checksum(word: u32, synced: u64, payload: &[u8], generation: u64, position: u64) -> u32 {
    let mut place = [0; 28];
    place[..8].copy_from_slice(&generation.to_le_bytes());
    place[8..16].copy_from_slice(&position.to_le_bytes());
    place[16..20].copy_from_slice(&word.to_le_bytes());
    place[20..].copy_from_slice(&synced.to_le_bytes());
    crc32c::crc32c_append(crc32c::crc32c(&place), payload)
}

fn u32_at(bytes: &[u8], at: usize) -> u32 {
    let mut value = [0; 4];
    value.copy_from_slice(&bytes[at..at + 4]);
    u32::from_le_bytes(value)
}

fn u64_at(bytes: &[u8], at: usize) -> u64 {
    let mut value = [0; 8];
    value.copy_from_slice(&bytes[at..at + 8]);
    u64::from_le_bytes(value)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn header_tells_damage_from_a_later_version() {
        let header = Header { generation: 7, snapshot_end: 99 };
        assert_eq!(Header::decode(&header.encode()), Ok(header));
        for bit in 0..256 {
            let mut bytes = header.encode();
            bytes[bit / 8] ^= 1 << (bit % 8);
            assert!(Header::decode(&bytes).is_err(), "bit {bit}");
        }
        let mut later = header.encode();
        later[8] = 2;
        let crc = crc32c::crc32c(&later[..28]).to_le_bytes();
        later[28..].copy_from_slice(&crc);
        assert_eq!(Header::decode(&later), Err("a later version wrote it"));
    }

    #[test]
    fn record_fits_only_where_it_was_written() {
        let mut bytes = Vec::new();
        encode_group(&mut bytes, &[b"one", b"two and more"], 3, 64, 32).unwrap();
        let first = RecordHeader::decode(&bytes).unwrap();
        assert_eq!((first.len, first.more, first.synced, first.record_len()), (3, true, 32, 24));
        assert!(first.fits(b"one", 3, 64));
        assert!(!first.fits(b"one", 4, 64) && !first.fits(b"one", 3, 72) && !first.fits(b"onf", 3, 64));
        let second = RecordHeader::decode(&bytes[24..]).unwrap();
        assert!(!second.more && second.fits(b"two and more", 3, 88));
        assert_eq!(bytes.len(), 24 + 32);
        let zeros = RecordHeader::decode(&[0; 16]).unwrap();
        assert!(!zeros.fits(&[], 3, 64), "zeros are not a mark");
    }

    #[test]
    fn too_long_a_payload_is_refused_whole() {
        let long = vec![0; PAYLOAD_MAX + 1];
        let mut bytes = vec![1];
        assert!(encode_group(&mut bytes, &[b"fine", &long], 1, 32, 0).is_err());
        assert_eq!(bytes, [1]);
    }
}
