//! Texts of a caller's in messages.
//!
//! Clients search all of a refusal for the codes they know: the Terraform provider repeats a call for minutes where it
//! finds one that is worth repeating, and forgets a resource where it finds `NotFound`. Every code has a capital letter.
//! So what a caller has written is quoted where it has none, is plain and is short, and left out elsewhere: whoever has
//! written it knows it.

use std::fmt;

/// Most characters that are quoted.
const LENGTH_MAX: usize = 256;

/// Whether a text can stand in a message.
pub(crate) fn is_quotable(text: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b":/_.-*".contains(&byte);
    !text.is_empty() && text.len() <= LENGTH_MAX && text.bytes().all(is_plain)
}

/// A colon and the text, after a sentence that is whole without them; nothing where the text cannot be quoted.
pub(crate) struct Quoted<'t>(pub(crate) &'t str);

impl fmt::Display for Quoted<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if is_quotable(self.0) { write!(f, ": {}", self.0) } else { Ok(()) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_be_a_code_is_not_quoted() {
        for (text, said) in [
            ("orders-2_b.x", ": orders-2_b.x"),
            ("alikafka_post-cn-0pp1l9z8z001", ": alikafka_post-cn-0pp1l9z8z001"),
            ("10.0.0.0/8", ": 10.0.0.0/8"),
            ("ONS_SYSTEM_FLOW_CONTROL", ""),
            ("a.NotFound", ""),
            ("Throttling", ""),
            ("instance is not found", ""),
            ("付款", ""),
            ("a\"b", ""),
            ("", ""),
            (&"x".repeat(257), ""),
        ] {
            assert_eq!(Quoted(text).to_string(), said, "{text}");
        }
    }
}
