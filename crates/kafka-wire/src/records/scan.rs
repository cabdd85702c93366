//! The walk over records as they are inflated: their shape, without keeping their contents.

use crate::records::cursor::Cursor;
use crate::records::inflate::Inflate;
use crate::records::record::timestamp;
use crate::records::{BatchHeader, Record, RecordError, RecordFault};
use crate::wire::varint::unzigzag_i64;

/// What a walk tells of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecordShape {
    /// Its number in the batch, from zero.
    pub index: i32,
    /// Its offset, counted from the batch's.
    pub offset_delta: i32,
    /// Its time stamp; the batch's, when the broker's clock is used.
    pub timestamp: i64,
    /// The length of its key; `None` without one.
    pub key_bytes: Option<usize>,
    /// The length of its value; `None` for null.
    pub value_bytes: Option<usize>,
    /// How many headers it has.
    pub header_count: usize,
}

/// A record with the beginnings of its key and its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordExcerpt {
    /// What it looks like, with the whole lengths.
    pub shape: RecordShape,
    /// The first bytes of its key.
    pub key: Vec<u8>,
    /// The first bytes of its value.
    pub value: Vec<u8>,
}

/// The shapes of a batch's records, in order. After an error there are no more. Memory stays at one small
/// window (and what the decompressor needs), however large a record is.
#[derive(Debug)]
pub struct Scan<'a> {
    header: BatchHeader,
    cursor: Cursor<'a>,
    index: i32,
    ended: bool,
    /// How much of each key and value is kept.
    kept_max: usize,
    /// What was kept of the last record's key and value.
    kept: [Vec<u8>; 2],
}

/// As [`Scan`], with the beginning of every key and value.
#[derive(Debug)]
pub struct Excerpts<'a>(Scan<'a>);

impl<'a> Scan<'a> {
    pub(crate) fn new(header: &BatchHeader, inflate: Inflate<'a>) -> Self {
        Self {
            header: *header,
            cursor: Cursor::new(inflate),
            index: 0,
            ended: false,
            kept_max: 0,
            kept: Default::default(),
        }
    }

    /// Keeps the first `max` bytes of each key and value.
    pub fn excerpts(self, max: usize) -> Excerpts<'a> {
        Excerpts(Self { kept_max: max, ..self })
    }

    fn record(&mut self) -> Result<RecordShape, RecordFault> {
        let window = self.cursor.inflate.fill()?;
        let mut rest = window;
        let (offset_delta, record) = match Record::parse(&self.header, &mut rest) {
            Ok(parsed) => parsed,
            // It may well go on in the next window.
            Err(RecordFault::Truncated) => return self.record_across_windows(),
            Err(fault) => return Err(fault),
        };
        let shape = RecordShape {
            index: self.index,
            offset_delta,
            timestamp: record.timestamp,
            key_bytes: record.key.map(<[u8]>::len),
            value_bytes: record.value.map(<[u8]>::len),
            header_count: record.headers.len(),
        };
        let size = window.len() - rest.len();
        let max = self.kept_max;
        for (kept, bytes) in self.kept.iter_mut().zip([record.key, record.value]) {
            let bytes = bytes.unwrap_or_default();
            kept.clear();
            kept.extend_from_slice(&bytes[..bytes.len().min(max)]);
        }
        self.cursor.inflate.consume(size);
        Ok(shape)
    }

    /// The same for a record that is never in one piece: byte by byte, skipping what it contains.
    fn record_across_windows(&mut self) -> Result<RecordShape, RecordFault> {
        self.cursor.record()?;
        // One byte of attributes, none of which has a meaning.
        self.cursor.skip(1)?;
        let timestamp_delta = unzigzag_i64(self.cursor.number(64)?);
        let offset_delta = self.cursor.signed()?;
        let mut lengths = [None; 2];
        for (which, length) in lengths.iter_mut().enumerate() {
            *length = self.cursor.length()?;
            self.keep(which, length.unwrap_or_default())?;
        }
        let [key_bytes, value_bytes] = lengths;
        let header_count = self.cursor.length()?.ok_or(RecordFault::Length(-1))?;
        for _ in 0..header_count {
            let key_bytes = self.cursor.length()?.ok_or(RecordFault::Length(-1))?;
            self.cursor.skip(key_bytes)?;
            let value_bytes = self.cursor.length()?;
            self.cursor.skip(value_bytes.unwrap_or_default())?;
        }
        if self.cursor.left() > 0 {
            return Err(RecordFault::Size);
        }
        let timestamp = timestamp(&self.header, timestamp_delta);
        Ok(RecordShape { index: self.index, offset_delta, timestamp, key_bytes, value_bytes, header_count })
    }

    /// Keeps the beginning of so many bytes as that of the key (0) or the value (1), and skips the rest.
    fn keep(&mut self, which: usize, count: usize) -> Result<(), RecordFault> {
        self.kept[which].clear();
        let mut wanted = count.min(self.kept_max);
        let rest = count - wanted;
        while wanted > 0 {
            let window = self.cursor.inflate.fill()?;
            let there = window.len().min(wanted);
            self.kept[which].extend_from_slice(&window[..there]);
            // Fails at the end of the stream, where there is nothing.
            self.cursor.skip(there.max(1))?;
            wanted -= there;
        }
        self.cursor.skip(rest)
    }
}

impl Iterator for Scan<'_> {
    type Item = Result<RecordShape, RecordError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.ended {
            return None;
        }
        let index = self.index;
        let step = if index < self.header.record_count {
            let shape = self.record();
            self.ended = shape.is_err();
            self.index += 1;
            shape.map(Some)
        } else {
            self.ended = true;
            self.cursor.end().map(|()| None)
        };
        step.map_err(|fault| RecordError { index, fault }).transpose()
    }
}

impl Iterator for Excerpts<'_> {
    type Item = Result<RecordExcerpt, RecordError>;

    fn next(&mut self) -> Option<Self::Item> {
        let shape = self.0.next()?;
        let [key, value] = std::mem::take(&mut self.0.kept);
        Some(shape.map(|shape| RecordExcerpt { shape, key, value }))
    }
}
