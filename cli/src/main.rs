//! The command line: a thin shell over the core, with the same answer as the page, byte for byte.
//!
//! In: arguments, files, standard input. Out: the plan on standard output, notes on standard error, an exit status:
//! 0 done, 1 at or above the `--fail-on` limit, 2 usage or unreadable input. Never: knowledge of migrations.

mod args;
mod input;
mod notes;
mod today;
mod plan;
mod diff;
mod output;
mod catalogue;

use args::{Cli, Command};
use clap::Parser;
use std::process::ExitCode;

/// Linked in the place of `malloc`, which Rust asks by default.
#[cfg(all(target_os = "linux", target_env = "gnu"))]
use mimalloc as _;

#[cfg(not(all(target_os = "linux", target_env = "gnu")))]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Why nothing was done; printed, and the exit status is 2.
type Refusal = String;

fn main() -> ExitCode {
    let done = match Cli::parse().command {
        Command::Plan(args) => plan::run(&args),
        Command::Diff(args) => diff::run(&args),
        Command::StatsQuery { engine } => catalogue::stats_query(&engine),
        Command::Rules => catalogue::rules(),
        Command::Recipes => catalogue::recipes(),
        Command::Explain { id } => catalogue::explain(&id),
    };
    done.unwrap_or_else(|refusal| {
        notes::error(&refusal);
        ExitCode::from(2)
    })
}
