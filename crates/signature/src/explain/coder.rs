//! Percent coding as clients get it wrong.

use crate::percent::encode_octets_into;

/// How a client writes text that is to be percent-encoded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Coder {
    /// As every scheme here wants it.
    #[default]
    Right,
    /// `+` for a space.
    Plus,
    /// As forms are: `+`, `*` and `%7E`.
    Form,
    /// `! ' ( ) *` as they are.
    Marks,
    /// `/` as it is.
    Slash,
    /// Not at all.
    Raw,
    /// Digits in lower case.
    LowerCase,
    /// Once more than needed.
    Twice,
}

impl Coder {
    /// The text for these octets; those of `kept` are left as they are by rule.
    pub(crate) fn write(self, octets: &[u8], kept: &[u8]) -> String {
        let right = |more: &[u8]| {
            let mut text = String::new();
            encode_octets_into(octets, &[kept, more].concat(), &mut text);
            text
        };
        match self {
            Self::Right => right(b""),
            Self::Plus => right(b"").replace("%20", "+"),
            Self::Form => right(b"*").replace("%20", "+").replace('~', "%7E"),
            Self::Marks => right(b"!'()*"),
            Self::Slash => right(b"/"),
            Self::Raw => String::from_utf8_lossy(octets).into_owned(),
            Self::LowerCase => lower_case_digits(&right(b"")),
            Self::Twice => Self::Right.write(right(b"").as_bytes(), kept),
        }
    }
}

fn lower_case_digits(encoded: &str) -> String {
    let mut text = String::with_capacity(encoded.len());
    let mut digits = 0_u8;
    for character in encoded.chars() {
        text.push(if digits > 0 { character.to_ascii_lowercase() } else { character });
        digits = if character == '%' { 2 } else { digits.saturating_sub(1) };
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_coder_writes_what_its_clients_do() {
        for (coder, expected) in [
            (Coder::Right, "A%20%2B%2A~%21%2F%C3%A9"),
            (Coder::Plus, "A+%2B%2A~%21%2F%C3%A9"),
            (Coder::Form, "A+%2B*%7E%21%2F%C3%A9"),
            (Coder::Marks, "A%20%2B*~!%2F%C3%A9"),
            (Coder::Slash, "A%20%2B%2A~%21/%C3%A9"),
            (Coder::Raw, "A +*~!/\u{e9}"),
            (Coder::LowerCase, "A%20%2b%2a~%21%2f%c3%a9"),
            (Coder::Twice, "A%2520%252B%252A~%2521%252F%25C3%25A9"),
        ] {
            assert_eq!(coder.write("A +*~!/\u{e9}".as_bytes(), b""), expected, "{coder:?}");
        }
        assert_eq!(Coder::Right.write(b"/a b", b"/"), "/a%20b");
    }
}
