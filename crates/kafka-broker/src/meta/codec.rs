//! The bytes inside a record: variable-length integers, length-prefixed texts. Lengths are checked against
//! what is left before anything is reserved for them.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use uuid::Uuid;

/// The bytes are not what their type and version promise.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Malformed;

/// Appends values to bytes.
#[derive(Debug, Default)]
pub(super) struct Encoder {
    bytes: Vec<u8>,
}

impl Encoder {
    pub(super) fn finish(self) -> Vec<u8> {
        self.bytes
    }

    pub(super) fn byte(&mut self, value: u8) {
        self.bytes.push(value);
    }

    /// Seven bits a byte, lowest first; the top bit says that more follow.
    pub(super) fn unsigned(&mut self, mut value: u64) {
        while value >= 0x80 {
            self.bytes.push(value.to_le_bytes()[0] | 0x80);
            value >>= 7;
        }
        self.bytes.push(value.to_le_bytes()[0]);
    }

    /// Small magnitudes of either sign stay short.
    pub(super) fn signed(&mut self, value: i64) {
        self.unsigned((value.cast_unsigned() << 1) ^ (value >> 63).cast_unsigned());
    }

    pub(super) fn length(&mut self, value: usize) {
        self.unsigned(value as u64);
    }

    pub(super) fn bytes(&mut self, value: &[u8]) {
        self.length(value.len());
        self.bytes.extend_from_slice(value);
    }

    pub(super) fn text(&mut self, value: &str) {
        self.bytes(value.as_bytes());
    }

    pub(super) fn optional_text(&mut self, value: Option<&str>) {
        self.byte(u8::from(value.is_some()));
        if let Some(value) = value {
            self.text(value);
        }
    }

    /// All eight bytes, lowest first.
    pub(super) fn fixed(&mut self, value: u64) {
        self.bytes.extend_from_slice(&value.to_le_bytes());
    }

    pub(super) fn uuid(&mut self, value: Uuid) {
        self.bytes.extend_from_slice(value.as_bytes());
    }

    /// To the millisecond.
    pub(super) fn duration(&mut self, value: Duration) {
        self.unsigned(u64::try_from(value.as_millis()).unwrap_or(u64::MAX));
    }
}

/// Takes values from the front of bytes.
#[derive(Debug)]
pub(super) struct Decoder<'a> {
    rest: &'a [u8],
}

impl<'a> Decoder<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    /// Everything has been read.
    pub(super) fn finish(self) -> Result<(), Malformed> {
        if self.rest.is_empty() { Ok(()) } else { Err(Malformed) }
    }

    pub(super) fn array<const N: usize>(&mut self) -> Result<[u8; N], Malformed> {
        let (head, rest) = self.rest.split_first_chunk::<N>().ok_or(Malformed)?;
        self.rest = rest;
        Ok(*head)
    }

    pub(super) fn byte(&mut self) -> Result<u8, Malformed> {
        let [byte] = self.array()?;
        Ok(byte)
    }

    pub(super) fn unsigned(&mut self) -> Result<u64, Malformed> {
        let mut value = 0;
        for shift in (0..64).step_by(7) {
            let byte = self.byte()?;
            let bits = u64::from(byte & 0x7f);
            if bits << shift >> shift != bits {
                return Err(Malformed);
            }
            value |= bits << shift;
            if byte & 0x80 == 0 {
                return Ok(value);
            }
        }
        Err(Malformed)
    }

    pub(super) fn signed(&mut self) -> Result<i64, Malformed> {
        let value = self.unsigned()?;
        Ok((value >> 1).cast_signed() ^ -(value & 1).cast_signed())
    }

    pub(super) fn signed_32(&mut self) -> Result<i32, Malformed> {
        i32::try_from(self.signed()?).map_err(|_| Malformed)
    }

    pub(super) fn signed_16(&mut self) -> Result<i16, Malformed> {
        i16::try_from(self.signed()?).map_err(|_| Malformed)
    }

    /// A count of things that take at least one byte each, so never more than there are bytes.
    pub(super) fn length(&mut self) -> Result<usize, Malformed> {
        let length = usize::try_from(self.unsigned()?).map_err(|_| Malformed)?;
        if length <= self.rest.len() { Ok(length) } else { Err(Malformed) }
    }

    pub(super) fn slice(&mut self) -> Result<&'a [u8], Malformed> {
        let length = self.length()?;
        let (head, rest) = self.rest.split_at(length);
        self.rest = rest;
        Ok(head)
    }

    pub(super) fn bytes(&mut self) -> Result<Bytes, Malformed> {
        self.slice().map(Bytes::copy_from_slice)
    }

    pub(super) fn text(&mut self) -> Result<Arc<str>, Malformed> {
        std::str::from_utf8(self.slice()?).map(Arc::from).map_err(|_| Malformed)
    }

    pub(super) fn optional_text(&mut self) -> Result<Option<Arc<str>>, Malformed> {
        match self.byte()? {
            0 => Ok(None),
            1 => self.text().map(Some),
            _ => Err(Malformed),
        }
    }

    pub(super) fn fixed(&mut self) -> Result<u64, Malformed> {
        self.array().map(u64::from_le_bytes)
    }

    pub(super) fn uuid(&mut self) -> Result<Uuid, Malformed> {
        self.array().map(Uuid::from_bytes)
    }

    pub(super) fn duration(&mut self) -> Result<Duration, Malformed> {
        self.unsigned().map(Duration::from_millis)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn integers_come_back(unsigned: u64, signed: i64) {
            let mut encoder = Encoder::default();
            encoder.unsigned(unsigned);
            encoder.signed(signed);
            let bytes = encoder.finish();
            let mut decoder = Decoder::new(&bytes);
            prop_assert_eq!(decoder.unsigned(), Ok(unsigned));
            prop_assert_eq!(decoder.signed(), Ok(signed));
            prop_assert_eq!(decoder.finish(), Ok(()));
        }
    }

    #[test]
    fn small_integers_take_one_byte() {
        for value in [0, -1, 1, -64, 63] {
            let mut encoder = Encoder::default();
            encoder.signed(value);
            assert_eq!(encoder.finish().len(), 1, "{value}");
        }
    }

    #[test]
    fn what_does_not_fit_is_refused() {
        assert_eq!(Decoder::new(&[0xff; 9]).unsigned(), Err(Malformed), "no end");
        assert_eq!(Decoder::new(&[0xff; 10]).unsigned(), Err(Malformed), "no end");
        let mut over = [0xff; 10];
        over[9] = 2;
        assert_eq!(Decoder::new(&over).unsigned(), Err(Malformed), "65 bits");
        over[9] = 1;
        assert_eq!(Decoder::new(&over).unsigned(), Ok(u64::MAX));
        assert_eq!(Decoder::new(&[0xff, 0xff, 0xff, 0x7f, b'x']).bytes(), Err(Malformed), "forged length");
        assert_eq!(Decoder::new(&[2, 0xc3, 0x28]).text(), Err(Malformed), "not UTF-8");
        assert_eq!(Decoder::new(&[2]).optional_text(), Err(Malformed), "neither absent nor there");
        assert_eq!(Decoder::new(&[0]).finish(), Err(Malformed), "left over");
    }
}
