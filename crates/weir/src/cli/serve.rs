//! `weir serve`: run the server until told to stop.

use std::process::ExitCode;

use clap::Args;

use super::Failure;
use crate::config::Config;
use crate::descriptors::Descriptors;
use crate::serve::{self, Server};
use crate::terminal;

/// Serve the cloud APIs and what is behind them; the line "Ready." says when.
#[derive(Args, Debug)]
pub(super) struct Serve {}

impl Serve {
    pub(super) fn run(self, config: Config) -> Result<ExitCode, Failure> {
        serve::log_to_stderr("info");
        match Descriptors::raise() {
            Ok(raised) => tracing::info!(most = raised.most(), "sockets and files that may be open"),
            Err(error) => tracing::warn!(%error, "cannot raise how many sockets and files may be open"),
        }
        serve::block_on(async move {
            let stop = serve::stop_signal()?;
            let server = Server::start(config).await?;
            terminal::remark("Ready.");
            stop.await;
            server.drain().await;
            Ok(ExitCode::SUCCESS)
        })
    }
}
