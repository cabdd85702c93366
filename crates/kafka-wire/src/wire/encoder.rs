//! The encoder: appends values to a buffer, and notes where file ranges go between its bytes.

use crate::error::EncodeError;
use crate::rope::{Region, Splice};
use crate::wire::text::STRING_BYTES_MAX;
use crate::wire::{Context, varint};

/// Appends values to the buffer of a [`Rope`](crate::rope::Rope).
#[derive(Debug)]
pub struct Encoder<'out> {
    bytes: &'out mut Vec<u8>,
    splices: &'out mut Vec<Splice>,
    context: Context,
}

impl<'out> Encoder<'out> {
    /// An encoder that appends to `bytes` and `splices`.
    pub fn new(bytes: &'out mut Vec<u8>, splices: &'out mut Vec<Splice>, context: Context) -> Self {
        Self { bytes, splices, context }
    }

    /// What the form of values depends on.
    pub fn context(&self) -> Context {
        self.context
    }

    /// Writes something in another form than the rest.
    pub fn with(
        &mut self,
        context: Context,
        content: impl FnOnce(&mut Encoder<'_>) -> Result<(), EncodeError>,
    ) -> Result<(), EncodeError> {
        content(&mut Encoder { bytes: self.bytes, splices: self.splices, context })
    }

    /// Appends bytes as they are.
    pub fn put(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// Notes that `region` comes next on the wire, without its bytes passing through here. An empty one is
    /// nothing to come back to.
    pub fn splice(&mut self, region: Region) {
        if region.len > 0 {
            self.splices.push(Splice { position: self.bytes.len(), region });
        }
    }

    /// Writes the length of a string; `None` is null.
    pub fn string_length(&mut self, length: Option<usize>) -> Result<(), EncodeError> {
        let length = bounded(length, STRING_BYTES_MAX.into())?;
        if self.context.flexible {
            self.compact_length(length);
        } else {
            // Within bounds, so the cast keeps the value.
            #[expect(clippy::cast_possible_truncation)]
            let length = length.map_or(-1, |length| length.cast_signed() as i16);
            self.put(&length.to_be_bytes());
        }
        Ok(())
    }

    /// Writes the length of a byte string or the count of an array; `None` is null.
    pub fn long_length(&mut self, length: Option<usize>) -> Result<(), EncodeError> {
        let length = bounded(length, i32::MAX.cast_unsigned())?;
        if self.context.flexible {
            self.compact_length(length);
        } else {
            self.put(&length.map_or(-1, u32::cast_signed).to_be_bytes());
        }
        Ok(())
    }

    /// Writes the number of tagged fields that follow.
    pub fn tag_count(&mut self, count: u32) {
        varint::write_u32(count, self.bytes);
    }

    /// Writes one tagged field. Fields go in ascending order of their tags.
    pub fn tagged_field(
        &mut self,
        tag: u32,
        value: impl FnOnce(&mut Self) -> Result<(), EncodeError>,
    ) -> Result<(), EncodeError> {
        varint::write_u32(tag, self.bytes);
        let start = self.bytes.len();
        value(self)?;
        let end = self.bytes.len();
        let size = bounded(Some(end - start), u32::MAX)?.unwrap_or_default();
        // The size stands before the value but is known only after it: write it behind, then swap.
        varint::write_u32(size, self.bytes);
        let width = self.bytes.len() - end;
        self.bytes[start..].rotate_right(width);
        Ok(())
    }

    fn compact_length(&mut self, length: Option<u32>) {
        // Bounded by `i32::MAX`, so one more fits.
        varint::write_u32(length.map_or(0, |length| length + 1), self.bytes);
    }
}

fn bounded(length: Option<usize>, limit: u32) -> Result<Option<u32>, EncodeError> {
    let Some(length) = length else { return Ok(None) };
    match u32::try_from(length) {
        Ok(short) if short <= limit => Ok(Some(short)),
        _ => Err(EncodeError::TooLong { length, limit: limit as usize }),
    }
}
