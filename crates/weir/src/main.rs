//! Weir answers the cloud APIs that people's code already speaks, and runs the real thing behind them.
//!
//! This crate is the binary: command line, configuration and wiring. There is no logic in it.

mod api_client;
mod bench;
mod cli;
mod config;
mod credentials;
mod descriptors;
mod engine;
mod format;
mod load;
mod probe;
mod progress;
mod serve;
mod snippets;
mod status;
mod terminal;
mod tls;
mod tour;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::run()
}
