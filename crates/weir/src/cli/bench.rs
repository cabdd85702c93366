//! `weir bench`: what starting costs, measured on this machine, beside the floor that no server can go below.
//!
//! A server of its own runs in a temporary directory. Everything is measured from outside, as a user would see
//! it: over the API and a Kafka client.

use std::path::PathBuf;
use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use serde_json::json;

use super::Failure;
use crate::bench::floor;
use crate::bench::sample::Sample;
use crate::bench::server::BenchServer;
use crate::probe;
use crate::progress::Steps;
use crate::serve;
use crate::terminal;
use crate::tour::Tour;

/// Measure start to first acknowledged produce, and idle memory, beside a bare commit and a bare sync.
#[derive(Args, Debug)]
pub(super) struct Bench {
    /// Instances to start; memory is measured with the first and with all of them
    #[arg(long, default_value_t = 100, value_parser = clap::value_parser!(u16).range(2..=500))]
    instances: u16,

    /// Where the servers' data goes while it runs, so that the disk measured is the one that counts
    #[arg(long, value_name = "DIR", default_value_os_t = std::env::temp_dir())]
    directory: PathBuf,

    /// Write the figures to this file as JSON too
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

const REGION: &str = "cn-hangzhou";

impl Bench {
    pub(super) fn run(self) -> Result<ExitCode, Failure> {
        serve::block_on(async move {
            let steps = Steps::new();
            let step = steps.begin("Server in a temporary directory");
            let server = BenchServer::start(&self.directory).await?;
            let memory_none = server.resident_kib()?;
            step.done(&format!("{}", server.endpoint()));

            let quiet = Steps::quiet();
            let tour = Tour { api: server.api(), region: REGION, steps: &quiet };
            let step = steps
                .count("Instances, from StartInstance to first acknowledged produce", self.instances.into());
            let mut starts = Vec::new();
            let mut memory_one = 0;
            for number in 0..self.instances {
                starts.push(start_to_produce(&tour, &format!("bench-{number}")).await?);
                if number == 0 {
                    memory_one = server.resident_kib()?;
                }
                step.at(u64::from(number) + 1);
            }
            let memory_all = server.resident_kib()?;
            step.done(&format!("{} started", self.instances));

            let step = steps.begin("The floor: bare commits and bare syncs in the same directory");
            let commits = floor::sqlite_commits(server.directory()).await?;
            let syncs = floor::syncs(server.directory())?;
            step.done("measured");
            server.stop().await?;

            let starts = Sample::new(starts);
            let (commits, syncs) = (Sample::new(commits), Sample::new(syncs));
            terminal::print(format_args!(
                "{:<52} {:>9} {:>9} {:>9} {:>5}",
                "milliseconds", "median", "p90", "max", "runs"
            ))?;
            for (name, sample) in [
                ("StartInstance accepted → first acknowledged produce", &starts),
                ("bare SQLite commit (WAL, synchronous=FULL)", &commits),
                ("bare 4 KiB append + fdatasync", &syncs),
            ] {
                terminal::print(format_args!("{name:<52} {sample}"))?;
            }
            let per_instance =
                f64::from(memory_all.saturating_sub(memory_one)) / f64::from(self.instances - 1);
            terminal::print(format_args!("\n{:<52} {:>9}", "resident memory of the server", "KiB"))?;
            terminal::print(format_args!("{:<52} {memory_none:>9}", "no instance"))?;
            terminal::print(format_args!("{:<52} {memory_one:>9}", "1 instance, idle"))?;
            terminal::print(format_args!(
                "{:<52} {memory_all:>9}",
                format!("{} instances, idle", self.instances)
            ))?;
            terminal::print(format_args!("{:<52} {per_instance:>9.1}", "each further instance"))?;
            if let Some(path) = &self.json {
                let figures = json!({
                    "start_to_produce_ms": starts.to_json(),
                    "sqlite_commit_ms": commits.to_json(),
                    "fdatasync_ms": syncs.to_json(),
                    "resident_kib": { "none": memory_none, "one": memory_one, "all": memory_all },
                    "instances": self.instances,
                });
                std::fs::write(path, serde_json::to_vec_pretty(&figures)?)?;
            }
            Ok(ExitCode::SUCCESS)
        })
    }
}

/// Buys an instance and deploys it; from the acceptance until a message of ours is acknowledged.
async fn start_to_produce(tour: &Tour<'_>, name: &str) -> Result<Duration, Failure> {
    let id = tour.buy().await?;
    let accepted = tour.start(&id, name).await?;
    let bootstrap = tour.wait_in_service(&id).await?;
    tour.topic(&id, "bench", 1).await?;
    probe::produce(&bootstrap, "bench").await?;
    Ok(accepted.elapsed())
}
