//! The 61 bytes in front of every batch.

use crate::records::{Attributes, BatchError, TimestampType};

/// The length of the header.
pub const HEADER_BYTES: usize = 61;

/// The only message format there is here.
pub const MAGIC: i8 = 2;

/// The producer id of a producer that has none.
pub const NO_PRODUCER_ID: i64 = -1;

/// The producer epoch of a producer that has none.
pub const NO_PRODUCER_EPOCH: i16 = -1;

/// The sequence of a producer that does not count.
pub const NO_SEQUENCE: i32 = -1;

/// The time stamp of a record without one.
pub const NO_TIMESTAMP: i64 = -1;

/// Offset and length, which the length field does not count.
const PREFIX_BYTES: usize = 12;

/// Where the bytes begin that the checksum covers.
pub(crate) const CHECKED_FROM: usize = 21;

/// Where the format stands, in this and in every older format.
const MAGIC_AT: usize = 16;

/// The header of a batch. The format is not a field: it is [`MAGIC`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BatchHeader {
    /// The offset of the first record; zero on the way from a producer.
    pub base_offset: i64,
    /// How many bytes follow the length field; at least the rest of the header.
    pub batch_length: u32,
    /// The leader's epoch when it was appended.
    pub partition_leader_epoch: i32,
    /// CRC-32C of everything after itself.
    pub crc: u32,
    /// Compression, clock, and what kind of batch it is.
    pub attributes: Attributes,
    /// The offset of the last record, counted from `base_offset`.
    pub last_offset_delta: i32,
    /// The time that the records' own are counted from.
    pub base_timestamp: i64,
    /// The largest time of a record.
    pub max_timestamp: i64,
    /// Who produced it; −1 for a producer without identity.
    pub producer_id: i64,
    /// The producer's epoch.
    pub producer_epoch: i16,
    /// The producer's number of the first record.
    pub base_sequence: i32,
    /// How many records follow.
    pub record_count: i32,
}

impl BatchHeader {
    /// Reads a header from the front of `bytes`, which need not hold more than the header.
    pub fn parse(bytes: &[u8]) -> Result<Self, BatchError> {
        match bytes.get(MAGIC_AT) {
            Some(&magic) if magic.cast_signed() != MAGIC => {
                return Err(BatchError::Magic(magic.cast_signed()));
            }
            _ => {}
        }
        let Some((header, _)) = bytes.split_first_chunk::<HEADER_BYTES>() else {
            return Err(BatchError::Truncated { needed: HEADER_BYTES, available: bytes.len() });
        };
        let mut cursor = Cursor(header);
        let base_offset = i64::from_be_bytes(cursor.take());
        let length = i32::from_be_bytes(cursor.take());
        let batch_length = u32::try_from(length)
            .ok()
            .filter(|length| *length as usize >= HEADER_BYTES - PREFIX_BYTES)
            .ok_or(BatchError::Length(length))?;
        let partition_leader_epoch = i32::from_be_bytes(cursor.take());
        let [_magic] = cursor.take();
        Ok(Self {
            base_offset,
            batch_length,
            partition_leader_epoch,
            crc: u32::from_be_bytes(cursor.take()),
            attributes: Attributes(i16::from_be_bytes(cursor.take())),
            last_offset_delta: i32::from_be_bytes(cursor.take()),
            base_timestamp: i64::from_be_bytes(cursor.take()),
            max_timestamp: i64::from_be_bytes(cursor.take()),
            producer_id: i64::from_be_bytes(cursor.take()),
            producer_epoch: i16::from_be_bytes(cursor.take()),
            base_sequence: i32::from_be_bytes(cursor.take()),
            record_count: i32::from_be_bytes(cursor.take()),
        })
    }

    /// The header as bytes.
    pub fn to_bytes(&self) -> [u8; HEADER_BYTES] {
        let mut bytes = [0; HEADER_BYTES];
        let mut rest = &mut bytes[..];
        let mut put = |value: &[u8]| {
            let (field, tail) = std::mem::take(&mut rest).split_at_mut(value.len());
            field.copy_from_slice(value);
            rest = tail;
        };
        put(&self.base_offset.to_be_bytes());
        put(&self.batch_length.to_be_bytes());
        put(&self.partition_leader_epoch.to_be_bytes());
        put(&MAGIC.to_be_bytes());
        put(&self.crc.to_be_bytes());
        put(&self.attributes.0.to_be_bytes());
        put(&self.last_offset_delta.to_be_bytes());
        put(&self.base_timestamp.to_be_bytes());
        put(&self.max_timestamp.to_be_bytes());
        put(&self.producer_id.to_be_bytes());
        put(&self.producer_epoch.to_be_bytes());
        put(&self.base_sequence.to_be_bytes());
        put(&self.record_count.to_be_bytes());
        bytes
    }

    /// The length of the whole batch.
    pub fn size(&self) -> usize {
        PREFIX_BYTES + self.batch_length as usize
    }

    /// The length of what follows the header.
    pub fn payload_bytes(&self) -> usize {
        self.size() - HEADER_BYTES
    }

    /// Says how long what follows the header is.
    pub(crate) fn payload_bytes_set(&mut self, payload: u32) -> Option<()> {
        let rest = u32::try_from(HEADER_BYTES - PREFIX_BYTES).ok()?;
        self.batch_length = payload.checked_add(rest).filter(|length| *length <= i32::MAX.cast_unsigned())?;
        Some(())
    }

    /// The offset of the last record.
    pub fn last_offset(&self) -> i64 {
        self.base_offset.saturating_add(self.last_offset_delta.into())
    }

    /// The offset of whatever follows the batch.
    pub fn next_offset(&self) -> i64 {
        self.last_offset().saturating_add(1)
    }

    /// The producer's number of the last record, which starts again at zero after `i32::MAX`; −1 when the
    /// producer does not count.
    pub fn last_sequence(&self) -> i32 {
        if self.base_sequence < 0 {
            return NO_SEQUENCE;
        }
        // Both are 31 bits wide: adding in 32 and dropping the top one is the wrap.
        let sum = self.base_sequence.cast_unsigned().wrapping_add(self.last_offset_delta.cast_unsigned());
        (sum & i32::MAX.cast_unsigned()).cast_signed()
    }

    /// Whether a producer with an identity made it.
    pub fn has_producer_id(&self) -> bool {
        self.producer_id >= 0
    }

    /// What the checksum should be with `payload` behind the header.
    pub fn checksum(&self, payload: &[u8]) -> u32 {
        crc32c::crc32c_append(self.checksum_of_header(), payload)
    }

    /// Changes fields that the checksum covers, and corrects the checksum without reading the payload. It
    /// has to be right before: a wrong one stays wrong.
    pub fn amend(&mut self, change: impl FnOnce(&mut Self)) {
        let payload = self.payload_bytes();
        // A checksum of two parts is that of the first, shifted past the second, exclusive-or that of the
        // second. Taking the old first part out leaves the payload's, for the new first part to go in.
        let payload_crc = crc32c::crc32c_combine(self.checksum_of_header(), self.crc, payload);
        change(self);
        self.crc = crc32c::crc32c_combine(self.checksum_of_header(), payload_crc, payload);
    }

    /// Gives all records the broker's time, and corrects the checksum.
    pub fn append_time_set(&mut self, timestamp: i64) {
        self.amend(|header| {
            header.attributes = header.attributes.with_timestamp_type(TimestampType::LogAppend);
            header.max_timestamp = timestamp;
        });
    }

    fn checksum_of_header(&self) -> u32 {
        crc32c::crc32c(&self.to_bytes()[CHECKED_FROM..])
    }
}

/// Takes fields from the front of a header, whose length is known to hold them all.
struct Cursor<'a>(&'a [u8]);

impl Cursor<'_> {
    fn take<const N: usize>(&mut self) -> [u8; N] {
        let mut field = [0; N];
        let (taken, rest) = self.0.split_at(N);
        field.copy_from_slice(taken);
        self.0 = rest;
        field
    }
}
