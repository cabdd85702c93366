//! Names and descriptions, beyond their length.

use crate::dialects::aliyun::params::Rejection;

/// Fails when a text starts as an address does.
pub(crate) fn check(name: &'static str, text: Option<&str>) -> Result<(), Rejection> {
    match text {
        Some(text) if text.starts_with("http://") || text.starts_with("https://") => {
            Err(Rejection::rule(name, "must not start with http:// or https://"))
        }
        _ => Ok(()),
    }
}

/// Fails also when a name does not start with a letter, of whatever alphabet. The empty name is none.
pub(crate) fn check_letter(name: &'static str, text: Option<&str>) -> Result<(), Rejection> {
    if text.is_some_and(|text| !text.is_empty() && !text.starts_with(char::is_alphabetic)) {
        return Err(Rejection::rule(name, "must start with a letter"));
    }
    check(name, text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_no_names() {
        for (text, plain, letter) in [
            ("", true, true),
            ("web", true, true),
            ("网络", true, true),
            ("1st", true, false),
            ("_x", true, false),
            ("http://x", false, false),
            ("https://x", false, false),
            ("httpd", true, true),
        ] {
            assert_eq!(check("Name", Some(text)).is_ok(), plain, "{text}");
            assert_eq!(check_letter("Name", Some(text)).is_ok(), letter, "{text}");
        }
        assert_eq!((check("Name", None), check_letter("Name", None)), (Ok(()), Ok(())));
    }
}
