//! How often a key gets new material.

use control::cipher_key::Rotation;

use crate::dialects::aliyun::params::Rejection;

const SECONDS_MIN: i64 = 7 * 86_400;
const SECONDS_MAX: i64 = 365 * 86_400;

/// What two parameters say together: whether it is to rotate, and the interval, `365d` or `604800s`.
pub(crate) fn read(on: bool, interval: Option<String>) -> Result<Rotation, Rejection> {
    let Some(interval) = interval else {
        return match on {
            true => {
                Err(Rejection::rule("RotationInterval", "is needed when EnableAutomaticRotation is true"))
            }
            false => Ok(Rotation::default()),
        };
    };
    let seconds = seconds(&interval).filter(|seconds| (SECONDS_MIN..=SECONDS_MAX).contains(seconds));
    let reason = "must be 7 to 365 days, as a whole number and one of d, h, m, s";
    let seconds = seconds.ok_or_else(|| Rejection::rule("RotationInterval", reason))?;
    Ok(Rotation { on, every_ms: seconds * 1_000, every_text: interval })
}

fn seconds(interval: &str) -> Option<i64> {
    let (digits, unit) = interval.split_at_checked(interval.len().checked_sub(1)?)?;
    let unit = match unit {
        "d" => 86_400,
        "h" => 3_600,
        "m" => 60,
        "s" => 1,
        _ => return None,
    };
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    digits.parse::<i64>().ok()?.checked_mul(unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn intervals() {
        for (text, days) in [("7d", Some(7)), ("365d", Some(365)), ("604800s", Some(7)), ("168h", Some(7))] {
            let read = read(true, Some(text.into())).unwrap();
            assert_eq!((Some(read.every_ms / 86_400_000), read.every_text.as_str()), (days, text));
        }
        for text in ["6d", "366d", "7", "d", "-7d", "+7d", "7 d", "7w", "", "天", "99999999999999999d"] {
            assert!(read(true, Some(text.into())).is_err(), "{text}");
        }
        assert!(read(true, None).is_err());
        assert_eq!(read(false, None).unwrap(), Rotation::default());
    }
}
