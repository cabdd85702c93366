//! Moments as several schemes write them.

use jiff::civil::DateTime;
use jiff::tz::TimeZone;

/// Seconds since 1970 of `yyyy-mm-ddThh:mm:ssZ`, which is the only form.
pub(crate) fn iso_seconds(text: &str) -> Option<i64> {
    let shape = b"dddd-dd-ddTdd:dd:ddZ";
    let fits = |(&octet, &expected)| match expected {
        b'd' => u8::is_ascii_digit(&octet),
        _ => octet == expected,
    };
    if text.len() != shape.len() || !text.as_bytes().iter().zip(shape).all(fits) {
        return None;
    }
    let moment: DateTime = text.strip_suffix('Z')?.parse().ok()?;
    Some(moment.to_zoned(TimeZone::UTC).ok()?.timestamp().as_second())
}

/// Whether the text is a moment in that form.
pub(crate) fn is_iso(text: &str) -> bool {
    iso_seconds(text).is_some()
}
