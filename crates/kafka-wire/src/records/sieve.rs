//! Compaction's two looks at a batch: which keys its records have, and the batch with some of its records only.
//!
//! Both go along the records as they are inflated, and the second compresses as it goes: neither ever has the plain
//! bytes of a batch, or of one record, in memory.

use std::io::{self, Write};

use crate::records::builder::sealed;
use crate::records::compression::Deflate;
use crate::records::cursor::Cursor;
use crate::records::header::HEADER_BYTES;
use crate::records::record::timestamp;
use crate::records::{Batch, BuildError, RecordError, RecordFault};
use crate::wire::varint::{self, unzigzag_i64};

/// What compaction asks of a record besides its key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecordMark {
    /// Its offset, counted from the batch's.
    pub offset_delta: i32,
    /// Its time stamp; the batch's, when the broker's clock is used.
    pub timestamp: i64,
    /// Whether it has a key.
    pub has_key: bool,
    /// Whether it has a value; without one it deletes its key.
    pub has_value: bool,
}

/// Who is told of each record of a batch, in order.
pub trait RecordVisitor {
    /// More of the key of the record that comes next.
    fn key(&mut self, piece: &[u8]);
    /// The record; all of its key has come.
    fn record(&mut self, record: &RecordMark);
}

/// Which records of a batch to keep, and what its header says then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sieve {
    /// For each record whether it stays.
    pub kept: Vec<bool>,
    /// The newest time stamp of those that stay.
    pub max_timestamp: i64,
    /// From when on tombstones in it may go; none to leave that as it is.
    pub delete_horizon: Option<i64>,
}

/// Why a batch cannot be sifted.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SieveError {
    /// One of its records is not as it should be.
    #[error(transparent)]
    Record(#[from] RecordError),
    /// What is left does not make a batch.
    #[error(transparent)]
    Build(#[from] BuildError),
}

impl Batch<'_> {
    /// Tells the visitor of each record. Inflating stops with an error after `inflated_max` bytes.
    pub fn visit(&self, inflated_max: usize, visitor: &mut impl RecordVisitor) -> Result<(), RecordError> {
        let mut cursor = Cursor::new(self.inflate(inflated_max)?);
        for index in 0..self.header.record_count {
            self.visit_one(&mut cursor, visitor).map_err(|fault| RecordError { index, fault })?;
        }
        cursor.end().map_err(|fault| RecordError { index: self.header.record_count, fault })
    }

    fn visit_one(
        &self,
        cursor: &mut Cursor<'_>,
        visitor: &mut impl RecordVisitor,
    ) -> Result<(), RecordFault> {
        cursor.record()?;
        // One byte of attributes, none of which has a meaning.
        cursor.skip(1)?;
        let delta = unzigzag_i64(cursor.number(64)?);
        let offset_delta = cursor.signed()?;
        let key = cursor.length()?;
        cursor.pieces(key.unwrap_or_default(), |piece| {
            visitor.key(piece);
            Ok::<_, RecordFault>(())
        })?;
        let value = cursor.length()?;
        cursor.skip(cursor.left())?;
        let timestamp = timestamp(&self.header, delta);
        let (has_key, has_value) = (key.is_some(), value.is_some());
        visitor.record(&RecordMark { offset_delta, timestamp, has_key, has_value });
        Ok(())
    }

    /// The batch with the records that the sieve keeps, of which there must be one. Everything else that its header
    /// and its records say stays, offsets and compression among it. Inflating stops with an error after
    /// `inflated_max` bytes.
    pub fn sift(&self, sieve: &Sieve, inflated_max: usize) -> Result<Vec<u8>, SieveError> {
        let kept = sieve.kept.iter().filter(|kept| **kept).count();
        let mut header = self.header;
        header.record_count = i32::try_from(kept).map_err(|_| BuildError::TooLarge)?;
        if kept == 0 {
            return Err(BuildError::Empty.into());
        }
        header.max_timestamp = sieve.max_timestamp;
        if let Some(horizon) = sieve.delete_horizon {
            header.attributes = header.attributes.with_delete_horizon(true);
            header.base_timestamp = horizon;
        }
        let shift = self.header.base_timestamp.wrapping_sub(header.base_timestamp);
        let compression = self.compression();
        let compression = compression.map_err(|error| before_any(RecordFault::Inflate(error.to_string())))?;
        let mut deflate =
            Deflate::new(compression, vec![0; HEADER_BYTES]).map_err(|error| deflating(&error))?;
        let mut cursor = Cursor::new(self.inflate(inflated_max)?);
        for (index, kept) in (0..).zip(&sieve.kept) {
            let copied = copy(&mut cursor, *kept, shift, &mut deflate);
            copied.map_err(|failed| match failed {
                Failed::Record(fault) => SieveError::Record(RecordError { index, fault }),
                Failed::Deflate(error) => deflating(&error).into(),
            })?;
        }
        let batch = deflate.finish().map_err(|error| deflating(&error))?;
        Ok(sealed(batch, header)?)
    }
}

/// Steps over a record, or copies it, with its time counted from `shift` earlier.
fn copy(cursor: &mut Cursor<'_>, kept: bool, shift: i64, out: &mut Deflate<Vec<u8>>) -> Result<(), Failed> {
    let size = cursor.record()?;
    if !kept {
        return Ok(cursor.skip(size)?);
    }
    let mut front = Vec::with_capacity(16);
    if shift != 0 {
        cursor.pieces(1, |attributes| {
            front.extend_from_slice(attributes);
            Ok::<_, Failed>(())
        })?;
        let delta = unzigzag_i64(cursor.number(64)?).wrapping_add(shift);
        varint::write_i64(delta, &mut front);
    }
    let mut length = Vec::with_capacity(5);
    let size = i32::try_from(front.len() + cursor.left()).map_err(io::Error::other)?;
    varint::write_i32(size, &mut length);
    out.write_all(&length)?;
    out.write_all(&front)?;
    cursor.pieces(cursor.left(), |piece| Ok(out.write_all(piece)?))
}

enum Failed {
    Record(RecordFault),
    Deflate(io::Error),
}

impl From<RecordFault> for Failed {
    fn from(fault: RecordFault) -> Self {
        Self::Record(fault)
    }
}

impl From<io::Error> for Failed {
    fn from(error: io::Error) -> Self {
        Self::Deflate(error)
    }
}

fn deflating(error: &io::Error) -> BuildError {
    BuildError::Deflate(error.to_string())
}

fn before_any(fault: RecordFault) -> RecordError {
    RecordError::before_any(fault)
}

#[cfg(test)]
#[path = "sieve_tests.rs"]
mod tests;
