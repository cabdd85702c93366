//! Terms that are paid for, in months of the calendar.

use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

/// So many months after a moment (both in milliseconds since 1970, in UTC): the same day of the month, or the last of a
/// shorter one.
pub fn months_later(from_ms: i64, months: i32) -> i64 {
    let end = Timestamp::from_millisecond(from_ms)
        .and_then(|from| from.to_zoned(TimeZone::UTC).checked_add(months.months()))
        .map(|end| end.timestamp().as_millisecond());
    // Only a clock at the end of all time gets here.
    end.unwrap_or(i64::MAX)
}

/// When a term ends that has ended at `end_ms` and is renewed by a month until it reaches beyond `now_ms`.
pub(crate) fn renewed(end_ms: i64, now_ms: i64) -> i64 {
    (1..).map(|months| months_later(end_ms, months)).find(|renewed| *renewed > now_ms).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ms(text: &str) -> i64 {
        text.parse::<Timestamp>().unwrap().as_millisecond()
    }

    #[test]
    fn a_month_later_is_the_same_day_or_the_last_of_a_shorter_month() {
        for (from, months, to) in [
            ("2022-06-24T08:00:30Z", 1, "2022-07-24T08:00:30Z"),
            ("2022-01-31T00:00:00Z", 1, "2022-02-28T00:00:00Z"),
            ("2024-02-29T00:00:00Z", 36, "2027-02-28T00:00:00Z"),
            ("2020-01-02T10:43:39Z", 120, "2030-01-02T10:43:39Z"),
        ] {
            assert_eq!(months_later(ms(from), months), ms(to), "{from} and {months} months");
        }
        assert_eq!(months_later(i64::MAX, 1), i64::MAX);
    }

    #[test]
    fn a_renewed_term_reaches_beyond_now() {
        let end = ms("2022-01-31T00:00:00Z");
        assert_eq!(renewed(end, end), ms("2022-02-28T00:00:00Z"));
        assert_eq!(renewed(end, ms("2022-02-27T23:59:59Z")), ms("2022-02-28T00:00:00Z"));
        // After a long rest, the day of the month is still the first one's.
        assert_eq!(renewed(end, ms("2022-02-28T00:00:00Z")), ms("2022-03-31T00:00:00Z"));
        assert_eq!(renewed(end, ms("2023-04-30T00:00:00Z")), ms("2023-05-31T00:00:00Z"));
    }
}
