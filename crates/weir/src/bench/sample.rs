//! Several runs of one thing, and what to say of them.

use std::fmt;
use std::time::Duration;

use serde_json::{Value, json};

/// Times, sorted; never empty.
#[derive(Debug)]
pub(crate) struct Sample {
    sorted: Vec<Duration>,
}

impl Sample {
    /// # Panics
    ///
    /// When there is no run: there is nothing to say then.
    pub(crate) fn new(mut times: Vec<Duration>) -> Self {
        assert!(!times.is_empty(), "a sample has at least one run");
        times.sort_unstable();
        Self { sorted: times }
    }

    /// The time that `percent` of the runs were not slower than.
    fn percentile_ms(&self, percent: usize) -> f64 {
        let rank = (self.sorted.len() * percent).div_ceil(100).max(1);
        self.sorted[rank - 1].as_secs_f64() * 1e3
    }

    pub(crate) fn to_json(&self) -> Value {
        json!({
            "median": self.percentile_ms(50),
            "p90": self.percentile_ms(90),
            "max": self.percentile_ms(100),
            "runs": self.sorted.len(),
        })
    }
}

impl fmt::Display for Sample {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let [median, p90, max] = [50, 90, 100].map(|percent| self.percentile_ms(percent));
        write!(f, "{median:>9.2} {p90:>9.2} {max:>9.2} {:>5}", self.sorted.len())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_runs_that_happened() {
        let sample = Sample::new((1..=10).rev().map(Duration::from_millis).collect());
        assert_eq!([50, 90, 100].map(|percent| sample.percentile_ms(percent)), [5.0, 9.0, 10.0]);
        assert_eq!(Sample::new(vec![Duration::from_millis(7)]).percentile_ms(50), 7.0);
    }
}
