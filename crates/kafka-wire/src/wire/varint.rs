//! Variable-length numbers: seven bits a byte, lowest first, the high bit saying that more follow.
//!
//! Strict on the way in: a number whose last byte would not fit its type is refused rather than cut.
//! Padding with zero bytes inside that length is accepted, as Kafka's own reader does.

use crate::error::DecodeError;

/// Reads an unsigned 32-bit number from the front of `bytes`.
pub fn read_u32(bytes: &mut &[u8]) -> Result<u32, DecodeError> {
    let mut value = 0;
    for shift in (0..35).step_by(7) {
        let byte = read_u8(bytes)?;
        // The fifth byte has room for four bits, and nothing may follow it.
        if shift == 28 && byte > 0x0f {
            return Err(DecodeError::Varint);
        }
        value |= u32::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Ok(value);
        }
    }
    Err(DecodeError::Varint)
}

/// Reads an unsigned 64-bit number from the front of `bytes`.
pub fn read_u64(bytes: &mut &[u8]) -> Result<u64, DecodeError> {
    let mut value = 0;
    for shift in (0..70).step_by(7) {
        let byte = read_u8(bytes)?;
        // The tenth byte has room for one bit.
        if shift == 63 && byte > 0x01 {
            return Err(DecodeError::Varint);
        }
        value |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Ok(value);
        }
    }
    Err(DecodeError::Varint)
}

/// Reads a signed (zigzag) 32-bit number from the front of `bytes`.
pub fn read_i32(bytes: &mut &[u8]) -> Result<i32, DecodeError> {
    read_u32(bytes).map(unzigzag_i32)
}

/// Reads a signed (zigzag) 64-bit number from the front of `bytes`.
pub fn read_i64(bytes: &mut &[u8]) -> Result<i64, DecodeError> {
    read_u64(bytes).map(unzigzag_i64)
}

/// Appends an unsigned 32-bit number.
pub fn write_u32(value: u32, out: &mut Vec<u8>) {
    write_u64(u64::from(value), out);
}

/// Appends an unsigned 64-bit number.
pub fn write_u64(mut value: u64, out: &mut Vec<u8>) {
    while value >= 0x80 {
        out.push(value.to_le_bytes()[0] | 0x80);
        value >>= 7;
    }
    out.push(value.to_le_bytes()[0]);
}

/// Appends a signed (zigzag) 32-bit number.
pub fn write_i32(value: i32, out: &mut Vec<u8>) {
    write_u32(((value << 1) ^ (value >> 31)).cast_unsigned(), out);
}

/// Appends a signed (zigzag) 64-bit number.
pub fn write_i64(value: i64, out: &mut Vec<u8>) {
    write_u64(((value << 1) ^ (value >> 63)).cast_unsigned(), out);
}

/// The signed number that zigzag form stands for.
pub fn unzigzag_i32(value: u32) -> i32 {
    (value >> 1).cast_signed() ^ -(value & 1).cast_signed()
}

/// The signed number that zigzag form stands for.
pub fn unzigzag_i64(value: u64) -> i64 {
    (value >> 1).cast_signed() ^ -(value & 1).cast_signed()
}

fn read_u8(bytes: &mut &[u8]) -> Result<u8, DecodeError> {
    let (&first, rest) = bytes.split_first().ok_or(DecodeError::Truncated { needed: 1, available: 0 })?;
    *bytes = rest;
    Ok(first)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_survive() {
        for value in [0, 1, -1, 63, -64, 64, 300, -300, i32::MAX, i32::MIN] {
            let mut bytes = Vec::new();
            write_i32(value, &mut bytes);
            assert_eq!(read_i32(&mut &bytes[..]), Ok(value));
        }
        for value in [0, 1, -1, i64::from(i32::MAX) + 1, i64::MAX, i64::MIN] {
            let mut bytes = Vec::new();
            write_i64(value, &mut bytes);
            assert_eq!(read_i64(&mut &bytes[..]), Ok(value));
        }
    }

    #[test]
    fn the_format_is_kafkas() {
        let mut bytes = Vec::new();
        write_u32(300, &mut bytes);
        assert_eq!(bytes, [0xac, 0x02]);
        bytes.clear();
        write_i32(-3, &mut bytes);
        assert_eq!(bytes, [0x05]);
    }

    #[test]
    fn over_long_numbers_are_refused() {
        assert_eq!(read_u32(&mut &[0xff, 0xff, 0xff, 0xff, 0x0f][..]), Ok(u32::MAX));
        assert_eq!(read_u32(&mut &[0xff, 0xff, 0xff, 0xff, 0x1f][..]), Err(DecodeError::Varint));
        assert_eq!(read_u32(&mut &[0x80, 0x80, 0x80, 0x80, 0x80, 0x00][..]), Err(DecodeError::Varint));
        let longest = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01];
        assert_eq!(read_u64(&mut &longest[..]), Ok(u64::MAX));
        let over = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x02];
        assert_eq!(read_u64(&mut &over[..]), Err(DecodeError::Varint));
    }

    #[test]
    fn an_unfinished_number_is_truncated() {
        let cut = Err(DecodeError::Truncated { needed: 1, available: 0 });
        assert_eq!(read_u32(&mut &[][..]), cut);
        assert_eq!(read_u32(&mut &[0x80, 0x80][..]), cut);
    }
}
