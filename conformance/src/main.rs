//! What a Kafka broker must answer, asked in raw frames of any broker: Weir's and Apache Kafka's get the same cases.
//!
//! Messages are encoded and decoded by `kafka-protocol`, so that Weir's own codec cannot agree with itself.

mod batch;
mod case;
mod cases;
mod codes;
mod connection;
mod differences;
mod failure;
mod minimal;
mod ranges;
mod report;
mod stage;
mod suite;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Parser;

use crate::stage::{Login, Target};

/// Runs every case against one broker.
#[derive(Parser)]
struct Arguments {
    /// A listener without login whose clients may do anything.
    #[arg(long, value_name = "HOST:PORT")]
    bootstrap: String,
    /// A listener with SASL; its cases are left out without it.
    #[arg(long, value_name = "HOST:PORT", requires_all = ["sasl_user", "sasl_password"])]
    sasl: Option<String>,
    /// A user of the listener with SASL, who may log in with PLAIN.
    #[arg(long)]
    sasl_user: Option<String>,
    #[arg(long)]
    sasl_password: Option<String>,
    /// Known differences, and why they are.
    #[arg(long, value_name = "FILE")]
    differences: Option<PathBuf>,
    /// Whose differences to expect: weir or apache.
    #[arg(long, default_value = "weir")]
    target: String,
    /// Where to write every result.
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
    /// Only cases whose name contains this; differences that match none of them are not stale then.
    #[arg(long)]
    only: Option<String>,
    /// How many cases run at once.
    #[arg(long, default_value_t = 8)]
    jobs: usize,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    match run(&arguments) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("conformance: {error:#}");
            ExitCode::from(2)
        }
    }
}

fn run(arguments: &Arguments) -> anyhow::Result<bool> {
    let login = match (&arguments.sasl, &arguments.sasl_user, &arguments.sasl_password) {
        (Some(address), Some(user), Some(password)) => {
            Some(Login { address: address.clone(), user: user.clone(), password: password.clone() })
        }
        _ => None,
    };
    let differences = differences::read(arguments.differences.as_deref(), &arguments.target)?;
    let target = Target::new(arguments.bootstrap.clone(), login)?;
    let mut cases = cases::all(&target);
    if let Some(only) = &arguments.only {
        cases.retain(|case| case.name().contains(only));
    }
    let results = suite::run(&target, &cases, arguments.jobs);
    let report = report::Report::new(results, &differences, arguments.only.is_none());
    report.print();
    if let Some(path) = &arguments.json {
        std::fs::write(path, report.json())?;
    }
    Ok(report.is_as_expected())
}
