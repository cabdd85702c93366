//! `cargo run --release -p bench -- api`: what a signed call costs, from its first byte to its reply.
//!
//! Weir, a bare axum server and, where it is installed, the Python emulator `moto_server` run one after the other,
//! several rounds each, under the same client in the same run, so that ratios hold on any machine. Servers are
//! processes of their own on loopback, in temporary directories, and end with the run.

#![allow(clippy::print_stdout, reason = "printing is what a benchmark is for")]
#![allow(clippy::disallowed_methods, reason = "what is measured is real time")]

mod large;
mod load;
mod peers;
mod round;
mod weir;

use std::error::Error;
use std::path::PathBuf;

use clap::{Parser, Subcommand};

/// What the API costs.
#[derive(Debug, Parser)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// GetTopicList of 100 topics, beside a bare server and an emulator.
    Api(round::Api),
    /// List pages with 10,000 topics in 48 instances.
    Large(large::Large),
    /// The bare server.
    #[command(hide = true)]
    Hello,
}

/// The server's binary.
#[derive(Clone, Debug, clap::Args)]
struct Binary {
    /// The server to measure [default: target/release/weir]
    #[arg(long, value_name = "FILE", default_value = "target/release/weir")]
    weir: PathBuf,
}

type Failure = Box<dyn Error + Send + Sync>;

fn main() -> Result<(), Failure> {
    let cli = Cli::parse();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    runtime.block_on(async move {
        match cli.command {
            Command::Api(api) => api.run().await,
            Command::Large(large) => large.run().await,
            Command::Hello => peers::hello().await,
        }
    })
}
