//! The reader: a cursor over one frame that never goes past its end and never reserves ahead of it.

use crate::error::DecodeError;
use crate::wire::text::STRING_BYTES_MAX;
use crate::wire::{Context, varint};

/// Bytes of decoded arrays that each byte of a request may cost. A Metadata request for topics with
/// names of a few letters, the worst a client sends in earnest, needs about seven.
pub const HEAP_PER_BYTE: usize = 8;

/// The same for a response. Its text may be owned, which is larger, and a client chooses its server; a list
/// of groups with names of a few letters needs about sixteen.
pub const HEAP_PER_RESPONSE_BYTE: usize = 32;

/// Bytes of decoded arrays that any frame may cost, whatever its size.
pub const HEAP_FREE: usize = 64 * 1024;

/// A cursor over one frame's bytes.
#[derive(Debug)]
pub struct Reader<'a> {
    rest: &'a [u8],
    context: Context,
    /// What decoded arrays may still take.
    heap: usize,
}

impl<'a> Reader<'a> {
    /// A reader over all of `bytes`, which may cost [`HEAP_PER_BYTE`].
    pub fn new(bytes: &'a [u8], context: Context) -> Self {
        Self::with_heap(bytes, context, HEAP_PER_BYTE)
    }

    /// A reader over all of `bytes`, each of which may cost `heap_per_byte`.
    pub fn with_heap(bytes: &'a [u8], context: Context, heap_per_byte: usize) -> Self {
        let heap = bytes.len().saturating_mul(heap_per_byte).saturating_add(HEAP_FREE);
        Self { rest: bytes, context, heap }
    }

    /// What the form of values depends on.
    pub fn context(&self) -> Context {
        self.context
    }

    /// The bytes not read yet.
    pub fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// Says that the value is complete: nothing may be left.
    pub fn finish(&self) -> Result<(), DecodeError> {
        match self.rest.len() {
            0 => Ok(()),
            left => Err(DecodeError::Trailing(left)),
        }
    }

    /// The next `length` bytes.
    pub fn take(&mut self, length: usize) -> Result<&'a [u8], DecodeError> {
        let (taken, rest) = self
            .rest
            .split_at_checked(length)
            .ok_or(DecodeError::Truncated { needed: length, available: self.rest.len() })?;
        self.rest = rest;
        Ok(taken)
    }

    /// The next `N` bytes.
    pub fn array<const N: usize>(&mut self) -> Result<[u8; N], DecodeError> {
        let (taken, rest) = self
            .rest
            .split_first_chunk::<N>()
            .ok_or(DecodeError::Truncated { needed: N, available: self.rest.len() })?;
        self.rest = rest;
        Ok(*taken)
    }

    /// The length of a string; `None` is null.
    pub fn string_length(&mut self) -> Result<Option<usize>, DecodeError> {
        if self.context.flexible {
            return match varint::read_u32(&mut self.rest)?.checked_sub(1) {
                Some(length) if length > STRING_BYTES_MAX.into() => Err(DecodeError::StringLength(length)),
                length => Ok(length.map(|length| length as usize)),
            };
        }
        signed_length(i16::from_be_bytes(self.array()?).into()).map(|length| length.map(|l| l as usize))
    }

    /// The length of a byte string; `None` is null.
    pub fn bytes_length(&mut self) -> Result<Option<usize>, DecodeError> {
        self.long_length().map(|length| length.map(|length| length as usize))
    }

    /// The number of an array's elements, each at least `size_min` bytes long; `None` is null. More
    /// elements than the rest of the frame could hold are an error here, before any is read.
    pub fn array_count(&mut self, size_min: usize) -> Result<Option<usize>, DecodeError> {
        let Some(claimed) = self.long_length()? else {
            return Ok(None);
        };
        // An element of no bytes would allow any count at all, so it counts as one byte.
        let possible = self.rest.len() / size_min.max(1);
        let count = claimed as usize;
        if count > possible { Err(DecodeError::Count { claimed, possible }) } else { Ok(Some(count)) }
    }

    /// Accounts for `bytes` of memory about to be reserved.
    pub fn reserve(&mut self, bytes: usize) -> Result<(), DecodeError> {
        self.heap = self.heap.checked_sub(bytes).ok_or(DecodeError::HeapExhausted)?;
        Ok(())
    }

    /// Reads the tagged fields that end a flexible structure. `field` is called with each tag, the
    /// reader narrowed to that field's bytes, and says whether it knows the tag; the bytes of an
    /// unknown one are skipped and forgotten.
    pub fn tagged_fields(
        &mut self,
        mut field: impl FnMut(u32, &mut Self) -> Result<bool, DecodeError>,
    ) -> Result<(), DecodeError> {
        let count = varint::read_u32(&mut self.rest)?;
        let mut lowest = 0;
        for _ in 0..count {
            let tag = varint::read_u32(&mut self.rest)?;
            if u64::from(tag) < lowest {
                return Err(DecodeError::TagOrder(tag));
            }
            lowest = u64::from(tag) + 1;
            let length = varint::read_u32(&mut self.rest)? as usize;
            let bytes = self.take(length)?;
            let after = std::mem::replace(&mut self.rest, bytes);
            if field(tag, self)? {
                self.finish()?;
            }
            self.rest = after;
        }
        Ok(())
    }

    fn long_length(&mut self) -> Result<Option<u32>, DecodeError> {
        if self.context.flexible {
            return Ok(varint::read_u32(&mut self.rest)?.checked_sub(1));
        }
        signed_length(i32::from_be_bytes(self.array()?))
    }
}

fn signed_length(length: i32) -> Result<Option<u32>, DecodeError> {
    match length {
        -1 => Ok(None),
        length => u32::try_from(length).map(Some).map_err(|_| DecodeError::NegativeLength(length)),
    }
}
