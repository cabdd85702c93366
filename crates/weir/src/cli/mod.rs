//! The command line: one file per command.

mod bench;
mod call;
mod check;
mod completions;
mod env;
mod explain;
mod keys;
mod quickstart;
mod serve;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::config::{Config, Flags};
use crate::terminal;

/// Clouds you can run yourself, for code written against Alibaba, Baidu and Tencent.
#[derive(Debug, Parser)]
#[command(name = "weir", version, about, propagate_version = true, max_term_width = 100)]
struct Cli {
    #[command(subcommand)]
    command: Command,

    #[command(flatten)]
    flags: Flags,
}

#[derive(Debug, Subcommand)]
enum Command {
    Serve(serve::Serve),
    Quickstart(quickstart::Quickstart),
    Call(call::Call),
    Check(check::Check),
    Env(env::Env),
    Explain(explain::Explain),
    Keys(keys::Keys),
    Bench(bench::Bench),
    Completions(completions::Completions),
}

/// Runs the command that was asked for. Exit status: 0 done, 1 failed, 2 misused.
pub(crate) fn run() -> ExitCode {
    let Cli { command, flags } = Cli::parse();
    let config = match Config::load(&flags) {
        Ok(config) => config,
        Err(error) => {
            terminal::remark(format_args!("weir: {error}"));
            return ExitCode::from(2);
        }
    };
    let done = match command {
        Command::Serve(serve) => serve.run(config),
        Command::Quickstart(quickstart) => quickstart.run(config),
        Command::Call(call) => call.run(&config),
        Command::Check(check) => Ok(check.run(&config)),
        Command::Env(env) => env.run(&config),
        Command::Explain(explain) => explain.run(&config),
        Command::Keys(keys) => keys.run(&config),
        Command::Bench(bench) => bench.run(),
        Command::Completions(completions) => completions.run(),
    };
    match done {
        Ok(code) => code,
        Err(error) => {
            terminal::remark(format_args!("weir: {error}"));
            ExitCode::FAILURE
        }
    }
}

/// What a command failed of, for the person at the terminal.
type Failure = Box<dyn std::error::Error + Send + Sync>;
