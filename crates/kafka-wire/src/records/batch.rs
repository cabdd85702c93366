//! A whole batch, and several in a row.

use std::borrow::Cow;

use crate::records::header::{CHECKED_FROM, HEADER_BYTES};
use crate::records::inflate::Inflate;
use crate::records::{BatchError, BatchHeader, Compression, Plain, RecordError, RecordFault, Scan};

/// One whole batch. Its length and format are right; [`Self::checksum_verify`] says whether the rest is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Batch<'a> {
    /// Its header.
    pub header: BatchHeader,
    bytes: &'a [u8],
}

impl<'a> Batch<'a> {
    /// Splits the first batch off `bytes`.
    pub fn parse(bytes: &'a [u8]) -> Result<(Self, &'a [u8]), BatchError> {
        let header = BatchHeader::parse(bytes)?;
        let truncated = BatchError::Truncated { needed: header.size(), available: bytes.len() };
        let (batch, rest) = bytes.split_at_checked(header.size()).ok_or(truncated)?;
        Ok((Self { header, bytes: batch }, rest))
    }

    /// All its bytes.
    pub fn bytes(&self) -> &'a [u8] {
        self.bytes
    }

    /// What follows the header: the records, compressed or not.
    pub fn payload(&self) -> &'a [u8] {
        &self.bytes[HEADER_BYTES..]
    }

    /// Checks the checksum.
    pub fn checksum_verify(&self) -> Result<(), BatchError> {
        let (stored, computed) = (self.header.crc, crc32c::crc32c(&self.bytes[CHECKED_FROM..]));
        if stored == computed { Ok(()) } else { Err(BatchError::Checksum { stored, computed }) }
    }

    /// Checks what only a batch fresh from a producer must satisfy, in the order in which Kafka does; the
    /// checksum and the records have checks of their own.
    pub fn producer_verify(&self) -> Result<(), BatchError> {
        let header = &self.header;
        if header.base_offset != 0 {
            return Err(BatchError::BaseOffset(header.base_offset));
        }
        let (record_count, last_offset_delta) = (header.record_count, header.last_offset_delta);
        if record_count <= 0 || last_offset_delta != record_count - 1 {
            return Err(BatchError::RecordCount { record_count, last_offset_delta });
        }
        if header.attributes.is_control() {
            return Err(BatchError::Control);
        }
        let (producer_id, base_sequence) = (header.producer_id, header.base_sequence);
        if header.has_producer_id() && base_sequence < 0 {
            return Err(BatchError::Sequence { producer_id, base_sequence });
        }
        self.compression().map(drop)
    }

    /// How the records are compressed.
    pub fn compression(&self) -> Result<Compression, BatchError> {
        let attributes = self.header.attributes;
        attributes.compression().ok_or(BatchError::Compression(attributes.compression_code()))
    }

    /// Walks the records without keeping them. Inflating stops with an error after `inflated_max` bytes.
    pub fn scan(&self, inflated_max: usize) -> Result<Scan<'a>, RecordError> {
        Ok(Scan::new(&self.header, self.inflate(inflated_max)?))
    }

    /// The records with their keys, values and headers. Inflating stops with an error after `inflated_max`
    /// bytes; what is not compressed is borrowed.
    pub fn plain(&self, inflated_max: usize) -> Result<Plain<'a>, RecordError> {
        let bytes = match self.compression() {
            Ok(Compression::None) => Cow::Borrowed(self.payload()),
            _ => Cow::Owned(self.inflate(inflated_max)?.read_all().map_err(RecordError::before_any)?),
        };
        Ok(Plain::new(self.header, bytes))
    }

    pub(crate) fn inflate(&self, inflated_max: usize) -> Result<Inflate<'a>, RecordError> {
        self.compression()
            .map_err(|error| RecordFault::Inflate(error.to_string()))
            .and_then(|compression| Inflate::new(compression, self.payload(), inflated_max))
            .map_err(RecordError::before_any)
    }
}

/// The batches in a row of bytes. After an error there are no more, because where the next one begins is
/// then unknown; an incomplete batch at the end is [`BatchError::Truncated`].
#[derive(Clone, Debug)]
pub struct Batches<'a> {
    rest: &'a [u8],
    failed: bool,
}

impl<'a> Batches<'a> {
    /// The batches in `bytes`.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes, failed: false }
    }

    /// The bytes behind the last whole batch returned.
    pub fn rest(&self) -> &'a [u8] {
        self.rest
    }
}

impl<'a> Iterator for Batches<'a> {
    type Item = Result<Batch<'a>, BatchError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() || self.failed {
            return None;
        }
        let parsed = Batch::parse(self.rest);
        self.failed = parsed.is_err();
        Some(parsed.map(|(batch, rest)| {
            self.rest = rest;
            batch
        }))
    }
}
