//! The command line: one subcommand per file, each with its own clap `Args` and a `run`.
//!
//! Exit codes: 0 success, 1 failure (bad file, failed test), 2 usage error (reported by clap, or by `test` when no ROM
//! ran), 128 and the signal's number if one ended the program.

mod bench;
#[cfg(feature = "jit")]
mod blocks;
#[cfg(feature = "jit")]
mod cache;
#[cfg(feature = "jit")]
mod compile;
mod console;
mod disasm;
mod engine;
mod headers;
mod image;
mod info;
#[cfg(feature = "window")]
mod play;
mod profile;
#[cfg(feature = "jit")]
mod region;
mod rom;
mod run;
mod standalone;
mod stopwatch;
#[cfg(feature = "jit")]
mod symbols;
mod test;
#[cfg_attr(not(feature = "jit"), path = "cli/warm_absent.rs")]
mod warm;

use crate::error::Error;
use crate::standalone::Payload;
use crate::standalone::locator::{self, Lost};
use clap::{Parser, Subcommand};
use ricojit::text;
use std::process::ExitCode;

/// A cycle-exact NES emulator: plays NES programs in a window; runs, tests and inspects them without one.
#[derive(Debug, Parser)]
#[command(name = "ricojit", version, arg_required_else_help = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    #[cfg(feature = "window")]
    Play(Box<play::Args>),
    Run(Box<run::Args>),
    Test(Box<test::Args>),
    Info(info::Args),
    Disasm(disasm::Args),
    Bench(Box<bench::Args>),
    #[cfg(feature = "jit")]
    Compile(Box<compile::Args>),
    #[cfg(feature = "jit")]
    Blocks(Box<blocks::Args>),
    #[cfg(feature = "jit")]
    Cache(cache::Args),
}

/// The command line. What clap says of a wrong one quotes it: then control characters are escaped.
fn parse() -> Result<Cli, Error> {
    Cli::try_parse().map_err(|problem| {
        let is_plain = |word: std::ffi::OsString| text::in_a_line(&word.to_string_lossy()) == word.to_string_lossy();
        if !problem.use_stderr() || std::env::args_os().all(is_plain) {
            problem.exit();
        }
        let text = problem.to_string();
        let text = text.trim_end().strip_prefix("error: ").unwrap_or(&text);
        Error::Usage(text.lines().filter(|line| !line.is_empty()).collect::<Vec<_>>().join("; "))
    })
}

/// Runs the subcommand that the command line names; in an executable with a game, the game.
pub(crate) fn run() -> Result<ExitCode, Error> {
    if let Some(payload) = locator::payload() {
        let payload = payload.and_then(|bytes| Payload::parse(bytes).ok_or(Lost::Damaged)).map_err(Error::Lost)?;
        return standalone::run(&payload);
    }
    match parse()?.command {
        #[cfg(feature = "window")]
        Command::Play(args) => play::run(&args),
        Command::Run(args) => run::run(&args),
        Command::Test(args) => test::run(&args),
        Command::Info(args) => info::run(&args),
        Command::Disasm(args) => disasm::run(&args),
        Command::Bench(args) => bench::run(&args),
        #[cfg(feature = "jit")]
        Command::Compile(args) => compile::run(&args),
        #[cfg(feature = "jit")]
        Command::Blocks(args) => blocks::run(&args),
        #[cfg(feature = "jit")]
        Command::Cache(args) => cache::run(&args),
    }
}
