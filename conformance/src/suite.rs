//! Cases run side by side; results come in the order of the cases.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use crate::case::{CLOSED, Case};
use crate::codes;
use crate::failure::Failure;
use crate::stage::{Stage, Target};

/// What came of a case.
pub(crate) struct Outcome {
    pub(crate) name: String,
    pub(crate) expected: String,
    pub(crate) observed: String,
    pub(crate) took: Duration,
}

pub(crate) fn run(target: &Target, cases: &[Case], jobs: usize) -> Vec<Outcome> {
    let next = AtomicUsize::new(0);
    let outcomes = Mutex::new(Vec::with_capacity(cases.len()));
    std::thread::scope(|scope| {
        for _ in 0..jobs.max(1) {
            scope.spawn(|| {
                loop {
                    let index = next.fetch_add(1, Ordering::Relaxed);
                    let Some(case) = cases.get(index) else { return };
                    let outcome = outcome(target, case);
                    if let Ok(mut outcomes) = outcomes.lock() {
                        outcomes.push((index, outcome));
                    }
                }
            });
        }
    });
    let mut outcomes = outcomes.into_inner().unwrap_or_default();
    outcomes.sort_by_key(|(index, _)| *index);
    outcomes.into_iter().map(|(_, outcome)| outcome).collect()
}

fn outcome(target: &Target, case: &Case) -> Outcome {
    let began = Instant::now();
    let result = if target.offers(case.api as i16, case.version) {
        case.run(&mut Stage::new(target))
    } else {
        Err(Failure::NotOffered)
    };
    let observed = match result {
        Ok(code) => codes::named(code),
        Err(Failure::Closed) => codes::named(CLOSED),
        Err(failure) => failure.to_string(),
    };
    Outcome { name: case.name(), expected: codes::named(case.expected), observed, took: began.elapsed() }
}
