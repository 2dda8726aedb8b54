//! The `ricojit` program: parses the command line, runs one subcommand, and turns its result into an exit code.

// These macros panic when the stream is closed: use `terminal` and `files`, which do not.
#![deny(clippy::print_stderr, clippy::print_stdout)]

mod battery;
#[cfg(feature = "jit")]
mod cache;
mod cli;
mod error;
mod files;
mod folders;
#[cfg(any(feature = "jit", feature = "window"))]
mod icon;
mod ignored;
mod names;
mod picture;
mod standalone;
mod stop;
mod terminal;
#[cfg(feature = "window")]
mod window;

use std::process::ExitCode;

fn main() -> ExitCode {
    stop::watch();
    let code = cli::run().unwrap_or_else(|error| {
        // If standard error is closed, the exit code still reports the failure.
        terminal::say(&error);
        error.exit_code()
    });
    stop::signal().map_or(code, stop::exit_code)
}
