//! The time of an event, and whether its wall clock may be used to forget things.

use std::time::Duration;

use machine::clock::Clock;

/// The time of an event.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Now {
    /// Monotonic, for deadlines.
    pub(crate) elapsed: Duration,
    /// Wall time in milliseconds since 1970, for stamps.
    pub(crate) wall_ms: i64,
}

impl Now {
    /// By this clock.
    pub(crate) fn of(clock: &Clock) -> Self {
        Self { elapsed: clock.elapsed(), wall_ms: clock.now_ms() }
    }
}

/// A wall clock that has moved this much against the monotonic one was set, and perhaps wrongly.
const JUMP_MS: i64 = 60 * 60 * 1_000;

/// A restart after so long more likely comes from a wrong clock than from a long rest.
const REST_MAX_MS: i64 = 30 * 24 * 60 * 60 * 1_000;

/// How long an operator has to set a wrong clock right before anything is forgotten by it.
const HOLD: Duration = Duration::from_secs(60 * 60);

/// Decides whether the wall clock may be used to forget things. It may not for a while after it has jumped,
/// or after a restart into a time that is hard to believe.
#[derive(Debug)]
pub(crate) struct RetentionHold {
    last: Now,
    until: Option<Duration>,
}

impl RetentionHold {
    /// From the start of the broker. `last_seen_ms` is the latest time that the run before it knew.
    pub(crate) fn new(last_seen_ms: Option<i64>, now: Now) -> Self {
        let rest = last_seen_ms.map_or(0, |last| now.wall_ms.saturating_sub(last));
        let believable = (-JUMP_MS..=REST_MAX_MS).contains(&rest);
        Self { last: now, until: (!believable).then(|| now.elapsed + HOLD) }
    }

    /// Whether the clock can be trusted now. Ask at least once an hour.
    pub(crate) fn trusts(&mut self, now: Now) -> bool {
        let monotonic = now.elapsed.saturating_sub(self.last.elapsed).as_millis();
        let wall = now.wall_ms.saturating_sub(self.last.wall_ms);
        let jump = wall.saturating_sub(i64::try_from(monotonic).unwrap_or(i64::MAX));
        self.last = now;
        if jump.saturating_abs() > JUMP_MS {
            tracing::warn!(jump_ms = jump, "the clock was set: nothing is forgotten for an hour");
            self.until = Some(now.elapsed + HOLD);
        }
        self.until = self.until.filter(|until| *until > now.elapsed);
        self.until.is_none()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOUR: i64 = 60 * 60 * 1_000;

    fn now(elapsed_ms: i64, wall_ms: i64) -> Now {
        Now { elapsed: Duration::from_millis(elapsed_ms.unsigned_abs()), wall_ms }
    }

    #[test]
    fn a_clock_that_runs_evenly_is_trusted() {
        let mut hold = RetentionHold::new(None, now(0, 1_000));
        for hour in 1..100 {
            assert!(hold.trusts(now(hour * HOUR, 1_000 + hour * HOUR + hour)));
        }
    }

    #[test]
    fn a_jump_either_way_holds_for_an_hour() {
        for jump in [-2 * HOUR, 2 * HOUR] {
            let mut hold = RetentionHold::new(None, now(0, 10 * HOUR));
            assert!(!hold.trusts(now(1, 10 * HOUR + jump)));
            assert!(!hold.trusts(now(HOUR, 11 * HOUR + jump)));
            assert!(hold.trusts(now(HOUR + 1, 11 * HOUR + jump)));
        }
    }

    #[test]
    fn a_start_in_an_unlikely_time_holds() {
        let day = 24 * HOUR;
        for (rest, trusted) in [(0, true), (29 * day, true), (31 * day, false), (-2 * HOUR, false)] {
            let start = 100 * day;
            let mut hold = RetentionHold::new(Some(start - rest), now(0, start));
            assert_eq!(hold.trusts(now(1, start + 1)), trusted, "{rest}");
            assert!(hold.trusts(now(HOUR, start + HOUR)));
        }
    }
}
