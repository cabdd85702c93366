//! Decompression as a stream with an end: what comes out is counted, what goes in is never believed.

use std::fmt;
use std::io::{self, Read};

use flate2::bufread::MultiGzDecoder;
use lz4_flex::frame::FrameDecoder;

use crate::records::{Compression, RecordFault, snappy};

/// The largest window a zstd stream may ask for, as a power of two: 8 MiB, what its levels up to 19 use.
/// The rest need up to 128 MiB for every reader, and are refused.
const ZSTD_WINDOW_LOG_MAX: u32 = 23;

/// How an LZ4 frame begins. Kafka knows no other; in the format of old each stream, however short, has blocks of 8 MiB.
const LZ4_MAGIC: [u8; 4] = [0x04, 0x22, 0x4d, 0x18];

/// Bytes inflated at a time.
const WINDOW_BYTES: usize = 16 * 1024;

/// The records of a batch as a stream of plain bytes.
pub(crate) struct Inflate<'a> {
    source: Source<'a>,
    /// Bytes that may still come out of the source.
    allowance: usize,
    limit: usize,
    window: Vec<u8>,
    taken: usize,
}

enum Source<'a> {
    Plain(&'a [u8]),
    Packed(Box<dyn Read + 'a>),
}

impl<'a> Inflate<'a> {
    /// A stream of what `packed` inflates to, which ends with an error after `limit` bytes. Records that
    /// are not compressed have arrived already and are not counted.
    pub(crate) fn new(compression: Compression, packed: &'a [u8], limit: usize) -> Result<Self, RecordFault> {
        let source = match compression {
            Compression::None => Source::Plain(packed),
            Compression::Gzip => Source::Packed(Box::new(MultiGzDecoder::new(packed))),
            Compression::Snappy => Source::Packed(Box::new(snappy::Inflate::new(packed, limit))),
            Compression::Lz4 if !packed.starts_with(&LZ4_MAGIC) => {
                return Err(RecordFault::Inflate("not an LZ4 frame".into()));
            }
            Compression::Lz4 => Source::Packed(Box::new(FrameDecoder::new(packed))),
            Compression::Zstd => {
                let mut decoder =
                    zstd::stream::read::Decoder::with_buffer(packed).map_err(|error| fault(&error, limit))?;
                decoder.window_log_max(ZSTD_WINDOW_LOG_MAX).map_err(|error| fault(&error, limit))?;
                Source::Packed(Box::new(decoder))
            }
        };
        Ok(Self { source, allowance: limit, limit, window: Vec::new(), taken: 0 })
    }

    /// The plain bytes at hand, after inflating more if there are none; empty at the end.
    pub(crate) fn fill(&mut self) -> Result<&[u8], RecordFault> {
        let packed = match &mut self.source {
            Source::Plain(bytes) => return Ok(bytes),
            Source::Packed(packed) => packed,
        };
        if self.taken == self.window.len() {
            self.window.resize(WINDOW_BYTES, 0);
            let count = packed.read(&mut self.window).map_err(|error| fault(&error, self.limit))?;
            self.window.truncate(count);
            self.taken = 0;
            self.allowance = self.allowance.checked_sub(count).ok_or(RecordFault::TooLarge(self.limit))?;
        }
        Ok(&self.window[self.taken..])
    }

    /// Takes `count` of the bytes that [`Self::fill`] returned.
    pub(crate) fn consume(&mut self, count: usize) {
        match &mut self.source {
            Source::Plain(bytes) => *bytes = &bytes[count..],
            Source::Packed(_) => self.taken += count,
        }
    }

    /// Everything there is left.
    pub(crate) fn read_all(mut self) -> Result<Vec<u8>, RecordFault> {
        let mut all = Vec::new();
        loop {
            let bytes = self.fill()?;
            if bytes.is_empty() {
                return Ok(all);
            }
            all.extend_from_slice(bytes);
            let count = bytes.len();
            self.consume(count);
        }
    }
}

impl fmt::Debug for Inflate<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Inflate").field("allowance", &self.allowance).finish_non_exhaustive()
    }
}

fn fault(error: &io::Error, limit: usize) -> RecordFault {
    match error.kind() {
        io::ErrorKind::FileTooLarge => RecordFault::TooLarge(limit),
        _ => RecordFault::Inflate(error.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn zstd(window_log: u32) -> Result<Vec<u8>, RecordFault> {
        let mut encoder = zstd::stream::write::Encoder::new(Vec::new(), 3).unwrap();
        encoder.window_log(window_log).unwrap();
        // Flushing half-way keeps the encoder from shrinking the window to what there is.
        encoder.write_all(b"small").unwrap();
        encoder.flush().unwrap();
        encoder.write_all(b"er").unwrap();
        let packed = encoder.finish().unwrap();
        Inflate::new(Compression::Zstd, &packed, 100)?.read_all()
    }

    #[test]
    fn a_window_is_not_as_large_as_a_stream_would_like() {
        assert_eq!(zstd(ZSTD_WINDOW_LOG_MAX), Ok(b"smaller".to_vec()));
        assert!(matches!(zstd(ZSTD_WINDOW_LOG_MAX + 1), Err(RecordFault::Inflate(_))));
    }

    #[test]
    fn the_cap_is_what_may_come_out() {
        for compression in Compression::ALL {
            let plain = [b'x'; 50_000];
            let mut packed = Vec::new();
            compression.deflate(&plain, &mut packed).unwrap();
            let inflate = |limit| Inflate::new(compression, &packed, limit).unwrap().read_all();
            assert_eq!(inflate(plain.len()).as_deref(), Ok(&plain[..]), "{compression:?}");
            if compression != Compression::None {
                let limit = plain.len() - 1;
                assert_eq!(inflate(limit), Err(RecordFault::TooLarge(limit)), "{compression:?}");
            }
        }
    }
}
