//! Percent coding: the one way to write it, the several ways to read it.

use std::fmt;

/// Encodes every byte of the UTF-8 form except `A-Z a-z 0-9 - _ . ~` as `%XY` in upper case.
pub fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len() + text.len() / 4);
    encode_into(text, &mut encoded);
    encoded
}

/// As [`encode`], appended to `encoded`.
pub(crate) fn encode_into(text: &str, encoded: &mut String) {
    encode_octets_into(text.as_bytes(), b"", encoded);
}

/// As [`encode_into`], for bytes that need not be UTF-8; those of `kept` stay as they are.
pub(crate) fn encode_octets_into(octets: &[u8], kept: &[u8], encoded: &mut String) {
    const HEX: &[u8; 16] = b"0123456789ABCDEF";
    for &byte in octets {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.' | b'~') || kept.contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push('%');
            encoded.push(char::from(HEX[usize::from(byte >> 4)]));
            encoded.push(char::from(HEX[usize::from(byte & 15)]));
        }
    }
}

/// Why a name or value could not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Malformed {
    /// A `%` without two hexadecimal digits after it.
    Escape,
    /// The bytes are not UTF-8.
    Utf8,
    /// A control character in a name.
    Name,
}

impl fmt::Display for Malformed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Escape => "a percent sign is not followed by two hexadecimal digits",
            Self::Utf8 => "the text is not UTF-8",
            Self::Name => "a parameter name has a control character",
        })
    }
}

impl std::error::Error for Malformed {}

/// Decodes one name or value of a query or form: `+` and `%20` are both a space. Nothing is guessed.
pub fn decode(encoded: &[u8]) -> Result<String, Malformed> {
    String::from_utf8(decode_octets(encoded, b' ')?).map_err(|_| Malformed::Utf8)
}

/// Decodes escapes alone; a `+` becomes `plus`.
pub(crate) fn decode_octets(encoded: &[u8], plus: u8) -> Result<Vec<u8>, Malformed> {
    let mut bytes = Vec::with_capacity(encoded.len());
    let mut rest = encoded;
    while let Some((&byte, tail)) = rest.split_first() {
        rest = tail;
        match byte {
            b'+' => bytes.push(plus),
            b'%' => {
                let (&[high, low], tail) = rest.split_first_chunk::<2>().ok_or(Malformed::Escape)?;
                bytes.push(hex_digit(high)? << 4 | hex_digit(low)?);
                rest = tail;
            }
            _ => bytes.push(byte),
        }
    }
    Ok(bytes)
}

/// Decodes a whole query or form into pairs, in the order they came. A name without `=` has an empty value;
/// empty pieces (`a=1&&b=2`) are no pair.
pub fn decode_pairs(encoded: &[u8]) -> impl Iterator<Item = Result<(String, String), Malformed>> {
    encoded.split(|byte| *byte == b'&').filter(|piece| !piece.is_empty()).map(|piece| {
        let (name, value) = match piece.iter().position(|byte| *byte == b'=') {
            Some(at) => (&piece[..at], &piece[at + 1..]),
            None => (piece, &piece[piece.len()..]),
        };
        let name = decode(name)?;
        if name.chars().any(char::is_control) {
            return Err(Malformed::Name);
        }
        Ok((name, decode(value)?))
    })
}

/// Writes pairs as a query or form. [`decode_pairs`] gives them back.
pub fn encode_pairs<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let mut encoded = String::new();
    for (name, value) in pairs {
        if !encoded.is_empty() {
            encoded.push('&');
        }
        encode_into(name, &mut encoded);
        encoded.push('=');
        encode_into(value, &mut encoded);
    }
    encoded
}

/// The canonical form of several schemes: pairs sorted by the bytes of their names, then written.
pub(crate) fn encode_sorted<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let mut pairs: Vec<_> = pairs.into_iter().collect();
    pairs.sort_unstable();
    encode_pairs(pairs)
}

fn hex_digit(byte: u8) -> Result<u8, Malformed> {
    match byte {
        b'0'..=b'9' => Ok(byte - b'0'),
        b'a'..=b'f' => Ok(byte - b'a' + 10),
        b'A'..=b'F' => Ok(byte - b'A' + 10),
        _ => Err(Malformed::Escape),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn broken_escapes_are_refused() {
        for text in ["%", "%4", "a%zz", "%2", "%%20", "%+1"] {
            assert_eq!(decode(text.as_bytes()), Err(Malformed::Escape), "{text:?}");
        }
        assert_eq!(decode(b"%ff%fe"), Err(Malformed::Utf8));
        assert_eq!(decode(b"%C3%28"), Err(Malformed::Utf8));
    }

    #[test]
    fn a_space_is_read_in_both_spellings_and_case_of_digits_does_not_matter() {
        assert_eq!(decode(b"a+b%20c").unwrap(), "a b c");
        assert_eq!(decode(b"%e4%B8%aD").unwrap(), "中");
    }

    #[test]
    fn control_characters_are_refused_in_names_alone() {
        assert_eq!(decode_pairs(b"a%00=1").next(), Some(Err(Malformed::Name)));
        assert_eq!(decode_pairs(b"a=%0A").next(), Some(Ok(("a".into(), "\n".into()))));
    }

    #[test]
    fn pieces_without_a_name_or_value() {
        let pairs: Vec<_> = decode_pairs(b"&a&&b=&=c&d=e=f").map(Result::unwrap).collect();
        let expected = [("a", ""), ("b", ""), ("", "c"), ("d", "e=f")];
        assert_eq!(pairs, expected.map(|(name, value)| (name.to_owned(), value.to_owned())));
    }

    proptest! {
        #[test]
        fn decoding_undoes_encoding(text in any::<String>()) {
            prop_assert_eq!(decode(encode(&text).as_bytes()), Ok(text));
        }

        #[test]
        fn the_encoded_form_is_plain_and_stable(text in any::<String>()) {
            let encoded = encode(&text);
            prop_assert!(encoded.bytes().all(|b| b.is_ascii_alphanumeric() || b"-_.~%".contains(&b)));
            prop_assert_eq!(encode(&decode(encoded.as_bytes()).unwrap()), encoded);
        }

        #[test]
        fn pairs_survive(pairs in prop::collection::vec(("[^\\p{Cc}]+", any::<String>()), 0..8)) {
            let encoded = encode_pairs(pairs.iter().map(|(n, v)| (n.as_str(), v.as_str())));
            let decoded: Result<Vec<_>, _> = decode_pairs(encoded.as_bytes()).collect();
            prop_assert_eq!(decoded.unwrap(), pairs);
        }

        #[test]
        fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            for (name, value) in decode_pairs(&bytes).flatten() {
                prop_assert!(name.len() + value.len() <= bytes.len());
            }
        }
    }
}
