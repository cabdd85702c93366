//! Record batches written by hand, so that each of their fields can be wrong.

use bytes::{BufMut, Bytes, BytesMut};

/// A batch of records with one-byte values and no keys.
#[derive(Clone)]
pub(crate) struct Batch {
    pub(crate) base_offset: i64,
    pub(crate) magic: i8,
    pub(crate) attributes: i16,
    pub(crate) timestamp: i64,
    pub(crate) producer_id: i64,
    pub(crate) producer_epoch: i16,
    pub(crate) base_sequence: i32,
    pub(crate) records: i32,
    /// What the header says instead of the number of records.
    pub(crate) claimed: Option<i32>,
    pub(crate) key: bool,
    pub(crate) spoiled: bool,
    /// In bytes, of each record.
    pub(crate) value: usize,
}

/// Where the lower byte of the attributes stands in a batch.
pub(crate) const ATTRIBUTES: usize = 22;
pub(crate) const TRANSACTIONAL: i16 = 0x10;
pub(crate) const CONTROL: i16 = 0x20;

impl Default for Batch {
    fn default() -> Self {
        Self {
            base_offset: 0,
            magic: 2,
            attributes: 0,
            timestamp: 1_700_000_000_000,
            producer_id: -1,
            producer_epoch: -1,
            base_sequence: -1,
            records: 1,
            claimed: None,
            key: false,
            spoiled: false,
            value: 1,
        }
    }
}

impl Batch {
    pub(crate) fn bytes(&self) -> Bytes {
        let count = self.claimed.unwrap_or(self.records);
        let mut checked = BytesMut::new();
        checked.put_i16(self.attributes);
        checked.put_i32(self.records - 1);
        checked.put_i64(self.timestamp);
        checked.put_i64(self.timestamp + i64::from(self.records - 1));
        checked.put_i64(self.producer_id);
        checked.put_i16(self.producer_epoch);
        checked.put_i32(self.base_sequence);
        checked.put_i32(count);
        for index in 0..self.records {
            let mut record = BytesMut::new();
            record.put_u8(0);
            varint(&mut record, i64::from(index)); // milliseconds after the first
            varint(&mut record, i64::from(index));
            match self.key {
                true => {
                    varint(&mut record, 1);
                    record.put_u8(b'k');
                }
                false => varint(&mut record, -1),
            }
            varint(&mut record, i64::try_from(self.value).unwrap_or(0));
            record.put_bytes(b'v', self.value);
            varint(&mut record, 0);
            varint(&mut checked, i64::try_from(record.len()).unwrap_or(0));
            checked.put_slice(&record);
        }
        let mut batch = BytesMut::new();
        batch.put_i64(self.base_offset);
        batch.put_i32(i32::try_from(checked.len()).unwrap_or(0) + 9);
        batch.put_i32(-1);
        batch.put_i8(self.magic);
        batch.put_u32(crc32c::crc32c(&checked) ^ u32::from(self.spoiled));
        batch.put_slice(&checked);
        batch.freeze()
    }
}

fn varint(buffer: &mut BytesMut, value: i64) {
    let mut rest = ((value << 1) ^ (value >> 63)).cast_unsigned();
    while rest >= 0x80 {
        buffer.put_u8((rest & 0x7f) as u8 | 0x80);
        rest >>= 7;
    }
    buffer.put_u8(rest as u8);
}
