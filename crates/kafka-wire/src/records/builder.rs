//! Building batches: what clients send, and the few that a broker writes itself.

use thiserror::Error;

use crate::records::header::{
    BatchHeader, HEADER_BYTES, NO_PRODUCER_EPOCH, NO_PRODUCER_ID, NO_SEQUENCE, NO_TIMESTAMP,
};
use crate::records::{Attributes, Compression, Header};
use crate::wire::varint;

/// A record to be.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NewRecord<'a> {
    /// Its time stamp; −1 for none.
    pub timestamp: i64,
    /// Its key; null for none.
    pub key: Option<&'a [u8]>,
    /// Its value; null marks a deleted key.
    pub value: Option<&'a [u8]>,
    /// Its headers, in order; a key may repeat.
    pub headers: &'a [Header<'a>],
}

/// Why a batch cannot be built.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum BuildError {
    /// No records.
    #[error("a batch needs a record")]
    Empty,
    /// More records, or more bytes, than a batch has room for.
    #[error("too much for one batch")]
    TooLarge,
    /// The compressor gave up.
    #[error("cannot be compressed: {0}")]
    Deflate(String),
}

/// A batch in the making.
#[derive(Clone, Debug)]
pub struct BatchBuilder {
    header: BatchHeader,
    compression: Compression,
    records: Vec<u8>,
    /// The fields of the record being added, whose length goes in front of them.
    fields: Vec<u8>,
}

impl BatchBuilder {
    /// A batch without records, of a producer without identity.
    pub fn new(compression: Compression) -> Self {
        let header = BatchHeader {
            base_offset: 0,
            batch_length: 0,
            partition_leader_epoch: -1,
            crc: 0,
            attributes: Attributes::default().with_compression(compression),
            last_offset_delta: 0,
            base_timestamp: NO_TIMESTAMP,
            max_timestamp: NO_TIMESTAMP,
            producer_id: NO_PRODUCER_ID,
            producer_epoch: NO_PRODUCER_EPOCH,
            base_sequence: NO_SEQUENCE,
            record_count: 0,
        };
        Self { header, compression, records: Vec::new(), fields: Vec::new() }
    }

    /// Made by this producer, which gave the first record this number.
    #[must_use]
    pub fn producer(mut self, id: i64, epoch: i16, base_sequence: i32) -> Self {
        self.header.producer_id = id;
        self.header.producer_epoch = epoch;
        self.header.base_sequence = base_sequence;
        self
    }

    /// Part of a transaction.
    #[must_use]
    pub fn transactional(mut self) -> Self {
        self.header.attributes = self.header.attributes.with_transactional(true);
        self
    }

    /// Standing at this offset, as in a log.
    #[must_use]
    pub fn base_offset(mut self, offset: i64) -> Self {
        self.header.base_offset = offset;
        self
    }

    /// A control batch that ends a transaction of this producer.
    pub(crate) fn marker_of(mut self, producer_id: i64, producer_epoch: i16) -> Self {
        self.header.attributes = self.header.attributes.with_transactional(true).with_control(true);
        self.producer(producer_id, producer_epoch, NO_SEQUENCE)
    }

    /// How many records there are.
    pub fn record_count(&self) -> i32 {
        self.header.record_count
    }

    /// How large the batch would be without compression.
    pub fn plain_bytes(&self) -> usize {
        HEADER_BYTES + self.records.len()
    }

    /// Adds a record. On an error the batch is as it was.
    pub fn push(&mut self, record: &NewRecord<'_>) -> Result<(), BuildError> {
        let offset_delta = self.header.record_count;
        let record_count = offset_delta.checked_add(1).ok_or(BuildError::TooLarge)?;
        if offset_delta == 0 {
            self.header.base_timestamp = record.timestamp;
        }
        self.fields.clear();
        // The attributes, none of which has a meaning.
        self.fields.push(0);
        varint::write_i64(record.timestamp.wrapping_sub(self.header.base_timestamp), &mut self.fields);
        varint::write_i32(offset_delta, &mut self.fields);
        bytes_write(record.key, &mut self.fields)?;
        bytes_write(record.value, &mut self.fields)?;
        varint::write_i32(length(record.headers.len())?, &mut self.fields);
        for header in record.headers {
            bytes_write(Some(header.key), &mut self.fields)?;
            bytes_write(header.value, &mut self.fields)?;
        }
        varint::write_i32(length(self.fields.len())?, &mut self.records);
        self.records.extend_from_slice(&self.fields);
        self.header.max_timestamp = self.header.max_timestamp.max(record.timestamp);
        self.header.last_offset_delta = offset_delta;
        self.header.record_count = record_count;
        Ok(())
    }

    /// The batch.
    pub fn build(self) -> Result<Vec<u8>, BuildError> {
        if self.header.record_count == 0 {
            return Err(BuildError::Empty);
        }
        let mut batch = vec![0; HEADER_BYTES];
        self.compression
            .deflate(&self.records[..], &mut batch)
            .map_err(|error| BuildError::Deflate(error.to_string()))?;
        sealed(batch, self.header)
    }
}

/// A batch from the room for a header with the payload behind it: the header goes there, with length and checksum.
pub(crate) fn sealed(mut batch: Vec<u8>, mut header: BatchHeader) -> Result<Vec<u8>, BuildError> {
    let (front, payload) = batch.split_at_mut(HEADER_BYTES);
    u32::try_from(payload.len())
        .ok()
        .and_then(|length| header.payload_bytes_set(length))
        .ok_or(BuildError::TooLarge)?;
    header.crc = header.checksum(payload);
    front.copy_from_slice(&header.to_bytes());
    Ok(batch)
}

fn bytes_write(bytes: Option<&[u8]>, fields: &mut Vec<u8>) -> Result<(), BuildError> {
    match bytes {
        Some(bytes) => {
            varint::write_i32(length(bytes.len())?, fields);
            fields.extend_from_slice(bytes);
        }
        None => varint::write_i32(-1, fields),
    }
    Ok(())
}

fn length(length: usize) -> Result<i32, BuildError> {
    i32::try_from(length).map_err(|_| BuildError::TooLarge)
}
