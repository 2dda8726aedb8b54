//! The `ricojit` program: parse the command line, run one subcommand, turn its outcome into an exit code.

mod cli;
mod error;

use std::process::ExitCode;

fn main() -> ExitCode {
    match cli::run() {
        Ok(code) => code,
        Err(error) => {
            eprintln!("ricojit: {error}");
            ExitCode::FAILURE
        }
    }
}
