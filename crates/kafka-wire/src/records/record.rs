//! The records of a batch with their keys, values and headers, borrowed from its plain bytes.

use std::borrow::Cow;

use crate::records::{BatchHeader, RecordError, RecordFault, TimestampType};
use crate::wire::varint;

/// The plain bytes of a batch's records.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Plain<'a> {
    header: BatchHeader,
    bytes: Cow<'a, [u8]>,
}

/// One record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Record<'a> {
    /// Its offset in the partition.
    pub offset: i64,
    /// Its time stamp; the batch's, when the broker's clock is used.
    pub timestamp: i64,
    /// Its key; null in a record without one.
    pub key: Option<&'a [u8]>,
    /// Its value; null marks a deleted key.
    pub value: Option<&'a [u8]>,
    /// Its headers, in order; a key may repeat.
    pub headers: Headers<'a>,
}

/// One header of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Header<'a> {
    /// UTF-8 by convention, which nothing enforces.
    pub key: &'a [u8],
    /// Whatever it says; may be null.
    pub value: Option<&'a [u8]>,
}

/// The headers of a record; known to be well formed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Headers<'a> {
    count: usize,
    bytes: &'a [u8],
}

/// The records of a batch, in order. After an error there are no more.
#[derive(Clone, Debug)]
pub struct RecordsIter<'a> {
    header: &'a BatchHeader,
    rest: &'a [u8],
    index: i32,
    failed: bool,
}

impl<'a> Plain<'a> {
    pub(crate) fn new(header: BatchHeader, bytes: Cow<'a, [u8]>) -> Self {
        Self { header, bytes }
    }

    /// The records; as many as the batch's header says, and nothing behind them.
    pub fn records(&self) -> RecordsIter<'_> {
        RecordsIter { header: &self.header, rest: &self.bytes, index: 0, failed: false }
    }
}

impl<'a> Iterator for RecordsIter<'a> {
    type Item = Result<Record<'a>, RecordError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.failed {
            return None;
        }
        let index = self.index;
        let parsed = if index < self.header.record_count {
            self.index += 1;
            Record::parse(self.header, &mut self.rest).map(|(_, record)| record)
        } else if self.rest.is_empty() {
            return None;
        } else {
            Err(RecordFault::Trailing)
        };
        self.failed = parsed.is_err();
        Some(parsed.map_err(|fault| RecordError { index, fault }))
    }
}

impl<'a> Record<'a> {
    /// Splits the first record off `rest`, with its offset as the batch counts it. When `rest` ends before
    /// the record does, the fault is [`RecordFault::Truncated`]; no other depends on what follows.
    pub(crate) fn parse(header: &BatchHeader, rest: &mut &'a [u8]) -> Result<(i32, Self), RecordFault> {
        let size = length(varint::read_i32(rest)?)?.ok_or(RecordFault::Length(-1))?;
        let mut fields = take(rest, size)?;
        Self::parse_fields(header, &mut fields).map_err(|fault| match fault {
            // The record is all there, so it is its own size that is too small.
            RecordFault::Truncated => RecordFault::Size,
            other => other,
        })
    }

    fn parse_fields(header: &BatchHeader, fields: &mut &'a [u8]) -> Result<(i32, Self), RecordFault> {
        // One byte of attributes, none of which has a meaning.
        take(fields, 1)?;
        let timestamp_delta = varint::read_i64(fields)?;
        let offset_delta = varint::read_i32(fields)?;
        let key = nullable(fields)?;
        let value = nullable(fields)?;
        let headers = Headers::parse(fields)?;
        if !fields.is_empty() {
            return Err(RecordFault::Size);
        }
        let offset = header.base_offset.saturating_add(offset_delta.into());
        Ok((
            offset_delta,
            Self { offset, timestamp: timestamp(header, timestamp_delta), key, value, headers },
        ))
    }
}

impl<'a> Headers<'a> {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.count
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }

    /// Each of them, in order.
    pub fn iter(&self) -> impl Iterator<Item = Header<'a>> + use<'a> {
        let mut rest = self.bytes;
        // Parsed once already, so none of them fails.
        (0..self.count).map_while(move |_| Header::parse(&mut rest).ok())
    }

    /// Walks the headers at the front of `fields`, which end there.
    fn parse(fields: &mut &'a [u8]) -> Result<Self, RecordFault> {
        let count = length(varint::read_i32(fields)?)?.ok_or(RecordFault::Length(-1))?;
        let bytes = *fields;
        for _ in 0..count {
            Header::parse(fields)?;
        }
        Ok(Self { count, bytes: &bytes[..bytes.len() - fields.len()] })
    }
}

impl<'a> Header<'a> {
    fn parse(fields: &mut &'a [u8]) -> Result<Self, RecordFault> {
        let key = nullable(fields)?.ok_or(RecordFault::Length(-1))?;
        Ok(Self { key, value: nullable(fields)? })
    }
}

/// A record's time: the broker's for all, or its own.
pub(crate) fn timestamp(header: &BatchHeader, delta: i64) -> i64 {
    match header.attributes.timestamp_type() {
        TimestampType::LogAppend => header.max_timestamp,
        // Wraps as the clients' arithmetic does, so that both sides see the same nonsense.
        TimestampType::Create => header.base_timestamp.wrapping_add(delta),
    }
}

/// A length that may be −1 for null.
pub(crate) fn length(length: i32) -> Result<Option<usize>, RecordFault> {
    match length {
        -1 => Ok(None),
        length => usize::try_from(length).map(Some).map_err(|_| RecordFault::Length(length)),
    }
}

fn nullable<'a>(fields: &mut &'a [u8]) -> Result<Option<&'a [u8]>, RecordFault> {
    match length(varint::read_i32(fields)?)? {
        Some(length) => take(fields, length).map(Some),
        None => Ok(None),
    }
}

fn take<'a>(bytes: &mut &'a [u8], length: usize) -> Result<&'a [u8], RecordFault> {
    let (taken, rest) = bytes.split_at_checked(length).ok_or(RecordFault::Truncated)?;
    *bytes = rest;
    Ok(taken)
}
