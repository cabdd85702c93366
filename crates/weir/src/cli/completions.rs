//! `weir completions`: what the shell needs to complete commands and flags.

use std::process::ExitCode;

use clap::{Args, CommandFactory};
use clap_complete::Shell;

use super::{Cli, Failure};

/// Print a completion script, e.g. weir completions bash > /etc/bash_completion.d/weir
#[derive(Args, Debug)]
pub(super) struct Completions {
    /// For which shell
    shell: Shell,
}

impl Completions {
    pub(super) fn run(self) -> Result<ExitCode, Failure> {
        clap_complete::generate(self.shell, &mut Cli::command(), "weir", &mut std::io::stdout());
        Ok(ExitCode::SUCCESS)
    }
}
