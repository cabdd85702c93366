//! A batch in another compression, for topics that have one of their own.

use std::io::{self, Write};

use crate::records::builder::sealed;
use crate::records::header::HEADER_BYTES;
use crate::records::{Batch, BuildError, Compression};

impl Batch<'_> {
    /// The same batch in another compression: the records, byte by byte, and the rest of the header are as they were.
    ///
    /// The records pass in a window, so that no more than the new batch is ever held. It is an error when they inflate
    /// to more than `inflated_max` bytes, and [`BuildError::TooLarge`] when the new batch has more than `bytes_max`.
    pub fn recompressed(
        &self,
        compression: Compression,
        inflated_max: usize,
        bytes_max: usize,
    ) -> Result<Vec<u8>, BuildError> {
        let plain =
            self.inflate(inflated_max).map_err(|error| BuildError::Deflate(error.fault.to_string()))?;
        let mut bounded = Bounded { bytes: vec![0; HEADER_BYTES], bytes_max };
        compression.deflate(plain, &mut bounded).map_err(|error| match error.kind() {
            io::ErrorKind::FileTooLarge => BuildError::TooLarge,
            _ => BuildError::Deflate(error.to_string()),
        })?;
        let mut header = self.header;
        header.attributes = header.attributes.with_compression(compression);
        sealed(bounded.bytes, header)
    }
}

/// Bytes that refuse to become too many.
struct Bounded {
    bytes: Vec<u8>,
    bytes_max: usize,
}

impl Write for Bounded {
    fn write(&mut self, more: &[u8]) -> io::Result<usize> {
        if more.len() > self.bytes_max.saturating_sub(self.bytes.len()) {
            return Err(io::ErrorKind::FileTooLarge.into());
        }
        self.bytes.extend_from_slice(more);
        Ok(more.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::records::{BatchBuilder, Header, NewRecord};

    const PLENTY: usize = 1 << 20;

    /// Several windows of records, with all that a header can say.
    fn batch(compression: Compression) -> Vec<u8> {
        let mut builder = BatchBuilder::new(compression).producer(7, 3, 41).transactional().base_offset(9);
        for number in 0..2_000_u32 {
            let value = number.to_be_bytes().repeat(10);
            let headers = [Header { key: b"a", value: None }, Header { key: b"a", value: Some(b"2") }];
            let timestamp = 1_000 - i64::from(number);
            builder
                .push(&NewRecord { timestamp, key: None, value: Some(&value), headers: &headers })
                .unwrap();
        }
        builder.build().unwrap()
    }

    #[test]
    fn from_every_compression_to_every_other_only_the_compression_changes() {
        for from in Compression::ALL {
            let bytes = batch(from);
            let (before, _) = Batch::parse(&bytes).unwrap();
            for to in Compression::ALL {
                let again = before.recompressed(to, PLENTY, PLENTY).unwrap();
                let (after, rest) = Batch::parse(&again).unwrap();
                assert!(rest.is_empty());
                after.checksum_verify().unwrap();
                assert_eq!(again, batch(to), "{from:?} to {to:?}");
            }
        }
    }

    #[test]
    fn what_is_too_large_is_refused_before_it_is_held() {
        let bytes = batch(Compression::Zstd);
        let (packed, _) = Batch::parse(&bytes).unwrap();
        let plain = batch(Compression::None).len();
        for to in Compression::ALL {
            let size = packed.recompressed(to, PLENTY, PLENTY).unwrap().len();
            assert!(packed.recompressed(to, PLENTY, size).is_ok(), "{to:?}");
            let over = packed.recompressed(to, PLENTY, size - 1);
            assert_eq!(over, Err(BuildError::TooLarge), "{to:?}");
            let bomb = packed.recompressed(to, plain - HEADER_BYTES - 1, PLENTY);
            assert!(matches!(bomb, Err(BuildError::Deflate(_))), "{to:?}: {bomb:?}");
        }
    }
}
