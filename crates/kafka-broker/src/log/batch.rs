//! What the log needs to know of a record batch: its 61-byte header, and the marker that ends a transaction.
//!
//! The log never looks at records. Whoever appends has checked them; whoever reads a batch back verifies its
//! checksum, which covers everything from the attributes on, and its place, which covers what stands before.

/// Length of a batch's header, and so of the shortest batch.
pub const HEADER_LEN: usize = 61;

/// Bytes before the checksummed part.
pub(super) const CRC_START: u32 = 21;

const LENGTH_PREFIX: usize = 12;
const MAGIC: u8 = 2;

const LOG_APPEND_TIME: i16 = 1 << 3;
const TRANSACTIONAL: i16 = 1 << 4;
const CONTROL: i16 = 1 << 5;

/// The header of a record batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BatchInfo {
    /// Offset of the first record.
    pub base_offset: i64,
    /// Bytes of the whole batch, header included.
    pub size: u32,
    /// Epoch of the leader that took it.
    pub leader_epoch: i32,
    /// CRC-32C of everything from the attributes on.
    pub crc: u32,
    /// Codec, timestamp type, and whether it is transactional or control.
    pub attributes: i16,
    /// Offset of the last record, from the first.
    pub last_offset_delta: i32,
    /// What record timestamps are relative to.
    pub base_timestamp: i64,
    /// The newest timestamp.
    pub max_timestamp: i64,
    /// The idempotent producer, or -1.
    pub producer_id: i64,
    /// Its epoch.
    pub producer_epoch: i16,
    /// Its number of the first record, or -1.
    pub base_sequence: i32,
    /// How many records there are.
    pub record_count: i32,
}

impl BatchInfo {
    /// Reads the header at the beginning of `bytes`; none when no batch of the current format begins there.
    pub fn read(bytes: &[u8]) -> Option<Self> {
        let header: &[u8; HEADER_LEN] = bytes.first_chunk()?;
        let length = i32::from_be_bytes(field(header, 8));
        let size = u32::try_from(length).ok()?.checked_add(u32::try_from(LENGTH_PREFIX).ok()?)?;
        let info = Self {
            base_offset: i64::from_be_bytes(field(header, 0)),
            size,
            leader_epoch: i32::from_be_bytes(field(header, 12)),
            crc: u32::from_be_bytes(field(header, 17)),
            attributes: i16::from_be_bytes(field(header, 21)),
            last_offset_delta: i32::from_be_bytes(field(header, 23)),
            base_timestamp: i64::from_be_bytes(field(header, 27)),
            max_timestamp: i64::from_be_bytes(field(header, 35)),
            producer_id: i64::from_be_bytes(field(header, 43)),
            producer_epoch: i16::from_be_bytes(field(header, 51)),
            base_sequence: i32::from_be_bytes(field(header, 53)),
            record_count: i32::from_be_bytes(field(header, 57)),
        };
        let plausible = header[16] == MAGIC
            && size as usize >= HEADER_LEN
            && info.last_offset_delta >= 0
            && info.base_offset.checked_add(i64::from(info.last_offset_delta)).is_some();
        plausible.then_some(info)
    }

    /// Offset of the last record.
    pub fn last_offset(&self) -> i64 {
        self.base_offset + i64::from(self.last_offset_delta)
    }

    /// Offset of what follows.
    pub fn next_offset(&self) -> i64 {
        self.last_offset() + 1
    }

    /// Whether it belongs to a transaction.
    pub fn is_transactional(&self) -> bool {
        self.attributes & TRANSACTIONAL != 0
    }

    /// Whether it is a marker and not data.
    pub fn is_control(&self) -> bool {
        self.attributes & CONTROL != 0
    }

    /// Whether its timestamp is the broker's.
    pub fn is_log_append_time(&self) -> bool {
        self.attributes & LOG_APPEND_TIME != 0
    }

    /// The producer's number of the last record.
    pub(super) fn last_sequence(&self) -> i32 {
        sequence_plus(self.base_sequence, self.last_offset_delta)
    }
}

/// Sequences are never negative: after the largest comes zero.
pub(super) fn sequence_plus(sequence: i32, count: i32) -> i32 {
    sequence.wrapping_add(count) & i32::MAX
}

/// The sequence that is `count` before.
pub(super) fn sequence_minus(sequence: i32, count: i32) -> i32 {
    sequence.wrapping_sub(count) & i32::MAX
}

/// The header a batch is stored with.
#[derive(Debug)]
pub(super) struct StoredHeader(pub(super) [u8; HEADER_LEN]);

impl StoredHeader {
    /// The client's header, with the place the log gives it. That part has no checksum.
    pub(super) fn placed(batch: &[u8], base_offset: i64, leader_epoch: i32) -> Option<Self> {
        let mut header: [u8; HEADER_LEN] = *batch.first_chunk()?;
        header[..8].copy_from_slice(&base_offset.to_be_bytes());
        header[12..16].copy_from_slice(&leader_epoch.to_be_bytes());
        Some(Self(header))
    }

    /// Puts the broker's time in the place of the client's, and the checksum right again.
    pub(super) fn stamp(&mut self, now_ms: i64, records: &[u8]) {
        let attributes = i16::from_be_bytes(field(&self.0, 21)) | LOG_APPEND_TIME;
        self.0[21..23].copy_from_slice(&attributes.to_be_bytes());
        self.0[35..43].copy_from_slice(&now_ms.to_be_bytes());
        let crc = crc32c::crc32c_append(crc32c::crc32c(&self.0[CRC_START as usize..]), records);
        self.0[17..21].copy_from_slice(&crc.to_be_bytes());
    }
}

/// What a control batch says: how a transaction ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct EndMarker {
    pub(super) coordinator_epoch: i32,
    /// Whether its records count; otherwise they never were.
    pub(super) is_commit: bool,
}

impl EndMarker {
    /// Reads the one record of a control batch; none for markers of another kind.
    pub(super) fn read(batch: &[u8]) -> Option<Self> {
        let mut records = Records(batch.get(HEADER_LEN..)?);
        let _length = records.varint()?;
        let _attributes = records.take(1)?;
        let (_timestamp, _offset) = (records.varint()?, records.varint()?);
        let key = records.counted()?;
        let value = records.counted()?;
        let kind = i16::from_be_bytes(*key.get(2..)?.first_chunk()?);
        let coordinator_epoch = i32::from_be_bytes(*value.get(2..)?.first_chunk()?);
        matches!(kind, 0 | 1).then_some(Self { coordinator_epoch, is_commit: kind == 1 })
    }
}

struct Records<'a>(&'a [u8]);

impl<'a> Records<'a> {
    fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    /// Seven bits a byte, lowest first, sign in the lowest bit; at most ten bytes.
    fn varint(&mut self) -> Option<i64> {
        let mut value = 0u64;
        for shift in (0..64).step_by(7) {
            let byte = self.take(1)?[0];
            value |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return Some((value >> 1).cast_signed() ^ -((value & 1).cast_signed()));
            }
        }
        None
    }

    fn counted(&mut self) -> Option<&'a [u8]> {
        let count = usize::try_from(self.varint()?).ok()?;
        self.take(count)
    }
}

fn field<const N: usize>(header: &[u8; HEADER_LEN], at: usize) -> [u8; N] {
    let mut value = [0; N];
    value.copy_from_slice(&header[at..at + N]);
    value
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::log::testing::Batch;

    #[test]
    fn header_reads_what_was_written() {
        let batch = Batch::of(3).producer(77, 5, 9).transactional().timestamps(1_000, 1_200).bytes();
        let info = BatchInfo::read(&batch).unwrap();
        assert_eq!(info.size as usize, batch.len());
        assert_eq!((info.producer_id, info.producer_epoch, info.base_sequence), (77, 5, 9));
        assert_eq!((info.last_offset_delta, info.record_count, info.last_sequence()), (2, 3, 11));
        assert_eq!((info.base_timestamp, info.max_timestamp), (1_000, 1_200));
        assert!(info.is_transactional() && !info.is_control() && !info.is_log_append_time());
        assert_eq!(info.crc, crc32c::crc32c(&batch[CRC_START as usize..]));
    }

    #[test]
    fn what_is_no_batch_is_not_read() {
        let batch = Batch::of(1).bytes();
        assert!(BatchInfo::read(&batch[..60]).is_none());
        assert!(BatchInfo::read(&[0; 100]).is_none(), "zeros");
        for (at, value) in [(8, 0x80), (16, 1), (23, 0xff), (11, 48)] {
            let mut bad = batch.clone();
            bad[at] = value;
            if at == 11 {
                bad[10] = 0;
            }
            assert!(BatchInfo::read(&bad).is_none(), "byte {at}");
        }
    }

    #[test]
    fn stored_header_differs_only_where_it_must() {
        let batch = Batch::of(2).bytes();
        let mut header = StoredHeader::placed(&batch, 500, 7).unwrap();
        let info = BatchInfo::read(&header.0).unwrap();
        assert_eq!((info.base_offset, info.leader_epoch), (500, 7));
        assert_eq!(header.0[16..], batch[16..HEADER_LEN], "the checksummed part is the client's");
        header.stamp(99, &batch[HEADER_LEN..]);
        let stamped = BatchInfo::read(&header.0).unwrap();
        assert!(stamped.is_log_append_time() && stamped.max_timestamp == 99);
        let whole = [&header.0[..], &batch[HEADER_LEN..]].concat();
        assert_eq!(stamped.crc, crc32c::crc32c(&whole[CRC_START as usize..]));
    }

    #[test]
    fn marker_tells_its_coordinator() {
        let marker = Batch::marker(true, 12).producer(1, 0, -1).bytes();
        assert!(BatchInfo::read(&marker).unwrap().is_control());
        let expected = EndMarker { coordinator_epoch: 12, is_commit: true };
        assert_eq!(EndMarker::read(&marker), Some(expected));
        let abort = Batch::marker(false, 12).bytes();
        assert_eq!(EndMarker::read(&abort), Some(EndMarker { is_commit: false, ..expected }));
        for len in HEADER_LEN..marker.len() - 1 {
            assert_eq!(EndMarker::read(&marker[..len]), None, "cut at {len}");
        }
    }

    #[test]
    fn sequences_wrap_to_zero() {
        assert_eq!(sequence_plus(i32::MAX, 1), 0);
        assert_eq!(sequence_plus(i32::MAX - 1, 3), 1);
        assert_eq!(sequence_minus(1, 3), i32::MAX - 1);
    }
}
