//! Bytes as lower-case hexadecimal text.

use std::fmt::Write;

/// Two digits for each byte.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        write!(text, "{byte:02x}").expect("a string takes all that is written to it");
        text
    })
}

/// Whether the text is what [`hex`] writes for so many bytes.
pub(crate) fn is_hex(text: &str, bytes: usize) -> bool {
    text.len() == bytes * 2 && text.bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_lower_case_and_counted() {
        assert_eq!(hex(&[0, 0xAB, 0xff]), "00abff");
        assert!(is_hex("00abff", 3));
        for other in ["00abf", "00abff0", "00ABff", "00abfg", "", "00abf\u{e9}"] {
            assert!(!is_hex(other, 3), "{other}");
        }
    }
}
