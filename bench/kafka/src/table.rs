//! Figures: collected round by round, printed as medians, with ratios to the first of a table.

use std::time::Duration;

use serde_json::{Map, Value as Json, json};

const MIB: f64 = 1024.0 * 1024.0;

/// The figures of one cell in one round, by what they are.
pub(crate) struct Cell(Vec<(&'static str, f64)>);

impl Cell {
    pub(crate) fn throughput(
        messages: usize,
        bytes: usize,
        took: Duration,
        cpu: Duration,
        resident: u64,
    ) -> Self {
        let mebibytes = (messages * bytes) as f64 / MIB;
        let Self(mut figures) = Self::rate(messages, took);
        figures.push(("MiB/s", mebibytes / took.as_secs_f64()));
        figures.push(("CPU ms/MiB", cpu.as_secs_f64() * 1e3 / mebibytes));
        figures.push(("resident MiB", resident as f64 / MIB));
        Self(figures)
    }

    pub(crate) fn rate(messages: usize, took: Duration) -> Self {
        Self(vec![("messages/s", messages as f64 / took.as_secs_f64())])
    }

    pub(crate) fn bytes(bytes: usize, took: Duration) -> Self {
        Self(vec![("MiB/s", bytes as f64 / MIB / took.as_secs_f64())])
    }

    /// From milliseconds of each message.
    pub(crate) fn latency(mut latencies: Vec<f64>) -> Self {
        latencies.sort_by(f64::total_cmp);
        let at = |share: f64| latencies[((latencies.len() - 1) as f64 * share) as usize];
        Self(vec![("p50 ms", at(0.5)), ("p99 ms", at(0.99)), ("p99.9 ms", at(0.999))])
    }

    pub(crate) fn start(took: Duration, resident: u64) -> Self {
        Self(vec![("ms", took.as_secs_f64() * 1e3), ("resident MiB", resident as f64 / MIB)])
    }

    pub(crate) fn idle(made: Duration, resident: u64, busy: f64) -> Self {
        Self(vec![
            ("made in ms", made.as_secs_f64() * 1e3),
            ("resident MiB", resident as f64 / MIB),
            ("CPU %", busy * 100.0),
        ])
    }
}

/// The cells of one table, by their row.
#[derive(Default)]
pub(crate) struct Cells(Vec<Row>);

type Row = (String, Vec<Cell>);

impl Cells {
    pub(crate) fn add(&mut self, row: String, cell: Cell) {
        match self.0.iter_mut().find(|(name, _)| *name == row) {
            Some((_, rounds)) => rounds.push(cell),
            None => self.0.push((row, vec![cell])),
        }
    }

    /// Each row of Weir's with each of the others' that promises the same, or that promises nothing.
    fn pairs(&self) -> impl Iterator<Item = (&Row, &Row)> {
        let promise = |row: &Row| row.0.split_once(", ").map(|(_, promise)| promise.to_owned());
        let (ours, theirs): (Vec<_>, Vec<_>) = self.0.iter().partition(|row| row.0.starts_with("weir"));
        ours.into_iter().flat_map(move |ours| {
            let fit = theirs.clone().into_iter().filter(move |theirs| match promise(theirs) {
                Some(theirs) => promise(ours) == Some(theirs),
                None => true,
            });
            fit.map(move |theirs| (ours, theirs))
        })
    }
}

/// All tables.
#[derive(Default)]
pub(crate) struct Report(Vec<(String, Cells)>);

impl Report {
    pub(crate) fn cells(&self) -> Cells {
        Cells::default()
    }

    /// Prints a table and keeps it.
    pub(crate) fn print(&mut self, title: &str, cells: Cells) {
        println!("\n{title}");
        for (row, rounds) in &cells.0 {
            print!("  {row:<36}");
            for (at, (figure, _)) in rounds[0].0.iter().enumerate() {
                let [least, median, most] = spread(rounds.iter().map(|cell| cell.0[at].1));
                print!("  {figure} {} ({} to {})", short(median), short(least), short(most));
            }
            println!();
        }
        for (ours, theirs) in cells.pairs() {
            let rounds = ours.1.iter().zip(&theirs.1);
            let [least, median, most] = spread(rounds.map(|(ours, theirs)| ours.0[0].1 / theirs.0[0].1));
            println!("  {} / {}: {} ({} to {})", ours.0, theirs.0, short(median), short(least), short(most));
        }
        self.0.push((title.to_owned(), cells));
    }

    pub(crate) fn to_json(&self) -> Json {
        let cell = |Cell(figures): &Cell| -> Json {
            Json::Object(figures.iter().map(|(name, value)| ((*name).to_owned(), json!(value))).collect())
        };
        let table = |Cells(rows): &Cells| -> Json {
            let rows = rows.iter().map(|(name, rounds)| (name.clone(), rounds.iter().map(cell).collect()));
            Json::Object(rows.collect::<Map<_, _>>())
        };
        Json::Object(self.0.iter().map(|(title, cells)| (title.clone(), table(cells))).collect())
    }
}

/// Least, median and most.
fn spread(figures: impl Iterator<Item = f64>) -> [f64; 3] {
    let mut figures: Vec<_> = figures.collect();
    figures.sort_by(f64::total_cmp);
    match figures.as_slice() {
        [] => [0.0; 3],
        [least, ..] => [*least, figures[figures.len() / 2], figures[figures.len() - 1]],
    }
}

/// Three digits, or all before the point.
fn short(figure: f64) -> String {
    match figure {
        figure if figure >= 100.0 => format!("{figure:.0}"),
        figure if figure >= 10.0 => format!("{figure:.1}"),
        figure => format!("{figure:.2}"),
    }
}
