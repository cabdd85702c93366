//! Constant time comparison and what is left of a failed one.

use std::fmt;

use subtle::ConstantTimeEq;

/// A signature that is not the one computed here.
///
/// Holds the server's string to sign, for the caller of the request alone. That string can carry a password
/// that was a parameter, so `Debug` does not show it and it must never be logged.
#[derive(Clone, PartialEq, Eq)]
pub struct Mismatch {
    string_to_sign: String,
}

impl Mismatch {
    pub(crate) fn of(string_to_sign: String) -> Self {
        Self { string_to_sign }
    }

    /// The string that the server signed. Goes into the reply to the caller and nowhere else.
    pub fn string_to_sign(&self) -> &str {
        &self.string_to_sign
    }
}

impl fmt::Debug for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Mismatch(…)")
    }
}

/// Compares in a time that depends on the lengths alone.
pub(crate) fn compare(computed: &str, received: &str, string_to_sign: &str) -> Result<(), Mismatch> {
    if bool::from(computed.as_bytes().ct_eq(received.as_bytes())) {
        Ok(())
    } else {
        Err(Mismatch::of(string_to_sign.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_does_not_show_the_string() {
        let mismatch = compare("a", "b", "GET&%2F&Password%3Dhunter2").unwrap_err();
        assert_eq!(format!("{mismatch:?}"), "Mismatch(…)");
        assert_eq!(mismatch.string_to_sign(), "GET&%2F&Password%3Dhunter2");
    }

    #[test]
    fn a_prefix_is_not_equal() {
        assert!(compare("abc", "abc", "").is_ok());
        for other in ["", "ab", "abcd", "abC"] {
            assert!(compare("abc", other, "").is_err(), "{other:?}");
        }
    }
}
