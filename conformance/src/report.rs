//! What is said of a run.

use serde_json::json;

use crate::differences::Difference;
use crate::suite::Outcome;

/// A run beside the differences that were expected of it.
pub(crate) struct Report<'a> {
    outcomes: Vec<Outcome>,
    /// By outcome: the difference that covers it.
    known: Vec<Option<&'a Difference>>,
    /// Differences that cover nothing any more.
    stale: Vec<&'a Difference>,
}

impl<'a> Report<'a> {
    pub(crate) fn new(outcomes: Vec<Outcome>, differences: &'a [Difference], all: bool) -> Self {
        let known: Vec<Option<&Difference>> = outcomes
            .iter()
            .map(|one| match one.expected == one.observed {
                true => None,
                false => differences.iter().find(|known| known.covers(&one.name, &one.observed)),
            })
            .collect();
        let stale = differences
            .iter()
            .filter(|one| all && !known.iter().flatten().any(|known| std::ptr::eq(*known, *one)));
        let stale = stale.collect();
        Self { outcomes, known, stale }
    }

    fn rows(&self) -> impl Iterator<Item = (&Outcome, Option<&Difference>, &'static str)> {
        self.outcomes.iter().zip(&self.known).map(|(one, known)| {
            let verdict = match (one.expected == one.observed, known) {
                (true, _) => "same",
                (false, Some(_)) => "known",
                (false, None) => "unexpected",
            };
            (one, *known, verdict)
        })
    }

    pub(crate) fn is_as_expected(&self) -> bool {
        !self.outcomes.is_empty()
            && self.stale.is_empty()
            && self.rows().all(|(_, _, verdict)| verdict != "unexpected")
    }

    pub(crate) fn print(&self) {
        for (one, _, verdict) in self.rows() {
            println!("{verdict:<10}  {:<60}  {}", one.name, one.observed);
        }
        for one in &self.stale {
            println!("stale       {:<60}  {} is not seen any more", one.case, one.observed);
        }
        let count = |wanted: &str| self.rows().filter(|(_, _, verdict)| *verdict == wanted).count();
        println!("\nNot as the case says and in no difference:");
        for (one, _, _) in self.rows().filter(|(_, _, verdict)| *verdict == "unexpected") {
            println!("  {}: {}, not {}", one.name, one.observed, one.expected);
        }
        println!(
            "{} cases: {} same, {} known differences, {} unexpected; {} stale differences",
            self.outcomes.len(),
            count("same"),
            count("known"),
            count("unexpected"),
            self.stale.len()
        );
    }

    pub(crate) fn json(&self) -> String {
        let cases = self.rows().map(|(one, known, verdict)| {
            json!({
                "case": one.name,
                "expected": one.expected,
                "observed": one.observed,
                "verdict": verdict,
                "reason": known.map(|known| &known.reason),
                "milliseconds": u64::try_from(one.took.as_millis()).unwrap_or(u64::MAX),
            })
        });
        let stale = self.stale.iter().map(|one| &one.case);
        format!("{:#}\n", json!({"cases": cases.collect::<Vec<_>>(), "stale": stale.collect::<Vec<_>>()}))
    }
}
