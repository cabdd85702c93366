//! Snappy as Kafka knows it: snappy-java's frames, or one raw block.
//!
//! snappy-java's stream is a magic, two version numbers, and blocks with their length in front. Other
//! clients leave all that out and send one raw block, which cannot begin with that magic: as a raw block
//! it would be a length followed by an impossible back reference.

use std::io::{self, Read, Write};

use snap::raw::{Decoder, Encoder};

/// Bytes in a block that we write, before compression; what snappy-java uses.
const BLOCK_BYTES: usize = 32 * 1024;

const MAGIC: [u8; 8] = *b"\x82SNAPPY\0";

/// The version that is written, and the oldest that can read it.
const VERSIONS: [u8; 8] = [0, 0, 0, 1, 0, 0, 0, 1];

/// No snappy block grows to more than this many times its size: a back reference of three bytes makes
/// sixty-four.
const GROWTH_MAX: usize = 22;

/// Compresses into snappy-java's frames.
pub(crate) struct Deflate<W> {
    out: W,
    block: Vec<u8>,
    encoder: Encoder,
}

impl<W: Write> Deflate<W> {
    pub(crate) fn new(mut out: W) -> io::Result<Self> {
        out.write_all(&MAGIC)?;
        out.write_all(&VERSIONS)?;
        Ok(Self { out, block: Vec::new(), encoder: Encoder::new() })
    }

    pub(crate) fn finish(mut self) -> io::Result<W> {
        if !self.block.is_empty() {
            self.block_end()?;
        }
        Ok(self.out)
    }

    fn block_end(&mut self) -> io::Result<()> {
        let packed = self.encoder.compress_vec(&self.block)?;
        let length = u32::try_from(packed.len()).map_err(io::Error::other)?;
        self.out.write_all(&length.to_be_bytes())?;
        self.out.write_all(&packed)?;
        self.block.clear();
        Ok(())
    }
}

impl<W: Write> Write for Deflate<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let count = bytes.len().min(BLOCK_BYTES - self.block.len());
        self.block.extend_from_slice(&bytes[..count]);
        if self.block.len() == BLOCK_BYTES {
            self.block_end()?;
        }
        Ok(count)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Inflates block by block.
#[derive(Debug)]
pub(crate) struct Inflate<'a> {
    rest: &'a [u8],
    framed: bool,
    /// The largest block worth inflating.
    limit: usize,
    block: Vec<u8>,
    taken: usize,
}

impl<'a> Inflate<'a> {
    pub(crate) fn new(packed: &'a [u8], limit: usize) -> Self {
        let framed = packed.strip_prefix(&MAGIC).and_then(|rest| rest.get(VERSIONS.len()..));
        Self { rest: framed.unwrap_or(packed), framed: framed.is_some(), limit, block: Vec::new(), taken: 0 }
    }

    fn block_next(&mut self) -> io::Result<()> {
        let packed = if self.framed { self.frame_next()? } else { std::mem::take(&mut self.rest) };
        // The block begins with the length it claims to inflate to.
        let claimed = snap::raw::decompress_len(packed)?;
        if claimed > packed.len().saturating_mul(GROWTH_MAX) {
            return Err(io::Error::other("a snappy block that cannot grow to what it claims"));
        }
        // One byte over the limit is enough to show that it is crossed.
        if claimed > self.limit.saturating_add(1) {
            return Err(io::Error::from(io::ErrorKind::FileTooLarge));
        }
        self.block.resize(claimed, 0);
        self.taken = 0;
        Decoder::new().decompress(packed, &mut self.block)?;
        Ok(())
    }

    fn frame_next(&mut self) -> io::Result<&'a [u8]> {
        let cut = || io::Error::from(io::ErrorKind::UnexpectedEof);
        let (length, rest) = self.rest.split_first_chunk::<4>().ok_or_else(cut)?;
        let length = usize::try_from(u32::from_be_bytes(*length)).map_err(io::Error::other)?;
        let (packed, rest) = rest.split_at_checked(length).ok_or_else(cut)?;
        self.rest = rest;
        Ok(packed)
    }
}

impl Read for Inflate<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        while self.taken == self.block.len() && !self.rest.is_empty() {
            self.block_next()?;
        }
        let count = (&self.block[self.taken..]).read(out)?;
        self.taken += count;
        Ok(count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn deflate(plain: &[u8], out: Vec<u8>) -> Vec<u8> {
        let mut deflate = Deflate::new(out).unwrap();
        deflate.write_all(plain).unwrap();
        deflate.finish().unwrap()
    }

    fn inflate(packed: &[u8], limit: usize) -> io::Result<Vec<u8>> {
        let mut plain = Vec::new();
        Inflate::new(packed, limit).read_to_end(&mut plain)?;
        Ok(plain)
    }

    #[test]
    fn frames_and_raw_blocks_are_both_read() {
        let plain: Vec<u8> = (0..100_000_u32).flat_map(u32::to_be_bytes).collect();
        let mut packed = Vec::new();
        packed = deflate(&plain, packed);
        assert_eq!(packed[..16], *b"\x82SNAPPY\0\0\0\0\x01\0\0\0\x01");
        assert_eq!(inflate(&packed, plain.len()).unwrap(), plain);

        let raw = Encoder::new().compress_vec(&plain).unwrap();
        assert_eq!(inflate(&raw, plain.len()).unwrap(), plain);
    }

    #[test]
    fn a_block_that_claims_too_much_is_refused_before_it_is_inflated() {
        // A raw block that claims four gigabytes in five bytes.
        assert!(inflate(&[0xff, 0xff, 0xff, 0xff, 0x0f, 0x00], usize::MAX).is_err());
        let raw = Encoder::new().compress_vec(&[7; 5000]).unwrap();
        assert_eq!(inflate(&raw, 100).unwrap_err().kind(), io::ErrorKind::FileTooLarge);
    }

    #[test]
    fn a_cut_frame_is_an_error() {
        let mut packed = Vec::new();
        packed = deflate(&[1, 2, 3, 4], packed);
        for length in VERSIONS.len() + MAGIC.len() + 1..packed.len() {
            assert!(inflate(&packed[..length], 1000).is_err(), "{length} bytes");
        }
    }
}
