//! How much went by in the last eleven seconds, as Kafka reckons it: eleven samples of a second each, every one from
//! its first amount on.

use std::time::Duration;

/// How long one sample takes amounts in.
const SAMPLE: Duration = Duration::from_secs(1);
/// Samples that count, the one under way among them.
const SAMPLES: usize = 11;
/// The least time that a rate is taken over, and so what may go by at once after a rest.
pub(super) const SPAN_MIN: Duration = Duration::from_secs(SAMPLES as u64 - 1);
/// How long a sample counts.
const WINDOW: Duration = Duration::from_secs(SAMPLES as u64);

/// The amounts of the last seconds.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Window {
    samples: [Sample; SAMPLES],
    /// The one under way.
    newest: usize,
}

#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Sample {
    began: Duration,
    /// Nothing: the sample does not count, whenever it began.
    amount: u64,
}

impl Sample {
    fn counts(&self, now: Duration) -> bool {
        self.amount > 0 && now.saturating_sub(self.began) < WINDOW
    }
}

impl Window {
    /// Takes an amount in.
    pub(super) fn record(&mut self, amount: u64, now: Duration) {
        let newest = &self.samples[self.newest];
        if newest.amount == 0 {
            self.samples[self.newest] = Sample { began: now, amount };
        } else if now.saturating_sub(newest.began) >= SAMPLE {
            self.newest = (self.newest + 1) % SAMPLES;
            self.samples[self.newest] = Sample { began: now, amount };
        } else {
            let amount = newest.amount.saturating_add(amount);
            self.samples[self.newest].amount = amount;
        }
    }

    /// Takes back an amount that was taken in a moment ago.
    pub(super) fn unrecord(&mut self, amount: u64) {
        let newest = &mut self.samples[self.newest].amount;
        *newest = newest.saturating_sub(amount);
    }

    /// What counts now.
    pub(super) fn total(&self, now: Duration) -> u64 {
        let counting = self.samples.iter().filter(|sample| sample.counts(now));
        counting.fold(0, |total, sample| total.saturating_add(sample.amount))
    }

    /// The time that the total is spread over: since the oldest sample began, and where that is not long ago, as if
    /// there had been samples without anything before it.
    fn span(&self, now: Duration) -> Duration {
        let counting = self.samples.iter().filter(|sample| sample.counts(now));
        let age = counting.map(|sample| now.saturating_sub(sample.began)).max().unwrap_or_default();
        if age >= SPAN_MIN { age } else { SPAN_MIN + Duration::from_nanos(age.subsec_nanos().into()) }
    }

    /// How long nothing may follow for the rate to come down to `quota` a second: by how many parts of it the rate is
    /// over, times the time that it is taken over; and no longer than that time. In whole milliseconds.
    pub(super) fn throttle(&self, quota: f64, now: Duration) -> Duration {
        let span = self.span(now).as_secs_f64();
        #[expect(clippy::cast_precision_loss, reason = "a part in 2^53 is neither here nor there")]
        let total = self.total(now) as f64;
        // (total / span - quota) / quota * span, which is the same.
        let over = (total / quota - span).clamp(0.0, span);
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is 0 to 11,000")]
        Duration::from_millis((over * 1_000.0).round() as u64)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const QUOTA: f64 = 1_000.0;

    fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }

    #[test]
    fn after_a_rest_ten_seconds_worth_goes_by_at_once() {
        let mut window = Window::default();
        window.record(10_000, ms(5_000));
        assert_eq!(window.throttle(QUOTA, ms(5_000)), ms(0));
        window.record(1_000, ms(5_000));
        assert_eq!(window.throttle(QUOTA, ms(5_000)), ms(1_000));
        // The span grows within its second, and falls back at the end of it, as in Kafka.
        assert_eq!(window.throttle(QUOTA, ms(5_750)), ms(250));
        assert_eq!(window.throttle(QUOTA, ms(6_000)), ms(1_000));
        // From ten seconds on it is as old as the oldest sample, until that is forgotten.
        assert_eq!(window.throttle(QUOTA, ms(15_400)), ms(600));
        assert_eq!(window.throttle(QUOTA, ms(15_999)), ms(1));
        assert_eq!((window.total(ms(15_999)), window.total(ms(16_000))), (11_000, 0));
    }

    #[test]
    fn nobody_waits_longer_than_the_time_that_counts() {
        let mut window = Window::default();
        window.record(u64::MAX, ms(0));
        window.record(u64::MAX, ms(300));
        assert_eq!(window.throttle(QUOTA, ms(300)), ms(10_300));
    }

    #[test]
    fn what_is_taken_back_was_never_there() {
        let mut window = Window::default();
        window.record(400, ms(0));
        window.record(20_000, ms(2_000));
        window.unrecord(20_000);
        assert_eq!((window.total(ms(2_000)), window.throttle(QUOTA, ms(2_000))), (400, ms(0)));
    }

    #[test]
    fn eleven_samples_count_and_the_twelfth_takes_the_place_of_the_first() {
        let mut window = Window::default();
        for second in 0..12 {
            window.record(1 << second, ms(second * 1_000));
        }
        assert_eq!(window.total(ms(11_000)), (1 << 12) - 2);
    }

    proptest! {
        /// Whoever holds back as long as told is held to what goes by at once after a rest, and to what the formula lets
        /// pass beyond it: each request that goes over is waited for only after it has gone by, for as long as all that
        /// is over takes, so that with r the largest request the sum grows like the root of 2rt, and by one request.
        #[test]
        fn who_holds_back_goes_at_the_quota(
            requests in prop::collection::vec((1_u64..5_000, 0_u64..400), 50..300),
        ) {
            let (mut window, mut now) = (Window::default(), 0);
            let mut sent: Vec<(u64, u64)> = Vec::new();
            for (bytes, rest) in requests {
                window.record(bytes, ms(now));
                sent.push((now, bytes));
                now += u64::try_from(window.throttle(QUOTA, ms(now)).as_millis()).unwrap() + rest;
            }
            for (at, _) in &sent {
                let within = sent.iter().filter(|(other, _)| (*at..at + 10_000).contains(other));
                let total: u64 = within.map(|(_, bytes)| bytes).sum();
                prop_assert!(total <= 11_000 + 10_000 + 5_000, "{total} in ten seconds from {at}");
            }
        }

        /// The formula as it is written down, in the long form.
        #[test]
        fn a_throttle_is_the_part_over_the_quota_times_the_span(
            records in prop::collection::vec((0_u64..30_000, 0_u64..1_500), 1..40),
            quota in 1.0..5_000.0_f64,
        ) {
            let (mut window, mut now) = (Window::default(), 0);
            for (bytes, rest) in records {
                now += rest;
                window.record(bytes, ms(now));
                let span = window.span(ms(now)).as_secs_f64();
                let observed = window.total(ms(now)) as f64 / span;
                let wanted = ((observed - quota) / quota * span).clamp(0.0, span);
                let throttle = window.throttle(quota, ms(now)).as_secs_f64();
                prop_assert!((throttle - wanted).abs() <= 0.000_6, "{throttle} for {wanted}");
                prop_assert!((10.0..11.0).contains(&span), "{span}");
            }
        }
    }
}
