//! A place in the records of a batch as they are inflated, for walks that never have a record in one piece.

use crate::records::RecordFault;
use crate::records::inflate::Inflate;
use crate::records::record::length;
use crate::wire::varint::unzigzag_i32;

/// A place in the records of a batch.
#[derive(Debug)]
pub(crate) struct Cursor<'a> {
    pub(crate) inflate: Inflate<'a>,
    /// What is left of the record's own size.
    left: usize,
}

impl<'a> Cursor<'a> {
    pub(crate) fn new(inflate: Inflate<'a>) -> Self {
        Self { inflate, left: 0 }
    }

    /// Enters the next record, and tells its size.
    pub(crate) fn record(&mut self) -> Result<usize, RecordFault> {
        // The size itself is not part of what it counts.
        self.left = usize::MAX;
        self.left = self.length()?.ok_or(RecordFault::Length(-1))?;
        Ok(self.left)
    }

    /// What is left of the record.
    pub(crate) fn left(&self) -> usize {
        self.left
    }

    pub(crate) fn end(&mut self) -> Result<(), RecordFault> {
        if self.inflate.fill()?.is_empty() { Ok(()) } else { Err(RecordFault::Trailing) }
    }

    pub(crate) fn length(&mut self) -> Result<Option<usize>, RecordFault> {
        length(self.signed()?)
    }

    pub(crate) fn signed(&mut self) -> Result<i32, RecordFault> {
        let bits = self.number(32)?;
        u32::try_from(bits).map(unzigzag_i32).map_err(|_| RecordFault::Varint)
    }

    /// A variable-length number of at most `width` bits; see [`crate::wire::varint`], which does the same
    /// where all bytes are at hand.
    pub(crate) fn number(&mut self, width: u32) -> Result<u64, RecordFault> {
        let mut value = 0;
        for shift in (0..width).step_by(7) {
            let byte = self.byte()?;
            let bits = u64::from(byte & 0x7f);
            // The last byte has room for fewer bits than seven.
            if shift + 7 > width && bits >> (width - shift) != 0 {
                return Err(RecordFault::Varint);
            }
            value |= bits << shift;
            if byte < 0x80 {
                return Ok(value);
            }
        }
        Err(RecordFault::Varint)
    }

    pub(crate) fn byte(&mut self) -> Result<u8, RecordFault> {
        self.left = self.left.checked_sub(1).ok_or(RecordFault::Size)?;
        let byte = *self.inflate.fill()?.first().ok_or(RecordFault::Truncated)?;
        self.inflate.consume(1);
        Ok(byte)
    }

    /// Takes `count` bytes in pieces, as they come.
    pub(crate) fn pieces<E: From<RecordFault>>(
        &mut self,
        mut count: usize,
        mut take: impl FnMut(&[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        self.left = self.left.checked_sub(count).ok_or(RecordFault::Size)?;
        while count > 0 {
            let window = self.inflate.fill()?;
            let there = window.len().min(count);
            if there == 0 {
                return Err(RecordFault::Truncated.into());
            }
            take(&window[..there])?;
            self.inflate.consume(there);
            count -= there;
        }
        Ok(())
    }

    pub(crate) fn skip(&mut self, count: usize) -> Result<(), RecordFault> {
        self.pieces(count, |_| Ok(()))
    }
}
