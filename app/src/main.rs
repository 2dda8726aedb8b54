//! The `ricojit` program: parse the command line, run one subcommand, turn its outcome into an exit code.

// They panic where nobody can be told: see `cli::terminal` and `cli::files`.
#![deny(clippy::print_stderr, clippy::print_stdout)]

mod cli;
mod error;
#[cfg(feature = "window")]
mod frontend;

use std::process::ExitCode;

fn main() -> ExitCode {
    match cli::run() {
        Ok(code) => code,
        Err(error) => {
            // If standard error is gone, the exit code still tells.
            cli::terminal::say(&error);
            error.exit_code()
        }
    }
}
