//! The embedded broker beside Apache Kafka: the same client, the same topics, the same machine, turn by turn.
//!
//! The client is librdkafka. Every cell of the table is measured in paired rounds, so that what the machine does
//! meanwhile meets all of them, and figures are given as ratios with their spread.

mod apache;
mod client;
mod consume;
mod idle;
mod latency;
mod limits;
mod mock;
mod process;
mod produce;
mod subject;
mod table;
mod weir;

use std::error::Error;
use std::path::PathBuf;

use clap::{Parser, ValueEnum};

use subject::{Durability, Subject};
use table::Report;

type Failure = Box<dyn Error + Send + Sync>;

/// The embedded broker beside Apache Kafka, under the same client.
#[derive(Debug, Parser)]
struct Options {
    /// The server to measure
    #[arg(long, default_value = "target/release/weir", value_name = "FILE")]
    weir: PathBuf,

    /// Folder of Apache Kafka's jars (mvn -q -f bench/kafka/pom.xml package); without it Weir is measured alone
    #[arg(long, value_name = "DIR")]
    apache: Option<PathBuf>,

    /// Paired rounds
    #[arg(long, default_value_t = 5)]
    rounds: usize,

    /// Data of one cell and round, in MiB
    #[arg(long, default_value_t = 256)]
    mebibytes: usize,

    /// Seconds of one latency run
    #[arg(long, default_value_t = 10)]
    seconds: u64,

    /// What to measure [default: everything]
    #[arg(long, value_delimiter = ',')]
    only: Vec<What>,

    /// Write the figures to this file as JSON too
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum What {
    /// What memory, loopback and disk give at most
    Limits,
    /// From start to the first acknowledged message
    Start,
    /// Messages a second in, for sizes and partitions
    Produce,
    /// Messages a second out
    Consume,
    /// End to end, at a fixed rate
    Latency,
    /// 10,000 partitions that nobody uses
    Idle,
}

fn main() -> Result<(), Failure> {
    let options = Options::parse();
    let wanted = |what| options.only.is_empty() || options.only.contains(&what);
    let mut report = Report::default();
    if wanted(What::Limits) {
        limits::measure(&options, &mut report)?;
    }
    if wanted(What::Start) {
        idle::start(&options, &mut report)?;
    }
    let subjects = options.subjects()?;
    if wanted(What::Produce) {
        produce::measure(&options, &subjects, &mut report)?;
    }
    if wanted(What::Consume) {
        consume::measure(&options, &subjects, &mut report)?;
    }
    if wanted(What::Latency) {
        latency::measure(&options, &subjects, &mut report)?;
    }
    drop(subjects);
    if wanted(What::Idle) {
        idle::partitions(&options, &mut report)?;
    }
    if let Some(path) = &options.json {
        std::fs::write(path, serde_json::to_vec_pretty(&report.to_json())?)?;
    }
    Ok(())
}

impl Options {
    /// One server of each kind, started.
    fn subjects(&self) -> Result<Vec<Subject>, Failure> {
        let mut subjects = vec![weir::start(&self.weir)?];
        if let Some(jars) = &self.apache {
            subjects.push(apache::start(jars)?);
        }
        Ok(subjects)
    }
}

/// Both promises, the weaker first.
const DURABILITIES: [Durability; 2] = [Durability::PageCache, Durability::Synced];
